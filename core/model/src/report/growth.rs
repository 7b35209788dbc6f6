//! What grows the most between two instants: a resource, a customer or a kind; in an attribute and in money a month.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::Serialize;

use super::{MONTH_SECONDS, Moment, Unpriced};
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, CustomerKey, IntervalId, ResourceId};
use crate::inventory::Interval;
use crate::money::{Money, MoneyError, Rounding, round_decimals, round_money};
use crate::ownership::Ownership;

/// Whose growth is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrowthBy {
    Resource,
    Customer,
    Kind,
}

/// How something grew. What is not billed has no value; what has no such attribute, no quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Growth {
    /// The id at the source, the customer or the kind; "not billed" for resources without a customer.
    pub subject: String,
    /// Of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub customers: BTreeSet<CustomerKey>,
    pub resources_before: u64,
    pub resources_after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Values>,
    /// Instead of a value where something of it could not be priced at one of the instants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Incomplete>,
}

/// What is known of a value of which a part is not: no price, no exchange rate, a quantity that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incomplete {
    /// What could be priced; absent where nothing could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Money>,
    /// The resources that could not be priced, or not wholly.
    pub unpriced_before: u64,
    pub unpriced_after: u64,
}

/// An attribute at both instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quantities {
    pub before: Decimal,
    pub after: Decimal,
    pub difference: Decimal,
    /// Of what it was before; absent where that was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// The difference in a month of 365/12 days, on the average.
    pub per_month: Decimal,
}

/// What is billed in a whole month, at both instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Values {
    pub before: Money,
    pub after: Money,
    pub difference: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// By how much the monthly bill grows each month, on the average.
    pub per_month: Money,
}

const NOT_BILLED: &str = "not billed";

/// A subject in one currency: amounts of two are never added.
type Subject = (String, Option<crate::money::Currency>);

#[derive(Debug, Default)]
struct Sums {
    name: Option<String>,
    customers: BTreeSet<CustomerKey>,
    resources: [BTreeSet<ResourceId>; 2],
    quantities: [Rational; 2],
    has_quantity: bool,
    values: [Option<Money>; 2],
    unpriced: [BTreeSet<ResourceId>; 2],
}

/// The greatest growth first: of the attribute where one is asked for, else of the money, currency by currency.
pub fn growth(
    before: &Moment,
    after: &Moment,
    by: GrowthBy,
    attribute: Option<&str>,
    counts: impl Fn(&Interval, &BTreeSet<CustomerKey>) -> bool,
) -> Result<Vec<Growth>, MoneyError> {
    let mut sums: BTreeMap<Subject, Sums> = BTreeMap::new();
    for (position, moment) in [before, after].into_iter().enumerate() {
        add(&mut sums, moment, position, by, attribute, &counts)?;
    }
    join_unvalued(&mut sums);
    let elapsed = after.at.seconds() - before.at.seconds();
    let mut rows = Vec::with_capacity(sums.len());
    for ((subject, currency), sums) in sums {
        rows.push((currency, grown(subject, sums, elapsed)?));
    }
    rows.sort_by(|(currency, a), (other, b)| {
        let quantity = |row: &Growth| {
            row.quantity
                .map(|quantity| quantity.difference.to_rational())
        };
        let minor = |row: &Growth| row.value.map(|value| value.difference.minor());
        // What has no value comes last.
        let by_currency = (currency.is_none(), currency).cmp(&(other.is_none(), other));
        let by_value = by_currency.then_with(|| minor(b).cmp(&minor(a)));
        let ordered = if attribute.is_some() {
            quantity(b).cmp(&quantity(a)).then(by_value)
        } else {
            by_value
        };
        ordered.then_with(|| a.subject.cmp(&b.subject))
    });
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// What had no value at one of the instants is the same subject as what has one at the other.
fn join_unvalued(sums: &mut BTreeMap<Subject, Sums>) {
    let unvalued: Vec<String> = sums
        .keys()
        .filter(|(_, currency)| currency.is_none())
        .map(|(subject, _)| subject.clone())
        .collect();
    for subject in unvalued {
        let valued: Vec<Subject> = sums
            .keys()
            .filter(|(name, currency)| *name == subject && currency.is_some())
            .cloned()
            .collect();
        let [only] = valued.as_slice() else {
            continue;
        };
        let Some(other) = sums.remove(&(subject, None)) else {
            continue;
        };
        let into = sums.entry(only.clone()).or_default();
        into.name = into.name.take().or(other.name);
        into.customers.extend(other.customers);
        into.has_quantity |= other.has_quantity;
        let [before, after] = other.resources;
        into.resources[0].extend(before);
        into.resources[1].extend(after);
        let [before, after] = other.quantities;
        into.quantities[0] += before;
        into.quantities[1] += after;
        let [before, after] = other.unpriced;
        into.unpriced[0].extend(before);
        into.unpriced[1].extend(after);
    }
}

/// Who has how much of a resource: one portion without a customer where nobody is billed.
struct Portion<'a> {
    owner: Option<(AccountId, &'a CustomerKey)>,
    share: Rational,
}

fn portions(ownership: &Ownership) -> Vec<Portion<'_>> {
    match ownership {
        Ownership::Owned { owners, .. } => owners
            .iter()
            .map(|owner| Portion {
                owner: Some((owner.account, &owner.customer)),
                share: owner.share.clone(),
            })
            .collect(),
        Ownership::NonBillable(_) | Ownership::Suspended(_) => vec![Portion {
            owner: None,
            share: Rational::from_integer(BigInt::from(1)),
        }],
    }
}

