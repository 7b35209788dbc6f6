//! Unit and graduated prices of numbers that fit 128 bits, which almost all do, and percentages off them: several times as fast
//! as unlimited ones.

use super::fraction::Fraction;
use super::pricing::{ONE, Priced, tier_name};
use super::settling::decimal_near;
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
    let mut parts = match model {
        Simple::Unit(amount) => vec![part(None, quantity, amount)?],
        Simple::Graduated(tiers) => {
            let slices = slices(tiers, quantity, weight)?.into_iter();
            let parts = slices.map(|(below, tier, quantity)| {
                part(Some(tier_name(below, tier)), quantity, tier.amount)
            });
            parts.collect::<Option<_>>()?
        }
    };
    let discount = off(tariff, net)?.filter(|(_, off)| !off.is_zero());
    if let Some((percent, off)) = discount {
        net = net.minus(off)?;
        parts.push(PricedPart {
            tier: Some(format!("discount {percent} %")),
            quantity: "-1".to_owned(),
            unit: Some(ONE.to_owned()),
            unit_price: decimal_near(&off.to_rational()).unwrap_or(Decimal::ZERO),
            amount: Fraction::ZERO.minus(off)?.to_string(),
        });
    }
    Some(Priced {
        net: net.to_rational(),
        quantity: quantity.to_rational(),
        unit: None,
        parts,
    })
}

/// The exact net alone: the same as that of [`price`].
pub(super) fn net(tariff: &Tariff, quantity: &Rational, weight: &Rational) -> Option<Rational> {
    let model = simple(tariff)?;
    let quantity = Fraction::of(quantity)?;
    let mut net = Fraction::ZERO;
    match model {
        Simple::Unit(amount) => net = quantity.times(Fraction::of_decimal(amount)?)?,
        Simple::Graduated(tiers) => {
            for (_, tier, quantity) in slices(tiers, quantity, Fraction::of(weight)?)? {
                net = net.plus(quantity.times(Fraction::of_decimal(tier.amount)?)?)?;
            }
        }
    }
    if let Some((_, off)) = off(tariff, net)? {
        net = net.minus(off)?;
    }
    Some(net.to_rational())
}

/// The percentage that is taken off, and how much that is; `None` where a number does not fit.
#[expect(
    clippy::option_option,
    reason = "no discount is not one that does not fit"
)]
fn off(tariff: &Tariff, net: Fraction) -> Option<Option<(Decimal, Fraction)>> {
    let Some(percent) = tariff.discount_percent else {
        return Some(None);
    };
    let hundredths = Fraction::of_decimal(percent)?.times(Fraction::HUNDREDTH)?;
    Some(Some((percent, net.times(hundredths)?)))
}

enum Simple<'a> {
    Unit(Decimal),
    Graduated(&'a [Tier]),
}

fn simple(tariff: &Tariff) -> Option<Simple<'_>> {
    if !tariff.is_plain_but_for_percent() {
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
