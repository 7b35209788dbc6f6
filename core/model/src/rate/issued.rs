//! An edit without a date leaves what was billed in advance before it: the charge period goes on under the words that it was
//! billed by, and the edit holds from the next one on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::due::{DueScope, Pass};
use super::{ChargePeriods, RateInput};
use crate::ids::{AccountId, CustomerKey, ItemKey, Kind};
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::{AllowancePer, Billed, ChargeCycle, PriceBook};
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
) -> Vec<Part<'a>> {
    let price_book = input.price_book;
    if pass.advance.is_none() {
        return vec![Part {
            price_book: price_book.to_vec(),
            scopes: pass.scopes.clone(),
        }];
    }
    let unbilled = Unbilled::of(pass, input, owned);
    let mut by_start: BTreeMap<Vec<Option<Instant>>, Vec<DueScope>> = BTreeMap::new();
    for scope in &pass.scopes {
        for (is_free, accounts) in unbilled.groups(pass, price_book, scope) {
            let mut items_by_start: BTreeMap<_, BTreeSet<ItemKey>> = BTreeMap::new();
            for item in scope.items() {
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

/// To which accounts nothing can have been billed of a charge period before a version of the terms: those that begin with it, and
/// those that have nothing before it that is metered.
struct Unbilled {
    /// The first thing of each account in the charge period.
    first: HashMap<AccountId, Instant>,
    /// The first day of each account that a later version brought.
    since: HashMap<AccountId, Date>,
    /// Accounts that share an allowance are one.
    sharing: BTreeMap<AccountId, Vec<AccountId>>,
}

impl Unbilled {
    fn of(pass: &Pass, input: &RateInput<'_>, owned: &[OwnedInterval]) -> Self {
        let served = pass.served;
        let within = input
            .price_book
            .iter()
            .filter_map(|version| version.effective_from);
        let mut unbilled = Self {
            first: HashMap::new(),
            since: HashMap::new(),
            sharing: BTreeMap::new(),
        };
        if !within.into_iter().any(|from| served.contains(from)) {
            return unbilled;
        }
        let metered = Metered::of(pass, input.price_book);
        let owned = owned.iter().filter(|one| metered.has(&one.kind));
        for one in owned {
            if let (Ownership::Owned { owners, .. }, Some(period)) =
                (&*one.ownership, one.period.intersect(served))
            {
                for owner in owners {
                    unbilled.add(owner.account, period.from());
                }
            }
        }
        for placed in &input.agreed.quantities {
            if let Some(period) = placed.period.intersect(served) {
                unbilled.add(placed.account, period.from());
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
        if metered.is_pooled {
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

    fn add(&mut self, account: AccountId, at: Instant) {
        let first = self.first.entry(account).or_insert(at);
        *first = at.min(*first);
    }

    /// Of a version that begins within a charge period.
    fn is_free(&self, account: AccountId, served: Period, (from, day): (Instant, Date)) -> bool {
        let is_free = |account: &AccountId| {
            let begins_with_it = self.since.get(account).is_some_and(|since| *since >= day);
            let first = self.first.get(account);
            let has_nothing = first.is_none_or(|first| *first >= from && *first > served.from());
            begins_with_it || has_nothing
        };
        match self.sharing.get(&account) {
            Some(accounts) => accounts.iter().all(is_free),
            None => is_free(&account),
        }
    }

    /// The accounts of a scope by the versions before which nothing was billed to them; `None` for all of them.
    fn groups(
        &self,
        pass: &Pass,
        price_book: &[ConfigVersion<&PriceBook>],
        scope: &DueScope,
    ) -> Vec<(Vec<bool>, Option<BTreeSet<AccountId>>)> {
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
            return vec![(vec![false; price_book.len()], None)];
        }
        let mut groups: BTreeMap<Vec<bool>, BTreeSet<AccountId>> = BTreeMap::new();
        for account in scope.accounts() {
            let is_free = |start: &Option<(Instant, Date)>| {
                start.is_some_and(|start| self.is_free(account, pass.served, start))
            };
            let is_free = starts.iter().map(is_free).collect();
            groups.entry(is_free).or_default().insert(account);
        }
        let groups = groups.into_iter();
        groups.map(|(free, of)| (free, Some(of))).collect()
    }
}

/// What the items of a pass meter, in any version.
struct Metered<'a> {
    kinds: BTreeSet<&'a Kind>,
    is_any: bool,
    is_pooled: bool,
}

impl<'a> Metered<'a> {
    fn of(pass: &Pass, price_book: &[ConfigVersion<&'a PriceBook>]) -> Self {
        let items: BTreeSet<&ItemKey> = pass.scopes.iter().flat_map(DueScope::items).collect();
        let mut metered = Self {
            kinds: BTreeSet::new(),
            is_any: false,
            is_pooled: false,
        };
        for book in price_book.iter().map(|version| version.terms) {
            let own = book.items.iter().filter(|item| items.contains(&item.key));
            // A part of other items has no kinds of its own.
            for item in own.filter(|item| item.of.is_empty()) {
                metered.is_any |= item.kinds.is_empty();
                metered.kinds.extend(&item.kinds);
            }
            metered.is_pooled |= book.prices.iter().any(|price| {
                let allowance = price.tariff.allowance.as_ref();
                allowance.is_some_and(|one| one.per == AllowancePer::Customer)
                    && items.contains(&price.item)
            });
        }
        metered
    }

    fn has(&self, kind: &Kind) -> bool {
        self.is_any || self.kinds.contains(kind)
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
