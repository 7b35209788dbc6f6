//! Which accounts can be billed at a time: those with an agreement then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::classifier::{ClassifierError, Directory};
use super::renamed::Renamed;
use super::terms::{Agreement, Terms, one_each};
use crate::ids::{AccountId, AccountKey, AgreementKey, CustomerKey, PlanKey};
use crate::ownership::Suspense;
use crate::validity::ConfigVersion;

/// The agreements of a stretch of time, one an account.
#[derive(Debug, Default)]
pub(super) struct Standing {
    billing: BTreeMap<AccountId, Billing>,
    of_account: BTreeMap<AccountKey, AccountId>,
    of_customer: BTreeMap<CustomerKey, BTreeSet<AccountId>>,
}

#[derive(Debug)]
pub(super) struct Billing {
    pub(super) customer: CustomerKey,
    pub(super) account: AccountId,
    pub(super) agreement: AgreementKey,
    pub(super) plan: Option<PlanKey>,
}

/// Who was ever known, in any version.
#[derive(Debug, Default)]
pub(super) struct Register {
    customers: BTreeSet<CustomerKey>,
    customer_of: BTreeMap<AccountKey, CustomerKey>,
    /// What is copied may still have their earlier names.
    renamed: Renamed,
}

impl Register {
    pub(super) fn new(versions: &[ConfigVersion<&Terms>]) -> Self {
        let mut register = Self::default();
        for version in versions {
            register.renamed.extend(&version.terms.renamed);
        }
        for account in versions.iter().flat_map(|version| &version.terms.accounts) {
            register.customers.insert(account.customer.clone());
            let customer = account.customer.clone();
            register.customer_of.insert(account.key.clone(), customer);
        }
        register
    }

    pub(super) fn customer_of(&self, account: &AccountKey) -> Option<&CustomerKey> {
        self.customer_of.get(account)
    }

    /// Under the key of now.
    pub(super) fn account(&self, name: &str) -> AccountKey {
        let key = AccountKey::from(name);
        let last = self.renamed.accounts.get(&key).cloned();
        last.unwrap_or(key)
    }

    fn customer(&self, name: &str) -> CustomerKey {
        let key = CustomerKey::from(name);
        let last = self.renamed.customers.get(&key).cloned();
        last.unwrap_or(key)
    }
}

impl Standing {
    pub(super) fn new(
        agreements: &[&Arc<Agreement>],
        directory: &Directory,
    ) -> Result<Self, ClassifierError> {
        let mut standing = Self::default();
        for agreement in one_each(agreements) {
            let known = directory.accounts.get(&agreement.account);
            let id = *known.ok_or_else(|| ClassifierError::UnknownAccount {
                account: agreement.account.clone(),
            })?;
            standing.of_account.insert(agreement.account.clone(), id);
            let accounts = standing.of_customer.entry(agreement.customer.clone());
            accounts.or_default().insert(id);
            let billing = Billing {
                customer: agreement.customer.clone(),
                account: id,
                agreement: agreement.key.clone(),
                plan: agreement.plan.clone(),
            };
            standing.billing.insert(id, billing);
        }
        Ok(standing)
    }

    /// Whose account it is under the agreement that holds.
    pub(super) fn customer_of(&self, account: &AccountKey) -> Option<&CustomerKey> {
        let id = self.of_account.get(account)?;
        self.billing.get(id).map(|billing| &billing.customer)
    }

    /// How a customer is billed: on the first of the named accounts that is the customer's, else on the only one.
    /// The number is the position of the name that counted.
    pub(super) fn billing<'a>(
        &self,
        register: &Register,
        customer: &str,
        named: impl Iterator<Item = &'a str>,
    ) -> Result<(&Billing, Option<usize>), Suspense> {
        let key = register.customer(customer);
        let customer = key.to_string();
        if !register.customers.contains(&key) {
            return Err(Suspense::UnknownCustomer { customer });
        }
        for (position, name) in named.enumerate() {
            let account = register.account(name);
            match self.of_account.get(&account).map(|id| &self.billing[id]) {
                Some(billing) if billing.customer == key => return Ok((billing, Some(position))),
                None if register.customer_of(&account) == Some(&key) => {
                    return Err(Suspense::NoAgreement { customer });
                }
                // Another customer's account has no say.
                Some(_) | None => {}
            }
        }
        let accounts = self.of_customer.get(&key);
        let mut ids = accounts.into_iter().flatten();
        match (ids.next(), ids.next()) {
            (None, _) => Err(Suspense::NoAgreement { customer }),
            (Some(only), None) => Ok((&self.billing[only], None)),
            (Some(_), Some(_)) => Err(Suspense::AmbiguousAccount { customer }),
        }
    }
}
