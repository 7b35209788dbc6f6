//! Which items are charged to which accounts for a charge period.

use std::collections::BTreeSet;

use crate::charge::Charge;
use crate::ids::{AccountId, ItemKey};

/// Items for accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rate) struct DueScope {
    pub(super) items: BTreeSet<ItemKey>,
    pub(super) accounts: BTreeSet<AccountId>,
    /// All accounts share a total, also those that are not billed now.
    pub(super) is_shared: bool,
}

impl DueScope {
    pub(in crate::rate) fn items(&self) -> impl Iterator<Item = &ItemKey> {
        self.items.iter()
    }

    pub(in crate::rate) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.iter().copied()
    }

    pub(in crate::rate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// With some of its items, and of its accounts where some are named.
    pub(in crate::rate) fn of(
        &self,
        items: &BTreeSet<ItemKey>,
        accounts: Option<&BTreeSet<AccountId>>,
    ) -> Self {
        Self {
            items: self.items.intersection(items).cloned().collect(),
            accounts: accounts.unwrap_or(&self.accounts).clone(),
            is_shared: self.is_shared,
        }
    }

    /// Is all of another scope in it?
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.is_shared == other.is_shared
            && self.items.is_superset(&other.items)
            && self.accounts.is_superset(&other.accounts)
    }

    /// The same items for more accounts are one scope: there may be one for each account.
    pub(super) fn add_to(self, scopes: &mut Vec<Self>) {
        let alike =
            |known: &&mut Self| known.is_shared == self.is_shared && known.items == self.items;
        match scopes.iter_mut().find(alike) {
            Some(known) => known.accounts.extend(self.accounts),
            None => scopes.push(self),
        }
    }

    fn meters(&self, item: &ItemKey, account: AccountId) -> bool {
        (self.is_shared || self.accounts.contains(&account)) && self.items.contains(item)
    }

    pub(in crate::rate) fn keeps(&self, charge: &Charge) -> bool {
        let key = &charge.key;
        self.accounts.contains(&key.account) && self.items.contains(&key.item)
    }
}

/// Is an item metered for an account? Without scopes every one is.
pub(in crate::rate) fn meters(
    scopes: Option<&[DueScope]>,
    item: &ItemKey,
    account: AccountId,
) -> bool {
    scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope.meters(item, account)))
}
