//! What a price book asks of anybody: without prices of single customers, discounts and limits that favour the buyer.

use std::collections::BTreeSet;

use super::book::{Level, Price, PriceBook};
use super::tariff::Tariff;
use crate::ids::ItemKey;
use crate::money::Currency;

impl PriceBook {
    /// The book at list price. A plan's price is a list price: anybody may buy the plan. An item that has none in a currency
    /// keeps the prices of single customers there, without their discounts.
    #[must_use]
    pub fn at_list(&self) -> Self {
        let is_list = |price: &&Price| matches!(price.level, Level::List | Level::Plan(_));
        let listed: BTreeSet<(&ItemKey, Currency)> = self
            .prices
            .iter()
            .filter(is_list)
            .map(|price| (&price.item, price.currency))
            .collect();
        let counts =
            |price: &&Price| is_list(price) || !listed.contains(&(&price.item, price.currency));
        let undiscounted = |price: &Price| Price {
            tariff: Tariff {
                discount_percent: None,
                discount_amount: None,
                maximum: None,
                ..price.tariff.clone()
            },
            ..price.clone()
        };
        Self {
            prices: self
                .prices
                .iter()
                .filter(counts)
                .map(undiscounted)
                .collect(),
            ..self.clone()
        }
    }
}
