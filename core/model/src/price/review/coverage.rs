//! Whether everybody who may use an item has a price for it, and always.

use std::collections::BTreeMap;

use super::{Buyer, Market, listed};
use crate::money::Currency;
use crate::price::book::{Level, Price};
use crate::price::config::ItemConfig;
use crate::problem::Problem;
use crate::time::{Instant, TimeZone, Validity};

/// Whether everybody who may use the item has a price for it, and always.
pub(super) fn covered(
    (item, convert_from): (&ItemConfig, Option<Currency>),
    prices: &[Price],
    zone: &TimeZone,
    market: &Market,
    warnings: &mut Vec<Problem>,
) {
    let is_general = |price: &&Price| matches!(price.level, Level::List | Level::Plan(_));
    // What is priced for some customers alone is not for the others.
    if !prices.iter().any(|price| is_general(&price)) {
        return;
    }
    let mut by_currency: BTreeMap<Currency, Vec<&Buyer>> = BTreeMap::new();
    for buyer in &market.buyers {
        by_currency.entry(buyer.currency).or_default().push(buyer);
    }
    for (code, buyers) in by_currency {
        let in_currency: Vec<&Price> = prices
            .iter()
            .filter(|price| price.currency == code || Some(price.currency) == convert_from)
            .collect();
        let mut without: Vec<&str> = Vec::new();
        // Most buyers have no price of their own, and share their gaps.
        let mut gaps: BTreeMap<Vec<Gap>, Vec<&str>> = BTreeMap::new();
        for buyer in buyers {
            let own = in_currency
                .iter()
                .filter(|price| is_for_all_of(price, buyer));
            let validities: Vec<Validity> = own.map(|price| price.validity).collect();
            if validities.is_empty() {
                without.push(&buyer.account);
            } else {
                let found = gaps_of(validities, market.opening);
                gaps.entry(found).or_default().push(&buyer.account);
            }
        }
        let path = || ["price"];
        if !without.is_empty() {
            let message = format!(
                "the item `{}` has no price in {code}, in which {} {} billed",
                item.name,
                listed(without.iter().copied()),
                if without.len() == 1 { "is" } else { "are" }
            );
            let hint = format!("what they use of it would block their bill: add a price in {code}");
            warnings.push(Problem::new(path(), message).with_hint(hint).of_absence());
        }
        for (gaps, accounts) in gaps {
            for gap in gaps {
                let day = |instant: Instant| instant.date(zone).to_string();
                let when = match gap {
                    (None, Some(to)) => format!("before {}", day(to)),
                    (Some(from), Some(to)) => format!("from {} to {}", day(from), day(to)),
                    (Some(from), None) => format!("from {} on", day(from)),
                    (None, None) => continue,
                };
                let message = format!(
                    "the item `{}` has no price in {code} {when} (for {})",
                    item.name,
                    listed(accounts.iter().copied())
                );
                let hint = "what is used then would block the bill: let the next price begin where one ends";
                warnings.push(Problem::new(path(), message).with_hint(hint).of_absence());
            }
        }
    }
}

/// May every agreement of the buyer have it?
fn is_for_all_of(price: &Price, buyer: &Buyer) -> bool {
    let is_kept = price.signed_before.is_none_or(|before| {
        let mut agreements = buyer.agreements.iter();
        agreements.all(|(_, signed)| signed.is_some_and(|signed| signed.at < before.at))
    });
    is_kept && buyer.may_have(&price.level)
}

/// Without a start: since ever. Without an end: for good.
type Gap = (Option<Instant>, Option<Instant>);

/// When none of the validities holds, as far as it is billed.
fn gaps_of(mut validities: Vec<Validity>, opening: Option<Instant>) -> Vec<Gap> {
    validities.sort_by_key(|validity| validity.from);
    let mut gaps = Vec::new();
    let first = validities.first().and_then(|validity| validity.from);
    if let (Some(opening), Some(first)) = (opening, first)
        && opening < first
    {
        gaps.push((None, Some(first)));
    }
    let mut reach = validities.first().and_then(|validity| validity.to);
    for validity in validities.iter().skip(1) {
        let Some(end) = reach else {
            return gaps;
        };
        if let Some(from) = validity.from
            && from > end
            && opening.is_none_or(|opening| from > opening)
        {
            gaps.push((Some(end), Some(from)));
        }
        reach = validity.to.map(|to| to.max(end));
    }
    gaps.extend(reach.map(|end| (Some(end), None)));
    gaps
}
