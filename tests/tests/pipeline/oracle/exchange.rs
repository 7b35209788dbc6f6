//! Prices in euros for accounts that pay in something else.

use super::exact::Dec;
use super::world::{Case, Item, Tariff, Tier, World};

fn times(one: Dec, other: Dec) -> Dec {
    Dec {
        digits: one.digits * other.digits,
        places: one.places + other.places,
    }
}

/// Every amount of the tariff, in the currency of the case. Quantities and percentages stay as they are.
pub(crate) fn exchanged(world: &World, case: &Case, item: &Item, tariff: &Tariff) -> Tariff {
    if !case.is_converted {
        return tariff.clone();
    }
    let rate = world.rate(case.currency);
    let exchange = |amount: Dec| times(amount, rate);
    let tier = |tier: &Tier| Tier {
        amount: exchange(tier.amount),
        flat: tier.flat.map(exchange),
        ..*tier
    };
    Tariff {
        // A percentage of a quantity is one of so many euros.
        amount: if item.model == "percentage" && !item.of.is_empty() {
            tariff.amount
        } else {
            exchange(tariff.amount)
        },
        tiers: tariff.tiers.iter().map(tier).collect(),
        discount_amount: tariff.discount_amount.map(exchange),
        maximum: tariff.maximum.map(exchange),
        minimum: tariff.minimum.map(exchange),
        ..tariff.clone()
    }
}