fn add(
    sums: &mut BTreeMap<Subject, Sums>,
    moment: &Moment,
    position: usize,
    by: GrowthBy,
    attribute: Option<&str>,
    counts: &impl Fn(&Interval, &BTreeSet<CustomerKey>) -> bool,
) -> Result<(), MoneyError> {
    let intervals: BTreeMap<IntervalId, &Interval> = moment
        .intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let gauges: BTreeMap<(ResourceId, &str), Decimal> = moment
        .gauges
        .iter()
        .map(|run| ((run.resource, run.name.as_str()), run.value))
        .collect();
    let mut worth = moment.worth()?;
    let unpriced = Unpriced::of(moment);
    for owned in &moment.owned {
        let Some(&interval) = intervals.get(&owned.interval) else {
            continue;
        };
        let portions = portions(&owned.ownership);
        let customers: BTreeSet<CustomerKey> = portions
            .iter()
            .filter_map(|portion| portion.owner.map(|(_, customer)| customer.clone()))
            .collect();
        if !counts(interval, &customers) {
            continue;
        }
        let read = attribute.and_then(|name| {
            let written = interval.configuration.attributes.get(name);
            written
                .and_then(|text| text.parse().ok())
                .or_else(|| gauges.get(&(interval.resource, name)).copied())
        });
        for portion in portions {
            // A resource that two sources show has one worth.
            let value = portion
                .owner
                .and_then(|(account, _)| worth.remove(&(interval.resource, account)));
            let is_unpriced = portion.owner.is_some_and(|(account, _)| {
                unpriced.has((interval, account), value.is_some(), owned)
            });
            let subject = match by {
                GrowthBy::Resource => interval.external_id.clone(),
                GrowthBy::Kind => interval.kind.to_string(),
                GrowthBy::Customer => portion.owner.map_or_else(
                    || NOT_BILLED.to_owned(),
                    |(_, customer)| customer.to_string(),
                ),
            };
            let entry = sums
                .entry((subject, value.map(Money::currency)))
                .or_default();
            if by == GrowthBy::Resource {
                entry.name = Some(interval.configuration.name.clone());
            }
            entry.customers.extend(customers.iter().cloned());
            entry.resources[position].insert(interval.resource);
            if is_unpriced {
                entry.unpriced[position].insert(interval.resource);
            }
            if let Some(read) = read {
                entry.has_quantity = true;
                entry.quantities[position] += read.to_rational() * &portion.share;
            }
            if let Some(value) = value {
                let sum = entry.values[position];
                entry.values[position] = Some(match sum {
                    Some(sum) => sum.checked_add(value)?,
                    None => value,
                });
            }
        }
    }
    Ok(())
}

fn grown(subject: String, sums: Sums, elapsed_secs: i64) -> Result<Growth, MoneyError> {
    let [before, after] = &sums.quantities;
    let quantity = sums.has_quantity.then(|| Quantities {
        before: shown(before, 6),
        after: shown(after, 6),
        difference: shown(&(after - before), 6),
        percent: percent(before, after),
        per_month: shown(&per_month(&(after - before), elapsed_secs), 2),
    });
    let count = |set: &BTreeSet<ResourceId>| u64::try_from(set.len()).unwrap_or(u64::MAX);
    let [unpriced_before, unpriced_after] = [0, 1].map(|position| count(&sums.unpriced[position]));
    let incomplete = (unpriced_before + unpriced_after > 0).then_some(Incomplete {
        before: sums.values[0],
        after: sums.values[1],
        unpriced_before,
        unpriced_after,
    });
    let value = match sums.values {
        [None, None] => None,
        _ if incomplete.is_some() => None,
        [before, after] => {
            let currency = before.or(after).expect("one of them is there").currency();
            let zero = Money::zero(currency);
            let (before, after) = (before.unwrap_or(zero), after.unwrap_or(zero));
            let difference = after.checked_sub(before)?;
            let monthly = per_month(&difference.to_rational(), elapsed_secs);
            Some(Values {
                before,
                after,
                difference,
                percent: percent(&before.to_rational(), &after.to_rational()),
                per_month: round_money(&monthly, currency, Rounding::HalfUp)?,
            })
        }
    };
    Ok(Growth {
        resources_before: count(&sums.resources[0]),
        resources_after: count(&sums.resources[1]),
        subject,
        name: sums.name,
        customers: sums.customers,
        quantity,
        value,
        incomplete,
    })
}

fn per_month(difference: &Rational, elapsed_secs: i64) -> Rational {
    if elapsed_secs <= 0 {
        return Rational::zero();
    }
    difference * Rational::new(BigInt::from(MONTH_SECONDS), BigInt::from(elapsed_secs))
}

/// With one decimal.
fn percent(before: &Rational, after: &Rational) -> Option<Decimal> {
    if before.is_zero() {
        return None;
    }
    let share = (after - before) / before * Rational::from_integer(BigInt::from(100));
    Some(shown(&share, 1))
}

/// Rounded to so many decimals; a number that does not even fit so is shown as nothing.
fn shown(exact: &Rational, decimals: u32) -> Decimal {
    let rounded = round_decimals(exact, decimals, Rounding::HalfUp);
    Decimal::from_rational(&rounded).unwrap_or(Decimal::from(0))
}
