//! What of the gathered portions is priced: the quantity over time, less what each resource has free, and the levels that
//! tiers see.

use std::collections::BTreeMap;

use num_traits::{One, Zero};

use super::allocation::weighted_sum;
use super::evaluate::{allowed, evaluate};
use super::group::Portion;
use super::weights::Weights;
use crate::decimal::Rational;
use crate::ids::ResourceId;
use crate::price::{AllowancePer, Model, PriceItem, Proration, Tariff, TiersSee};
use crate::time::{Instant, Period};

/// The quantity of a charge, weighted over the billing period, and the levels with their part of it where tiers see each
/// moment.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) quantity: Rational,
    /// What each portion counts for, in their order, where it is not its level by time.
    pub(super) counts: Option<Vec<Rational>>,
    /// What of each resource's quantity is priced, where it has an allowance of its own.
    pub(super) beyond: Option<Beyond>,
    pub(super) moments: Option<Moments>,
    /// How much of an amount of a whole period is due because something was there, where the model asks for that.
    pub(super) there: Option<Rational>,
}

/// The levels of a charged period.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Each with how much of an amount it has by its time.
    pub(super) levels: Vec<(Rational, Rational)>,
    /// How much of what a billing period has once goes with a whole amount: all of it, or the part of an hour.
    pub(super) once_of: Rational,
}

impl Moments {
    pub(super) fn of(level: (Rational, Rational)) -> Self {
        Self {
            levels: vec![level],
            once_of: Rational::one(),
        }
    }
}

/// By resource, the part of its quantity that is more than its own allowance. Absent: there is no quantity.
pub(super) type Beyond = BTreeMap<ResourceId, Rational>;

/// What each resource has free of its own, in the unit that is metered.
pub(super) fn own_allowance(tariff: &Tariff) -> Option<Rational> {
    let own = tariff
        .allowance
        .filter(|one| one.per == AllowancePer::Resource)?;
    let free = own.quantity.to_rational();
    Some(match &tariff.conversion {
        Some(conversion) => free / &conversion.factor,
        None => free,
    })
}

pub(super) fn used(
    portions: &[Portion<'_>],
    (item, tariff): (&PriceItem, &Tariff),
    weights: &Weights,
    charged: Period,
) -> Used {
    let counts = evaluate(portions, item, weights, charged);
    let mut quantity = match &counts {
        Some(counts) => counts.iter().sum(),
        None => weighted_sum(portions, weights.total()),
    };
    let free = own_allowance(tariff);
    let beyond = free.as_ref().map(|free| {
        let (left, beyond) = beyond(
            (portions, counts.as_deref()),
            item,
            (weights, charged),
            free,
        );
        quantity = left;
        beyond
    });
    let moments = match item.tiers_see {
        TiersSee::Average => None,
        TiersSee::EachMoment => {
            let free = free.unwrap_or_default();
            Some(Moments {
                levels: levels(portions, (item, weights), charged, &free),
                once_of: match item.proration {
                    Proration::Hour => weights.hours().recip(),
                    _ => Rational::one(),
                },
            })
        }
    };
    if let Some(moments) = &moments {
        let weighed = moments.levels.iter().map(|(level, weight)| level * weight);
        quantity = weighed.sum();
    }
    let there = matches!(tariff.model, Model::Flat(_))
        .then(|| weights.part(item.proration, units_there(portions, weights), charged));
    Used {
        quantity,
        counts,
        beyond,
        moments,
        there,
    }
}

/// What all resources have beyond their own allowances, which they have while they are there, and which part of each that is.
pub(super) fn beyond(
    (portions, counts): (&[Portion<'_>], Option<&[Rational]>),
    item: &PriceItem,
    (weights, charged): (&Weights, Period),
    free: &Rational,
) -> (Rational, Beyond) {
    let total = Rational::from_integer(weights.total().into());
    let mut resources: BTreeMap<ResourceId, Rational> = BTreeMap::new();
    for (index, portion) in portions.iter().enumerate() {
        let count = if let Some(counts) = counts {
            counts[index].clone()
        } else {
            let time = Rational::from_integer(portion.units.into()) / &total;
            portion.quantity.to_rational() * time * portion.share
        };
        *resources.entry(portion.interval.resource).or_default() += count;
    }
    let mut allowed = allowed(portions, item, (weights, charged), free);
    let mut left = Rational::zero();
    let mut parts = Beyond::new();
    for (resource, count) in resources {
        let free = allowed.remove(&resource).unwrap_or_default();
        let own = (&count - free).max(Rational::zero());
        left += &own;
        if !count.is_zero() {
            parts.insert(resource, own / count);
        }
    }
    (left, parts)
}

/// Of all portions, also of those at the same time.
pub(super) fn seconds(portions: &[Portion<'_>]) -> Rational {
    let seconds = portions.iter().map(|portion| portion.period.seconds());
    Rational::from_integer(seconds.sum::<i64>().into())
}

/// Of the time in which any resource was there.
pub(super) fn units_there(portions: &[Portion<'_>], weights: &Weights) -> i128 {
    let mut periods: Vec<Period> = portions.iter().map(|portion| portion.period).collect();
    periods.sort_unstable();
    let mut units = 0;
    let mut until: Option<Instant> = None;
    for period in periods {
        let from = until.map_or(period.from(), |until| until.max(period.from()));
        if let Some(more) = Period::new(from, period.to()) {
            units += weights.units(more);
            until = Some(more.to());
        }
    }
    units
}

/// The level at each moment of the charged period at which anything is there, with how much of an amount it has by its time. Equal levels are one. Each resource has its own allowance at each moment.
fn levels(
    portions: &[Portion<'_>],
    (item, weights): (&PriceItem, &Weights),
    charged: Period,
    free: &Rational,
) -> Vec<(Rational, Rational)> {
    let mut resources: BTreeMap<ResourceId, BTreeMap<Instant, Rational>> = BTreeMap::new();
    // Of the level, and of how many are there.
    let mut changes: BTreeMap<Instant, (Rational, i64)> = BTreeMap::new();
    for portion in portions {
        let level = (portion.quantity.to_rational() - free) * portion.share;
        let own = resources.entry(portion.interval.resource).or_default();
        *own.entry(portion.period.from()).or_default() += &level;
        *own.entry(portion.period.to()).or_default() -= level;
        for (at, one) in [(portion.period.from(), 1), (portion.period.to(), -1)] {
            changes.entry(at).or_default().1 += one;
        }
    }
    for own in resources.into_values() {
        let (mut level, mut counted) = (Rational::zero(), Rational::zero());
        for (at, change) in own {
            level += change;
            let counts = level.clone().max(Rational::zero());
            changes.entry(at).or_default().0 += &counts - counted;
            counted = counts;
        }
    }
    let mut lasting: BTreeMap<Rational, Rational> = BTreeMap::new();
    let (mut level, mut there) = (Rational::zero(), 0);
    let mut since = charged.from();
    for (at, (change, more)) in changes {
        if let Some(stretch) = Period::new(since, at).filter(|_| there > 0) {
            *lasting.entry(level.clone()).or_default() += weights.fraction(item.proration, stretch);
        }
        since = at;
        level += change;
        there += more;
    }
    lasting.into_iter().collect()
}
