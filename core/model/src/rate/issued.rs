//! An edit without a date leaves what was billed in advance before it: the charge period goes on under the words that it was
//! billed by, and the edit holds from the next one on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::due::{DueScope, Pass};
use super::group::fits;
use super::observed::Intervals;
use super::{ChargePeriods, RateInput};
use crate::ids::{AccountId, CustomerKey, ItemKey, Kind};
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::{AllowancePer, Billed, ChargeCycle, PriceBook, PriceItem};
use crate::time::{Date, Instant, Period};
use crate::validity::ConfigVersion;

/// Items of a pass that the same versions decide, for the accounts that they decide for.
pub(super) struct Part<'a> {
    pub(super) price_book: Vec<ConfigVersion<&'a PriceBook>>,
    pub(super) scopes: Vec<DueScope>,
}

/// The parts of a pass. In arrears there is one. What the accounts own is of the pass, in its charge period.
pub(super) fn parts<'a>(
    pass: &Pass,
    input: &RateInput<'a>,
    owned: &[OwnedInterval],
    intervals: &Intervals<'_>,
) -> Vec<Part<'a>> {
    let price_book = input.price_book;
    if pass.advance.is_none() {
        return vec![Part {
            price_book: price_book.to_vec(),
            scopes: pass.scopes.clone(),
        }];
    }
    let unbilled = Unbilled::of(pass, input, owned, intervals);
    let mut by_start: BTreeMap<Vec<Option<Instant>>, Vec<DueScope>> = BTreeMap::new();
    for scope in &pass.scopes {
        for Alike {
            items,
            is_free,
            accounts,
        } in unbilled.groups(pass, price_book, scope)
        {
            let mut items_by_start: BTreeMap<_, BTreeSet<ItemKey>> = BTreeMap::new();
            for item in &items {
                let starts = starts(pass, price_book, item, &is_free);
                items_by_start
                    .entry(starts)
                    .or_default()
                    .insert(item.clone());
            }
            for (starts, items) in items_by_start {
                let scopes = by_start.entry(starts).or_default();
                scopes.push(scope.of(&items, accounts.as_ref()));
            }
        }
    }
    let parts = by_start.into_iter().map(|(starts, scopes)| Part {
        price_book: starting(price_book, &starts),
        scopes,
    });
    parts.collect()
}

/// Items of a scope, and the accounts to which nothing was billed of them before the same versions; all where none are named.
struct Alike {
    items: BTreeSet<ItemKey>,
    is_free: Vec<bool>,
    accounts: Option<BTreeSet<AccountId>>,
}

/// To which accounts nothing can have been billed of an item before a version of the terms: those that begin with it, and those
/// that have nothing before it that the item charges.
#[derive(Default)]
struct Unbilled<'a> {
    families: Families<'a>,
    /// The first thing of each account in the charge period that a family charges.
    first: HashMap<(AccountId, usize), Instant>,
    /// The first day of each account that a later version brought.
    since: HashMap<AccountId, Date>,
    /// Accounts that share an allowance are one.
    sharing: BTreeMap<AccountId, Vec<AccountId>>,
}

