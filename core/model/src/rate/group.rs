//! What becomes one charge: its buyer, its price, what tells it from other charges, and the quantities in it.

use std::collections::BTreeMap;

use super::AccountTerms;
use super::charged_period::{ChargedPeriod, PriceTable};
use super::sum::ExactSum;
use crate::charge::{ChargeKey, ManualPart};
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, AgreementKey, PlanKey, ServiceKey};
use crate::inventory::Interval;
use crate::price::{Dimension, Meter, PriceItem};
use crate::time::Period;

/// Who pays for what kind of service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buyer<'a> {
    pub(super) account: AccountId,
    pub(super) terms: &'a AccountTerms,
    pub(super) agreement: &'a AgreementKey,
    pub(super) plan: Option<&'a PlanKey>,
    pub(super) service: Option<&'a ServiceKey>,
}

/// A quantity of an owner while it lasted.
#[derive(Debug, Clone)]
pub(super) struct Portion<'a> {
    /// Positions in the input and in its owners. A quantity that a person gave is none of the input.
    pub(super) owned: Option<usize>,
    pub(super) owner: usize,
    pub(super) interval: &'a Interval,
    pub(super) share: &'a Rational,
    pub(super) period: Period,
    pub(super) quantity: Decimal,
    pub(super) units: i128,
    /// Which of two gauges it was read from.
    pub(super) channel: u8,
}

/// What becomes one charge.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) buyer: Buyer<'a>,
    pub(super) item: usize,
    pub(super) charged: ChargedPeriod<'a>,
    /// From the first price of the charge to the last: longer than the charged period where there are several.
    pub(super) within: Period,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) portions: Vec<Portion<'a>>,
    /// By item, what a bundle contains.
    pub(super) contents: BTreeMap<usize, ExactSum>,
    /// What people gave.
    pub(super) manual: Vec<ManualPart>,
}

impl Group<'_> {
    pub(super) fn key(&self, table: &PriceTable<'_>) -> ChargeKey {
        let charged = self.charged.period;
        let own = table.of_agreement(&self.buyer, charged);
        ChargeKey {
            account: self.buyer.account,
            agreement: self.buyer.agreement.clone(),
            item: table.item(self.item).key.clone(),
            billing_period: table.period_id.clone(),
            period: own.unwrap_or(charged),
            dimensions: self.dimensions.clone(),
            since: None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Metered<'a> {
    pub(super) groups: Vec<Group<'a>>,
    /// Without portions: what would have a part in a total that is split, if it could be read how much of it.
    pub(super) unread: Vec<Group<'a>>,
    /// For each owned interval of the input: is it the price book's intention that nothing is charged?
    pub(super) not_charged: Vec<bool>,
}

/// Is the resource charged by the item at all?
pub(crate) fn fits(item: &PriceItem, interval: &Interval) -> bool {
    let attributes = &interval.configuration.attributes;
    let has_none = match &item.meter {
        Meter::Attribute(name) | Meter::Distinct(name) => !attributes.contains(name),
        Meter::Count(_) | Meter::Gauge(_) | Meter::Gauges(_) | Meter::Manual => false,
    };
    let left_out = item.is_meter_optional && has_none;
    !left_out
        && item
            .when
            .iter()
            .all(|(name, value)| attributes.get(name) == Some(value.as_str()))
}

/// Do resources have lines of their own, by their name or an attribute?
pub(super) fn has_own(item: &PriceItem) -> bool {
    let own = |dimension: &Dimension| !matches!(dimension, Dimension::Service);
    item.dimensions.iter().any(own)
}

/// The values of the dimensions that the resource itself has.
pub(super) fn kept_apart<'a>(
    item: &'a PriceItem,
    interval: &'a Interval,
) -> impl Iterator<Item = Option<&'a str>> {
    let configuration = &interval.configuration;
    item.dimensions
        .iter()
        .filter_map(|dimension| match dimension {
            Dimension::Service => None,
            Dimension::Resource => Some(Some(configuration.name.as_str())),
            Dimension::Attribute(name) => Some(configuration.attributes.get(name)),
        })
}

/// What tells the charge from others of the same item: the plan always, and what the item keeps apart.
pub(super) fn dimensions(
    item: &PriceItem,
    buyer: &Buyer<'_>,
    interval: &Interval,
) -> BTreeMap<String, String> {
    let mut dimensions = BTreeMap::new();
    let configuration = &interval.configuration;
    let plan = ("plan", buyer.plan.map(PlanKey::as_str));
    let others = item.dimensions.iter().map(|dimension| match dimension {
        Dimension::Service => ("service", buyer.service.map(ServiceKey::as_str)),
        Dimension::Resource => ("resource", Some(configuration.name.as_str())),
        Dimension::Attribute(name) => (name.as_str(), configuration.attributes.get(name)),
    });
    for (name, value) in std::iter::once(plan).chain(others) {
        if let Some(value) = value {
            dimensions.insert(name.to_owned(), value.to_owned());
        }
    }
    dimensions
}
