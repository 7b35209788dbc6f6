//! What of the gathered portions is priced: the quantity over time, less what each resource has free, and the levels that
//! tiers see.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::allocation::weighted_sum;
use super::evaluate::evaluate;
use super::group::Portion;
use super::weights::Weights;
use crate::decimal::Rational;
use crate::ids::ResourceId;
use crate::price::{AllowancePer, PriceItem, Tariff, TiersSee};
use crate::time::{Instant, Period};

/// The quantity of a charge, weighted over the billing period, and the levels with their part of it where tiers see each
/// moment.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) quantity: Rational,
    /// What each portion counts for, in their order, where it is not its level by time.
    pub(super) counts: Option<Vec<Rational>>,
    pub(super) moments: Option<Vec<(Rational, Rational)>>,
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
    let own = tariff
        .allowance
        .filter(|one| one.per == AllowancePer::Resource);
    if let Some(allowance) = own {
        let mut free = allowance.quantity.to_rational();
        if let Some(conversion) = &tariff.conversion {
            free /= &conversion.factor;
        }
        quantity = beyond(portions, counts.as_deref(), &free, weights);
    }
    let moments = match item.tiers_see {
        TiersSee::Average => None,
        TiersSee::EachMoment => Some(moments(portions, (item, weights), charged)),
    };
    Used {
        quantity,
        counts,
        moments,
    }
}

/// What each resource has beyond its own allowance, which it has while it is there.
fn beyond(
    portions: &[Portion<'_>],
    counts: Option<&[Rational]>,
    free: &Rational,
    weights: &Weights,
) -> Rational {
    let total = Rational::from_integer(weights.total().into());
    let mut resources: BTreeMap<ResourceId, Rational> = BTreeMap::new();
    for (index, portion) in portions.iter().enumerate() {
        let time = Rational::from_integer(portion.units.into()) / &total * portion.share;
        let count = match counts {
            Some(counts) => counts[index].clone(),
            None => portion.quantity.to_rational() * &time,
        };
        *resources.entry(portion.interval.resource).or_default() += count - free * time;
    }
    let zero = Rational::zero();
    resources
        .into_values()
        .map(|beyond| beyond.max(zero.clone()))
        .sum()
}

/// The level at each moment of the charged period, with the part of the billing period for which it lasted. Equal levels are
/// one.
fn moments(
    portions: &[Portion<'_>],
    (item, weights): (&PriceItem, &Weights),
    charged: Period,
) -> Vec<(Rational, Rational)> {
    let mut changes: BTreeMap<Instant, Rational> = BTreeMap::new();
    for portion in portions {
        let level = portion.quantity.to_rational() * portion.share;
        *changes.entry(portion.period.from()).or_default() += &level;
        *changes.entry(portion.period.to()).or_default() -= level;
    }
    changes.entry(charged.from()).or_default();
    changes.entry(charged.to()).or_default();
    let mut lasting: BTreeMap<Rational, Rational> = BTreeMap::new();
    let mut level = Rational::zero();
    let mut since = charged.from();
    for (at, change) in changes {
        if let Some(stretch) = Period::new(since, at) {
            *lasting.entry(level.clone()).or_default() += weights.fraction(item.proration, stretch);
        }
        since = at;
        level += change;
    }
    lasting.into_iter().collect()
}
