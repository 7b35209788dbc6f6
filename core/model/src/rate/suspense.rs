//! What suspense may be worth: each resource alone, at list price, as if it were owned. An estimate, and it says so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RateInput;
use super::charged_period::PriceTable;
use super::evaluate::{evaluate, is_by_time};
use super::group::{Portion, fits};
use super::list_prices::ListPrices;
use super::observed::Observed;
use super::quantity::{Gauges, read};
use super::sum::ExactSum;
use crate::decimal::{Decimal, Rational};
use crate::holds_later::HoldsLater;
use crate::ids::{ItemKey, Kind, PlanKey, ResourceId, ServiceKey};
use crate::inventory::Interval;
use crate::money::{Currency, Money, round_money};
use crate::ownership::{OwnedInterval, Ownership, Suspense};
use crate::price::{Meter, PriceItem};
use crate::time::Period;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SuspenseEstimate {
    /// Absent where no currency for estimates is given, nothing has a price in it, or the sum does not fit.
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
    /// What the files have for it, and what does not hold yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<HoldsLater>,
}

/// What suspense would come to as a line, were all of it one buyer's without prices of his own. An estimate, too:
/// where tiers fall with the quantity it is less than the sum over the resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuspendedLine {
    /// As rules or defaults say.
    pub plan: Option<PlanKey>,
    pub service: Option<ServiceKey>,
    pub item: ItemKey,
    /// As it is shown.
    pub quantity: Decimal,
    /// As a fraction.
    pub quantity_exact: String,
    /// Absent where the price book has no price of the plan and no list price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
}

/// What tells quantities apart: plan, item and charged period.
type Priced<'a> = (Option<&'a str>, usize, usize);

struct Waiting<'a> {
    latest: &'a Interval,
    reason: &'a Suspense,
    until: Period,
    seconds: i64,
    quantities: BTreeMap<Priced<'a>, Measured<'a>>,
}

/// What was metered in a charged period.
#[derive(Default)]
struct Measured<'a> {
    /// Levels by time.
    sum: ExactSum,
    /// Of items that charge something else than that.
    portions: Vec<Portion<'a>>,
}

/// Both estimates.
pub(super) fn estimate<'a, 't>(
    input: &RateInput<'a>,
    observed: &'t Observed<'a>,
    (table, whole): (&'t PriceTable<'a>, &'a Rational),
) -> (SuspenseEstimate, Vec<SuspendedLine>) {
    let mut gathered = Gathered {
        table,
        whole,
        gauges: &observed.gauges,
        list: input
            .estimate_currency
            .map(|currency| ListPrices::new(table, currency)),
        waiting: BTreeMap::new(),
        lines: BTreeMap::new(),
        later: input.later,
    };
    for owned in input.owned {
        let Ownership::Suspended(reason) = &*owned.ownership else {
            continue;
        };
        let period = owned.period.intersect(input.billing_period.period());
        if let (Some(period), Some(interval)) = (period, observed.intervals.get(owned.interval)) {
            gathered.add(owned, reason, interval, period);
        }
    }
    gathered.finish(input.estimate_currency)
}

impl<'a> Measured<'a> {
    fn add(&mut self, item: &PriceItem, portion: Portion<'a>) {
        if is_by_time(item) && !matches!(item.meter, Meter::Gauges(_)) {
            self.sum.add(portion.quantity, portion.units);
        } else {
            self.portions.push(portion);
        }
    }

    /// Of the whole charged period, as a bill has it.
    fn quantity(
        &self,
        table: &PriceTable<'a>,
        list: &mut ListPrices<'_, 'a>,
        (plan, item, position): Priced<'a>,
    ) -> Rational {
        let weights = table.weights(item);
        if self.portions.is_empty() {
            return self.sum.over(weights.total());
        }
        let charged = list.charged(plan, item)[position].period;
        if let Some(counts) = evaluate(&self.portions, table.item(item), weights, charged) {
            return counts.iter().sum();
        }
        let mut sum = ExactSum::default();
        for portion in &self.portions {
            sum.add(portion.quantity, portion.units);
        }
        sum.over(weights.total())
    }

    fn net(
        &self,
        table: &PriceTable<'a>,
        list: &mut ListPrices<'_, 'a>,
        priced: Priced<'a>,
    ) -> Option<Rational> {
        let key = self.sum.key().filter(|_| self.portions.is_empty());
        list.net(priced, key, |list| self.quantity(table, list, priced))
    }
}

/// When a bundle that anyone buys contains the item.
fn bundled<'a>(
    table: &PriceTable<'a>,
    list: &mut ListPrices<'_, 'a>,
    plan: Option<&'a str>,
    (item, items): (usize, &[usize]),
) -> Vec<Period> {
    let mut bundled = Vec::new();
    for &bundle in items {
        let contains = &table.item(bundle).contains;
        if bundle != item && contains.contains(&table.item(item).key) {
            let charged = list.charged(plan, bundle).iter();
            let priced = charged.filter(|charged| charged.selection.is_ok());
            bundled.extend(priced.map(|charged| charged.period));
        }
    }
    bundled
}

