//! The slow rater: who has how much of what, asked for every quarter of an hour of the month.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;

use super::calendar::Month;
use super::exact::{Exact, amount, rounded, whole};
use super::exchange::exchanged;
use super::parts_of_prices::{Part, Version};
use super::pool::{Prepared, shared};
use super::pricing::{Used, factor, price};
use super::quantity::{Metered, Piece};
use super::weighing::Weighing;
use super::world::{
    AllowancePer, Case, Item, Level, Meter, PLANS, Price, SERVICES, Stretch, Tariff, World,
    customer_of,
};

/// What tells a line from the others of its item: account, plan, service, resource, and between which steps.
pub(crate) type Key = (
    usize,
    Option<usize>,
    Option<usize>,
    Option<usize>,
    usize,
    usize,
);

/// What a line comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) net: String,
    pub(crate) net_exact: String,
    pub(crate) quantity_exact: String,
}

pub(crate) struct Rated {
    pub(crate) item: usize,
    pub(crate) key: Key,
    pub(crate) quantity: Exact,
    pub(crate) net_exact: Exact,
    pub(crate) net: BigInt,
}

pub(crate) struct Rater<'a> {
    pub(crate) world: &'a World,
    pub(crate) case: &'a Case,
    pub(crate) month: &'a Month,
    pub(crate) rated: Vec<Rated>,
    /// Accounts with anything that is priced.
    pub(crate) charged: BTreeSet<usize>,
}

/// The lines of a case, by all that tells them apart.
pub(crate) fn rate(world: &World, case: &Case, month: &Month) -> BTreeMap<String, Line> {
    let mut rater = Rater {
        world,
        case,
        month,
        rated: Vec::new(),
        charged: BTreeSet::new(),
    };
    let (shares, others): (Vec<usize>, Vec<usize>) =
        (0..case.items.len()).partition(|item| !case.items[*item].of.is_empty());
    for item in others {
        rater.rate_item(item);
    }
    for item in shares {
        rater.rate_percentage(item);
    }
    let lines = rater.rated.iter();
    let lines = lines.map(|rated| (rater.name(rated), rater.line(rated)));
    lines.chain(rater.true_ups()).collect()
}

