//! What the oracle and the engine are both asked: resources with histories, and items that charge them.

use super::exact::Dec;

/// Cases that are rated together, in one month of one zone.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) zone: &'static str,
    pub(crate) month: &'static str,
    pub(crate) half_even: bool,
    pub(crate) rates: Vec<Rate>,
    pub(crate) cases: Vec<Case>,
}

/// How much of a currency a euro is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) currency: &'static str,
    pub(crate) amount: Dec,
    /// Before the last one of the month.
    pub(crate) days: usize,
}

/// A price book and facts that have nothing to do with those of other cases.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) number: usize,
    pub(crate) currency: &'static str,
    /// Prices are in euros.
    pub(crate) is_converted: bool,
    /// Of accounts, in whole units of the currency: the least that they pay.
    pub(crate) commitments: Vec<(usize, i64)>,
    /// A renewed agreement has nothing to do with the one before it.
    pub(crate) renews_nothing: bool,
    pub(crate) items: Vec<Item>,
    pub(crate) resources: Vec<Resource>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    /// In the order of time, without overlaps.
    pub(crate) stretches: Vec<Stretch>,
    /// Samples of two gauges.
    pub(crate) gauges: [Vec<Sample>; 2],
}

/// While a resource was like this. Times are steps of the month, and may lie before and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// In thousandths.
    pub(crate) quantity: i64,
    /// Accounts, each with its share in sixtieths.
    pub(crate) owners: Vec<(usize, i64)>,
    /// Of all owners.
    pub(crate) agreement: Option<usize>,
    pub(crate) plan: Option<usize>,
    pub(crate) service: Option<usize>,
    pub(crate) colour: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// In thousandths.
    pub(crate) value: i64,
}

pub(crate) const SHARES: i64 = 60;
pub(crate) const ACCOUNTS: usize = 3;
pub(crate) const PLANS: [&str; 2] = ["gold", "silver"];
pub(crate) const AGREEMENTS: [&str; 3] = ["frame-1", "frame-2", "frame-3"];
pub(crate) const SERVICES: [&str; 2] = ["db", "web"];
pub(crate) const COLOURS: [&str; 3] = ["blue", "green", "red"];
pub(crate) const GAUGES: [&str; 2] = ["in", "out"];
pub(crate) const PRORATIONS: [&str; 8] = [
    "second",
    "actual-day",
    "actual-360",
    "strict-30-360",
    "none",
    "full-unit",
    "hour",
    "hour-730",
];
/// Those under which each moment has a weight of its own.
pub(crate) const BY_TIME: [&str; 4] = ["second", "actual-day", "strict-30-360", "hour"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meter {
    Quantity,
    Count(i64),
    Gauge,
    /// Of both gauges the greater one: of each sample, or of what each comes to.
    Gauges {
        each_sample: bool,
    },
    Colours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Average,
    Maximum,
    Last,
    Sum,
    Unique,
    Percentile { percent: usize, gaps_are_zero: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the switches of an item"
)]
pub(crate) struct Item {
    pub(crate) model: &'static str,
    pub(crate) proration: &'static str,
    pub(crate) each_moment: bool,
    pub(crate) meter: Meter,
    pub(crate) aggregate: Aggregate,
    pub(crate) together: bool,
    /// Minutes between samples: 5, 15 or 60.
    pub(crate) sample: Option<i64>,
    /// From gibibytes to gigabytes.
    pub(crate) binary: bool,
    pub(crate) divide: Option<Dec>,
    pub(crate) round_up: bool,
    pub(crate) by_service: bool,
    pub(crate) by_resource: bool,
    pub(crate) colour: Option<usize>,
    /// Only this customer, or everyone but it.
    pub(crate) customer: Option<(bool, usize)>,
    /// Positions of other items.
    pub(crate) of: Vec<usize>,
    pub(crate) contains: Vec<usize>,
    pub(crate) split_equally: bool,
    /// The price of the start of the month counts.
    pub(crate) at_start: bool,
    pub(crate) prices: Vec<Price>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    List,
    Plan(usize),
    Customer(usize),
    CustomerPlan(usize, usize),
    Account(usize),
    AccountPlan(usize, usize),
    Agreement(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) level: Level,
    /// Days of the month, counted from zero.
    pub(crate) from: Option<usize>,
    pub(crate) to: Option<usize>,
    pub(crate) tariff: Tariff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowancePer {
    Charge,
    Resource,
    Customer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tariff {
    pub(crate) amount: Dec,
    pub(crate) package: Dec,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) allowance: Option<(Dec, AllowancePer)>,
    pub(crate) discount_percent: Option<Dec>,
    pub(crate) discount_amount: Option<Dec>,
    pub(crate) maximum: Option<Dec>,
    pub(crate) minimum: Option<Dec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tier {
    pub(crate) up_to: Option<Dec>,
    pub(crate) amount: Dec,
    pub(crate) flat: Option<Dec>,
}

impl World {
    /// The newest one of the month.
    pub(crate) fn rate(&self, currency: &str) -> Dec {
        let of = self.rates.iter().filter(|rate| rate.currency == currency);
        let newest = of.min_by_key(|rate| rate.days);
        newest.expect("each currency has a rate").amount
    }
}

/// The first two accounts are of one customer.
pub(crate) fn customer_of(account: usize) -> usize {
    account / 2
}

impl Case {
    pub(crate) fn kind(&self) -> String {
        format!("k{:02}", self.number)
    }

    pub(crate) fn item(&self, item: usize) -> String {
        format!("k{:02}-{item}", self.number)
    }

    pub(crate) fn resource(&self, resource: usize) -> String {
        format!("r{:02}-{resource}", self.number)
    }

    pub(crate) fn account(&self, account: usize) -> String {
        format!("a{:02}-{account}", self.number)
    }

    pub(crate) fn customer(&self, customer: usize) -> String {
        format!("c{:02}-{customer}", self.number)
    }

    pub(crate) fn exponent(&self) -> u32 {
        match self.currency {
            "JPY" => 0,
            "KWD" => 3,
            _ => 2,
        }
    }
}
