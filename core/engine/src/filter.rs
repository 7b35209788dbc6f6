//! What an answer is narrowed to: a customer, a kind, a time. A name that nothing has is a mistake, not an empty answer.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::ids::{AccountId, CustomerKey, IntervalId, Kind};
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::Ownership;
use counterfoil_model::rate::AccountTerms;
use counterfoil_model::time::{Instant, Period};
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::near_miss::near_miss;
use crate::rating::{account_terms, classify_all};
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, Versions, versions};

#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// A customer, or an account: its customer is meant.
    pub customer: Option<String>,
    pub kind: Option<String>,
    /// Only what began, or is told of, at this time or later.
    pub since: Option<Instant>,
}

/// A filter whose names are known.
#[derive(Debug, Default)]
pub struct Narrow {
    customer: Option<Narrowed>,
    kind: Option<Kind>,
    since: Option<Instant>,
}

#[derive(Debug)]
struct Narrowed {
    customer: CustomerKey,
    accounts: BTreeSet<AccountId>,
    versions: Versions,
}

#[derive(Debug, Error)]
pub enum FilterError {
    #[error("there is no customer or account `{name}`")]
    NoCustomer { name: String, hint: Option<String> },
    #[error("there is no account `{name}`")]
    NoAccount { name: String, hint: Option<String> },
    #[error("no source has shown anything of the kind `{name}`")]
    NoKind { name: String, hint: Option<String> },
    #[error("nothing called `{name}` was ever seen")]
    NoResource { name: String, hint: Option<String> },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("read the inventory")]
    Store { source: StoreError },
}

impl FilterError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCustomer { hint, .. } | Self::NoAccount { hint, .. } => {
                Some(hint.clone().unwrap_or_else(|| {
                    "the configuration has no account yet: customers are those of its accounts"
                        .to_owned()
                }))
            }
            Self::NoKind { hint, .. } => Some(hint.clone().unwrap_or_else(|| {
                "no source has declared a kind yet: run `counterfoil discover`".to_owned()
            })),
            Self::NoResource { hint, .. } => Some(hint.clone().unwrap_or_else(|| {
                "give the id at the source or the name, as `counterfoil inventory list` shows them"
                    .to_owned()
            })),
            Self::Terms(error) => error.hint(),
            Self::Store { .. } => None,
        }
    }

    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoCustomer { .. } | Self::NoAccount { .. } | Self::NoKind { .. }
        )
    }
}

/// The customer that is called so, or of which an account is.
pub(crate) fn customer_named(
    wired: &Wired<'_>,
    name: &str,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Result<CustomerKey, FilterError> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for terms in accounts.values() {
        if terms.customer.as_str() == name || terms.key.as_str() == name {
            return Ok(terms.customer.clone());
        }
        names.extend([terms.key.as_str(), terms.customer.as_str()]);
    }
    Err(FilterError::NoCustomer {
        name: name.to_owned(),
        hint: wired
            .known
            .renamed_hint(name)
            .or_else(|| near_miss(name, names)),
    })
}

