//! What a quantity costs: convert, allowance, model, percentage, amount, maximum, minimum, in this order (rule R23).

use num_traits::Zero;

use super::exact::{Dec, Exact, fraction, whole};
use super::parts_of_prices::Part;
use super::world::{AllowancePer, Item, Tariff};

/// What is priced.
pub(crate) struct Used {
    /// Levels, each with how much of an amount it has.
    pub(crate) moments: Vec<(Exact, Exact)>,
    /// How much of an amount the line has.
    pub(crate) weight: Exact,
    /// How much of what a month has once goes with so much of an amount.
    pub(crate) once: Exact,
    /// How much of an amount the time has in which anything was there.
    pub(crate) there: Exact,
    /// What is free for the line, of an allowance that the customer shares.
    pub(crate) shared: Option<Exact>,
    /// What the price has of all that.
    pub(crate) part: Part,
}

/// The quantity that is charged, and the net before it is rounded.
pub(crate) fn price(item: &Item, tariff: &Tariff, used: &Used) -> (Exact, Exact) {
    let mut moments = used.moments.clone();
    for (level, _) in &mut moments {
        *level = converted(item, level);
        let free = match (tariff.allowance, &used.shared) {
            (Some((_, AllowancePer::Customer)), Some(own)) => own.clone(),
            (Some((free, AllowancePer::Charge)), _)
            | (Some((free, AllowancePer::Customer)), None) => free.exact(),
            _ => continue,
        };
        *level = (&*level - free).max(Exact::zero());
    }
    let Part {
        of_quantity,
        of_amounts,
    } = &used.part;
    let once = &used.weight * of_amounts;
    let quantity: Exact = moments.iter().map(|(level, weight)| level * weight).sum();
    let amount = tariff.amount.exact();
    let (quantity, gross) = match item.model {
        "flat" => (used.there.clone(), &used.there * amount),
        "percentage" => (quantity.clone(), quantity * amount / whole(100)),
        "package" => {
            let size = tariff.package.exact();
            let begun = moments
                .iter()
                .map(|(level, weight)| (level / &size).ceil() * weight);
            let packages: Exact = begun.sum();
            (packages.clone(), packages * amount)
        }
        "graduated" | "volume" => {
            let (by_unit, flat) = if item.model == "graduated" {
                graduated(tariff, &moments, &used.weight)
            } else {
                let (by_unit, flat) = volume(tariff, &moments);
                (by_unit, flat * &used.once)
            };
            let gross = by_unit * of_quantity + flat * of_amounts;
            return (quantity * of_quantity, limited(gross, tariff, &once));
        }
        _ => (quantity.clone(), quantity * amount),
    };
    (
        quantity * of_quantity,
        limited(gross * of_quantity, tariff, &once),
    )
}

/// In the unit that is priced, and in whole ones of it.
pub(crate) fn converted(item: &Item, level: &Exact) -> Exact {
    let level = level * factor(item);
    if item.round_up { level.ceil() } else { level }
}

/// From what is metered to what is priced.
pub(crate) fn factor(item: &Item) -> Exact {
    let unit = if item.binary {
        fraction(1 << 30, 1_000_000_000)
    } else {
        whole(1)
    };
    match item.divide {
        Some(divisor) => unit / divisor.exact(),
        None => unit,
    }
}

/// What the units come to, and what is due for the tiers that are entered.
fn graduated(tariff: &Tariff, moments: &[(Exact, Exact)], weight: &Exact) -> (Exact, Exact) {
    let (mut by_unit, mut flats) = (Exact::zero(), Exact::zero());
    let mut lower = Exact::zero();
    for tier in &tariff.tiers {
        let above = moments.iter().filter(|(level, _)| *level > lower);
        let mut is_entered = false;
        for (level, weight) in above {
            is_entered = true;
            let reached = tier
                .up_to
                .map_or_else(|| level.clone(), |bound| bound.exact().min(level.clone()));
            by_unit += (reached - &lower) * weight * tier.amount.exact();
        }
        if let (true, Some(flat)) = (is_entered, tier.flat) {
            flats += flat.exact() * weight;
        }
        lower = tier.up_to.map_or(lower, Dec::exact);
    }
    (by_unit, flats)
}

/// The same, of the tier that is reached at each moment.
fn volume(tariff: &Tariff, moments: &[(Exact, Exact)]) -> (Exact, Exact) {
    let (mut by_unit, mut flats) = (Exact::zero(), Exact::zero());
    for (level, weight) in moments {
        let mut tiers = tariff.tiers.iter();
        let reached = tiers.find(|tier| tier.up_to.is_none_or(|bound| *level <= bound.exact()));
        if let Some(tier) = reached {
            by_unit += level * weight * tier.amount.exact();
            flats += tier.flat.map_or_else(Exact::zero, Dec::exact) * weight;
        }
    }
    (by_unit, flats)
}

fn limited(gross: Exact, tariff: &Tariff, weight: &Exact) -> Exact {
    let mut net = gross;
    if let Some(percent) = tariff.discount_percent {
        net *= whole(1) - percent.exact() / whole(100);
    }
    if let Some(amount) = tariff.discount_amount {
        net = (net - amount.exact() * weight).max(Exact::zero());
    }
    if let Some(maximum) = tariff.maximum {
        net = net.min(maximum.exact() * weight);
    }
    if let Some(minimum) = tariff.minimum {
        net = net.max(minimum.exact() * weight);
    }
    net
}
