//! What accounts and their customers were called before. A configuration of then is read under the names of now, so that the same
//! account is the same one in all versions.

use std::collections::BTreeMap;

use super::config::{AccountConfig, ClassifyConfig, SetConfig};
use super::written::TargetConfig;
use crate::ids::{AccountKey, CustomerKey};

/// The last key by each earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    pub accounts: BTreeMap<AccountKey, AccountKey>,
    pub customers: BTreeMap<CustomerKey, CustomerKey>,
}

impl Renamed {
    /// Of the accounts of a version, against those of now. An account that is its own customer takes its customer along, unless
    /// others are still called so.
    pub fn between(
        before: &BTreeMap<String, AccountConfig>,
        now: &BTreeMap<String, AccountConfig>,
        last_key: impl Fn(&str) -> Option<AccountKey>,
    ) -> Self {
        let mut renamed = Self::default();
        for (key, config) in before {
            let Some(last) = last_key(key).filter(|last| last.as_str() != key) else {
                continue;
            };
            let is_own = |config: &AccountConfig, key: &str| {
                config.customer.as_deref().is_none_or(|own| own == key)
            };
            let goes_on = || {
                let mut others = now.iter();
                others.any(|(own, other)| customer_of(own, other) == key)
            };
            let present = now.get(last.as_str());
            let takes_along = present.is_some_and(|present| is_own(present, last.as_str()));
            if is_own(config, key) && takes_along && !goes_on() {
                let customer = CustomerKey::from(last.as_str());
                let known = CustomerKey::from(key.as_str());
                renamed.customers.insert(known, customer);
            }
            renamed
                .accounts
                .insert(AccountKey::from(key.as_str()), last);
        }
        renamed
    }

    pub(super) fn extend(&mut self, others: &Self) {
        self.accounts.extend(others.accounts.clone());
        self.customers.extend(others.customers.clone());
    }

    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    pub fn account(&self, key: &mut String) {
        if let Some(last) = self.accounts.get(&AccountKey::from(key.as_str())) {
            last.as_str().clone_into(key);
        }
    }

    pub fn customer(&self, key: &mut String) {
        if let Some(last) = self.customers.get(&CustomerKey::from(key.as_str())) {
            last.as_str().clone_into(key);
        }
    }

    /// What stands in rules, defaults and accounts.
    pub fn apply(&self, config: &mut ClassifyConfig) {
        for rule in &mut config.rule {
            self.apply_to_rule(&mut rule.set);
        }
        if let Some(customer) = &mut config.defaults.customer {
            self.customer(customer);
        }
        let accounts = std::mem::take(&mut config.account);
        for (mut key, mut account) in accounts {
            let mut customer = customer_of(&key, &account).to_owned();
            self.customer(&mut customer);
            self.account(&mut key);
            account.customer = Some(customer).filter(|customer| *customer != key);
            config.account.insert(key, account);
        }
    }

    fn apply_to_rule(&self, set: &mut SetConfig) {
        if let Some(target) = &mut set.customer {
            each(target, |value| self.customer(value));
        }
        if let Some(target) = &mut set.account {
            each(target, |value| self.account(value));
        }
        for owner in set.owners.iter_mut().flatten() {
            self.customer(&mut owner.customer);
            if let Some(account) = &mut owner.account {
                self.account(account);
            }
        }
    }
}

fn customer_of<'a>(key: &'a str, account: &'a AccountConfig) -> &'a str {
    account.customer.as_deref().unwrap_or(key)
}

/// What is copied as it is stays: it is looked up under the name of now.
fn each(target: &mut TargetConfig, mut of: impl FnMut(&mut String)) {
    match target {
        TargetConfig::Literal(value) => of(value),
        TargetConfig::Copied { map, .. } => {
            for value in map.iter_mut().flat_map(BTreeMap::values_mut) {
                of(value);
            }
        }
    }
}
