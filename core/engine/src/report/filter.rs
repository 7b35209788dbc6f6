//! The filters that every question takes: a customer (or one of its accounts) and a kind. A misspelt one is an error and no
//! empty answer.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::ids::{AccountId, AccountKey, CustomerKey, RecordingId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::nearest::nearest;
use counterfoil_model::time::Instant;

use super::{ReportError, store_error};
use crate::filter::{customer_named, kind_named};
use crate::rating::account_terms;
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// What a question is limited to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A customer, or an account: its customer is meant.
    pub customer: Option<String>,
    pub kind: Option<String>,
    /// Only what had been learned of the inventory by then, under the terms of now.
    pub known_at: Option<Instant>,
}

/// A filter whose names are known, with the names of the accounts.
#[derive(Debug)]
pub(super) struct Known {
    customer: Option<CustomerKey>,
    kind: Option<String>,
    /// That any source declares.
    attributes: BTreeSet<String>,
    pub(super) accounts: BTreeMap<AccountId, (AccountKey, CustomerKey)>,
}

impl Filter {
    pub(super) async fn cutoff(&self, session: &Session) -> Result<RecordingId, ReportError> {
        let cutoff = match self.known_at {
            Some(instant) => session.store.cutoff_at(instant).await,
            None => session.store.cutoff().await,
        };
        cutoff.map_err(store_error)
    }

    pub(super) async fn known(
        &self,
        session: &Session,
        wired: &Wired<'_>,
        versions: &Versions,
    ) -> Result<Known, ReportError> {
        let terms = account_terms(wired, versions);
        let customer = match &self.customer {
            Some(name) => Some(customer_named(wired, name, &terms)?),
            None => None,
        };
        let kind = match &self.kind {
            Some(name) => Some(kind_named(session, wired, name).await?.to_string()),
            None => None,
        };
        let mut attributes = BTreeSet::new();
        for source in wired.every_source() {
            let declared = session.store.declared_kinds(source).await;
            for declaration in declared.map_err(store_error)? {
                attributes.extend(declaration.attributes.into_iter().map(|one| one.name));
            }
        }
        Ok(Known {
            customer,
            kind,
            attributes,
            accounts: terms
                .into_iter()
                .map(|(id, terms)| (id, (terms.key, terms.customer)))
                .collect(),
        })
    }
}

impl Known {
    pub(super) fn counts(&self, interval: &Interval, customers: &BTreeSet<CustomerKey>) -> bool {
        self.is_kind(interval.kind.as_str())
            && self
                .customer
                .as_ref()
                .is_none_or(|customer| customers.contains(customer))
    }

    /// Refuses an attribute that no source has.
    pub(super) fn attribute(&self, name: Option<&str>) -> Result<(), ReportError> {
        let Some(name) = name else { return Ok(()) };
        if name == "name" || self.attributes.contains(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.attributes.iter().map(String::as_str).collect();
        Err(ReportError::NoAttribute {
            attribute: name.to_owned(),
            near: nearest(name, &known).map(str::to_owned),
        })
    }

    pub(super) fn is_kind(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// Is everything asked for, whatever the kind?
    pub(super) fn is_any_kind(&self) -> bool {
        self.kind.is_none()
    }

    /// None stands for nobody.
    pub(super) fn is_customer(&self, customer: Option<&str>) -> bool {
        self.customer
            .as_ref()
            .is_none_or(|wanted| customer == Some(wanted.as_str()))
    }

    pub(super) fn is_account(&self, account: Option<AccountId>) -> bool {
        let customer = account.and_then(|id| self.accounts.get(&id));
        self.is_customer(customer.map(|(_, customer)| customer.as_str()))
    }

    pub(super) fn account_key(&self, id: AccountId) -> String {
        self.accounts
            .get(&id)
            .map_or_else(|| id.to_string(), |(key, _)| key.to_string())
    }

    pub(super) fn customer_of(&self, id: AccountId) -> String {
        self.accounts
            .get(&id)
            .map_or_else(|| id.to_string(), |(_, customer)| customer.to_string())
    }
}
