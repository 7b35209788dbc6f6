//! What a plan tells of the months that it corrects.

use std::collections::BTreeSet;

use counterfoil_model::finding::{Finding, FindingCode};
use counterfoil_model::plan::{LookBack, Plan};
use counterfoil_model::time::BillingPeriod;

use crate::rating::PeriodRated;

/// What is not charged in a month that is corrected: it would be given back and nobody would be told why.
pub(super) fn uncharged(
    plan: &Plan,
    rated: &[(PeriodRated, LookBack)],
    asked: &BillingPeriod,
) -> Vec<Finding> {
    use FindingCode::{
        AmountOverflow, MissingPrice, NegativeQuantity, StaleExchangeRate, Suspense,
    };
    let effects = plan.effects().map(|one| &one.delivery.slot.billing_period);
    let effects: BTreeSet<&String> = effects.collect();
    let mut findings = Vec::new();
    for (one, look_back) in rated {
        let id = one.period.id();
        if one.period == *asked || *look_back != LookBack::Within || !effects.contains(&id) {
            continue;
        }
        let uncharged = one.rated.findings.iter().filter(|finding| {
            matches!(
                finding.code,
                AmountOverflow | MissingPrice | NegativeQuantity | StaleExchangeRate | Suspense
            )
        });
        findings.extend(uncharged.map(|finding| Finding {
            subject: format!("{}, {id}", finding.subject),
            ..finding.clone()
        }));
    }
    findings
}

/// Each once: several sinks may correct one month.
pub(super) fn add(findings: &mut Vec<Finding>, uncharged: Vec<Finding>) {
    for finding in uncharged {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}