impl<'a> Unbilled<'a> {
    fn of(
        pass: &'a Pass,
        input: &RateInput<'a>,
        owned: &[OwnedInterval],
        intervals: &Intervals<'_>,
    ) -> Self {
        let served = pass.served;
        let starts = input.price_book.iter();
        let mut starts = starts.filter_map(|version| version.effective_from);
        let mut unbilled = Self::default();
        if !starts.any(|from| served.contains(from)) {
            return unbilled;
        }
        unbilled.families = Families::of(pass, input.price_book);
        for one in owned {
            let (Ownership::Owned { owners, .. }, Some(period), Some(interval)) = (
                &*one.ownership,
                one.period.intersect(served),
                intervals.get(one.interval),
            ) else {
                continue;
            };
            for owner in owners {
                for family in unbilled.families.charging(interval, &owner.customer) {
                    add(&mut unbilled.first, (owner.account, family), period.from());
                }
            }
        }
        for placed in &input.agreed.quantities {
            let family = unbilled.families.of_item.get(&placed.terms.item);
            if let (Some(&family), Some(period)) = (family, placed.period.intersect(served)) {
                add(&mut unbilled.first, (placed.account, family), period.from());
            }
        }
        if let ChargePeriods::Due(calendars) = input.charge_periods {
            let mut known: BTreeSet<AccountId> = BTreeSet::new();
            for (since, accounts) in &calendars.versions {
                for account in accounts.keys() {
                    if let (true, Some(since)) = (known.insert(*account), since) {
                        unbilled.since.insert(*account, *since);
                    }
                }
            }
        }
        if !unbilled.families.pooled.is_empty() {
            let mut of_customer: BTreeMap<&CustomerKey, Vec<AccountId>> = BTreeMap::new();
            for (account, terms) in input.accounts {
                let accounts = of_customer.entry(&terms.customer).or_default();
                accounts.push(*account);
            }
            for accounts in of_customer.into_values() {
                for account in &accounts {
                    unbilled.sharing.insert(*account, accounts.clone());
                }
            }
        }
        unbilled
    }

    /// Of a version that begins within a charge period.
    fn is_free(
        &self,
        (account, family): (AccountId, usize),
        served: Period,
        (from, day): (Instant, Date),
    ) -> bool {
        let is_free = |account: &AccountId| {
            let begins_with_it = self.since.get(account).is_some_and(|since| *since >= day);
            let first = self.first.get(&(*account, family));
            let has_nothing = first.is_none_or(|first| *first >= from && *first > served.from());
            begins_with_it || has_nothing
        };
        let sharing = self.sharing.get(&account);
        match sharing.filter(|_| self.families.pooled.contains(&family)) {
            Some(accounts) => accounts.iter().all(is_free),
            None => is_free(&account),
        }
    }

    fn groups(
        &self,
        pass: &Pass,
        price_book: &[ConfigVersion<&PriceBook>],
        scope: &DueScope,
    ) -> Vec<Alike> {
        let zone = pass.billing_period.zone();
        let starts: Vec<Option<(Instant, Date)>> = price_book
            .iter()
            .map(|version| {
                let from = version.effective_from;
                let within = from.filter(|from| pass.served.contains(*from));
                within.map(|from| (from, from.date(zone)))
            })
            .collect();
        // A total that all share is one for all.
        if scope.is_shared() || starts.iter().all(Option::is_none) {
            return vec![Alike {
                items: scope.items().cloned().collect(),
                is_free: vec![false; price_book.len()],
                accounts: None,
            }];
        }
        let mut groups: BTreeMap<(Vec<bool>, BTreeSet<AccountId>), BTreeSet<ItemKey>> =
            BTreeMap::new();
        for (family, items) in self.families.within(scope) {
            let mut accounts: BTreeMap<Vec<bool>, BTreeSet<AccountId>> = BTreeMap::new();
            for account in scope.accounts() {
                let is_free = |start: &Option<(Instant, Date)>| {
                    start.is_some_and(|start| self.is_free((account, family), pass.served, start))
                };
                let is_free = starts.iter().map(is_free).collect();
                accounts.entry(is_free).or_default().insert(account);
            }
            for alike in accounts {
                groups.entry(alike).or_default().extend(items.clone());
            }
        }
        let alike = groups
            .into_iter()
            .map(|((is_free, accounts), items)| Alike {
                items,
                is_free,
                accounts: Some(accounts),
            });
        alike.collect()
    }
}

fn add(first: &mut HashMap<(AccountId, usize), Instant>, of: (AccountId, usize), at: Instant) {
    let first = first.entry(of).or_insert(at);
    *first = at.min(*first);
}

