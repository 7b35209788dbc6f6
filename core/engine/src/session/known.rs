//! Sources and accounts under all names that they have or had. Must not know which of them the configuration has.

use std::collections::BTreeMap;

use counterfoil_model::classify::Directory;
use counterfoil_model::document::Delivery;
use counterfoil_model::ids::{AccountId, AccountKey, SourceId};

/// What is in the configuration, and what was in it before.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// By name, former ones included.
    pub directory: Directory,
    /// The sources of the pipeline under the last name that each had, retired ones included.
    pub sources: BTreeMap<SourceId, String>,
    /// The accounts under the last key that each had.
    pub accounts: BTreeMap<AccountId, AccountKey>,
}

impl Known {
    /// The account of a delivery under its key of now. The document may name its buyer by an earlier one: a correction goes
    /// to the buyer of its original.
    pub fn key_of(&self, delivery: &Delivery) -> AccountKey {
        let key = self.accounts.get(&delivery.slot.account);
        key.unwrap_or(&delivery.buyer.account).clone()
    }

    /// By which key a document names its buyer, where the account has another one by now.
    pub fn former_key_of(&self, delivery: &Delivery) -> Option<AccountKey> {
        let key = &delivery.buyer.account;
        (self.key_of(delivery) != *key).then(|| key.clone())
    }

    /// Both, for people.
    pub(crate) fn keys_of(&self, delivery: &Delivery) -> String {
        match self.former_key_of(delivery) {
            Some(former) => format!("{} ({former} on the document)", self.key_of(delivery)),
            None => delivery.buyer.account.to_string(),
        }
    }

    /// The key of now of an account that was called otherwise before.
    pub(crate) fn renamed(&self, former: &str) -> Option<&AccountKey> {
        let id = self.directory.accounts.get(&AccountKey::from(former))?;
        self.accounts.get(id).filter(|key| key.as_str() != former)
    }

    /// A hint for whoever names it as it was called before.
    pub(crate) fn renamed_hint(&self, former: &str) -> Option<String> {
        let key = self.renamed(former)?;
        Some(format!("the account `{former}` is called `{key}` by now"))
    }
}
