//! Worlds that are not quite those which the engine was asked of: an oracle that believes in them has to be seen to differ.

use super::world::{AllowancePer, BY_TIME, Level, World};

/// Makes one small thing otherwise, everywhere.
pub(crate) type Misbelief = (&'static str, fn(&mut World));

pub(crate) const ALL: [Misbelief; 16] = [
    ("a half goes to the other neighbour", |world| {
        world.half_even = !world.half_even;
    }),
    ("a stretch ends a quarter of an hour earlier", |world| {
        stretches(world, |stretch| stretch.to -= 1);
    }),
    ("a sixtieth changes hands", |world| {
        stretches(world, |stretch| {
            if let [first, second] = stretch.owners.as_mut_slice() {
                first.1 += 1;
                second.1 -= 1;
            }
        });
    }),
    ("a tier ends a thousandth earlier", |world| {
        prices(world, |tariff| {
            let bounds = tariff
                .tiers
                .iter_mut()
                .filter_map(|tier| tier.up_to.as_mut());
            for bound in bounds {
                (bound.digits, bound.places) = (bound.digits * 10 - 1, bound.places + 1);
            }
        });
    }),
    ("a price changes a day later", |world| {
        for price in items(world).flat_map(|item| &mut item.prices) {
            for day in [&mut price.from, &mut price.to].into_iter().flatten() {
                *day = (*day + 1).min(27);
            }
        }
    }),
    ("a special price is the list price", |world| {
        for item in items(world) {
            item.prices.retain(|price| price.level == Level::List);
        }
    }),
    ("days are as long as their hours", |world| {
        for item in items(world).filter(|item| item.proration == BY_TIME[1]) {
            item.proration = BY_TIME[0];
        }
    }),
    ("tiers see the average", |world| {
        for item in items(world) {
            item.each_moment = false;
        }
    }),
    ("an allowance is of all resources", |world| {
        prices(world, |tariff| {
            tariff.allowance = tariff
                .allowance
                .map(|(free, _)| (free, AllowancePer::Charge));
        });
    }),
    ("an amount is taken off before the percentage", |world| {
        prices(world, |tariff| {
            if let (Some(percent), Some(amount)) =
                (tariff.discount_percent, tariff.discount_amount.as_mut())
            {
                // Which comes to the percentage of it less.
                amount.digits *= (100 * 10_i64.pow(percent.places) - percent.digits).max(0);
                amount.places += percent.places + 2;
            }
        });
    }),
    ("a customer shares nothing", |world| {
        prices(world, |tariff| {
            if let Some((_, per @ AllowancePer::Customer)) = &mut tariff.allowance {
                *per = AllowancePer::Charge;
            }
        });
    }),
    ("prices of the start count at no time", |world| {
        for item in items(world) {
            item.at_start = false;
        }
    }),
    ("a renewed agreement begins anew", |world| {
        for case in &mut world.cases {
            case.renews_nothing = true;
        }
    }),
    ("the older rate counts", |world| {
        let most = world.rates.iter().map(|rate| rate.days).max();
        for rate in &mut world.rates {
            rate.days = most.unwrap_or(0) - rate.days;
        }
    }),
    ("a commitment is a unit more", |world| {
        for case in &mut world.cases {
            for (_, amount) in &mut case.commitments {
                *amount += 1;
            }
        }
    }),
    ("ten samples of a hundred more are dropped", |world| {
        for item in items(world) {
            if let super::world::Aggregate::Percentile { percent, .. } = &mut item.aggregate {
                *percent = percent.saturating_sub(10).max(1);
            }
        }
    }),
];

fn items(world: &mut World) -> impl Iterator<Item = &mut super::world::Item> {
    world.cases.iter_mut().flat_map(|case| &mut case.items)
}

fn prices(world: &mut World, change: impl Fn(&mut super::world::Tariff)) {
    for price in items(world).flat_map(|item| &mut item.prices) {
        change(&mut price.tariff);
    }
}

fn stretches(world: &mut World, change: impl Fn(&mut super::world::Stretch)) {
    let resources = world.cases.iter_mut().flat_map(|case| &mut case.resources);
    for stretch in resources.flat_map(|resource| &mut resource.stretches) {
        change(stretch);
    }
}
