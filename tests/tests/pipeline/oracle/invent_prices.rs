//! Invents the prices of an item: for whom, since when, and all that is done before and after the model.

use super::calendar::Month;
use super::exact::Dec;
use super::invent::{number, positive};
use super::random::Random;
use super::world::{ACCOUNTS, AGREEMENTS, AllowancePer, Level, PLANS, Price, Tariff, Tier};

/// The list price holds throughout; others hold for a while.
pub(crate) fn prices(random: &mut Random, month: &Month, model: &'static str) -> Vec<Price> {
    let days = month.days.len();
    let mut levels = vec![Level::List];
    for _ in 0..random.below(4) {
        let level = match random.below(6) {
            0 => Level::Plan(random.below(PLANS.len())),
            1 => Level::Customer(random.below(2)),
            2 => Level::CustomerPlan(random.below(2), random.below(PLANS.len())),
            3 => Level::Account(random.below(ACCOUNTS)),
            4 => Level::Agreement(random.below(AGREEMENTS.len())),
            _ => Level::AccountPlan(random.below(ACCOUNTS), random.below(PLANS.len())),
        };
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    let mut prices = Vec::new();
    for level in levels {
        let changes = random.one_in(2).then(|| 1 + random.below(days - 1));
        let ends = random.one_in(2);
        let begins = (level != Level::List && random.one_in(3)).then_some(0);
        let first = Price {
            level,
            from: begins,
            to: changes.filter(|_| ends),
            tariff: tariff(random, model),
        };
        if let Some(day) = changes {
            let after = if random.one_in(5) {
                first.tariff.clone()
            } else {
                tariff(random, model)
            };
            // A special price may be followed by none.
            if level == Level::List || !random.one_in(3) {
                prices.push(Price {
                    level,
                    from: Some(day),
                    to: None,
                    tariff: after,
                });
            }
        }
        prices.push(first);
    }
    prices
}

fn tariff(random: &mut Random, model: &'static str) -> Tariff {
    let zero = Dec {
        digits: 0,
        places: 0,
    };
    let mut tariff = Tariff {
        amount: if model == "percentage" {
            number(random, 40)
        } else {
            number(random, 50)
        },
        package: zero,
        tiers: Vec::new(),
        allowance: None,
        discount_percent: None,
        discount_amount: None,
        maximum: None,
        minimum: None,
    };
    match model {
        "graduated" | "volume" => {
            tariff.amount = zero;
            tariff.tiers = tiers(random);
        }
        "package" => tariff.package = positive(random, 12),
        _ => {}
    }
    if model == "split" {
        return tariff;
    }
    tariff.allowance = random.maybe(4, |random| {
        let per = [
            AllowancePer::Charge,
            AllowancePer::Resource,
            AllowancePer::Customer,
        ];
        (number(random, 12), random.pick(&per))
    });
    tariff.discount_percent = random.maybe(5, |random| number(random, 100));
    tariff.discount_amount = random.maybe(5, |random| number(random, 60));
    tariff.minimum = random.maybe(5, |random| number(random, 80));
    let least = tariff
        .minimum
        .map_or(0, |minimum| minimum.digits / 10_i64.pow(minimum.places) + 1);
    tariff.maximum = random.maybe(5, |random| Dec {
        digits: least + random.within(0, 200),
        places: 0,
    });
    tariff
}

fn tiers(random: &mut Random) -> Vec<Tier> {
    let mut below = 0;
    let mut tiers = Vec::new();
    for _ in 0..random.below(4) {
        // In hundredths; whole ones meet whole levels.
        below += if random.one_in(2) {
            random.within(1, 8) * 100
        } else {
            random.within(1, 800)
        };
        tiers.push((
            Some(Dec {
                digits: below,
                places: 2,
            }),
            random.one_in(3),
        ));
    }
    tiers.push((None, random.one_in(3)));
    let tier = |(up_to, has_flat): (Option<Dec>, bool)| Tier {
        up_to,
        amount: number(random, 9),
        flat: has_flat.then(|| number(random, 40)),
    };
    tiers.into_iter().map(tier).collect()
}