/// Items of a pass that are billed together, by number: a part of others with those, and a bundle with what it contains.
#[derive(Default)]
struct Families<'a> {
    of_item: BTreeMap<&'a ItemKey, usize>,
    /// As any version has them.
    by_kind: HashMap<&'a Kind, Vec<(usize, &'a PriceItem)>>,
    /// Those with an allowance that a customer's accounts share.
    pooled: BTreeSet<usize>,
}

impl<'a> Families<'a> {
    fn of(pass: &'a Pass, price_book: &[ConfigVersion<&'a PriceBook>]) -> Self {
        let items = pass.scopes.iter().flat_map(DueScope::items);
        let items: BTreeSet<&ItemKey> = items.collect();
        let mut of_item: BTreeMap<&ItemKey, usize> = items.iter().copied().zip(0_usize..).collect();
        let books = || price_book.iter().map(|version| version.terms);
        for item in books().flat_map(|book| &book.items) {
            for other in item.of.iter().chain(&item.contains) {
                if let (Some(&one), Some(&other)) = (of_item.get(&item.key), of_item.get(other)) {
                    let others = of_item.values_mut().filter(|number| **number == other);
                    others.for_each(|number| *number = one);
                }
            }
        }
        let mut by_kind: HashMap<&Kind, Vec<(usize, &PriceItem)>> = HashMap::new();
        let mut pooled = BTreeSet::new();
        for book in books() {
            for item in &book.items {
                if let Some(&family) = of_item.get(&item.key) {
                    for kind in &item.kinds {
                        by_kind.entry(kind).or_default().push((family, item));
                    }
                }
            }
            for price in &book.prices {
                let allowance = price.tariff.allowance.as_ref();
                if allowance.is_some_and(|one| one.per == AllowancePer::Customer) {
                    pooled.extend(of_item.get(&price.item));
                }
            }
        }
        Self {
            of_item,
            by_kind,
            pooled,
        }
    }

    /// Those that charge a resource to a customer.
    fn charging(&self, interval: &Interval, customer: &CustomerKey) -> BTreeSet<usize> {
        let items = self.by_kind.get(&interval.kind).into_iter().flatten();
        let charging =
            items.filter(|(_, item)| fits(item, interval) && item.buyers.include(Some(customer)));
        charging.map(|(family, _)| *family).collect()
    }

    fn within(&self, scope: &DueScope) -> BTreeMap<usize, BTreeSet<ItemKey>> {
        let mut within: BTreeMap<usize, BTreeSet<ItemKey>> = BTreeMap::new();
        for item in scope.items() {
            if let Some(&family) = self.of_item.get(item) {
                within.entry(family).or_default().insert(item.clone());
            }
        }
        within
    }
}

/// Since when each version counts for an item: one that begins within the charge period, or with it, counts after it where
/// the item was billed in advance already. An item that begins with a version is billed under it, and so is an account to which
/// nothing was billed before it.
fn starts(
    pass: &Pass,
    price_book: &[ConfigVersion<&PriceBook>],
    item: &ItemKey,
    is_free: &[bool],
) -> Vec<Option<Instant>> {
    let cycle = |book: &PriceBook| {
        let item = book.items.iter().find(|one| one.key == *item);
        item.map(|one| one.charge_cycle)
    };
    let mut is_later = false;
    let mut before: Option<ChargeCycle> = None;
    let mut starts = Vec::with_capacity(price_book.len());
    for (version, is_free) in price_book.iter().zip(is_free) {
        let from = version.effective_from;
        let is_within = from.is_some_and(|from| pass.served.contains(from));
        let own = cycle(version.terms);
        let was_billed = before.is_some_and(|before| before.billed == Billed::InAdvance);
        // Another cycle has charge periods of its own, which nothing was billed for.
        is_later |= is_within && !is_free && was_billed && (own.is_none() || own == before);
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
    starts: &[Option<Instant>],
) -> Vec<ConfigVersion<&'a PriceBook>> {
    let versions = price_book.iter().zip(starts);
    versions
        .map(|(version, effective_from)| ConfigVersion {
            effective_from: *effective_from,
            terms: version.terms,
        })
        .collect()
}
