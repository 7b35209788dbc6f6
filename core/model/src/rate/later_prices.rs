//! Prices that the last price book has for what could not be priced, and that hold only later.

use super::RateInput;
use super::findings::Topic;
use super::unpriced::Unpriced;
use crate::holds_later::HoldsLater;
use crate::price::{Price, PriceBook, PricedFor, Signing, select};
use crate::time::Instant;
use crate::validity::holds_from;

/// The price that would do, if it held already.
pub(super) fn later(input: &RateInput<'_>, topic: &Topic) -> Option<HoldsLater> {
    let last = input.price_book.last()?.terms;
    match topic {
        Topic::NoPrice(of) if !of.may_come() => None,
        Topic::NoPrice(of) => {
            let price = price_for(input, last, of)?;
            let later = told(input, price, of.period.from())?;
            Some(behind_ended(input, (last, price), of.period.from(), later))
        }
        Topic::NoItem { kind } => {
            let item = last.items.iter().find(|item| item.kinds.contains(kind))?;
            let price = last.prices.iter().find(|price| price.item == item.key)?;
            told(input, price, input.billing_period.period().from())
        }
        Topic::UnknownAccount { .. }
        | Topic::FilteredOut { .. }
        | Topic::StaleRate { .. }
        | Topic::Fault { .. } => None,
    }
}

/// Of those that hold at the instant by their own dates, else the one that begins first after it.
fn price_for<'a>(input: &RateInput<'_>, book: &'a PriceBook, of: &Unpriced) -> Option<&'a Price> {
    let at = of.period.from();
    let mut accounts = input.accounts.values();
    let terms = accounts.find(|terms| terms.key == of.account);
    let buyer = PricedFor {
        account: Some(&of.account),
        customer: terms.map(|terms| &terms.customer),
        agreement: Some(&of.agreement),
        signed: terms.and_then(|terms| Signing::of(&terms.signings, &of.agreement, at)),
        plan: of.plan.as_ref(),
        currency: of.currency,
    };
    let holding: Vec<&Price> = book
        .prices
        .iter()
        .filter(|price| price.validity.contains(at))
        .collect();
    if let Some(selection) = select(&holding, &of.item, &buyer) {
        return Some(selection.price);
    }
    let later = book.prices.iter().filter(|price| {
        price.validity.from.is_some_and(|from| from > at)
            && select(&[*price], &of.item, &buyer).is_some()
    });
    later.min_by_key(|price| price.validity.from)
}

fn told(input: &RateInput<'_>, price: &Price, at: Instant) -> Option<HoldsLater> {
    let from = holds_from::<Price, _>(input.price_book, price).filter(|from| *from > at)?;
    let what = format!("the price of `{}` ({})", price.item, price.place);
    let is_written = price.validity.from.is_some();
    Some(HoldsLater::new(
        what,
        input.billing_period,
        from,
        is_written,
    ))
}

/// Before another price of the same buyers has ended it would hold at the same time as that one.
fn behind_ended(
    input: &RateInput<'_>,
    (book, price): (&PriceBook, &Price),
    at: Instant,
    later: HoldsLater,
) -> HoldsLater {
    let ended = book.prices.iter().filter(|other| other.excludes(price));
    let ended = ended.filter_map(|other| other.validity.to.filter(|to| *to <= at));
    let ended = ended.max().map(|to| to.date(input.billing_period.zone()));
    HoldsLater {
        needed_from: ended.map_or(later.needed_from, |ended| ended.max(later.needed_from)),
        ..later
    }
}
