//! Which of the prices that hold at an instant wins for a buyer.

use std::cmp::Ordering;

use super::book::{Level, Price};
use crate::charge::PriceChoice;
use crate::ids::{AccountKey, CustomerKey, ItemKey, PlanKey};
use crate::money::Currency;

/// The buyer as a price level sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedFor<'a> {
    /// Absent: the list price is asked for.
    pub account: Option<&'a AccountKey>,
    pub customer: Option<&'a CustomerKey>,
    pub plan: Option<&'a PlanKey>,
    pub currency: Currency,
}

/// The price that won, and those that it beat, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<'a> {
    pub price: &'a Price,
    pub overruled: Vec<&'a Price>,
}

/// The most specific level wins: account and plan, account, customer and plan, customer, plan, list. Within a level
/// it is the price with the latest `from`. `None` where no price is for this buyer in this currency.
pub fn select<'a>(
    holding: &[&'a Price],
    item: &ItemKey,
    buyer: &PricedFor<'_>,
) -> Option<Selection<'a>> {
    let mut candidates: Vec<&'a Price> = holding
        .iter()
        .copied()
        .filter(|price| {
            price.item == *item && price.currency == buyer.currency && price.level.is_for(buyer)
        })
        .collect();
    // The sort is stable: among equals the one that was written later comes first.
    candidates.reverse();
    candidates.sort_by(|a, b| precedence(b, a));
    let (price, overruled) = candidates.split_first()?;
    Some(Selection {
        price,
        overruled: overruled.to_vec(),
    })
}

fn precedence(a: &Price, b: &Price) -> Ordering {
    let by_level = a.level.cmp(&b.level);
    by_level.then_with(|| a.validity.from.cmp(&b.validity.from))
}

impl Level {
    fn is_for(&self, buyer: &PricedFor<'_>) -> bool {
        match self {
            Self::List => true,
            Self::Plan(plan) => buyer.plan == Some(plan),
            Self::Customer(customer) => buyer.customer == Some(customer),
            Self::CustomerPlan(customer, plan) => {
                buyer.customer == Some(customer) && buyer.plan == Some(plan)
            }
            Self::Account(account) => buyer.account == Some(account),
            Self::AccountPlan(account, plan) => {
                buyer.account == Some(account) && buyer.plan == Some(plan)
            }
        }
    }
}

impl Selection<'_> {
    /// In words.
    pub fn choice(&self) -> PriceChoice {
        let overruled = self.overruled.iter().map(|price| match &price.from {
            Some(from) => format!("{} from {from} ({})", price.level, price.place),
            None => format!("{} ({})", price.level, price.place),
        });
        PriceChoice {
            level: self.price.level.to_string(),
            from: self.price.from.clone(),
            place: self.price.place.clone(),
            overruled: overruled.collect(),
        }
    }
}
