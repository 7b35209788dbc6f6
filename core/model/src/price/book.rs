//! The price book as rating uses it: every value checked, every date an instant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::aggregate::Aggregation;
use super::charge_cycle::ChargeCycle;
use super::exchange::{ExchangeRate, RateOn};
use super::price_at::{PriceAt, Signed};
use super::proration::Proration;
use super::tariff::{SplitBy, Tariff, TiersSee};
use super::template::Template;
use super::unit::Unit;
use crate::ids::{AccountKey, AgreementKey, CustomerKey, ItemKey, Kind, PlanKey, ServiceKey};
use crate::language::{LanguageTag, OwnWords};
use crate::money::{Currency, RoundingRules};
use crate::time::{Date, Instant, Validity};
use crate::validity::{ConfigVersion, Dated};

/// What is charged, and all prices of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceBook {
    pub rounding: RoundingRules,
    /// The day whose exchange rate counts, and for how many days before it a rate is fresh.
    pub rate_on: RateOn,
    pub rate_age_days_max: u32,
    /// Where it is asked what an instant is worth, its day: no later rate is looked at.
    pub rates_until: Option<Date>,
    pub not_charged_kinds: BTreeSet<Kind>,
    pub not_charged_services: BTreeSet<ServiceKey>,
    /// In the order in which they were written.
    pub items: Vec<PriceItem>,
    /// Of all items, in the order in which they were written.
    pub prices: Vec<Price>,
    /// Of all currencies, in the order in which they were written.
    pub exchange_rates: Vec<ExchangeRate>,
    /// In which lines say what is added to their text, instead of what is built in.
    pub words: OwnWords,
}

/// Something that is charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceItem {
    pub key: ItemKey,
    pub description: Template,
    /// The same in other languages.
    pub texts: BTreeMap<LanguageTag, Template>,
    pub unit: &'static Unit,
    pub kinds: BTreeSet<Kind>,
    /// Only resources whose attributes equal these.
    pub when: BTreeMap<String, String>,
    pub meter: Meter,
    pub aggregation: Aggregation,
    pub buyers: Buyers,
    /// A resource without the metered attribute is not charged, and nobody is asked why.
    pub is_meter_optional: bool,
    pub charge_cycle: ChargeCycle,
    pub proration: Proration,
    pub tiers_see: TiersSee,
    /// Which version of its prices counts.
    pub price_at: PriceAt,
    /// In which prices stand for buyers in whose currency there is none.
    pub convert_from: Option<Currency>,
    /// It is a part of the net of these items, and has no quantity of its own.
    pub of: BTreeSet<ItemKey>,
    /// Not charged where this one is.
    pub contains: BTreeSet<ItemKey>,
    pub split_by: SplitBy,
    /// Kept apart in lines of their own, besides the plan.
    pub dimensions: Vec<Dimension>,
    pub tax_category: Option<String>,
    pub account_code: Option<String>,
    pub place: String,
}

/// Whom an item charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buyers {
    Everyone,
    Only(BTreeSet<CustomerKey>),
    AllBut(BTreeSet<CustomerKey>),
}

impl Buyers {
    /// Is a customer charged by the item? Without one it is asked what somebody unknown would be charged by.
    pub fn include(&self, customer: Option<&CustomerKey>) -> bool {
        match (self, customer) {
            (Self::Everyone, _) | (Self::AllBut(_), None) => true,
            (Self::Only(_), None) => false,
            (Self::Only(customers), Some(customer)) => customers.contains(customer),
            (Self::AllBut(customers), Some(customer)) => !customers.contains(customer),
        }
    }
}

/// What gives the quantity of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meter {
    Attribute(String),
    Count(i64),
    Gauge(String),
    /// The greater one of two, or both as channels of their own.
    Gauges([String; 2]),
    /// The different values of an attribute.
    Distinct(String),
    /// What a person gave for an account: no resource has it.
    Manual,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    Service,
    /// A line for each resource name.
    Resource,
    Attribute(String),
}

/// A price of an item for some buyers, in a currency, while it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub item: ItemKey,
    pub name: Option<String>,
    pub level: Level,
    pub currency: Currency,
    pub validity: Validity,
    /// The first day, as it was written.
    pub from: Option<String>,
    /// Only for agreements that were signed before this day.
    pub signed_before: Option<Signed>,
    pub tariff: Tariff,
    pub place: String,
}

