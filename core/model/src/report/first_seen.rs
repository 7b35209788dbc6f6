//! Which products were seen for the first time since an instant: kinds, services with their plans, price items, and
//! values of an attribute.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use crate::ids::{
    CustomerKey, IntervalId, ItemKey, Kind, PlanKey, ResourceId, ServiceKey, SourceId,
};
use crate::inventory::Interval;
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::{Meter, PriceItem};
use crate::rate::fits;
use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Product {
    Kind {
        kind: Kind,
    },
    Service {
        #[serde(skip_serializing_if = "Option::is_none")]
        service: Option<ServiceKey>,
        #[serde(skip_serializing_if = "Option::is_none")]
        plan: Option<PlanKey>,
    },
    Item {
        item: ItemKey,
    },
    /// `name` counts as an attribute here.
    Value {
        attribute: String,
        value: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FirstSeen {
    #[serde(flatten)]
    pub product: Product,
    pub since: Instant,
    /// It was there when its source was listed first: who knows since when.
    pub from_the_start: bool,
    /// The first resource.
    pub resource: ResourceId,
    pub external_id: String,
    pub name: String,
    pub place: String,
    pub resources_now: u64,
    pub customers: BTreeSet<CustomerKey>,
    /// What is billed for it in a whole month now, by currency.
    pub per_month: Vec<Money>,
}

#[derive(Debug, Clone, Copy)]
pub struct FirstSeenInput<'a> {
    /// Everything that was ever there.
    pub intervals: &'a [Interval],
    /// Whose it was, at all times.
    pub owned: &'a [OwnedInterval],
    pub now: &'a Moment,
    /// Of which attribute new values are told, besides kinds, services and items.
    pub attribute: Option<&'a str>,
    /// The first instant that the listings of a source speak of.
    pub first_listed: &'a BTreeMap<SourceId, Instant>,
}

struct Found<'a> {
    since: Instant,
    interval: &'a Interval,
    customers: BTreeSet<CustomerKey>,
    resources_now: BTreeSet<ResourceId>,
}

/// In the order of their first instant. What was seen before `since` is not in it.
pub fn first_seen(
    input: &FirstSeenInput<'_>,
    since: Instant,
    counts: impl Fn(&Interval, &BTreeSet<CustomerKey>) -> bool,
) -> Result<Vec<FirstSeen>, MoneyError> {
    let intervals: BTreeMap<IntervalId, &Interval> = input
        .intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let now: BTreeSet<IntervalId> = input.now.intervals.iter().map(|one| one.id).collect();
    let mut found: BTreeMap<Product, Found<'_>> = BTreeMap::new();
    for owned in input.owned {
        let Some(&interval) = intervals.get(&owned.interval) else {
            continue;
        };
        let customers = customers(owned);
        if !counts(interval, &customers) {
            continue;
        }
        let is_now = now.contains(&interval.id) && owned.period.contains(input.now.at);
        for product in products(interval, owned, input) {
            let entry = found.entry(product).or_insert_with(|| Found {
                since: owned.period.from(),
                interval,
                customers: BTreeSet::new(),
                resources_now: BTreeSet::new(),
            });
            let order = |since: Instant, interval: &Interval| (since, interval.external_id.clone());
            if order(owned.period.from(), interval) < order(entry.since, entry.interval) {
                (entry.since, entry.interval) = (owned.period.from(), interval);
            }
            entry.customers.extend(customers.iter().cloned());
            if is_now {
                entry.resources_now.insert(interval.resource);
            }
        }
    }
    let mut rows = Vec::new();
    for (product, found) in found.into_iter().filter(|(_, found)| found.since >= since) {
        let first = input.first_listed.get(&found.interval.source);
        rows.push(FirstSeen {
            per_month: per_month(&product, &found.resources_now, input.now)?,
            product,
            since: found.since,
            from_the_start: first.is_some_and(|first| found.since <= *first),
            resource: found.interval.resource,
            external_id: found.interval.external_id.clone(),
            name: found.interval.configuration.name.clone(),
            place: found.interval.evidence.place.clone(),
            resources_now: u64::try_from(found.resources_now.len()).unwrap_or(u64::MAX),
            customers: found.customers,
        });
    }
    rows.sort_by(|a, b| (a.since, &a.product).cmp(&(b.since, &b.product)));
    Ok(rows)
}

fn customers(owned: &OwnedInterval) -> BTreeSet<CustomerKey> {
    match &*owned.ownership {
        Ownership::Owned { owners, .. } => {
            owners.iter().map(|owner| owner.customer.clone()).collect()
        }
        Ownership::NonBillable(_) | Ownership::Suspended(_) => BTreeSet::new(),
    }
}

fn products(
    interval: &Interval,
    owned: &OwnedInterval,
    input: &FirstSeenInput<'_>,
) -> Vec<Product> {
    let mut products = vec![Product::Kind {
        kind: interval.kind.clone(),
    }];
    if let Ownership::Owned { service, plan, .. } = &*owned.ownership {
        products.push(Product::Service {
            service: service.clone(),
            plan: plan.clone(),
        });
        let items = &input.now.price_book.items;
        let charged = items
            .iter()
            .filter(|item| item.kinds.contains(&interval.kind) && is_charged(item, interval));
        products.extend(charged.map(|item| Product::Item {
            item: item.key.clone(),
        }));
    }
    if let Some(attribute) = input.attribute {
        let value = match attribute {
            "name" => Some(interval.configuration.name.as_str()),
            _ => interval.configuration.attributes.get(attribute),
        };
        products.extend(value.map(|value| Product::Value {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        }));
    }
    products
}

/// A resource without the attribute that an item meters is no first of that item.
fn is_charged(item: &PriceItem, interval: &Interval) -> bool {
    let has_metered = match &item.meter {
        Meter::Attribute(name) | Meter::Distinct(name) => {
            interval.configuration.attributes.contains(name)
        }
        Meter::Count(_) | Meter::Gauge(_) | Meter::Gauges(_) | Meter::Manual => true,
    };
    has_metered && fits(item, interval)
}

fn per_month(
    product: &Product,
    resources: &BTreeSet<ResourceId>,
    now: &Moment,
) -> Result<Vec<Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for charge in &now.rated.charges {
        let is_of_product = match product {
            Product::Item { item } => charge.key.item == *item,
            Product::Kind { .. } | Product::Service { .. } | Product::Value { .. } => true,
        };
        let parts = charge.contributions.iter();
        for part in parts.filter(|part| is_of_product && resources.contains(&part.resource)) {
            let currency = part.allocated.currency();
            let sum = sums.entry(currency).or_insert(Money::zero(currency));
            *sum = sum.checked_add(part.allocated)?;
        }
    }
    Ok(sums.into_values().collect())
}
