//! Makes a case that comes out wrong as small as it stays wrong.

use super::world::{Aggregate, Case, Item, Level, Meter, SHARES};

/// Calls of the binary for one case.
const TRIES_MAX: usize = 400;

pub(crate) fn shrunk(case: &Case, is_wrong: impl Fn(&Case) -> bool) -> Case {
    let mut best = case.clone();
    let mut tries = 0;
    loop {
        let smaller = smaller(&best).into_iter().find(|candidate| {
            tries += 1;
            tries <= TRIES_MAX && is_wrong(candidate)
        });
        match smaller {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// Cases with one thing less.
fn smaller(case: &Case) -> Vec<Case> {
    let mut smaller = Vec::new();
    let mut add = |change: &dyn Fn(&mut Case)| {
        let mut candidate = case.clone();
        change(&mut candidate);
        smaller.push(candidate);
    };
    for resource in 0..case.resources.len() {
        add(&|case| drop(case.resources.remove(resource)));
        for stretch in 0..case.resources[resource].stretches.len() {
            add(&|case| drop(case.resources[resource].stretches.remove(stretch)));
            let own = &case.resources[resource].stretches[stretch];
            if own.owners.len() > 1 {
                add(&|case| {
                    let owners = &mut case.resources[resource].stretches[stretch].owners;
                    *owners = vec![(owners[0].0, SHARES)];
                });
            }
            if own.agreement.is_some() {
                add(&|case| case.resources[resource].stretches[stretch].agreement = None);
            }
            if own.plan.is_some() || own.service.is_some() {
                add(&|case| {
                    let stretch = &mut case.resources[resource].stretches[stretch];
                    (stretch.plan, stretch.service) = (None, None);
                });
            }
            if own.quantity % 1_000 != 0 {
                add(&|case| case.resources[resource].stretches[stretch].quantity = 1_000);
            }
        }
        for gauge in 0..2 {
            for sample in 0..case.resources[resource].gauges[gauge].len() {
                add(&|case| {
                    case.resources[resource].gauges[gauge].remove(sample);
                });
            }
        }
    }
    for commitment in 0..case.commitments.len() {
        add(&|case| {
            case.commitments.remove(commitment);
        });
    }
    if case.is_converted {
        add(&|case| case.is_converted = false);
    }
    if case.items.len() > 1
        && case
            .items
            .iter()
            .all(|item| !names(item, case.items.len() - 1))
    {
        add(&|case| drop(case.items.pop()));
    }
    for (position, item) in case.items.iter().enumerate() {
        for change in simpler(item) {
            add(&|case| change(&mut case.items[position]));
        }
        for price in 0..item.prices.len() {
            let is_needed =
                item.prices[price].level == Level::List && item.prices[price].from.is_none();
            if !is_needed {
                add(&|case| {
                    let gone = case.items[position].prices.remove(price);
                    for price in &mut case.items[position].prices {
                        if price.level == gone.level && price.to == gone.from {
                            price.to = None;
                        }
                    }
                });
            }
            for key in 0..5 {
                add(&|case| {
                    let tariff = &mut case.items[position].prices[price].tariff;
                    match key {
                        0 => tariff.allowance = None,
                        1 => tariff.discount_percent = None,
                        2 => tariff.discount_amount = None,
                        3 => tariff.maximum = None,
                        _ => tariff.minimum = None,
                    }
                });
            }
        }
    }
    smaller
        .retain(|candidate| candidate.resources != case.resources || candidate.items != case.items);
    smaller
}

fn names(item: &Item, other: usize) -> bool {
    item.of.contains(&other) || item.contains.contains(&other)
}

fn simpler(item: &Item) -> Vec<fn(&mut Item)> {
    let mut changes: Vec<fn(&mut Item)> = vec![
        |item| item.by_service = false,
        |item| item.by_resource = false,
        |item| item.colour = None,
        |item| item.customer = None,
        |item| item.binary = false,
        |item| item.divide = None,
        |item| item.round_up = false,
        |item| item.each_moment = false,
        |item| item.proration = "second",
    ];
    if !matches!(item.aggregate, Aggregate::Unique) {
        changes.push(|item| (item.aggregate, item.together) = (Aggregate::Average, false));
        changes.push(|item| (item.meter, item.sample) = (Meter::Quantity, None));
    }
    changes
}
