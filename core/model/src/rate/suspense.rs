//! What suspense may be worth: each resource alone, at list price, as if it were owned. An estimate, and it says so.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RateInput;
use super::charged_period::{ChargedPeriod, PriceTable};
use super::group::fits;
use super::pricing::price;
use super::quantity::{Gauges, read};
use crate::decimal::Rational;
use crate::ids::{IntervalId, Kind, ResourceId};
use crate::inventory::Interval;
use crate::money::{Currency, Money, round_money};
use crate::ownership::{Ownership, Suspense};
use crate::price::PricedFor;
use crate::time::Period;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SuspenseEstimate {
    /// Absent where no currency for estimates is given, or the sum does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The most valuable first.
    pub resources: Vec<SuspendedResource>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuspendedResource {
    pub resource: ResourceId,
    pub kind: Kind,
    pub name: String,
    /// The latest one of the billing period.
    pub reason: Suspense,
    pub seconds: i64,
    /// Absent where the price book has no list price for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
}

struct Waiting<'a> {
    latest: &'a Interval,
    reason: &'a Suspense,
    until: Period,
    seconds: i64,
    /// By item and charged period, weighted over the billing period.
    quantities: BTreeMap<(usize, usize), Rational>,
}

pub(super) fn estimate<'a>(
    input: &RateInput<'a>,
    intervals: &HashMap<IntervalId, &'a Interval>,
    table: &PriceTable<'a>,
) -> SuspenseEstimate {
    let gauges = Gauges::new(input.gauges);
    let list = input
        .estimate_currency
        .map(|currency| ListPrices::new(table, currency));
    let mut waiting: BTreeMap<ResourceId, Waiting<'a>> = BTreeMap::new();
    for owned in input.owned {
        let Ownership::Suspended(reason) = &owned.ownership else {
            continue;
        };
        let period = owned.period.intersect(input.billing_period.period());
        let (Some(period), Some(&interval)) = (period, intervals.get(&owned.interval)) else {
            continue;
        };
        let entry = waiting.entry(owned.resource).or_insert_with(|| Waiting {
            latest: interval,
            reason,
            until: period,
            seconds: 0,
            quantities: BTreeMap::new(),
        });
        if period >= entry.until {
            (entry.latest, entry.reason, entry.until) = (interval, reason, period);
        }
        entry.seconds += period.seconds();
        if let Some(list) = &list {
            list.add(&mut entry.quantities, interval, period, &gauges);
        }
    }
    let resources = waiting
        .into_iter()
        .map(|(resource, waiting)| SuspendedResource {
            resource,
            kind: waiting.latest.kind.clone(),
            name: waiting.latest.configuration.name.clone(),
            reason: waiting.reason.clone(),
            seconds: waiting.seconds,
            value: list
                .as_ref()
                .and_then(|list| list.value(&waiting.quantities)),
        });
    let mut resources: Vec<SuspendedResource> = resources.collect();
    resources.sort_by_key(|suspended| {
        let minor = suspended.value.map(Money::minor);
        (std::cmp::Reverse(minor), suspended.resource)
    });
    let values = resources.iter().filter_map(|suspended| suspended.value);
    let total = input
        .estimate_currency
        .and_then(|currency| Money::sum(values, currency).ok());
    SuspenseEstimate { total, resources }
}

/// The list price of every item in one currency.
struct ListPrices<'t, 'a> {
    table: &'t PriceTable<'a>,
    currency: Currency,
    charged: Vec<Vec<ChargedPeriod<'a>>>,
}

impl<'t, 'a> ListPrices<'t, 'a> {
    fn new(table: &'t PriceTable<'a>, currency: Currency) -> Self {
        let anyone = PricedFor {
            account: None,
            customer: None,
            plan: None,
            currency,
        };
        let items = 0..table.item_count();
        let charged = items
            .map(|item| table.charged_periods(item, &anyone))
            .collect();
        Self {
            table,
            currency,
            charged,
        }
    }

    fn add(
        &self,
        quantities: &mut BTreeMap<(usize, usize), Rational>,
        interval: &Interval,
        period: Period,
        gauges: &Gauges<'_>,
    ) {
        for &item in self.table.items_of(&interval.kind) {
            let definition = self.table.item(item);
            if !fits(definition, interval) {
                continue;
            }
            let weights = self.table.weights(item);
            for (level_period, quantity) in read(&definition.meter, interval, period, gauges).levels
            {
                for (position, charged) in self.charged[item].iter().enumerate() {
                    let Some(part) = charged.period.intersect(level_period) else {
                        continue;
                    };
                    let units = weights.fraction(part);
                    let sum = quantities.entry((item, position)).or_default();
                    *sum += quantity.to_rational() * units;
                }
            }
        }
    }

    /// `None` where nothing of it has a list price, or the sum does not fit.
    fn value(&self, quantities: &BTreeMap<(usize, usize), Rational>) -> Option<Money> {
        let mut net: Option<Rational> = None;
        for (&(item, position), quantity) in quantities {
            let charged = &self.charged[item][position];
            let Some(selection) = &charged.selection else {
                continue;
            };
            let weights = self.table.weights(item);
            let weight = weights.fraction(charged.period);
            let priced = price(&selection.price.tariff, quantity, &weight);
            net = Some(net.unwrap_or_default() + priced.net);
        }
        round_money(&net?, self.currency, self.table.book.rounding).ok()
    }
}