impl Rater<'_> {
    pub(crate) fn item(&self, item: usize) -> &Item {
        &self.case.items[item]
    }

    /// The pieces of each line, step by step.
    fn gathered(&self, position: usize) -> BTreeMap<Key, Vec<Piece>> {
        let item = self.item(position);
        let mut lines: BTreeMap<Key, Vec<Piece>> = BTreeMap::new();
        let mut selected: BTreeMap<(usize, Option<usize>), Vec<Run>> = BTreeMap::new();
        for resource in 0..self.case.resources.len() {
            for step in 0..self.month.steps() {
                let Some(stretch) = self.at(resource, step) else {
                    continue;
                };
                for (account, share) in &stretch.owners {
                    if !self.is_charged(position, *account, stretch) {
                        continue;
                    }
                    let runs = selected
                        .entry((*account, stretch.plan))
                        .or_insert_with(|| self.runs(item, *account, stretch.plan));
                    let Some(run) = runs.iter().find(|run| (run.from..run.to).contains(&step))
                    else {
                        continue;
                    };
                    let levels = self.levels(item, resource, stretch, step);
                    if levels == [None, None] {
                        continue;
                    }
                    let key = (
                        *account,
                        stretch.plan,
                        stretch.service.filter(|_| item.by_service),
                        item.by_resource.then_some(resource),
                        run.from,
                        run.to,
                    );
                    lines.entry(key).or_default().push(Piece {
                        resource,
                        step,
                        levels,
                        share: *share,
                        colour: stretch.colour,
                        lasts: self.lasts(stretch),
                    });
                }
            }
        }
        lines
    }

    fn rate_item(&mut self, position: usize) {
        let item = self.item(position).clone();
        let weighing = Weighing::new(item.proration, self.month);
        let lines = self.gathered(position);
        self.charged.extend(lines.keys().map(|key| key.0));
        if item.model == "split" {
            self.share_out(position, &weighing, &lines);
            return;
        }
        let mut charges: BTreeMap<_, Vec<Piece>> = BTreeMap::new();
        for (key, pieces) in &lines {
            let all = charges.entry((key.0, key.1, key.2, key.3)).or_default();
            all.extend(pieces.iter().cloned());
        }
        let (mut prepared, mut used) = (Vec::new(), Vec::new());
        for (key, own) in &lines {
            let (between, pieces) = if item.each_moment {
                ((key.4, key.5), own)
            } else {
                let runs = self.runs(&item, key.0, key.1);
                // Each price is asked for all of the charge, and has its part of what that comes to.
                let ends = (runs[0].from, runs[runs.len() - 1].to);
                (ends, &charges[&(key.0, key.1, key.2, key.3)])
            };
            let metered = Metered {
                item: &item,
                weighing: &weighing,
                between,
                pieces,
            };
            let price = self.price_at(&item, (key.0, key.1), key.4);
            let tariff = &price.expect("the line has a price").tariff;
            let tariff = exchanged(self.world, self.case, &item, tariff);
            let free = free_of_each(&item, &tariff);
            let weight = weighing.of(between.0, between.1);
            let (quantity, moments) = if item.each_moment {
                (Exact::zero(), metered.moments(free.as_ref()))
            } else {
                let quantity = metered.quantity(free.as_ref());
                (quantity.clone(), average(quantity, &weight))
            };
            let part = if between == (key.4, key.5) {
                Part::all()
            } else {
                let versions = lines.keys().filter(|other| {
                    (other.0, other.1, other.2, other.3) == (key.0, key.1, key.2, key.3)
                });
                let versions = versions.map(|other| self.version(&item, other));
                metered.part_of(&self.version(&item, key), &versions.collect::<Vec<_>>())
            };
            let there = metered.there();
            let one = Prepared {
                key: *key,
                tariff,
                between,
                quantity,
                weight,
            };
            prepared.push(one);
            used.push((moments, there, part));
        }
        for (one, (moments, there, part)) in prepared.iter().zip(used) {
            let used = Used {
                moments,
                weight: one.weight.clone(),
                there,
                shared: shared(&item, &prepared, one),
                part,
            };
            let (quantity, net_exact) = price(&item, &one.tariff, &used);
            self.push(position, one.key, quantity, net_exact);
        }
    }

    fn version(&self, item: &Item, key: &Key) -> Version {
        let price = self.price_at(item, (key.0, key.1), key.4);
        let tariff = &price.expect("the line has a price").tariff;
        Version {
            between: (key.4, key.5),
            free: free_of_each(item, tariff),
        }
    }

    fn at(&self, resource: usize, step: usize) -> Option<&Stretch> {
        let step = i64::try_from(step).ok()?;
        let mut stretches = self.case.resources[resource].stretches.iter();
        stretches.find(|stretch| stretch.from <= step && step < stretch.to)
    }

    fn lasts(&self, stretch: &Stretch) -> i64 {
        stretch.to.min(self.month.end()) - stretch.from.max(0)
    }

    /// Does the item charge this account for it?
    fn is_charged(&self, position: usize, account: usize, stretch: &Stretch) -> bool {
        let is_for = |item: &Item| {
            let right_colour = item.colour.is_none_or(|colour| colour == stretch.colour);
            let customer = customer_of(account);
            let right_customer = item
                .customer
                .is_none_or(|(only, named)| only == (customer == named));
            right_colour && right_customer
        };
        let mut others = self.case.items.iter();
        let bundled = others.any(|other| other.contains.contains(&position) && is_for(other));
        is_for(self.item(position)) && !bundled
    }

    fn levels(
        &self,
        item: &Item,
        resource: usize,
        stretch: &Stretch,
        step: usize,
    ) -> [Option<i64>; 2] {
        let gauge = |gauge: usize| {
            let step = i64::try_from(step).ok()?;
            let mut samples = self.case.resources[resource].gauges[gauge].iter();
            let sample = samples.find(|sample| sample.from <= step && step < sample.to)?;
            Some(sample.value)
        };
        match item.meter {
            Meter::Quantity => [Some(stretch.quantity), None],
            Meter::Count(count) => [Some(count * 1_000), None],
            Meter::Colours => [Some(1_000), None],
            Meter::Gauge => [gauge(0), None],
            Meter::Gauges { each_sample: true } => [gauge(0).max(gauge(1)), None],
            Meter::Gauges { each_sample: false } => [gauge(0), gauge(1)],
        }
    }

    /// The price for a buyer in a step: the most special one, and of these the one that began last.
    pub(crate) fn price_at<'i>(
        &self,
        item: &'i Item,
        (account, plan): (usize, Option<usize>),
        step: usize,
    ) -> Option<&'i Price> {
        let day = self.month.day_of[if item.at_start { 0 } else { step }];
        let rank = |level: Level| match level {
            Level::List => Some(0),
            Level::Plan(of) => (plan == Some(of)).then_some(1),
            Level::Customer(of) => (customer_of(account) == of).then_some(2),
            Level::CustomerPlan(of, with) => {
                (customer_of(account) == of && plan == Some(with)).then_some(3)
            }
            Level::Account(of) => (account == of).then_some(4),
            Level::AccountPlan(of, with) => (account == of && plan == Some(with)).then_some(5),
        };
        let holding = item.prices.iter().filter(|price| {
            price.from.is_none_or(|from| from <= day) && price.to.is_none_or(|to| day < to)
        });
        let ranked = holding.filter_map(|price| Some((rank(price.level)?, price.from, price)));
        let best = ranked.max_by_key(|(rank, from, _)| (*rank, *from));
        best.map(|(.., price)| price)
    }

    /// Stretches of the month in which a buyer has the same price.
    pub(crate) fn runs(&self, item: &Item, account: usize, plan: Option<usize>) -> Vec<Run> {
        let mut runs: Vec<(Run, &Price)> = Vec::new();
        for step in 0..self.month.steps() {
            let Some(price) = self.price_at(item, (account, plan), step) else {
                continue;
            };
            match runs.last_mut() {
                Some((run, last))
                    if run.to == step
                        && (std::ptr::eq(*last, price)
                            || (last.level == price.level && last.tariff == price.tariff)) =>
                {
                    run.to = step + 1;
                }
                _ => runs.push((
                    Run {
                        from: step,
                        to: step + 1,
                    },
                    price,
                )),
            }
        }
        runs.into_iter().map(|(run, _)| run).collect()
    }

    pub(crate) fn push(&mut self, item: usize, key: Key, quantity: Exact, net_exact: Exact) {
        let net = rounded(&net_exact, self.case.exponent(), self.world.half_even);
        self.rated.push(Rated {
            item,
            key,
            quantity,
            net_exact,
            net,
        });
    }

    /// As the answer has them.
    pub(crate) fn dimensions(
        &self,
        (_, plan, service, resource, ..): Key,
    ) -> Vec<(&'static str, String)> {
        let named = [
            ("plan", plan.map(|plan| PLANS[plan].to_owned())),
            (
                "resource",
                resource.map(|resource| self.case.resource(resource)),
            ),
            (
                "service",
                service.map(|service| SERVICES[service].to_owned()),
            ),
        ];
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    fn name(&self, rated: &Rated) -> String {
        let mut words = vec![self.case.account(rated.key.0), self.case.item(rated.item)];
        words.extend(
            self.dimensions(rated.key)
                .into_iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        for step in [rated.key.4, rated.key.5] {
            words.push(self.month.instant(i64::try_from(step).unwrap_or(i64::MAX)));
        }
        words.join(" ")
    }

    fn line(&self, rated: &Rated) -> Line {
        Line {
            net: amount(&rated.net, self.case.exponent()),
            net_exact: rated.net_exact.to_string(),
            quantity_exact: rated.quantity.to_string(),
        }
    }
}

/// Between two steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// In what is metered.
fn free_of_each(item: &Item, tariff: &Tariff) -> Option<Exact> {
    let free = tariff.allowance;
    let free = free.filter(|(_, per)| *per == AllowancePer::Resource);
    free.map(|(free, _)| free.exact() / factor(item))
}

/// One level for all of a line. What a line that weighs nothing has is a number that was counted.
pub(crate) fn average(quantity: Exact, weight: &Exact) -> Vec<(Exact, Exact)> {
    match (quantity.is_zero(), weight.is_zero()) {
        (_, false) => vec![(quantity / weight, weight.clone())],
        (true, true) => vec![(quantity, weight.clone())],
        (false, true) => vec![(quantity, whole(1))],
    }
}
