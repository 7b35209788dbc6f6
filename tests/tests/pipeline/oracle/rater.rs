//! The slow rater: who has how much of what, asked for every quarter of an hour of the month.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;

use super::agreements::Agreements;
use super::calendar::Month;
use super::exact::{Exact, amount, whole};
use super::quantity::Piece;
use super::world::{
    AGREEMENTS, Case, Item, Level, Meter, PLANS, Price, SERVICES, Stretch, World, customer_of,
};

/// What tells a line from the others of its item: account, plan, service, resource, between which steps its price holds, and
/// the agreement.
pub(crate) type Key = (
    usize,
    Option<usize>,
    Option<usize>,
    Option<usize>,
    usize,
    usize,
    Option<usize>,
);

/// Account, plan and agreement.
pub(crate) type Buyer = (usize, Option<usize>, Option<usize>);

pub(crate) fn buyer(key: &Key) -> Buyer {
    (key.0, key.1, key.6)
}

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
    /// Accounts with anything that is priced, under each agreement.
    pub(crate) charged: BTreeSet<(usize, Option<usize>)>,
    pub(crate) agreements: Agreements,
}

/// The lines of a case, by all that tells them apart.
pub(crate) fn rate(world: &World, case: &Case, month: &Month) -> BTreeMap<String, Line> {
    let mut rater = Rater {
        world,
        case,
        month,
        rated: Vec::new(),
        charged: BTreeSet::new(),
        agreements: Agreements::of(case, month),
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
    pub(crate) fn gathered(&self, position: usize) -> BTreeMap<Key, Vec<Piece>> {
        let item = self.item(position);
        let mut lines: BTreeMap<Key, Vec<Piece>> = BTreeMap::new();
        let mut selected: BTreeMap<Buyer, Vec<Run>> = BTreeMap::new();
        for resource in 0..self.case.resources.len() {
            for step in 0..self.month.steps() {
                let Some(stretch) = self.at(resource, step) else {
                    continue;
                };
                for (account, share) in &stretch.owners {
                    if !self.is_charged(position, *account, stretch) {
                        continue;
                    }
                    let buyer = (*account, stretch.plan, stretch.agreement);
                    let runs = selected
                        .entry(buyer)
                        .or_insert_with(|| self.runs(item, buyer));
                    let Some(run) = runs.iter().find(|run| (run.from..run.to).contains(&step))
                    else {
                        continue;
                    };
                    let levels = self.levels(item, resource, stretch, step);
                    if levels == [None, None] && !item.split_equally {
                        continue;
                    }
                    let key = (
                        *account,
                        stretch.plan,
                        stretch.service.filter(|_| item.by_service),
                        item.by_resource.then_some(resource),
                        run.from,
                        run.to,
                        stretch.agreement,
                    );
                    lines.entry(key).or_default().push(Piece {
                        resource,
                        step,
                        levels,
                        share: *share,
                        colour: stretch.colour,
                        lasts: stretch.to - stretch.from,
                    });
                }
            }
        }
        lines
    }

    fn at(&self, resource: usize, step: usize) -> Option<&Stretch> {
        let step = i64::try_from(step).ok()?;
        let mut stretches = self.case.resources[resource].stretches.iter();
        stretches.find(|stretch| stretch.from <= step && step < stretch.to)
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
        (account, plan, agreement): Buyer,
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
            Level::Agreement(of) => (agreement == Some(of)).then_some(6),
        };
        let holding = item.prices.iter().filter(|price| {
            price.from.is_none_or(|from| from <= day) && price.to.is_none_or(|to| day < to)
        });
        let ranked = holding.filter_map(|price| Some((rank(price.level)?, price.from, price)));
        let best = ranked.max_by_key(|(rank, from, _)| (*rank, *from));
        best.map(|(.., price)| price)
    }

    /// Stretches of the month in which a buyer has the same price.
    pub(crate) fn runs(&self, item: &Item, buyer: Buyer) -> Vec<Run> {
        let mut runs: Vec<(Run, &Price)> = Vec::new();
        for step in 0..self.month.steps() {
            let Some(price) = self.price_at(item, buyer, step) else {
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
        let agreement = rated.key.6.map_or("standard", |one| AGREEMENTS[one]);
        let mut words = vec![
            self.case.account(rated.key.0),
            agreement.to_owned(),
            self.case.item(rated.item),
        ];
        words.extend(
            self.dimensions(rated.key)
                .into_iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let shown = self.agreements.shown(&rated.key);
        for step in [shown.from, shown.to] {
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

/// One level for all of a line. What a line that weighs nothing has is a number that was counted.
pub(crate) fn average(quantity: Exact, weight: &Exact) -> Vec<(Exact, Exact)> {
    match (quantity.is_zero(), weight.is_zero()) {
        (_, false) => vec![(quantity / weight, weight.clone())],
        (true, true) => vec![(quantity, weight.clone())],
        (false, true) => vec![(quantity, whole(1))],
    }
}