/// The account that is called so now.
pub(crate) fn account_named(
    wired: &Wired<'_>,
    name: &str,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Result<AccountId, FilterError> {
    let found = accounts
        .iter()
        .find(|(_, terms)| terms.key.as_str() == name);
    found.map(|(id, _)| *id).ok_or_else(|| {
        let keys = accounts.values().map(|terms| terms.key.as_str());
        let own: Vec<&str> = accounts
            .values()
            .filter(|terms| terms.customer.as_str() == name)
            .map(|terms| terms.key.as_str())
            .collect();
        let of_customer = (!own.is_empty()).then(|| {
            format!(
                "`{name}` is a customer: give --customer {name}, or one of its accounts: {}",
                own.join(", ")
            )
        });
        FilterError::NoAccount {
            name: name.to_owned(),
            hint: wired
                .known
                .renamed_hint(name)
                .or(of_customer)
                .or_else(|| near_miss(name, keys)),
        }
    })
}

/// The kind, if any source ever declared it.
pub(crate) async fn kind_named(
    session: &Session,
    wired: &Wired<'_>,
    name: &str,
) -> Result<Kind, FilterError> {
    let mut known = BTreeSet::new();
    for source in wired.every_source() {
        let declared = session.store.declared_kinds(source).await;
        let declared = declared.map_err(|source| FilterError::Store { source })?;
        known.extend(declared.into_iter().map(|kind| kind.kind.to_string()));
    }
    if known.contains(name) {
        return Ok(Kind::from(name));
    }
    Err(FilterError::NoKind {
        name: name.to_owned(),
        hint: near_miss(name, known.iter().map(String::as_str)),
    })
}

impl Filter {
    /// Refuses a customer that no account ever had, and a kind that no source declared.
    pub async fn resolve(
        &self,
        session: &Session,
        wired: &Wired<'_>,
    ) -> Result<Narrow, FilterError> {
        let customer = match &self.customer {
            Some(name) => {
                let versions = versions(session, wired, Keep::Transient).await?;
                let terms = account_terms(wired, &versions);
                let customer = customer_named(wired, name, &terms)?;
                let own = terms.iter().filter(|(_, own)| own.customer == customer);
                Some(Narrowed {
                    accounts: own.map(|(id, _)| *id).collect(),
                    customer,
                    versions,
                })
            }
            None => None,
        };
        let kind = match &self.kind {
            Some(name) => Some(kind_named(session, wired, name).await?),
            None => None,
        };
        Ok(Narrow {
            customer,
            kind,
            since: self.since,
        })
    }
}

impl Narrow {
    pub(crate) fn customer(&self) -> Option<&CustomerKey> {
        self.customer.as_ref().map(|narrowed| &narrowed.customer)
    }

    pub(crate) fn is_account(&self, account: AccountId) -> bool {
        let customer = self.customer.as_ref();
        customer.is_none_or(|narrowed| narrowed.accounts.contains(&account))
    }

    pub(crate) fn is_kind(&self, kind: &Kind) -> bool {
        self.kind.as_ref().is_none_or(|wanted| wanted == kind)
    }

    pub(crate) fn is_any_kind(&self) -> bool {
        self.kind.is_none()
    }

    /// None stands for what has no end.
    pub(crate) fn is_since(&self, at: Option<Instant>) -> bool {
        self.since
            .is_none_or(|since| at.is_none_or(|at| at >= since))
    }

    pub(crate) fn is_owner(&self, ownership: &Ownership) -> bool {
        let Some(customer) = self.customer() else {
            return true;
        };
        match ownership {
            Ownership::Owned { owners, .. } => {
                owners.iter().any(|owner| owner.customer == *customer)
            }
            Ownership::NonBillable(_) | Ownership::Suspended(_) => false,
        }
    }

    /// Keeps what fits of what was there at an instant.
    pub(crate) fn keep(
        &self,
        wired: &Wired<'_>,
        at: Instant,
        intervals: &mut Vec<Interval>,
    ) -> Result<(), FilterError> {
        let next = Instant::from_seconds(at.seconds() + 1).unwrap_or(at);
        self.keep_within(wired, Period::new(at, next), intervals)?;
        let since = self.since;
        intervals.retain(|interval| {
            since.is_none_or(|since| interval.valid.from.is_some_and(|from| from >= since))
        });
        Ok(())
    }

    /// Keeps what is of the kind, and was the customer's at any time of a period.
    pub(crate) fn keep_within(
        &self,
        wired: &Wired<'_>,
        period: Option<Period>,
        intervals: &mut Vec<Interval>,
    ) -> Result<(), FilterError> {
        intervals.retain(|interval| self.is_kind(&interval.kind));
        let Some(narrowed) = &self.customer else {
            return Ok(());
        };
        let owned = match period {
            Some(period) => classify_all(wired, &narrowed.versions, intervals, period)?,
            None => Vec::new(),
        };
        let own = owned.iter().filter(|owned| self.is_owner(&owned.ownership));
        let own: BTreeSet<IntervalId> = own.map(|owned| owned.interval).collect();
        intervals.retain(|interval| own.contains(&interval.id));
        Ok(())
    }
}
