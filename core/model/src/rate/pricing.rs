//! Applies a price model to a quantity. Exact: nothing is rounded here.

use num_traits::Zero;

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
    match tariff {
        Tariff::Unit(amount) => Priced::sum(vec![part(None, quantity, *amount)]),
        Tariff::Graduated(tiers) => Priced::sum(graduated(tiers, quantity, weight)),
    }
}

/// Each tier prices its own slice (rule R18): above the bound before it, up to and including its own.
fn graduated(tiers: &[Tier], quantity: &Rational, weight: &Rational) -> Vec<PricedPartExact> {
    let level = quantity / weight;
    let mut parts = Vec::new();
    let mut below = Decimal::ZERO;
    for tier in tiers {
        let lower = below.to_rational();
        let reached = match tier.up_to {
            Some(bound) => bound.to_rational().min(level.clone()),
            None => level.clone(),
        };
        let slice = reached - &lower;
        // A quantity of nothing still shows the tier that it would have begun in.
        if slice > Rational::zero() || (parts.is_empty() && level.is_zero()) {
            parts.push(part(
                Some(name(below, tier)),
                &(slice * weight),
                tier.amount,
            ));
        }
        below = tier.up_to.unwrap_or(below);
        if level <= below.to_rational() {
            break;
        }
    }
    parts
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
