//! Which of the prices that hold at an instant wins for a buyer.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use super::book::{Level, Price};
use super::exchange::Exchanged;
use super::price_at::{PriceAt, Signed};
use super::tariff::Tariff;
use crate::charge::PriceChoice;
use crate::ids::{AccountKey, AgreementKey, CustomerKey, ItemKey, PlanKey};
use crate::money::Currency;

/// The buyer as a price level sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedFor<'a> {
    /// Absent: the list price is asked for.
    pub account: Option<&'a AccountKey>,
    pub customer: Option<&'a CustomerKey>,
    pub agreement: Option<&'a AgreementKey>,
    /// When the agreement was signed, where that is known.
    pub signed: Option<Signed>,
    pub plan: Option<&'a PlanKey>,
    pub currency: Currency,
}

/// The price that won, and those that it beat, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<'a> {
    pub price: &'a Price,
    pub overruled: Vec<&'a Price>,
    /// By which the version was chosen.
    pub policy: PriceAt,
    /// Where the signing decided.
    pub signed: Option<Signed>,
    /// Prices that hold when it is used, and do not count by the policy.
    pub passed_over: Vec<&'a Price>,
    /// Where the price is in another currency than the buyer's.
    pub exchanged: Option<Arc<Exchanged>>,
}

/// The most specific level wins: agreement with account and plan, agreement with account, agreement with plan, agreement,
/// account and plan, account, customer and plan, customer, plan, list. Within a level a price for agreements that were signed
/// before a day wins, the earliest such day first; then the price with the latest `from`. `None` where no price is for this
/// buyer in this currency.
pub fn select<'a>(
    holding: &[&'a Price],
    item: &ItemKey,
    buyer: &PricedFor<'_>,
) -> Option<Selection<'a>> {
    let own = holding.iter().copied();
    choose(own.filter(|price| price.item == *item && price.is_for(buyer)))
}

/// The best of prices that are all for one buyer.
pub(crate) fn choose<'a>(candidates: impl Iterator<Item = &'a Price>) -> Option<Selection<'a>> {
    let mut candidates: Vec<&'a Price> = candidates.collect();
    // The sort is stable: among equals the one that was written later comes first.
    candidates.reverse();
    candidates.sort_by(|a, b| precedence(b, a));
    let (price, overruled) = candidates.split_first()?;
    Some(Selection {
        price,
        overruled: overruled.to_vec(),
        policy: PriceAt::Usage,
        signed: None,
        passed_over: Vec::new(),
        exchanged: None,
    })
}

fn precedence(a: &Price, b: &Price) -> Ordering {
    // None is the least of all, and of two days the earlier one is kept by fewer.
    let kept = |price: &Price| price.signed_before.map(|before| Reverse(before.at));
    let by_level = a.level.cmp(&b.level);
    by_level
        .then_with(|| kept(a).cmp(&kept(b)))
        .then_with(|| a.validity.from.cmp(&b.validity.from))
}

impl Price {
    /// May the buyer have it, as far as anything but time decides that?
    pub fn is_for(&self, buyer: &PricedFor<'_>) -> bool {
        let is_signed = self
            .signed_before
            .is_none_or(|before| buyer.signed.is_some_and(|signed| signed.at < before.at));
        self.currency == buyer.currency && self.level.is_for(buyer) && is_signed
    }

    /// Is it for whoever has the plan, if any, and pays in the currency?
    pub(crate) fn is_general(&self) -> bool {
        self.level.is_general() && self.signed_before.is_none()
    }

    /// Is it for the very same buyers, so that the two cannot hold at the same time?
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        let buyers = |one: &Self| (one.item.clone(), one.level.clone(), one.currency);
        buyers(self) == buyers(other) && self.signed_before == other.signed_before
    }
}

impl Level {
    fn is_for(&self, buyer: &PricedFor<'_>) -> bool {
        let is_account = |account| buyer.account == Some(account);
        let is_customer = |customer| buyer.customer == Some(customer);
        let is_plan = |plan| buyer.plan == Some(plan);
        let is_agreement = |agreement| buyer.agreement == Some(agreement);
        match self {
            Self::List => true,
            Self::Plan(plan) => is_plan(plan),
            Self::Customer(customer) => is_customer(customer),
            Self::CustomerPlan(customer, plan) => is_customer(customer) && is_plan(plan),
            Self::Account(account) => is_account(account),
            Self::AccountPlan(account, plan) => is_account(account) && is_plan(plan),
            Self::Agreement(agreement) => is_agreement(agreement),
            Self::AgreementPlan(agreement, plan) => is_agreement(agreement) && is_plan(plan),
            Self::AccountAgreement(account, agreement) => {
                is_account(account) && is_agreement(agreement)
            }
            Self::AccountAgreementPlan(account, agreement, plan) => {
                is_account(account) && is_agreement(agreement) && is_plan(plan)
            }
        }
    }

    /// Is it for anybody, as a list is, and made for nobody in particular?
    pub fn is_general(&self) -> bool {
        matches!(self, Self::List | Self::Plan(_))
    }
}

impl Selection<'_> {
    /// In the currency of the buyer.
    pub fn tariff(&self) -> &Tariff {
        match &self.exchanged {
            Some(exchanged) => &exchanged.tariff,
            None => &self.price.tariff,
        }
    }

    /// In words.
    pub fn choice(&self) -> PriceChoice {
        let words = |price: &&Price| match &price.from {
            Some(from) => format!("{} from {from} ({})", price.level, price.place),
            None => format!("{} ({})", price.level, price.place),
        };
        let before = self.price.signed_before.map(|before| before.day);
        PriceChoice {
            level: self.price.level.to_string(),
            from: self.price.from.clone(),
            place: self.price.place.clone(),
            overruled: self.overruled.iter().map(words).collect(),
            policy: self.policy,
            signed: self.signed.map(|signed| signed.day),
            signed_before: before,
            passed_over: self.passed_over.iter().map(words).collect(),
            exchange: self.exchanged.as_ref().map(|one| one.exchange.clone()),
        }
    }
}
