//! What resources have against what they use of it, over a period: an attribute against a gauge, each weighed by its time.

use std::collections::{BTreeMap, HashMap};

use num_bigint::BigInt;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decimal::{Decimal, Rational};
use crate::ids::{CustomerKey, IntervalId, Kind, ResourceId};
use crate::inventory::{GaugeRun, Interval};
use crate::money::{Rounding, round_decimals};
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::Period;

const QUANTITY_DECIMALS: u32 = 6;
const PERCENT_DECIMALS: u32 = 2;

/// What is compared, for a kind of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub kind: Kind,
    /// An attribute.
    pub provisioned: String,
    /// A gauge.
    pub consumed: String,
}

#[derive(Debug, Clone, Copy)]
pub struct UsageInput<'a> {
    pub period: Period,
    pub pairs: &'a [Pair],
    pub intervals: &'a [Interval],
    pub owned: &'a [OwnedInterval],
    pub gauges: &'a [GaugeRun],
}

/// What is provisioned and what is consumed, on the average over the whole period: something that is there for half of it
/// counts half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Compared {
    pub kind: String,
    /// The names of the attribute and of the gauge.
    pub provisioned_is: String,
    pub consumed_is: String,
    pub resources: u64,
    pub provisioned: Decimal,
    pub consumed: Decimal,
    /// What is consumed of what is provisioned, in percent, over the time of which both are known; rounded half-up to two
    /// decimals. Absent where that is no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_percent: Option<Decimal>,
    /// Of the time in which resources were there: without a sample, or without a number in the attribute.
    pub unknown_seconds: i64,
}

/// One resource of one customer. Where customers share it, each has its share of both quantities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceUsage {
    pub resource: ResourceId,
    pub external_id: String,
    pub name: String,
    /// Absent where nobody is known to pay, or nobody shall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerKey>,
    #[serde(flatten)]
    pub compared: Compared,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// By customer and kind, nobody's last.
    pub customers: Vec<(Option<CustomerKey>, Compared)>,
    /// Of each kind those of which the smallest part is used come first.
    pub resources: Vec<ResourceUsage>,
}

/// Quantities by seconds.
#[derive(Debug, Clone, Default)]
struct Sums {
    resources: u64,
    provisioned: Rational,
    consumed: Rational,
    /// Where both are known.
    both: [Rational; 2],
    unknown_seconds: i64,
}

/// The pair, whether it is nobody's, and whose it is.
type Owner = (usize, bool, Option<CustomerKey>);

/// Compares every pair, by resource and by customer.
pub fn usage(input: &UsageInput<'_>) -> Usage {
    let intervals: HashMap<IntervalId, &Interval> =
        input.intervals.iter().map(|one| (one.id, one)).collect();
    let mut runs: HashMap<(ResourceId, &str), Vec<&GaugeRun>> = HashMap::new();
    for run in input.gauges {
        let of_gauge = runs.entry((run.resource, run.name.as_str()));
        of_gauge.or_default().push(run);
    }
    let mut sums: BTreeMap<(Owner, ResourceId), (Sums, &Interval)> = BTreeMap::new();
    for owned in input.owned {
        let (Some(interval), Some(period)) = (
            intervals.get(&owned.interval),
            owned.period.intersect(input.period),
        ) else {
            continue;
        };
        for (number, pair) in input.pairs.iter().enumerate() {
            if pair.kind != owned.kind {
                continue;
            }
            let level = interval.configuration.attributes.get(&pair.provisioned);
            let level: Option<Decimal> = level.and_then(|text| text.parse().ok());
            let samples = runs.get(&(owned.resource, pair.consumed.as_str()));
            let samples = samples.map_or(&[][..], Vec::as_slice);
            for (customer, share) in shares(&owned.ownership) {
                let owner = (number, customer.is_none(), customer);
                let entry = sums.entry((owner, owned.resource));
                let (sum, latest) = entry.or_insert_with(|| (Sums::default(), *interval));
                sum.add(period, level, samples, &share);
                *latest = *interval;
            }
        }
    }
    told(input, sums)
}