/// Whom a price is for; a later variant is more specific and overrules an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    List,
    Plan(PlanKey),
    Customer(CustomerKey),
    CustomerPlan(CustomerKey, PlanKey),
    Account(AccountKey),
    AccountPlan(AccountKey, PlanKey),
    /// Whatever account has an agreement of this name.
    Agreement(AgreementKey),
    AgreementPlan(AgreementKey, PlanKey),
    AccountAgreement(AccountKey, AgreementKey),
    AccountAgreementPlan(AccountKey, AgreementKey, PlanKey),
}

impl Level {
    pub fn plan(&self) -> Option<&PlanKey> {
        match self {
            Self::Plan(plan)
            | Self::CustomerPlan(_, plan)
            | Self::AccountPlan(_, plan)
            | Self::AgreementPlan(_, plan)
            | Self::AccountAgreementPlan(_, _, plan) => Some(plan),
            Self::List
            | Self::Customer(_)
            | Self::Account(_)
            | Self::Agreement(_)
            | Self::AccountAgreement(_, _) => None,
        }
    }

    pub fn agreement(&self) -> Option<&AgreementKey> {
        match self {
            Self::Agreement(agreement)
            | Self::AgreementPlan(agreement, _)
            | Self::AccountAgreement(_, agreement)
            | Self::AccountAgreementPlan(_, agreement, _) => Some(agreement),
            Self::List
            | Self::Plan(_)
            | Self::Customer(_)
            | Self::CustomerPlan(_, _)
            | Self::Account(_)
            | Self::AccountPlan(_, _) => None,
        }
    }

    /// Whose own it is.
    pub fn account_mut(&mut self) -> Option<&mut AccountKey> {
        match self {
            Self::Account(account)
            | Self::AccountPlan(account, _)
            | Self::AccountAgreement(account, _)
            | Self::AccountAgreementPlan(account, _, _) => Some(account),
            Self::List
            | Self::Plan(_)
            | Self::Customer(_)
            | Self::CustomerPlan(_, _)
            | Self::Agreement(_)
            | Self::AgreementPlan(_, _) => None,
        }
    }
}

impl PriceBook {
    /// Does the signing of an agreement decide anything?
    pub fn asks_signing(&self) -> bool {
        let kept = |item: &PriceItem| item.price_at == PriceAt::AgreementSigning;
        self.items.iter().any(kept) || self.prices.iter().any(|one| one.signed_before.is_some())
    }

    /// The version whose items (meter, unit, proration) hold for a billing period: the one in force at its start.
    pub fn in_force<'a>(versions: &[ConfigVersion<&'a Self>], at: Instant) -> Option<&'a Self> {
        let begun = |version: &&ConfigVersion<&'a Self>| {
            version.effective_from.is_none_or(|from| from <= at)
        };
        // Before the first version there is nothing else to go by.
        let version = versions.iter().rfind(begun).or(versions.first());
        version.map(|version| version.terms)
    }
}

impl AsRef<[Price]> for PriceBook {
    fn as_ref(&self) -> &[Price] {
        &self.prices
    }
}

impl AsRef<[ExchangeRate]> for PriceBook {
    fn as_ref(&self) -> &[ExchangeRate] {
        &self.exchange_rates
    }
}

impl Dated for Price {
    fn identity(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let kept = self.signed_before.map(|before| before.day.to_string());
        // Quoted keys cannot run into one another.
        format!(
            "{:?} {:?} {} {name:?}{}",
            self.item.as_str(),
            self.level,
            self.currency,
            kept.unwrap_or_default()
        )
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
            && self.validity == other.validity
            && self.tariff == other.tariff
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => formatter.write_str("list"),
            Self::Plan(plan) => write!(formatter, "plan {plan}"),
            Self::Customer(customer) => write!(formatter, "customer {customer}"),
            Self::CustomerPlan(customer, plan) => {
                write!(formatter, "customer {customer}, plan {plan}")
            }
            Self::Account(account) => write!(formatter, "account {account}"),
            Self::AccountPlan(account, plan) => write!(formatter, "account {account}, plan {plan}"),
            Self::Agreement(agreement) => write!(formatter, "agreement {agreement}"),
            Self::AgreementPlan(agreement, plan) => {
                write!(formatter, "agreement {agreement}, plan {plan}")
            }
            Self::AccountAgreement(account, agreement) => {
                write!(formatter, "account {account}, agreement {agreement}")
            }
            Self::AccountAgreementPlan(account, agreement, plan) => write!(
                formatter,
                "account {account}, agreement {agreement}, plan {plan}"
            ),
        }
    }
}
