//! Items that another version of a price book has under another name.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Price, PriceBook, PriceItem};
use crate::ids::ItemKey;

/// By item, the name under which it was first known.
type FirstNames<'a> = BTreeMap<&'a ItemKey, ItemKey>;

/// What the items of a version are called in all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemNames {
    /// Where that is another one.
    first: BTreeMap<ItemKey, ItemKey>,
    /// Of those that have several.
    all: BTreeMap<ItemKey, BTreeSet<ItemKey>>,
}

impl ItemNames {
    pub fn first(&self, item: &ItemKey) -> Option<&ItemKey> {
        self.first.get(item)
    }

    /// The other names that the items have or had.
    pub fn add_others(&self, items: &mut BTreeSet<ItemKey>) {
        let others = items.iter().filter_map(|item| self.all.get(item));
        let others: Vec<ItemKey> = others.flatten().cloned().collect();
        items.extend(others);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Of each version, the oldest first. An item that is new in a version is one that is gone with it, if nothing else differs.
pub fn item_names<'a>(books: impl IntoIterator<Item = &'a PriceBook>) -> Vec<ItemNames> {
    let mut of_versions: Vec<FirstNames<'a>> = Vec::new();
    let mut before: Option<&PriceBook> = None;
    for book in books {
        let names = match (before, of_versions.last()) {
            (Some(before), Some(names)) => following(before, names, book),
            _ => own_names(book),
        };
        of_versions.push(names);
        before = Some(book);
    }
    let mut all: BTreeMap<&ItemKey, BTreeSet<&ItemKey>> = BTreeMap::new();
    for (item, first) in of_versions.iter().flatten() {
        all.entry(first).or_default().insert(item);
    }
    let names = of_versions.iter().map(|names| {
        let mut own = ItemNames::default();
        for (&item, first) in names {
            let called = &all[first];
            if called.len() > 1 {
                let called = called.iter().map(|name| (*name).clone()).collect();
                own.all.insert(item.clone(), called);
            }
            if item != first {
                own.first.insert(item.clone(), first.clone());
            }
        }
        own
    });
    names.collect()
}

fn own_names(book: &PriceBook) -> FirstNames<'_> {
    let items = book.items.iter();
    items.map(|item| (&item.key, item.key.clone())).collect()
}

fn following<'a>(
    before: &PriceBook,
    names: &FirstNames<'_>,
    book: &'a PriceBook,
) -> FirstNames<'a> {
    let has: BTreeSet<&ItemKey> = book.items.iter().map(|item| &item.key).collect();
    let gone = before.items.iter().filter(|item| !has.contains(&item.key));
    let mut gone: Vec<&PriceItem> = gone.collect();
    let mut now = FirstNames::new();
    let mut taken: BTreeSet<ItemKey> = BTreeSet::new();
    let mut new: Vec<&PriceItem> = Vec::new();
    for item in &book.items {
        let first = names.get(&item.key).cloned().or_else(|| {
            let is_it = |known: &&PriceItem| are_alike((before, known), (book, item));
            let known = gone.iter().position(is_it).map(|place| gone.remove(place));
            names.get(&known?.key).cloned()
        });
        match first {
            Some(first) => {
                taken.insert(first.clone());
                now.insert(&item.key, first);
            }
            None => new.push(item),
        }
    }
    for item in new {
        let mut first = item.key.clone();
        // The name that another item had first is another one now.
        while !taken.insert(first.clone()) {
            first = ItemKey::from(format!("{first}, another").as_str());
        }
        now.insert(&item.key, first);
    }
    now
}

/// Nothing differs but the name, and the names of other items.
fn are_alike(
    (before, known): (&PriceBook, &PriceItem),
    (book, item): (&PriceBook, &PriceItem),
) -> bool {
    let renamed = PriceItem {
        key: known.key.clone(),
        of: known.of.clone(),
        contains: known.contains.clone(),
        place: known.place.clone(),
        ..item.clone()
    };
    renamed == *known && prices(before, known) == prices(book, item)
}

fn prices<'a>(book: &'a PriceBook, item: &PriceItem) -> Vec<Price> {
    let own = book.prices.iter().filter(|price| price.item == item.key);
    let nameless = |price: &'a Price| Price {
        item: ItemKey::from(""),
        place: String::new(),
        ..price.clone()
    };
    own.map(nameless).collect()
}

impl PriceBook {
    /// Knows items, also those that others are a part of or contain, by what they were called first.
    pub fn know_again(&mut self, names: &ItemNames) {
        for price in &mut self.prices {
            price.known_as = names.first(&price.item).cloned();
        }
        for item in &mut self.items {
            item.known_as = names.first(&item.key).cloned();
            names.add_others(&mut item.of);
            names.add_others(&mut item.contains);
        }
    }
}
