//! What each resource adds to a charge, and its part of the net, to the cent.

use num_traits::Zero;

use super::allocation::PortionWeights;
use super::group::Portion;
use super::usage::Beyond;
use crate::charge::Contribution;
use crate::decimal::Rational;
use crate::money::Money;
use crate::time::Period;

/// So that equal remainders are given to the same resource, whatever the order of the input.
fn order(portion: &Portion<'_>) -> impl Ord + use<> {
    let interval = portion.interval;
    (
        interval.resource,
        interval.id,
        portion.period,
        portion.quantity,
        portion.owner,
    )
}

pub(super) fn presumed_seconds(portion: &Portion<'_>) -> i64 {
    let begin = portion.period.from().max(portion.interval.covered_until);
    Period::new(begin, portion.period.to()).map_or(0, Period::seconds)
}

/// What portions count for.
pub(super) struct Measured<'a> {
    pub(super) counts: Option<&'a [Rational]>,
    pub(super) total_units: i128,
    pub(super) beyond: Option<&'a Beyond>,
}

/// A resource within its own allowance has no part in what others come to.
pub(super) fn contributions(
    portions: &[Portion<'_>],
    measured: &Measured<'_>,
    net: Money,
) -> Vec<Contribution> {
    let mut places: Vec<usize> = (0..portions.len()).collect();
    places.sort_by(|&a, &b| {
        let (a, b) = (&portions[a], &portions[b]);
        order(a).cmp(&order(b)).then_with(|| a.share.cmp(b.share))
    });
    let sorted = places.iter().map(|&place| portions[place].clone());
    let sorted: Vec<Portion<'_>> = sorted.collect();
    let weights = match measured.counts {
        Some(counts) => {
            let sorted = places.iter().map(|&place| counts[place].clone());
            PortionWeights::Fractions(sorted.collect())
        }
        None => PortionWeights::new(&sorted, measured.total_units),
    };
    let portions = &sorted;
    let priced = measured
        .beyond
        .map(|beyond| weights.beyond(portions, beyond));
    let priced = priced.filter(|priced| !priced.sum().is_zero());
    let allocated = match &priced {
        Some(priced) => priced.allocate(net),
        None if weights.sum().is_zero() => PortionWeights::of_time(portions).allocate(net),
        None => weights.allocate(net),
    };
    let shown = weights.shown();
    let parts = portions.iter().zip(shown).zip(allocated);
    let contribution =
        |((portion, weighted), allocated): ((&Portion<'_>, String), Money)| Contribution {
            resource: portion.interval.resource,
            interval: portion.interval.id,
            name: portion.interval.configuration.name.clone(),
            period: portion.period,
            share: portion.share.to_string(),
            quantity: portion.quantity,
            weighted,
            allocated,
            presumed_seconds: presumed_seconds(portion),
        };
    parts.map(contribution).collect()
}
