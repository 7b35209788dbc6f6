//! An allowance that a customer's accounts share is of one charge period: their calendars have to be the same.

use std::collections::BTreeMap;

use super::{Buyer, listed};
use crate::price::book::Level;
use crate::price::config::ItemConfig;
use crate::price::prices::claims;
use crate::price::tariff::AllowancePer;
use crate::problem::Problem;
use crate::time::TimeZone;

/// What the accounts of a customer with different calendars would share, in words; `None` where none do. Prices are those of
/// one item whose allowance is the customer's.
pub fn pooled_apart<'a>(
    prices: impl IntoIterator<Item = &'a Level>,
    buyers: &[Buyer],
) -> Option<String> {
    let prices: Vec<&Level> = prices.into_iter().collect();
    let mut customers: BTreeMap<&str, Vec<&Buyer>> = BTreeMap::new();
    for buyer in buyers {
        if prices.iter().any(|level| buyer.may_have(level)) {
            customers.entry(&buyer.customer).or_default().push(buyer);
        }
    }
    let (customer, accounts) = customers.into_iter().find(|(_, accounts)| {
        accounts
            .iter()
            .any(|one| one.calendar != accounts[0].calendar)
    })?;
    Some(format!(
        "the accounts of {customer} have different calendars, and cannot share an allowance of one charge period: {}",
        listed(accounts.iter().map(|one| one.account.as_str()))
    ))
}

pub(super) fn pooled(item: &ItemConfig, zone: &TimeZone, buyers: &[Buyer]) -> Vec<Problem> {
    let Some(prices) = claims(item, zone) else {
        return Vec::new();
    };
    let shared = item.price.iter().enumerate().filter(|(_, price)| {
        price.allowance.is_some() && price.allowance_per == AllowancePer::Customer
    });
    let shared: Vec<usize> = shared.map(|(index, _)| index).collect();
    let levels = shared.iter().filter_map(|index| prices.get(*index));
    let Some(first) = shared.first() else {
        return Vec::new();
    };
    let told = pooled_apart(levels.map(|price| &price.level), buyers);
    let told = told.map(|message| {
        let path = ["price".to_owned(), first.to_string(), "allowance_per".to_owned()];
        let hint = "give them one time zone, billing period and anchor, or each a price with an allowance of its own: \
                    allowance_per = \"charge\"";
        Problem::new(path, message).with_hint(hint)
    });
    told.into_iter().collect()
}
