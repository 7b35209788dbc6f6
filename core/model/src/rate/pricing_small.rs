//! Unit and graduated prices of numbers that fit 128 bits, which almost all do: several times as fast as unlimited ones.

use super::fraction::Fraction;
use super::pricing::{Priced, tier_name};
use crate::charge::PricedPart;
use crate::decimal::{Decimal, Rational};
use crate::price::{Model, Tariff, Tier};

/// `None` where a number does not fit, or the tariff is another one.
pub(super) fn price(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Option<Priced> {
    let model = simple(tariff)?;
    let (quantity, weight) = (Fraction::of(quantity)?, Fraction::of(weight)?);
    let mut net = Fraction::ZERO;
    let mut part = |tier: Option<String>, quantity: Fraction, unit_price: Decimal| {
        let amount = quantity.times(Fraction::of_decimal(unit_price)?)?;
        net = net.plus(amount)?;
        Some(PricedPart {
            tier,
            quantity: quantity.to_string(),
            unit: None,
            unit_price,
            amount: amount.to_string(),
        })
    };
    let parts = match model {
        Simple::Unit(amount) => vec![part(None, quantity, amount)?],
        Simple::Graduated(tiers) => {
            let slices = slices(tiers, quantity, weight)?.into_iter();
            let parts = slices.map(|(below, tier, quantity)| {
                part(Some(tier_name(below, tier)), quantity, tier.amount)
            });
            parts.collect::<Option<_>>()?
        }
    };
    Some(Priced {
        net: net.to_rational(),
        quantity: quantity.to_rational(),
        unit: None,
        parts,
    })
}

/// The exact net alone: the same as that of [`price`].
pub(super) fn net(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Option<Rational> {
    match simple(tariff)? {
        Simple::Unit(amount) => Some(quantity * amount.to_rational()),
        Simple::Graduated(tiers) => {
            let slices = slices(tiers, Fraction::of(quantity)?, Fraction::of(weight)?)?;
            let mut net = Fraction::ZERO;
            for (_, tier, quantity) in slices {
                net = net.plus(quantity.times(Fraction::of_decimal(tier.amount)?)?)?;
            }
            Some(net.to_rational())
        }
    }
}

enum Simple<'a> {
    Unit(Decimal),
    Graduated(&'a [Tier]),
}

fn simple(tariff: &Tariff) -> Option<Simple<'_>> {
    if !tariff.is_plain() {
        return None;
    }
    match &tariff.model {
        Model::Unit(amount) => Some(Simple::Unit(*amount)),
        Model::Graduated(tiers) if tiers.iter().all(|tier| tier.flat.is_none()) => {
            Some(Simple::Graduated(tiers))
        }
        _ => None,
    }
}

fn slices(
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
