//! An edit without a date leaves what was billed in advance before it: the charge period goes on under the words that it was
//! billed by, and the edit holds from the next one on.

use std::collections::{BTreeMap, BTreeSet};

use super::due::{DueScope, Pass};
use crate::ids::ItemKey;
use crate::price::{Billed, ChargeCycle, PriceBook};
use crate::time::Instant;
use crate::validity::ConfigVersion;

/// Items of a pass that the same versions decide.
pub(super) struct Part<'a> {
    pub(super) price_book: Vec<ConfigVersion<&'a PriceBook>>,
    pub(super) scopes: Vec<DueScope>,
}

/// The parts of a pass. In arrears there is one.
pub(super) fn parts<'a>(pass: &Pass, price_book: &[ConfigVersion<&'a PriceBook>]) -> Vec<Part<'a>> {
    let mut by_start: BTreeMap<Vec<Option<Instant>>, BTreeSet<ItemKey>> = BTreeMap::new();
    if pass.advance.is_some() {
        for item in pass.scopes.iter().flat_map(DueScope::items) {
            let starts = starts(pass, price_book, item);
            by_start.entry(starts).or_default().insert(item.clone());
        }
    }
    if by_start.len() < 2 {
        let starts = by_start.into_keys().next();
        return vec![Part {
            price_book: starting(price_book, starts),
            scopes: pass.scopes.clone(),
        }];
    }
    let parts = by_start.into_iter().map(|(starts, items)| Part {
        price_book: starting(price_book, Some(starts)),
        scopes: pass.scopes.iter().map(|scope| scope.of(&items)).collect(),
    });
    parts.collect()
}

/// Since when each version counts for an item: one that begins within the charge period, or with it, counts after it where
/// the item was billed in advance already. An item that begins with a version is billed under it.
fn starts(
    pass: &Pass,
    price_book: &[ConfigVersion<&PriceBook>],
    item: &ItemKey,
) -> Vec<Option<Instant>> {
    let cycle = |book: &PriceBook| {
        let item = book.items.iter().find(|one| one.key == *item);
        item.map(|one| one.charge_cycle)
    };
    let mut is_later = false;
    let mut before: Option<ChargeCycle> = None;
    let mut starts = Vec::with_capacity(price_book.len());
    for version in price_book {
        let from = version.effective_from;
        let is_within = from.is_some_and(|from| pass.served.contains(from));
        let own = cycle(version.terms);
        let was_billed = before.is_some_and(|before| before.billed == Billed::InAdvance);
        // Another cycle has charge periods of its own, which nothing was billed for.
        is_later |= is_within && was_billed && (own.is_none() || own == before);
        starts.push(if is_within && is_later {
            Some(pass.served.to())
        } else {
            from
        });
        before = own;
    }
    starts
}

fn starting<'a>(
    price_book: &[ConfigVersion<&'a PriceBook>],
    starts: Option<Vec<Option<Instant>>>,
) -> Vec<ConfigVersion<&'a PriceBook>> {
    let Some(starts) = starts else {
        return price_book.to_vec();
    };
    let versions = price_book.iter().zip(starts);
    versions
        .map(|(version, effective_from)| ConfigVersion {
            effective_from,
            terms: version.terms,
        })
        .collect()
}
