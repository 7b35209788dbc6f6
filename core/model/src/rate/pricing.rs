//! Applies a price model to a quantity. Exact: nothing is rounded here.

use num_traits::Zero;

use super::fraction::Fraction;
use crate::charge::PricedPart;
use crate::decimal::{Decimal, Rational};
use crate::price::{Tariff, Tier};

/// The exact net and the arithmetic behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Priced {
    pub(super) net: Rational,
    pub(super) parts: Vec<PricedPart>,
}

/// Prices a quantity of a charged period that is `weight` of its billing period.
///
/// The quantity is weighted over the whole billing period already, so that a unit price only multiplies it. Tiers see
/// the average level over the charged period (quantity ÷ weight); what falls into a tier is then weighted again. A
/// constant level at unchanged prices therefore costs the same however the billing period is cut.
pub(super) fn price(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Priced {
    if let Some(priced) = small_price(tariff, quantity, weight) {
        return priced;
    }
    match tariff {
        Tariff::Unit(amount) => Priced::sum(vec![part(None, quantity, *amount)]),
        Tariff::Graduated(tiers) => Priced::sum(graduated(tiers, quantity, weight)),
    }
}

/// The same where all numbers fit 128 bits.
fn small_price(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Option<Priced> {
    let (quantity, weight) = (Fraction::of(quantity)?, Fraction::of(weight)?);
    let mut net = Fraction::ZERO;
    let mut part = |tier: Option<String>, quantity: Fraction, unit_price: Decimal| {
        let amount = quantity.times(Fraction::of_decimal(unit_price)?)?;
        net = net.plus(amount)?;
        Some(PricedPart {
            tier,
            quantity: quantity.to_string(),
            unit_price,
            amount: amount.to_string(),
        })
    };
    let parts = match tariff {
        Tariff::Unit(amount) => vec![part(None, quantity, *amount)?],
        Tariff::Graduated(tiers) => {
            let slices = small_slices(tiers, quantity, weight)?.into_iter();
            let parts = slices.map(|(below, tier, quantity)| {
                part(Some(name(below, tier)), quantity, tier.amount)
            });
            parts.collect::<Option<_>>()?
        }
    };
    Some(Priced {
        net: net.to_rational(),
        parts,
    })
}

/// As [`slices`].
fn small_slices(
    tiers: &[Tier],
    quantity: Fraction,
    weight: Fraction,
) -> Option<Vec<(Decimal, &Tier, Fraction)>> {
    let level = quantity.over(weight)?;
    let mut slices = Vec::new();
    let mut below = Decimal::ZERO;
    let mut lower = Fraction::ZERO;
    for tier in tiers {
        let bound = match tier.up_to {
            Some(bound) => Some(Fraction::of_decimal(bound)?),
            None => None,
        };
        let reached = match bound {
            Some(bound) if bound.compare(level)?.is_lt() => bound,
            Some(_) | None => level,
        };
        let slice = reached.minus(lower)?;
        if slice.is_positive() || (slices.is_empty() && level.is_zero()) {
            slices.push((below, tier, slice.times(weight)?));
        }
        below = tier.up_to.unwrap_or(below);
        lower = bound.unwrap_or(lower);
        if level.compare(lower)?.is_le() {
            break;
        }
    }
    Some(slices)
}

/// The exact net alone: the same as that of [`price`].
pub(super) fn net(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Rational {
    match tariff {
        Tariff::Unit(amount) => quantity * amount.to_rational(),
        Tariff::Graduated(tiers) => {
            if let Some(net) = small_net(tiers, quantity, weight) {
                return net;
            }
            let slices = slices(tiers, quantity, weight).into_iter();
            let amounts = slices.map(|slice| slice.quantity * slice.tier.amount.to_rational());
            amounts.sum()
        }
    }
}

fn small_net(tiers: &[Tier], quantity: &Rational, weight: &Rational) -> Option<Rational> {
    let slices = small_slices(tiers, Fraction::of(quantity)?, Fraction::of(weight)?)?;
    let mut net = Fraction::ZERO;
    for (_, tier, quantity) in slices {
        net = net.plus(quantity.times(Fraction::of_decimal(tier.amount)?)?)?;
    }
    Some(net.to_rational())
}

fn graduated(tiers: &[Tier], quantity: &Rational, weight: &Rational) -> Vec<PricedPartExact> {
    let slices = slices(tiers, quantity, weight).into_iter();
    let parts = slices.map(|slice| {
        let name = name(slice.below, slice.tier);
        part(Some(name), &slice.quantity, slice.tier.amount)
    });
    parts.collect()
}

/// What falls into a tier.
struct Slice<'a> {
    below: Decimal,
    tier: &'a Tier,
    quantity: Rational,
}

/// Each tier prices its own slice (rule R18): above the bound before it, up to and including its own.
fn slices<'a>(tiers: &'a [Tier], quantity: &Rational, weight: &Rational) -> Vec<Slice<'a>> {
    let level = quantity / weight;
    let mut slices = Vec::new();
    let mut below = Decimal::ZERO;
    for tier in tiers {
        let lower = below.to_rational();
        let reached = match tier.up_to {
            Some(bound) => bound.to_rational().min(level.clone()),
            None => level.clone(),
        };
        let slice = reached - &lower;
        // A quantity of nothing still shows the tier that it would have begun in.
        if slice > Rational::zero() || (slices.is_empty() && level.is_zero()) {
            slices.push(Slice {
                below,
                tier,
                quantity: slice * weight,
            });
        }
        below = tier.up_to.unwrap_or(below);
        if level <= below.to_rational() {
            break;
        }
    }
    slices
}

