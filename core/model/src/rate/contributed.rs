//! What each resource adds to a charge, and its part of the net, to the cent.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::allocation::PortionWeights;
use super::group::Portion;
use super::usage::Beyond;
use crate::charge::{Charge, ChargeKey, Contribution};
use crate::decimal::Rational;
use crate::ids::ResourceId;
use crate::money::Money;
use crate::time::{Instant, Period};

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

fn presumed_seconds(portion: &Portion<'_>) -> i64 {
    let begin = portion.period.from().max(portion.interval.covered_until);
    Period::new(begin, portion.period.to()).map_or(0, Period::seconds)
}

/// When each resource was presumed to be there, however many items, owners and gauges it is metered by.
#[derive(Debug, Default)]
pub(super) struct Presumed(BTreeMap<ResourceId, Vec<Period>>);

/// By charge, where any of it is.
pub(super) type PresumedOf = BTreeMap<ChargeKey, Presumed>;

impl Presumed {
    /// Over all of the charges.
    pub(super) fn of_all(charges: &[Charge], mut presumed: PresumedOf) -> Self {
        let mut all = Self::default();
        for charge in charges {
            all.extend(presumed.remove(&charge.key).unwrap_or_default());
        }
        all
    }

    pub(super) fn of(portions: &[Portion<'_>]) -> Self {
        let mut presumed = Self::default();
        for portion in portions {
            let interval = portion.interval;
            let begin = portion.period.from().max(interval.covered_until);
            if let Some(period) = Period::new(begin, portion.period.to()) {
                presumed
                    .0
                    .entry(interval.resource)
                    .or_default()
                    .push(period);
            }
        }
        presumed
    }

    fn extend(&mut self, other: Self) {
        for (resource, periods) in other.0 {
            self.0.entry(resource).or_default().extend(periods);
        }
    }

    /// Resource-seconds.
    pub(super) fn seconds(self) -> i64 {
        let of_resource = |mut periods: Vec<Period>| {
            periods.sort_unstable();
            let mut seconds = 0;
            let mut until: Option<Instant> = None;
            for period in periods {
                let from = until.map_or(period.from(), |until| until.max(period.from()));
                if let Some(more) = Period::new(from, period.to()) {
                    seconds += more.seconds();
                    until = Some(more.to());
                }
            }
            seconds
        };
        self.0.into_values().map(of_resource).sum()
    }
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
