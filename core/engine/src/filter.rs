//! What a listing is narrowed to: a customer, a kind, a time. A name that nothing has is a mistake, not an empty answer.

use std::collections::BTreeSet;

use counterfoil_model::ids::IntervalId;
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::Ownership;
use counterfoil_model::time::{Instant, Period};
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::near_miss::near_miss;
use crate::rating::classify_all;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, Versions, versions};

#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub customer: Option<String>,
    pub kind: Option<String>,
    /// Only what began, or is told of, at this time or later.
    pub since: Option<Instant>,
}

#[derive(Debug, Error)]
pub enum FilterError {
    #[error("find the customer `{name}`")]
    NoCustomer { name: String, hint: Option<String> },
    #[error("find the kind `{name}`")]
    NoKind { name: String, hint: Option<String> },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("read the inventory")]
    Store { source: StoreError },
}

impl FilterError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCustomer { hint, .. } => Some(hint.clone().unwrap_or_else(|| {
                "the configuration has no account yet: customers are those of its accounts"
                    .to_owned()
            })),
            Self::NoKind { hint, .. } => Some(hint.clone().unwrap_or_else(|| {
                "no source has declared a kind yet: run `counterfoil discover`".to_owned()
            })),
            Self::Terms(error) => error.hint(),
            Self::Store { .. } => None,
        }
    }

    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoCustomer { .. } | Self::NoKind { .. })
    }
}

impl Filter {
    /// Refuses a customer that no account ever had, and a kind that no source declared.
    pub(crate) async fn check(
        &self,
        session: &Session,
        wired: &Wired<'_>,
        versions: &Versions,
    ) -> Result<(), FilterError> {
        if let Some(name) = &self.customer {
            let known: BTreeSet<&str> = versions
                .versions
                .iter()
                .flat_map(|version| &version.terms.classification.accounts)
                .map(|account| account.customer.as_str())
                .collect();
            if !known.contains(name.as_str()) {
                return Err(FilterError::NoCustomer {
                    name: name.clone(),
                    hint: near_miss(name, known),
                });
            }
        }
        if let Some(name) = &self.kind {
            let mut known = BTreeSet::new();
            for source in wired.every_source() {
                let declared = session.store.declared_kinds(source).await;
                let declared = declared.map_err(|source| FilterError::Store { source })?;
                known.extend(declared.into_iter().map(|kind| kind.kind.to_string()));
            }
            if !known.contains(name) {
                return Err(FilterError::NoKind {
                    name: name.clone(),
                    hint: near_miss(name, known.iter().map(String::as_str)),
                });
            }
        }
        Ok(())
    }

    /// Checks the names, where there are any, and keeps what fits of what was there at an instant.
    pub(crate) async fn keep(
        &self,
        session: &Session,
        wired: &Wired<'_>,
        at: Instant,
        intervals: &mut Vec<Interval>,
    ) -> Result<(), FilterError> {
        if self.customer.is_some() || self.kind.is_some() {
            let versions = versions(session, wired, Keep::Transient).await?;
            self.check(session, wired, &versions).await?;
            if let Some(customer) = &self.customer {
                let owned = owned_by(wired, &versions, intervals, at, customer)?;
                intervals.retain(|interval| owned.contains(&interval.id));
            }
        }
        intervals.retain(|interval| {
            let kind = self.kind.as_deref();
            kind.is_none_or(|kind| interval.kind.as_str() == kind)
                && self
                    .since
                    .is_none_or(|since| interval.valid.from.is_some_and(|from| from >= since))
        });
        Ok(())
    }
}

/// Those that are a customer's at an instant, in whole or in part.
fn owned_by(
    wired: &Wired<'_>,
    versions: &Versions,
    intervals: &[Interval],
    at: Instant,
    customer: &str,
) -> Result<BTreeSet<IntervalId>, TermsError> {
    let next = Instant::from_seconds(at.seconds() + 1).unwrap_or(at);
    let Some(moment) = Period::new(at, next) else {
        return Ok(BTreeSet::new());
    };
    let owned = classify_all(wired, versions, intervals, moment)?;
    let is_owner = |ownership: &Ownership| match ownership {
        Ownership::Owned { owners, .. } => owners
            .iter()
            .any(|owner| owner.customer.as_str() == customer),
        Ownership::NonBillable(_) | Ownership::Suspended(_) => false,
    };
    Ok(owned
        .into_iter()
        .filter(|owned| is_owner(&owned.ownership))
        .map(|owned| owned.interval)
        .collect())
}
