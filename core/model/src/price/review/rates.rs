//! Whether the exchange rates that prices ask for are there, and at the ends of months.

use std::collections::{BTreeMap, BTreeSet};

use super::{Market, convert_from, listed};
use crate::money::Currency;
use crate::price::config::PriceBookConfig;
use crate::price::exchange::{ExchangeRate, RATE_AGE_DAYS_MAX, RateOn};
use crate::problem::Problem;
use crate::time::Date;

/// Of each two currencies between which prices are converted. Paths are relative to the price book.
pub(super) fn gaps(
    config: &PriceBookConfig,
    known: &[ExchangeRate],
    market: &Market,
    warnings: &mut Vec<Problem>,
) {
    let mut asked: BTreeMap<(Currency, Currency), Vec<String>> = BTreeMap::new();
    for (index, item) in config.item.iter().enumerate() {
        let Some(from) = convert_from(config, item) else {
            continue;
        };
        let has = |currency: Currency| {
            let mut prices = item.price.iter();
            prices.any(|price| price.currency == currency.to_string())
        };
        if !has(from) {
            continue;
        }
        let path = if item.convert_from.is_some() {
            vec![
                "item".to_owned(),
                index.to_string(),
                "convert_from".to_owned(),
            ]
        } else {
            vec!["convert_from".to_owned()]
        };
        let buyers = market.buyers.iter().map(|buyer| buyer.currency);
        for to in buyers
            .filter(|to| *to != from && !has(*to))
            .collect::<BTreeSet<_>>()
        {
            asked.entry((from, to)).or_insert(path.clone());
        }
    }
    for ((from, to), path) in asked {
        let own = known.iter();
        let own = own.filter(|rate| (rate.from, rate.to) == (from, to));
        let days: BTreeSet<Date> = own.map(|rate| rate.date).collect();
        if days.is_empty() {
            warnings.push(no_rate((from, to), path, known, market));
            continue;
        }
        let missing = missing_days(&days, config);
        if !missing.is_empty() {
            let shown: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let message = format!(
                "there is no exchange rate from {from} to {to} for {}",
                listed(shown.iter().map(String::as_str))
            );
            let hint = format!(
                "the newest one before is older than {} days: add a rate of that day",
                config.rate_age_days_max.unwrap_or(RATE_AGE_DAYS_MAX)
            );
            warnings.push(Problem::new(path, message).with_hint(hint).of_absence());
        }
    }
}

fn no_rate(
    (from, to): (Currency, Currency),
    path: Vec<String>,
    known: &[ExchangeRate],
    market: &Market,
) -> Problem {
    let in_currency = market.buyers.iter().filter(|buyer| buyer.currency == to);
    let message = format!(
        "there is no exchange rate from {from} to {to}, in which {} would be billed",
        listed(in_currency.map(|buyer| buyer.account.as_str()))
    );
    let mut rates = known.iter();
    let hint = if rates.any(|rate| (rate.from, rate.to) == (to, from)) {
        format!("there is one from {to} to {from}, which is not turned round: add the other")
    } else {
        format!("[[exchange_rate]] with from = \"{from}\", to = \"{to}\", rate, date and source")
    };
    Problem::new(path, message).with_hint(hint).of_absence()
}

/// Days between the first and the last rate on which one counts, and none is fresh.
fn missing_days(days: &BTreeSet<Date>, config: &PriceBookConfig) -> Vec<Date> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Vec::new();
    };
    let age = i64::from(config.rate_age_days_max.unwrap_or(RATE_AGE_DAYS_MAX));
    let mut missing = Vec::new();
    let mut month = first.first_of_month();
    while month <= *last {
        let counted = match config.rate_on {
            RateOn::PeriodStart => month,
            RateOn::PeriodEnd => month.last_of_month(),
        };
        let newest = days.range(..=counted).next_back();
        let is_stale = |newest: &Date| i64::from((counted - *newest).get_days()) > age;
        if counted >= *first && counted <= *last && newest.is_none_or(is_stale) {
            missing.push(counted);
        }
        let Ok(next) = month.last_of_month().tomorrow() else {
            break;
        };
        month = next;
    }
    missing
}