struct Gathered<'t, 'a> {
    table: &'t PriceTable<'a>,
    /// The share of whoever pays: all of it.
    whole: &'a Rational,
    gauges: &'t Gauges<'a>,
    list: Option<ListPrices<'t, 'a>>,
    waiting: BTreeMap<ResourceId, Waiting<'a>>,
    /// By service, and what is priced apart.
    lines: BTreeMap<(Option<&'a str>, Priced<'a>), Measured<'a>>,
    later: &'a BTreeMap<ResourceId, HoldsLater>,
}

impl<'a> Gathered<'_, 'a> {
    fn add(
        &mut self,
        owned: &'a OwnedInterval,
        reason: &'a Suspense,
        interval: &'a Interval,
        period: Period,
    ) {
        let entry = self.waiting.entry(owned.resource);
        let waiting = entry.or_insert_with(|| Waiting {
            latest: interval,
            reason,
            until: period,
            seconds: 0,
            quantities: BTreeMap::new(),
        });
        if period >= waiting.until {
            (waiting.latest, waiting.reason, waiting.until) = (interval, reason, period);
        }
        waiting.seconds += period.seconds();
        let said = |target: &str| {
            let decision = owned.because.targets.get(target);
            decision.map(|decision| decision.value.as_str())
        };
        let (plan, service) = (said("plan"), said("service"));
        let Some(list) = &mut self.list else { return };
        if service.is_some_and(|service| self.table.is_free_service(service)) {
            return;
        }
        let table = self.table;
        let fitting = |item: &usize| {
            let definition = table.item(*item);
            definition.buyers.include(None) && fits(definition, interval)
        };
        let items = table.items_of(&interval.kind).iter().copied();
        let items: Vec<usize> = items.filter(fitting).collect();
        for &item in &items {
            let definition = table.item(item);
            let bundled = bundled(table, list, plan, (item, &items));
            let reading = read(definition, interval, period, self.gauges);
            let levels = reading.levels.into_iter().map(|level| (0, level));
            let others = reading.others.into_iter().map(|level| (1, level));
            for (channel, (level_period, quantity)) in levels.chain(others) {
                for (position, charged) in list.charged(plan, item).iter().enumerate() {
                    let Some(part) = charged.period.intersect(level_period) else {
                        continue;
                    };
                    for period in part.without(bundled.iter().copied()) {
                        let portion = Portion {
                            owned: None,
                            owner: 0,
                            interval,
                            share: self.whole,
                            period,
                            quantity,
                            units: table.weights(item).units(period),
                            channel,
                        };
                        let priced = (plan, item, position);
                        let own = waiting.quantities.entry(priced).or_default();
                        own.add(definition, portion.clone());
                        let line = self.lines.entry((service, priced)).or_default();
                        line.add(definition, portion);
                    }
                }
            }
        }
    }

    fn finish(mut self, currency: Option<Currency>) -> (SuspenseEstimate, Vec<SuspendedLine>) {
        let mut resources = Vec::with_capacity(self.waiting.len());
        for (resource, waiting) in std::mem::take(&mut self.waiting) {
            resources.push(SuspendedResource {
                resource,
                kind: waiting.latest.kind.clone(),
                name: waiting.latest.configuration.name.clone(),
                reason: waiting.reason.clone(),
                seconds: waiting.seconds,
                value: self.value(&waiting.quantities),
                later: self.later.get(&resource).cloned(),
            });
        }
        resources.sort_by_key(|suspended| {
            let minor = suspended.value.map(Money::minor);
            (std::cmp::Reverse(minor), suspended.resource)
        });
        let values = resources.iter().filter_map(|suspended| suspended.value);
        // What nobody can value is not worth nothing.
        let is_known = resources.is_empty() || values.clone().next().is_some();
        let currency = currency.filter(|_| is_known);
        let total = currency.and_then(|currency| Money::sum(values, currency).ok());
        let lines = self.lines();
        (SuspenseEstimate { total, resources }, lines)
    }

    /// `None` where nothing of it has a list price, or the sum does not fit.
    fn value(&mut self, quantities: &BTreeMap<Priced<'a>, Measured<'a>>) -> Option<Money> {
        let list = self.list.as_mut()?;
        let mut net: Option<Rational> = None;
        for (&priced, measured) in quantities {
            if let Some(own) = measured.net(self.table, list, priced) {
                net = Some(net.map_or_else(|| own.clone(), |net| net + &own));
            }
        }
        let currency = list.currency();
        round_money(&net?, currency, self.table.book.rounding.of(currency)).ok()
    }

    fn lines(&mut self) -> Vec<SuspendedLine> {
        let Some(list) = &mut self.list else {
            return Vec::new();
        };
        let lines = std::mem::take(&mut self.lines).into_iter();
        let lines = lines.filter_map(|((service, priced), measured)| {
            let (plan, item, _) = priced;
            let quantity = measured.quantity(self.table, list, priced);
            let net = measured.net(self.table, list, priced);
            let rounding = self.table.book.rounding.of(list.currency());
            Some(SuspendedLine {
                plan: plan.map(PlanKey::from),
                service: service.map(ServiceKey::from),
                item: self.table.item(item).key.clone(),
                quantity: super::settling::decimal_near(&quantity)?,
                quantity_exact: quantity.to_string(),
                net: net.and_then(|net| round_money(&net, list.currency(), rounding).ok()),
            })
        });
        lines.collect()
    }
}
