//! Prices and items that can never count: for nobody, or always overruled.

use super::{Buyer, Market};
use crate::money::Currency;
use crate::price::book::{Level, Price};
use crate::price::config::ItemConfig;
use crate::price::price_at::PriceAt;
use crate::problem::Problem;
use crate::time::Validity;

/// Of one item, whose prices are all there. Paths are relative to the item.
pub(super) fn prices(
    prices: &[Price],
    convert_from: Option<Currency>,
    price_at: PriceAt,
    market: &Market,
    warnings: &mut Vec<Problem>,
) {
    // Without accounts nobody can tell.
    if market.buyers.is_empty() {
        return;
    }
    for (index, price) in prices.iter().enumerate() {
        let buyers = market.buyers.iter();
        let buyers: Vec<&Buyer> = buyers
            .filter(|buyer| buyer.may_have(&price.level))
            .collect();
        let path = || ["price".to_owned(), index.to_string()];
        // For whom it is, and that there is no such buyer, is told elsewhere.
        if buyers.is_empty() {
            continue;
        }
        if let Some(problem) = no_signing(price, &buyers) {
            warnings.push(
                Problem::new(path(), problem.0)
                    .with_hint(problem.1)
                    .of_absence(),
            );
            continue;
        }
        let ended = match (price.validity.to, market.opening) {
            (Some(to), Some(opening)) => to <= opening && price_at != PriceAt::AgreementSigning,
            _ => false,
        };
        if ended {
            let message = "it ends before the first day that is billed: it never counts";
            let hint = "leave it out, or give the pipeline an earlier `bill_from`";
            warnings.push(Problem::new(path(), message).with_hint(hint));
            continue;
        }
        if price.level.is_general() {
            continue;
        }
        let is_billed = |buyer: &&&Buyer| {
            buyer.currency == price.currency || convert_from == Some(price.currency)
        };
        let billed: Vec<&Buyer> = buyers.iter().filter(is_billed).copied().collect();
        if billed.is_empty() {
            let message = format!(
                "it is in {}, and {} is billed in {}: it never counts",
                price.currency, price.level, buyers[0].currency
            );
            let hint = "give it the currency of the account";
            warnings.push(Problem::new(path(), message).with_hint(hint));
            continue;
        }
        let is_overruled = |buyer: &&Buyer| is_overruled(price, prices, buyer, market);
        if billed.iter().all(is_overruled) {
            let message = format!(
                "it is always overruled: a price that is more special than that of {} holds at the same time for everybody whom it is for",
                price.level
            );
            let hint = "leave one of them out, or give them dates that follow one another";
            warnings.push(Problem::new(path(), message).with_hint(hint));
        }
    }
}

fn no_signing(price: &Price, buyers: &[&Buyer]) -> Option<(String, &'static str)> {
    let before = price.signed_before?;
    let mut agreements = buyers.iter().flat_map(|buyer| &buyer.agreements);
    let is_signed = agreements.any(|(_, signed)| signed.is_some_and(|one| one.at < before.at));
    (!is_signed).then(|| {
        (
            format!(
                "no agreement that could have it was signed before {}: it never counts",
                before.day
            ),
            "give agreements their `signed` day, or leave the price out",
        )
    })
}

/// Do prices that are more special hold for the buyer whenever this one does?
fn is_overruled(price: &Price, prices: &[Price], buyer: &Buyer, market: &Market) -> bool {
    let above = prices.iter().filter(|other| {
        other.level > price.level
            && other.currency == buyer.currency
            && other.signed_before.is_none()
            && buyer.may_have(&other.level)
            && covers(&other.level, &price.level, buyer)
    });
    let mut above: Vec<Validity> = above.map(|other| other.validity).collect();
    above.sort_by_key(|validity| validity.from);
    let start = match (price.validity.from, market.opening) {
        (Some(from), Some(opening)) => Some(from.max(opening)),
        (from, opening) => from.or(opening),
    };
    // Until when everything from the start on is overruled.
    let mut reached = start;
    for validity in above {
        let begins = match (validity.from, reached) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(from), Some(reached)) => from <= reached,
        };
        if !begins {
            break;
        }
        match (validity.to, price.validity.to) {
            (None, _) => return true,
            (Some(to), Some(end)) if to >= end => return true,
            (Some(to), _) => reached = Some(reached.map_or(to, |reached| reached.max(to))),
        }
    }
    false
}

/// Whatever plan and agreement the buyer has, does it have the other one wherever it has this one?
fn covers(other: &Level, this: &Level, buyer: &Buyer) -> bool {
    let of_plan = match (other.plan(), this.plan()) {
        (None, _) => true,
        (other, this) => other == this,
    };
    let of_agreement = match (other.agreement(), this.agreement()) {
        (None, _) => true,
        (Some(_), None) => buyer.agreements.len() == 1,
        (other, this) => other == this,
    };
    of_plan && of_agreement
}

/// Items that a bundle contains wherever they could be charged.
pub(super) fn items(items: &[ItemConfig], warnings: &mut Vec<Problem>) {
    for (index, item) in items.iter().enumerate() {
        let swallows = |bundle: &&ItemConfig| {
            !item.kind.0.is_empty()
                && bundle.contains.contains(&item.name)
                && !item.contains.contains(&bundle.name)
                && bundle.customers.is_none()
                && bundle.except_customers.is_none()
                && !bundle.meter.optional
                && item.kind.0.iter().all(|kind| bundle.kind.0.contains(kind))
                && bundle
                    .when
                    .iter()
                    .all(|(name, value)| item.when.get(name) == Some(value))
        };
        if let Some(bundle) = items.iter().find(swallows) {
            let message = format!(
                "the item `{}` is never charged by itself: the bundle `{}` contains it wherever it fits",
                item.name, bundle.name
            );
            let hint =
                "give the bundle a `when` or `customers`, if others are to be charged for the item";
            let path = ["item".to_owned(), index.to_string(), "name".to_owned()];
            warnings.push(Problem::new(path, message).with_hint(hint));
        }
    }
}