fn name(below: Decimal, tier: &Tier) -> String {
    match tier.up_to {
        Some(bound) => format!("{below}–{bound}"),
        None => format!("above {below}"),
    }
}

struct PricedPartExact {
    shown: PricedPart,
    amount: Rational,
}

fn part(tier: Option<String>, quantity: &Rational, unit_price: Decimal) -> PricedPartExact {
    let amount = quantity * unit_price.to_rational();
    PricedPartExact {
        shown: PricedPart {
            tier,
            quantity: quantity.to_string(),
            unit_price,
            amount: amount.to_string(),
        },
        amount,
    }
}

impl Priced {
    fn sum(parts: Vec<PricedPartExact>) -> Self {
        Self {
            net: parts.iter().map(|part| &part.amount).sum(),
            parts: parts.into_iter().map(|part| part.shown).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tiers() -> impl Strategy<Value = Vec<Tier>> {
        let tiers = prop::collection::btree_map(1..50_i64, 0..10_000_i64, 0..4);
        (tiers, 0..10_000_i64).prop_map(|(tiers, last)| {
            let amount = |digits| Decimal::from_parts(i128::from(digits), 4).unwrap();
            let bounded = tiers.into_iter().map(|(bound, digits)| Tier {
                up_to: Some(Decimal::from(bound)),
                amount: amount(digits),
            });
            let last = Tier {
                up_to: None,
                amount: amount(last),
            };
            bounded.chain([last]).collect()
        })
    }

    proptest! {
        #[test]
        fn small_numbers_come_to_the_same(
            tiers in tiers(), numerator in 0..5_000_i64, denominator in 1..90_i64, weight in 1..31_i64
        ) {
            let quantity = Rational::new(numerator.into(), denominator.into());
            let weight = Rational::new(weight.into(), 31.into());
            let tariff = Tariff::Graduated(tiers.clone());
            let large = Priced::sum(graduated(&tiers, &quantity, &weight));
            prop_assert_eq!(small_price(&tariff, &quantity, &weight), Some(large.clone()));
            prop_assert_eq!(net(&tariff, &quantity, &weight), large.net.clone());
            let nets = slices(&tiers, &quantity, &weight).into_iter();
            let unlimited: Rational = nets.map(|slice| slice.quantity * slice.tier.amount.to_rational()).sum();
            prop_assert_eq!(unlimited, large.net);
        }
    }
}
