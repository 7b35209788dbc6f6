//! Rates facts of a period whose owners are known already: what-if, margins and exemptions ask so.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use counterfoil_model::agreed::Agreed;
use counterfoil_model::charge::Charge;
use counterfoil_model::ids::{AccountId, IntervalId};
use counterfoil_model::inventory::{GaugeRun, Interval};
use counterfoil_model::ownership::{OwnedInterval, Ownership, Suspense};
use counterfoil_model::price::PriceBook;
use counterfoil_model::rate::{ChargePeriods, Detail, Rated, SuspenseEstimate};
use counterfoil_model::time::BillingPeriod;
use counterfoil_model::validity::ConfigVersion;

use super::{Facts, PeriodRated, openings, rated, rated_for, rated_with};
use crate::session::Wired;
use crate::terms::Versions;

impl PeriodRated {
    /// What the resources that are not billed on purpose would come to, at list price, as if they were in suspense.
    pub(crate) fn exempted(&self, wired: &Wired<'_>, versions: &Versions) -> SuspenseEstimate {
        let exempted =
            |owned: &&OwnedInterval| matches!(*owned.ownership, Ownership::NonBillable(_));
        let owned: Vec<OwnedInterval> = self
            .owned
            .iter()
            .filter(exempted)
            .map(|owned| OwnedInterval {
                ownership: Arc::new(Ownership::Suspended(Suspense::NoCustomer)),
                ..owned.clone()
            })
            .collect();
        if owned.is_empty() {
            return SuspenseEstimate::default();
        }
        let facts = Facts {
            intervals: &self.intervals,
            owned: &owned,
            gauges: &self.gauges,
            agreed: &Agreed::default(),
            later: &BTreeMap::new(),
            bill_from: self.bill_from,
        };
        let rated = rated(wired, versions, &self.period, facts, Detail::Lines);
        rated.completeness.suspense
    }
}

/// The amounts and findings of facts whose owners are known already. What would cover suspense later is not asked.
pub(crate) fn rate_owned(
    (wired, versions): (&Wired<'_>, &Versions),
    period: &BillingPeriod,
    agreed: &Agreed,
    (intervals, owned, gauges): (&[Interval], &[OwnedInterval], &[GaugeRun]),
) -> Rated {
    let facts = Facts {
        intervals,
        owned,
        gauges,
        agreed,
        later: &BTreeMap::new(),
        bill_from: wired.pipeline.config.bill_from,
    };
    let mut rated = rated(wired, versions, period, facts, Detail::Amounts);
    let opening = openings(wired, versions, period);
    if !opening.is_empty() {
        rated.charges.extend(opening);
        rated.charges.sort_by(|a, b| a.key.cmp(&b.key));
    }
    rated
}

/// What some accounts are charged in a period that is rated, with what each resource adds; of all where none are named.
/// By the price book that is given. Of accounts that share a total or an allowance with others, all have to be asked for.
pub(crate) fn charges_of(
    (wired, versions): (&Wired<'_>, &Versions),
    rated: &PeriodRated,
    accounts: Option<&BTreeSet<AccountId>>,
    books: &[ConfigVersion<&PriceBook>],
) -> Vec<Charge> {
    let wanted = |owned: &&OwnedInterval| match (&*owned.ownership, accounts) {
        (_, None) => true,
        (Ownership::Owned { owners, .. }, Some(accounts)) => {
            owners.iter().any(|owner| accounts.contains(&owner.account))
        }
        (Ownership::NonBillable(_) | Ownership::Suspended(_), Some(_)) => false,
    };
    let owned: Vec<OwnedInterval> = rated.owned.iter().filter(wanted).cloned().collect();
    let ids: HashSet<IntervalId> = owned.iter().map(|owned| owned.interval).collect();
    let intervals = rated.intervals.iter();
    let intervals = intervals.filter(|interval| ids.contains(&interval.id));
    let facts = Facts {
        intervals: &intervals.cloned().collect::<Vec<_>>(),
        owned: &owned,
        gauges: &rated.gauges,
        agreed: &rated.agreed,
        later: &BTreeMap::new(),
        bill_from: rated.bill_from,
    };
    let period = &rated.period;
    rated_with((wired, versions), period, facts, books, Detail::Resources).charges
}

/// What everything of a period comes to for the period itself, whatever is billed with it: of a quarter that is billed in
/// advance, its part of it. By the price book that is given.
pub(crate) fn charges_whole(
    (wired, versions): (&Wired<'_>, &Versions),
    rated: &PeriodRated,
    books: &[ConfigVersion<&PriceBook>],
) -> Vec<Charge> {
    let facts = Facts {
        intervals: &rated.intervals,
        owned: &rated.owned,
        gauges: &rated.gauges,
        agreed: &rated.agreed,
        later: &BTreeMap::new(),
        bill_from: rated.bill_from,
    };
    let whole = (&rated.period, ChargePeriods::Whole);
    rated_for((wired, versions), whole, facts, books, Detail::Resources).charges
}
