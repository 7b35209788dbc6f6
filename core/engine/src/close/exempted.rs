//! What is not billed on purpose: what it would come to, and when it is billed again.

use std::collections::BTreeMap;

use counterfoil_model::close::Exempted;
use counterfoil_model::counted::counted_as;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{Kind, ResourceId};
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::ownership::{NonBillable, Ownership};
use counterfoil_model::rate::NonBillableTotal;
use counterfoil_model::time::BillingPeriod;

use crate::rating::PeriodRated;
use crate::session::Wired;
use crate::terms::Versions;

/// By kind, reason, owner and expiry. Of a resource that had several, the value is told with the last.
pub(super) fn exempted(
    rated: &PeriodRated,
    (wired, versions): (&Wired<'_>, &Versions),
) -> Result<Vec<Exempted>, MoneyError> {
    let mut last: BTreeMap<ResourceId, (&Kind, &NonBillable)> = BTreeMap::new();
    for owned in &rated.owned {
        if let Ownership::NonBillable(because) = &*owned.ownership {
            last.insert(owned.resource, (&owned.kind, because));
        }
    }
    let worth = rated.exempted(wired, versions);
    let value_of = |total: &NonBillableTotal| {
        let own = worth.resources.iter().filter(|one| {
            let known = last.get(&one.resource);
            known.is_some_and(|known| *known == (&total.kind, &total.because))
        });
        let mut sums = Money::by_currency(own.filter_map(|one| one.value));
        sums.next().transpose()
    };
    let totals = rated.rated.completeness.non_billable.iter();
    let exempted = totals.map(|total| {
        Ok(Exempted {
            kind: total.kind.clone(),
            because: total.because.clone(),
            seconds: total.seconds,
            at_end: total.at_end,
            value: value_of(total)?,
        })
    });
    exempted.collect()
}

/// What is billed again within this period or the next one, so that nobody is surprised by an invoice or by suspense.
pub(crate) fn ending(period: &BillingPeriod, totals: &[NonBillableTotal]) -> Vec<Finding> {
    let Ok(next) = period.next() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for total in totals {
        let Some(until) = total.because.until else {
            continue;
        };
        if until > next.last_day() {
            continue;
        }
        let NonBillable { reason, owner, .. } = &total.because;
        let verb = if until <= period.last_day() {
            "has been"
        } else {
            "will be"
        };
        let what = if total.at_end > 0 {
            counted_as(
                total.at_end,
                &format!("{} that is", total.kind),
                &format!("{} that are", total.kind),
            )
        } else {
            format!("{} that was", total.kind)
        };
        findings.push(Finding {
            code: FindingCode::ExemptionEnds,
            severity: Severity::Note,
            subject: format!("{}, {reason}", total.kind),
            message: format!("{what} not billed ({reason}, {owner}) {verb} billed again from {until} on."),
            next_step: format!(
                "ask {owner}: give the rule another `until`, or one that names their customer; without one they are in \
                 suspense from then on"
            ),
            value: None,
            since: None,
        });
    }
    findings
}
