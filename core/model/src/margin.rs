//! Margin: what is billed at list price, really, and what it costs, for lines, customers, services and agreements. Must not
//! know where costs come from, nor how anything was rated.

mod allocate;
mod grouped;
#[cfg(test)]
mod tests;
mod unsold;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::charge::{Charge, Exchange};
use crate::decimal::Decimal;
use crate::ids::{AccountId, AgreementKey, CustomerKey, ItemKey, ServiceKey};
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::OwnedInterval;
use crate::price::Meter;
use crate::rate::AccountTerms;
use crate::what_if::percent_of;

pub use grouped::grouped;
pub use unsold::{Costed, costed};

/// What was rated of one period: the bill, the same at list price, and the cost of everything.
#[derive(Debug, Clone, Copy)]
pub struct MarginInput<'a> {
    /// With contributions, as all of them.
    pub billed: &'a [Charge],
    pub list: &'a [Charge],
    /// Of what [`costed`] makes of the owners.
    pub cost: &'a [Charge],
    /// As they are billed.
    pub owned: &'a [OwnedInterval],
    pub accounts: &'a BTreeMap<AccountId, AccountTerms>,
    /// What the items of the price book measure, and those of the cost book.
    pub meters: &'a BTreeMap<ItemKey, Meter>,
    pub cost_meters: &'a BTreeMap<ItemKey, Meter>,
    pub cost_currency: Currency,
    /// What costs are in the currencies of accounts. Where there is none, nothing is converted.
    pub rates: &'a [Exchange],
}

/// Why nothing is billed for what costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotSold {
    /// It has an owner, and no line charges it.
    NotCharged,
    /// Deliberately not billed.
    NonBillable,
    /// Nobody is known to pay for it.
    Suspense,
}

/// By what the margin is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarginBy {
    Line,
    Customer,
    Service,
    Agreement,
}

/// Money of one row. The list price and the net are in the account's currency, the cost in that of the cost book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Amounts {
    /// What anybody would pay who has neither a price of his own nor a discount.
    pub list: Money,
    /// List price less net.
    pub discount: Money,
    pub net: Money,
    pub cost: Money,
    /// The cost in the currency of the net, where that is another one and there is an exchange rate: each line's rounded
    /// half-up to the cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_converted: Option<Money>,
    /// Net less cost; absent where they are in two currencies and there is no exchange rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Money>,
    /// The margin of the net, rounded half-up to two decimals; absent where the net is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Decimal>,
}

/// What is absent is not told apart: a customer's row has no item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MarginRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sold: Option<NotSold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemKey>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    pub amounts: Amounts,
}

/// What tells the money of a period apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartKey {
    not_sold: Option<NotSold>,
    account: Option<AccountId>,
    agreement: Option<AgreementKey>,
    service: Option<ServiceKey>,
    /// Absent where nothing is billed for the cost.
    item: Option<ItemKey>,
    dimensions: BTreeMap<String, String>,
}

/// The money of a period in its smallest parts; the margins of lines, customers, services and agreements are sums of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margins {
    parts: BTreeMap<PartKey, Amounts>,
}

impl Amounts {
    fn of(
        (list, net, cost): (Money, Money, Money),
        cost_converted: Option<Money>,
    ) -> Result<Self, MoneyError> {
        let comparable = if net.currency() == cost.currency() {
            Some(cost)
        } else {
            cost_converted
        };
        let margin = comparable.map(|cost| net.checked_sub(cost)).transpose()?;
        Ok(Self {
            list,
            discount: list.checked_sub(net)?,
            net,
            cost,
            cost_converted,
            margin,
            margin_percent: margin.and_then(|margin| percent_of(margin, net)),
        })
    }

    fn plus(&self, other: &Self) -> Result<Self, MoneyError> {
        let converted = self.cost_converted.zip(other.cost_converted);
        let converted = converted.map(|(own, other)| own.checked_add(other));
        Self::of(
            (
                self.list.checked_add(other.list)?,
                self.net.checked_add(other.net)?,
                self.cost.checked_add(other.cost)?,
            ),
            converted.transpose()?,
        )
    }
}

impl Margins {
    /// Gives each part of the bill its list price and its cost. All of the cost is in some part.
    pub fn new(input: &MarginInput<'_>) -> Result<Self, MoneyError> {
        allocate::margins(input)
    }

    /// One sum for each currency that is billed in; what is not sold is in that of the cost.
    pub fn totals(&self) -> Result<Vec<Amounts>, MoneyError> {
        let mut totals: BTreeMap<Currency, Amounts> = BTreeMap::new();
        for amounts in self.parts.values() {
            let currency = amounts.net.currency();
            let sum = match totals.get(&currency) {
                Some(sum) => sum.plus(amounts)?,
                None => *amounts,
            };
            totals.insert(currency, sum);
        }
        Ok(totals.into_values().collect())
    }

    /// All costs, whoever pays for them.
    pub fn cost(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::sum(self.parts.values().map(|one| one.cost), currency)
    }
}
