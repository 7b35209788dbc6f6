//! What a doubt about some facts may cost: the money that is billed for them.

use std::collections::BTreeSet;

use counterfoil_model::charge::Contribution;
use counterfoil_model::ids::{IntervalId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;

use crate::rating::PeriodRated;
use crate::session::Wired;
use crate::terms::Versions;

/// What the period bills for some intervals, and what those of them may be worth that wait in suspense. None where
/// that is nothing, or in several currencies.
pub(crate) fn billed_for(
    rated: &PeriodRated,
    (wired, versions): (&Wired<'_>, &Versions),
    concerned: impl Fn(&Interval) -> bool,
    counts: impl Fn(&Contribution) -> bool,
) -> Option<Money> {
    let intervals = rated
        .intervals
        .iter()
        .filter(|interval| concerned(interval));
    let mut ids: BTreeSet<IntervalId> = BTreeSet::new();
    let mut resources: BTreeSet<ResourceId> = BTreeSet::new();
    for interval in intervals {
        ids.insert(interval.id);
        resources.insert(interval.resource);
    }
    if ids.is_empty() {
        return None;
    }
    let charges = rated.charges_in_detail(wired, versions);
    let parts = charges.iter().flat_map(|charge| &charge.contributions);
    let billed = parts
        .filter(|part| ids.contains(&part.interval) && counts(part))
        .map(|part| part.allocated);
    let suspended = &rated.rated.completeness.suspense.resources;
    let estimated = suspended
        .iter()
        .filter(|waiting| resources.contains(&waiting.resource))
        .filter_map(|waiting| waiting.value);
    let amounts: Vec<Money> = billed.chain(estimated).collect();
    Money::sum(amounts.iter().copied(), amounts.first()?.currency()).ok()
}
