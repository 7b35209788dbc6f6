//! Invents price books and histories: all that can be combined, and above all what lies at the edges.

use super::calendar::Month;
use super::exact::Dec;
use super::invent_prices::prices;
use super::random::Random;
use super::world::{
    ACCOUNTS, AGREEMENTS, Aggregate, AllowancePer, BY_TIME, COLOURS, Case, Item, Meter, PLANS,
    PRORATIONS, Rate, Resource, SERVICES, SHARES, Sample, Stretch, World,
};

/// Days of 23, 25, 24½ and 23½ hours, a day that never was, and zones that are no whole hours away.
const MONTHS: [(&str, &str); 14] = [
    ("2026-03", "Europe/Stockholm"),
    ("2026-10", "Europe/Stockholm"),
    ("2026-07", "Europe/Stockholm"),
    ("2026-03", "America/New_York"),
    ("2026-11", "America/New_York"),
    ("2026-04", "Australia/Lord_Howe"),
    ("2026-10", "Australia/Lord_Howe"),
    ("2026-01", "UTC"),
    ("2028-02", "UTC"),
    ("2026-02", "Asia/Kathmandu"),
    ("2026-12", "Asia/Kathmandu"),
    ("2011-12", "Pacific/Apia"),
    ("2026-06", "Pacific/Apia"),
    ("2026-04", "Pacific/Chatham"),
];
const MODELS: [&str; 7] = [
    "unit",
    "flat",
    "graduated",
    "volume",
    "package",
    "percentage",
    "split",
];

pub(crate) fn world(random: &mut Random) -> World {
    let (month, zone) = random.pick(&MONTHS);
    World {
        zone,
        month,
        half_even: random.one_in(3),
        rates: ["JPY", "JPY", "KWD", "KWD"]
            .into_iter()
            .zip([0, 9, 5, 20])
            .map(|(currency, days)| rate(random, currency, days))
            .collect(),
        cases: Vec::new(),
    }
}

fn rate(random: &mut Random, currency: &'static str, days: usize) -> Rate {
    let most = if currency == "JPY" { 200_000 } else { 400 };
    Rate {
        currency,
        amount: Dec {
            digits: random.within(1, most),
            places: 3,
        },
        days,
    }
}

pub(crate) fn case(random: &mut Random, number: usize, month: &Month) -> Case {
    let mut items = vec![item(random, month)];
    if random.one_in(3) {
        items.push(item(random, month));
    }
    if random.one_in(4) {
        items.push(bundle(random, month, items.len()));
    }
    if random.one_in(4) {
        items.push(percentage_of(random, month, items.len()));
    }
    let currency = random.pick(&["EUR", "EUR", "JPY", "KWD"]);
    // A total that is shared is in the currency of the accounts.
    let is_shared = items.iter().any(|item| item.model == "split");
    let commitments = (0..ACCOUNTS).filter_map(|account| {
        let amount = random.maybe(8, |random| random.within(0, 400))?;
        Some((account, amount))
    });
    let commitments = commitments.collect();
    let is_converted = currency != "EUR" && !is_shared && random.one_in(2);
    let resources = (0..random.within(1, 4)).map(|_| resource(random, month));
    let mut resources: Vec<Resource> = resources.collect();
    agree(random, month, &mut resources);
    Case {
        number,
        currency,
        is_converted,
        commitments,
        renews_nothing: false,
        resources,
        items,
    }
}

/// Agreements that are renewed once or twice, also at any moment of the month, or stand side by side.
fn agree(random: &mut Random, month: &Month, resources: &mut [Resource]) {
    match random.below(5) {
        0 | 1 => {
            let mut renewals: Vec<i64> = (0..random.within(1, 2))
                .map(|_| step(random, month))
                .collect();
            renewals.sort_unstable();
            renewals.dedup();
            let brings_plan = random.one_in(3);
            for resource in resources {
                let stretches = std::mem::take(&mut resource.stretches).into_iter();
                let renewed = stretches.flat_map(|stretch| renewed(&stretch, &renewals));
                resource.stretches = renewed.collect();
                for stretch in resource.stretches.iter_mut().filter(|_| brings_plan) {
                    stretch.plan = stretch.agreement.map(|agreement| agreement % 2);
                }
            }
        }
        2 => {
            for (number, resource) in resources.iter_mut().enumerate() {
                for stretch in &mut resource.stretches {
                    stretch.agreement = (number > 0).then_some(number % AGREEMENTS.len());
                }
            }
        }
        _ => {}
    }
}

