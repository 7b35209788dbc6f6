//! Rules and prices without a date that came after a month's documents were issued: they hold only from the month after,
//! which is easily missed while that month is still being billed.

use std::collections::BTreeSet;

use counterfoil_model::problem::{Problem, Review};
use counterfoil_model::time::{BillingPeriod, Instant, TimeZone};
use counterfoil_model::validity::{ConfigVersion, Dated};

use crate::config::{DraftPipeline, Terms, TermsBody};

/// The month that was issued last, and the one after it.
struct Issued {
    month: BillingPeriod,
    open: Instant,
}

/// One warning for the rules, one for the prices, each at the first of them.
pub(super) fn review(
    pipeline: &DraftPipeline,
    versions: &[(Option<Instant>, TermsBody)],
    issued: &[String],
) -> Review {
    let mut review = Review::default();
    let (Some(written), Some(zone)) = (&pipeline.terms, &pipeline.zone) else {
        return review;
    };
    let Some(issued) = last_issued(issued, zone) else {
        return review;
    };
    let Some(now) = written.resolve(zone).ok() else {
        return review;
    };
    // The next version of the files would be in force from the open month on, as some stored ones are.
    let before: Vec<Terms> = versions
        .iter()
        .filter(|(from, _)| from.is_none_or(|from| from < issued.open))
        .filter_map(|(_, body)| body.resolve(zone).ok())
        .collect();
    if before.is_empty() {
        return review;
    }
    let rules = parts(&before, |terms| &terms.classification.rules);
    let added = added(&rules, &now.classification.rules);
    let labels = added
        .iter()
        .map(|index| now.classification.rules[*index].label.to_string());
    let path = added.first().map(|first| {
        let keys = ["pipeline", &pipeline.name, "rule"].map(str::to_owned);
        [keys.as_slice(), &[first.to_string()]].concat()
    });
    review.warnings.extend(told("rule", path, labels, &issued));
    let prices = parts(&before, |terms| &terms.price_book.prices);
    let added = self::added(&prices, &now.price_book.prices);
    let items = added
        .iter()
        .map(|index| now.price_book.prices[*index].item.to_string());
    let path = added.first().and_then(|first| place_of(written, *first));
    review
        .warnings
        .extend(told("price of", path, items, &issued));
    review
}

fn last_issued(issued: &[String], zone: &TimeZone) -> Option<Issued> {
    let last = issued.iter().max()?;
    let month = BillingPeriod::parse(last, zone.clone()).ok()?;
    let open = month.next().ok()?.period().from();
    Some(Issued { month, open })
}

fn parts<'a, D>(
    before: &'a [Terms],
    part: impl Fn(&'a Terms) -> &'a Vec<D>,
) -> Vec<ConfigVersion<&'a [D]>> {
    let versions = before.iter().map(|terms| ConfigVersion {
        effective_from: None,
        terms: part(terms).as_slice(),
    });
    versions.collect()
}

/// Those without a `from` that no version before had, by their position.
fn added<D: Dated>(before: &[ConfigVersion<&[D]>], now: &[D]) -> Vec<usize> {
    let known: BTreeSet<String> = before
        .iter()
        .flat_map(|version| version.terms)
        .map(Dated::identity)
        .collect();
    let now = now.iter().enumerate();
    let new =
        now.filter(|(_, item)| item.validity().from.is_none() && !known.contains(&item.identity()));
    new.map(|(position, _)| position).collect()
}

/// Where the price stands that has this position among the sound ones of all items: mistaken ones are never resolved.
fn place_of(terms: &TermsBody, position: usize) -> Option<Vec<String>> {
    let items = terms.price_book.item.iter().enumerate();
    let mut sound = items.flat_map(|(item, config)| {
        let prices = config.price.iter().enumerate();
        let sound = prices.filter(|(_, price)| !price.is_mistaken);
        sound.map(move |(price, _)| (item, price))
    });
    let (item, price) = sound.nth(position)?;
    let within = ["item", &item.to_string(), "price", &price.to_string()].map(str::to_owned);
    Some(terms.in_price_book(&within))
}

fn told(
    what: &str,
    path: Option<Vec<String>>,
    names: impl ExactSizeIterator<Item = String>,
    issued: &Issued,
) -> Option<Problem> {
    let path = path?;
    let count = names.len();
    let mut shown: Vec<String> = names.take(3).map(|name| format!("`{name}`")).collect();
    if count > shown.len() {
        shown.push(format!("{} more", count - shown.len()));
    }
    let (verb, it) = if count == 1 {
        ("holds", "it was")
    } else {
        ("hold", "they were")
    };
    let open = issued.open.date(issued.month.zone());
    let month = issued.month.id();
    let problem = Problem::new(
        path,
        format!(
            "the {what} {} {verb} only from {open}: documents of {month} were issued before {it} added",
            shown.join(", ")
        ),
    );
    Some(problem.with_hint(format!(
        "leave it so where {month} is not meant; `from = \"{}\"` makes it count for {month} too, as an addition or a correction",
        issued.month.first_day()
    )))
}
