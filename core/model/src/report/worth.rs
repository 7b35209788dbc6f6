//! What runs and is not billed, why, and what it would be worth in a month at list price.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use crate::ids::{IntervalId, ResourceId};
use crate::inventory::Interval;
use crate::money::Money;
use crate::ownership::{NonBillable, OwnedInterval, Ownership, Suspense};
use crate::price::PriceItem;
use crate::rate::fits;

/// Why a resource that runs is not billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// Nobody is known to pay for it.
    Suspense { why: Suspense },
    /// A rule says so.
    NonBillable { terms: NonBillable },
    /// The price book says that its kind is not charged.
    NotCharged,
    /// It is owned, and no item's `when` fits it.
    NoItemFits,
    /// It is owned, and no item could price it: a finding says why.
    Unpriced,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotBilled {
    #[serde(flatten)]
    pub reason: Reason,
    pub resource: ResourceId,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    /// In the order of keys; several where they share it.
    pub customers: BTreeSet<String>,
    /// An estimate at list price. Absent where the price book has none for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<Money>,
}

/// The most valuable first, then by kind and id.
pub fn not_billed(moment: &Moment) -> Vec<NotBilled> {
    let intervals: BTreeMap<IntervalId, &Interval> = moment
        .intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let charges = moment.rated.charges.iter();
    let billed: BTreeSet<ResourceId> = charges
        .flat_map(|charge| &charge.contributions)
        .map(|part| part.resource)
        .collect();
    let values: BTreeMap<ResourceId, Money> = moment
        .not_billed
        .resources
        .iter()
        .filter_map(|one| Some((one.resource, one.value?)))
        .collect();
    let mut told: BTreeSet<ResourceId> = BTreeSet::new();
    let mut rows = Vec::new();
    for owned in &moment.owned {
        let Some(&interval) = intervals.get(&owned.interval) else {
            continue;
        };
        let Some(reason) = reason(moment, owned, interval, &billed) else {
            continue;
        };
        if !told.insert(owned.resource) {
            continue;
        }
        rows.push(NotBilled {
            reason,
            resource: owned.resource,
            kind: owned.kind.to_string(),
            external_id: interval.external_id.clone(),
            name: interval.configuration.name.clone(),
            customers: match &*owned.ownership {
                Ownership::Owned { owners, .. } => owners
                    .iter()
                    .map(|owner| owner.customer.to_string())
                    .collect(),
                Ownership::NonBillable(_) | Ownership::Suspended(_) => BTreeSet::new(),
            },
            per_month: values.get(&owned.resource).copied(),
        });
    }
    rows.sort_by(|a, b| {
        let minor = |row: &NotBilled| row.per_month.map(Money::minor);
        let key = |row: &NotBilled| (row.kind.clone(), row.external_id.clone());
        minor(b).cmp(&minor(a)).then_with(|| key(a).cmp(&key(b)))
    });
    rows
}

fn reason(
    moment: &Moment,
    owned: &OwnedInterval,
    interval: &Interval,
    billed: &BTreeSet<ResourceId>,
) -> Option<Reason> {
    match &*owned.ownership {
        Ownership::Suspended(why) => Some(Reason::Suspense { why: why.clone() }),
        Ownership::NonBillable(terms) => Some(Reason::NonBillable {
            terms: terms.clone(),
        }),
        Ownership::Owned { .. } if billed.contains(&owned.resource) => None,
        Ownership::Owned {
            owners, service, ..
        } => {
            let book = &moment.price_book;
            let mut items = book
                .items
                .iter()
                .filter(|item| item.kinds.contains(&owned.kind))
                .peekable();
            let has_item = items.peek().is_some();
            let charges = |item: &PriceItem| {
                let mut customers = owners.iter().map(|owner| &owner.customer);
                fits(item, interval) && customers.any(|one| item.buyers.include(Some(one)))
            };
            let free = service.as_ref();
            Some(
                if free.is_some_and(|service| book.not_charged_services.contains(service)) {
                    Reason::NotCharged
                } else if items.any(charges) {
                    Reason::Unpriced
                } else if has_item {
                    Reason::NoItemFits
                } else if book.not_charged_kinds.contains(&owned.kind) {
                    Reason::NotCharged
                } else {
                    Reason::Unpriced
                },
            )
        }
    }
}