/// A stretch, cut where its agreement is renewed.
fn renewed(stretch: &Stretch, renewals: &[i64]) -> Vec<Stretch> {
    let within = |at: &&i64| stretch.from < **at && **at < stretch.to;
    let mut bounds = vec![stretch.from];
    bounds.extend(renewals.iter().filter(within));
    bounds.push(stretch.to);
    let cut = bounds.windows(2).map(|bound| Stretch {
        from: bound[0],
        to: bound[1],
        agreement: Some(renewals.iter().filter(|at| **at <= bound[0]).count()),
        ..stretch.clone()
    });
    cut.collect()
}

/// A number at which something may happen: zero, whole, or with up to three places.
pub(crate) fn number(random: &mut Random, most: i64) -> Dec {
    match random.below(4) {
        0 => Dec {
            digits: random.within(0, most),
            places: 0,
        },
        1 => Dec {
            digits: random.within(0, most * 10),
            places: 1,
        },
        2 => Dec {
            digits: random.within(0, most * 100),
            places: 2,
        },
        _ => Dec {
            digits: random.within(0, most * 1_000),
            places: 3,
        },
    }
}

pub(crate) fn positive(random: &mut Random, most: i64) -> Dec {
    let number = number(random, most);
    Dec {
        digits: number.digits.max(1),
        ..number
    }
}

/// In thousandths.
fn level(random: &mut Random) -> i64 {
    match random.below(5) {
        0 => random.within(0, 3) * 5_000,
        1 | 2 => random.within(0, 30) * 1_000,
        _ => random.within(0, 30_000),
    }
}

/// A step within or about the month: the begin of a day, or any.
fn step(random: &mut Random, month: &Month) -> i64 {
    let steps = month.end();
    match random.below(6) {
        0 => random.within(-200, steps + 200),
        1 | 2 => random.within(0, steps),
        _ => month.days[random.below(month.days.len())].first_step,
    }
}