fn shares(ownership: &Ownership) -> Vec<(Option<CustomerKey>, Rational)> {
    match ownership {
        Ownership::Owned { owners, .. } => {
            let owners = owners.iter();
            owners
                .map(|owner| (Some(owner.customer.clone()), owner.share.clone()))
                .collect()
        }
        Ownership::NonBillable(_) | Ownership::Suspended(_) => {
            vec![(None, Rational::from_integer(1.into()))]
        }
    }
}

fn seconds(count: i64) -> Rational {
    Rational::from_integer(BigInt::from(count))
}

impl Sums {
    fn add(
        &mut self,
        period: Period,
        level: Option<Decimal>,
        samples: &[&GaugeRun],
        share: &Rational,
    ) {
        self.resources = 1;
        let level = level.map(|level| level.to_rational() * share);
        if let Some(level) = &level {
            self.provisioned += level * seconds(period.seconds());
        }
        let mut known_seconds = 0;
        for run in samples {
            let Some(part) = run.period.intersect(period) else {
                continue;
            };
            let consumed = run.value.to_rational() * share * seconds(part.seconds());
            self.consumed += &consumed;
            if let Some(level) = &level {
                self.both[0] += level * seconds(part.seconds());
                self.both[1] += consumed;
                known_seconds += part.seconds();
            }
        }
        self.unknown_seconds += period.seconds() - known_seconds;
    }

    fn join(&mut self, other: &Self) {
        self.resources += other.resources;
        self.provisioned += &other.provisioned;
        self.consumed += &other.consumed;
        self.both[0] += &other.both[0];
        self.both[1] += &other.both[1];
        self.unknown_seconds += other.unknown_seconds;
    }

    /// The part that is used, where that is known.
    fn used(&self) -> Option<Rational> {
        let [provisioned, consumed] = &self.both;
        (!provisioned.is_zero()).then(|| consumed / provisioned)
    }

    fn compared(&self, pair: &Pair, whole: Period) -> Compared {
        let average = |sum: &Rational| near(&(sum / seconds(whole.seconds())), QUANTITY_DECIMALS);
        let hundred = seconds(100);
        Compared {
            kind: pair.kind.to_string(),
            provisioned_is: pair.provisioned.clone(),
            consumed_is: pair.consumed.clone(),
            resources: self.resources,
            provisioned: average(&self.provisioned),
            consumed: average(&self.consumed),
            used_percent: self
                .used()
                .map(|used| near(&(used * hundred), PERCENT_DECIMALS)),
            unknown_seconds: self.unknown_seconds,
        }
    }
}

fn near(exact: &Rational, decimals: u32) -> Decimal {
    let rounded = round_decimals(exact, decimals, Rounding::HalfUp);
    Decimal::from_rational(&rounded).unwrap_or(Decimal::ZERO)
}