/// Bounds of what follows one another.
fn bounds(random: &mut Random, month: &Month, most: i64) -> Vec<i64> {
    let mut bounds: Vec<i64> = (0..=random.within(1, most))
        .map(|_| step(random, month))
        .collect();
    if random.one_in(2) {
        bounds.push(-random.within(0, 100));
    }
    if random.one_in(2) {
        bounds.push(month.end() + random.within(0, 100));
    }
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

fn resource(random: &mut Random, month: &Month) -> Resource {
    let bounds_of = bounds(random, month, 4);
    let mut stretches = Vec::new();
    for bound in bounds_of.windows(2) {
        // It goes and comes back, now and then.
        if !random.one_in(6) {
            stretches.push(stretch(random, bound[0], bound[1]));
        }
    }
    let gauges = [(); 2].map(|()| {
        let bounds = bounds(random, month, 6);
        let samples = bounds.windows(2).filter_map(|bound| {
            let sample = Sample {
                from: bound[0],
                to: bound[1],
                value: level(random),
            };
            (!random.one_in(8)).then_some(sample)
        });
        samples.collect()
    });
    Resource { stretches, gauges }
}

fn stretch(random: &mut Random, from: i64, to: i64) -> Stretch {
    let mut owners = vec![(random.below(ACCOUNTS), SHARES)];
    if random.one_in(3) {
        let other = (owners[0].0 + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
        let share = random.pick(&[1, 12, 15, 20, 30, 45]);
        owners[0].1 -= share;
        owners.push((other, share));
    }
    Stretch {
        from,
        to,
        quantity: level(random),
        owners,
        agreement: None,
        plan: random.maybe(2, |random| random.below(PLANS.len())),
        service: random.maybe(2, |random| random.below(SERVICES.len())),
        colour: random.below(COLOURS.len()),
    }
}

fn plain(random: &mut Random, month: &Month, model: &'static str) -> Item {
    Item {
        model,
        proration: random.pick(&PRORATIONS),
        each_moment: false,
        meter: Meter::Quantity,
        aggregate: Aggregate::Average,
        together: false,
        sample: None,
        binary: false,
        divide: None,
        round_up: false,
        by_service: random.one_in(2),
        by_resource: random.one_in(4),
        colour: random.maybe(6, |random| random.below(COLOURS.len())),
        customer: random.maybe(8, |random| (random.one_in(2), random.below(2))),
        of: Vec::new(),
        contains: Vec::new(),
        split_equally: model == "split" && random.one_in(2),
        at_start: random.one_in(6),
        prices: prices(random, month, model),
    }
}

fn item(random: &mut Random, month: &Month) -> Item {
    let model = random.pick(&MODELS);
    let mut item = plain(random, month, model);
    item.each_moment = random.one_in(4) && model != "split" && model != "flat";
    if item.each_moment {
        item.proration = random.pick(&BY_TIME);
    }
    item.meter = match random.below(8) {
        0 => Meter::Count(random.within(1, 3)),
        1 => Meter::Gauge,
        2 => Meter::Gauges {
            each_sample: item.each_moment || random.one_in(2),
        },
        _ => Meter::Quantity,
    };
    if !item.each_moment && random.one_in(2) {
        aggregate(random, &mut item);
    }
    if item.each_moment {
        for price in &mut item.prices {
            if let Some((_, per @ AllowancePer::Customer)) = &mut price.tariff.allowance {
                *per = AllowancePer::Charge;
            }
        }
    }
    if model != "split" {
        item.binary = random.one_in(8);
        item.divide = random.maybe(8, |random| positive(random, 60));
        item.round_up = random.one_in(6);
    }
    item
}

fn aggregate(random: &mut Random, item: &mut Item) {
    item.sample = random.maybe(2, |random| random.pick(&[5, 15, 60]));
    let is_gauge = !matches!(item.meter, Meter::Quantity | Meter::Count(_));
    item.aggregate = match random.below(6) {
        0 => Aggregate::Maximum,
        1 => Aggregate::Last,
        2 => Aggregate::Sum,
        3 if !is_gauge => Aggregate::Unique,
        _ => Aggregate::Percentile {
            percent: random.pick(&[95, 95, 90, 50, 100, 1]),
            gaps_are_zero: random.one_in(2),
        },
    };
    match item.aggregate {
        Aggregate::Unique => item.meter = Meter::Colours,
        Aggregate::Sum if is_gauge => item.sample = Some(random.pick(&[5, 15, 60])),
        Aggregate::Average | Aggregate::Sum => {}
        Aggregate::Maximum | Aggregate::Last | Aggregate::Percentile { .. } => {
            item.together = random.one_in(3);
        }
    }
    if item.together {
        // What each resource has free is not known of their sum.
        for price in &mut item.prices {
            price.tariff.allowance = price.tariff.allowance.map(for_the_charge);
        }
    }
}

fn for_the_charge((free, _): (Dec, AllowancePer)) -> (Dec, AllowancePer) {
    (free, AllowancePer::Charge)
}

fn bundle(random: &mut Random, month: &Month, before: usize) -> Item {
    let mut item = plain(random, month, "bundle");
    item.meter = Meter::Count(1);
    item.contains = vec![random.below(before)];
    item
}

fn percentage_of(random: &mut Random, month: &Month, before: usize) -> Item {
    let mut item = plain(random, month, "percentage");
    item.of = (0..before).filter(|_| random.one_in(2)).collect();
    if item.of.is_empty() {
        item.of.push(0);
    }
    item.colour = None;
    item.by_service = false;
    item.by_resource = false;
    for price in &mut item.prices {
        price.tariff.allowance = price.tariff.allowance.map(for_the_charge);
    }
    item
}