fn told(input: &UsageInput<'_>, sums: BTreeMap<(Owner, ResourceId), (Sums, &Interval)>) -> Usage {
    let mut customers: BTreeMap<Owner, Sums> = BTreeMap::new();
    let mut rows: Vec<(usize, Option<Rational>, ResourceUsage)> = Vec::with_capacity(sums.len());
    for ((owner, resource), (sum, interval)) in sums {
        customers.entry(owner.clone()).or_default().join(&sum);
        let (number, _, customer) = owner;
        let row = ResourceUsage {
            resource,
            external_id: interval.external_id.clone(),
            name: interval.configuration.name.clone(),
            customer,
            compared: sum.compared(&input.pairs[number], input.period),
        };
        rows.push((number, sum.used(), row));
    }
    // What is not known comes last.
    rows.sort_by(|(number, used, row), (other, other_used, other_row)| {
        let order = (number, used.is_none(), used, row.resource, &row.customer);
        let others = (
            other,
            other_used.is_none(),
            other_used,
            other_row.resource,
            &other_row.customer,
        );
        order.cmp(&others)
    });
    let customers = customers.into_iter().map(|((number, _, customer), sum)| {
        let compared = sum.compared(&input.pairs[number], input.period);
        (customer, compared)
    });
    Usage {
        customers: customers.collect(),
        resources: rows.into_iter().map(|(_, _, row)| row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::attributes::Attributes;
    use crate::ids::{AccountId, AgreementKey, ListingId, Scope, SourceId};
    use crate::inventory::{Configuration, Evidence};
    use crate::ownership::Owner;
    use crate::time::{Instant, Validity};

    fn at(hour: i64) -> Instant {
        Instant::from_seconds(hour * 3600).unwrap()
    }

    fn period(from: i64, to: i64) -> Period {
        Period::new(at(from), at(to)).unwrap()
    }

    fn interval(number: i64, gb: &str, (from, to): (i64, i64)) -> Interval {
        Interval {
            id: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("disk"),
            source: SourceId(1),
            scope: Scope::from("all"),
            external_id: format!("D-{number}"),
            uncertain: None,
            valid: Validity {
                from: Some(at(from)),
                to: Some(at(to)),
            },
            covered_until: at(to),
            configuration: Arc::new(Configuration {
                name: format!("disk-{number}"),
                parent: None,
                attributes: Attributes::from([("gb", gb)]),
            }),
            evidence: Evidence {
                listing: ListingId(1),
                place: String::new(),
            },
        }
    }

    fn owned(number: i64, part: Period, shares: &[(i64, i64, i64)]) -> OwnedInterval {
        let owners = shares
            .iter()
            .map(|(account, numerator, denominator)| Owner {
                customer: CustomerKey(format!("customer-{account}")),
                account: AccountId(*account),
                agreement: AgreementKey::from("standard"),
                share: Rational::new((*numerator).into(), (*denominator).into()),
            });
        OwnedInterval {
            interval: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("disk"),
            period: part,
            ownership: Arc::new(Ownership::Owned {
                owners: owners.collect(),
                service: None,
                plan: None,
            }),
            because: Arc::default(),
        }
    }

    fn run(resource: i64, part: Period, value: i64) -> GaugeRun {
        GaugeRun {
            resource: ResourceId(resource),
            name: "used".to_owned(),
            period: part,
            value: Decimal::from(value),
        }
    }

    #[test]
    fn both_are_averages_of_the_period_and_the_part_is_of_the_time_that_is_known() {
        let pairs = [Pair {
            kind: Kind::from("disk"),
            provisioned: "gb".to_owned(),
            consumed: "used".to_owned(),
        }];
        // Of 100 hours: 200 GB all the time and 50 used in the first 40; 80 GB for 50 hours and 60 used in them.
        let intervals = [interval(1, "200", (0, 100)), interval(2, "80", (50, 100))];
        let usage = usage(&UsageInput {
            period: period(0, 100),
            pairs: &pairs,
            intervals: &intervals,
            owned: &[
                owned(1, period(0, 100), &[(1, 1, 1)]),
                owned(2, period(50, 100), &[(1, 1, 4), (2, 3, 4)]),
            ],
            gauges: &[run(1, period(0, 40), 50), run(2, period(0, 100), 60)],
        });
        let told = |compared: &Compared| {
            format!(
                "{} {} {} {} {}",
                compared.resources,
                compared.provisioned,
                compared.consumed,
                compared.used_percent.unwrap(),
                compared.unknown_seconds / 3600
            )
        };
        let resources = usage.resources.iter();
        let resources: Vec<String> = resources
            .map(|row| format!("{} {}", row.name, told(&row.compared)))
            .collect();
        assert_eq!(
            resources,
            [
                // 50 × 40/100, and a quarter of 200.
                "disk-1 1 200 20 25 60",
                // A quarter and three quarters of 40 and 30.
                "disk-2 1 10 7.5 75 0",
                "disk-2 1 30 22.5 75 0",
            ]
        );
        let customers = usage.customers.iter();
        let customers: Vec<String> = customers.map(|(_, one)| told(one)).collect();
        // (50 × 40 + 15 × 50) of (200 × 40 + 20 × 50): 2750 of 9000.
        assert_eq!(customers, ["2 210 27.5 30.56 60", "1 30 22.5 75 0"]);
    }
}
