//! Past periods rated anew under a candidate price book, rules or configuration: what they would have come to, beside what
//! they come to as it is. Nothing is kept, and no sink is asked.

mod candidate;
mod replay;

use std::collections::BTreeMap;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::MoneyError;
use counterfoil_model::rate::AccountTerms;
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant};
use counterfoil_model::what_if::{
    AccountChanges, AccountItemChanges, AccountPeriodChanges, Change, Changes, ItemChanges,
    PeriodChanges, Total,
};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use self::candidate::Candidate;
pub use self::candidate::CandidateFiles;
use self::replay::{Replayed, Side, replay};
use crate::config::ConfigError;
use crate::filter::{FilterError, customer_named};
use crate::progress::Progress;
use crate::rating::account_terms;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, versions};

/// What is asked.
#[derive(Debug)]
pub struct WhatIfRequest {
    pub from: BillingPeriod,
    /// The last one.
    pub to: BillingPeriod,
    pub candidate: CandidateFiles,
    /// A customer, or an account: its customer is meant. Everything is rated, since lines may share a total.
    pub customer: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct WhatIfReport {
    pub pipeline: String,
    /// The first period, such as `2024-04`, and the last.
    pub from: String,
    pub to: String,
    pub periods_rated: u64,
    /// When the last period ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// Its entries without a date are read as if they had always held.
    pub candidate: CandidateFiles,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// By currency.
    pub totals: Vec<Total>,
    /// The greatest difference first, with those that have none.
    pub accounts: Vec<AccountRow>,
    pub periods: Vec<PeriodChanges>,
    pub account_periods: Vec<AccountPeriodRow>,
    pub items: Vec<ItemChanges>,
    pub account_items: Vec<AccountItemRow>,
    /// What nobody is billed for, as it is and under the candidate.
    pub suspense: SuspenseChange,
    /// What blocks under the candidate, and does not as it is.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountRow {
    pub customer: String,
    pub account_key: String,
    #[serde(flatten)]
    pub row: AccountChanges,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountPeriodRow {
    pub customer: String,
    pub account_key: String,
    #[serde(flatten)]
    pub row: AccountPeriodChanges,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountItemRow {
    pub customer: String,
    pub account_key: String,
    #[serde(flatten)]
    pub row: AccountItemChanges,
}

/// Suspense over all periods: different resources, and their estimated value.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct SuspenseChange {
    pub resources_before: u64,
    pub resources_after: u64,
    /// An estimate at list price; absent where there is none on either side, or in several currencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Change>,
}

#[derive(Debug, Error)]
pub enum WhatIfError {
    #[error("compare from {from} to {to}: the first is not the earlier one")]
    Order { from: String, to: String },
    #[error("nothing is billed before {bill_from}, where `bill_from` stands")]
    BeforeBilling { bill_from: String },
    #[error("the candidate has the time zone {there}, and the pipeline {here}")]
    OtherZone { here: String, there: String },
    #[error("read the candidate")]
    Candidate {
        #[from]
        source: ConfigError,
    },
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("find the next period")]
    Period { source: BillingPeriodError },
    #[error("sum the amounts")]
    Amount { source: MoneyError },
    #[error("read the inventory")]
    Store { source: StoreError },
}

impl WhatIfError {
    /// What the reader should do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Order { .. } => Some("give the earlier period with --from".to_owned()),
            Self::BeforeBilling { .. } => Some("name later periods".to_owned()),
            Self::OtherZone { .. } => Some(
                "its periods would be cut otherwise, and could not be compared: set `timezone` in the candidate to the \
                 pipeline's"
                    .to_owned(),
            ),
            Self::Filter(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::Candidate { .. }
            | Self::Period { .. }
            | Self::Amount { .. }
            | Self::Store { .. } => None,
        }
    }

    /// Is it the question that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Filter(error) => error.is_usage(),
            Self::Order { .. } | Self::BeforeBilling { .. } | Self::OtherZone { .. } => true,
            Self::Candidate { .. }
            | Self::Terms(_)
            | Self::Period { .. }
            | Self::Amount { .. }
            | Self::Store { .. } => false,
        }
    }
}

/// Rates every period twice and compares the charges.
pub async fn what_if(
    session: &Session,
    wired: &Wired<'_>,
    request: &WhatIfRequest,
    progress: &dyn Progress,
) -> Result<WhatIfReport, WhatIfError> {
    let periods = periods(request)?;
    let present = versions(session, wired, Keep::Transient).await?;
    let candidate = Candidate::read(wired, &present, &request.candidate)?;
    let other = candidate.wired(wired);
    let mut accounts = account_terms(wired, &present);
    accounts.extend(account_terms(&other, &candidate.versions));
    let customer = request.customer.as_deref();
    let customer = customer.map(|name| customer_named(wired, name, &accounts));
    let customer = customer.transpose()?;
    let sides = [
        Side {
            wired,
            versions: &present,
        },
        Side {
            wired: &other,
            versions: &candidate.versions,
        },
    ];
    let changes_owners = candidate.changes_owners;
    let replayed = replay(session, &sides, &periods, changes_owners, progress).await?;
    let own = |id: AccountId| {
        let terms = accounts.get(&id);
        customer.is_none() || terms.map(|terms| &terms.customer) == customer.as_ref()
    };
    let changes = replayed.comparison.changes(own);
    let changes = changes.map_err(|source| WhatIfError::Amount { source })?;
    let end = request.to.period().to();
    let mut report = told(changes, &accounts);
    wired.pipeline.name.clone_into(&mut report.pipeline);
    report.from = request.from.id();
    report.to = request.to.id();
    report.periods_rated = periods.len() as u64;
    report.not_ended = (end > session.now).then_some(end);
    report.candidate = request.candidate.clone();
    report.customer = customer.map(|customer| customer.to_string());
    let Replayed {
        suspense, findings, ..
    } = replayed;
    (report.suspense, report.findings) = (suspense, findings);
    Ok(report)
}

fn periods(request: &WhatIfRequest) -> Result<Vec<BillingPeriod>, WhatIfError> {
    if request.from.first_day() > request.to.first_day() {
        return Err(WhatIfError::Order {
            from: request.from.id(),
            to: request.to.id(),
        });
    }
    let mut periods = vec![request.from.clone()];
    while let Some(last) = periods.last()
        && last.first_day() < request.to.first_day()
    {
        let next = last.next();
        periods.push(next.map_err(|source| WhatIfError::Period { source })?);
    }
    Ok(periods)
}

fn told(changes: Changes, accounts: &BTreeMap<AccountId, AccountTerms>) -> WhatIfReport {
    let customer = |id: AccountId| {
        let terms = accounts.get(&id);
        terms.map_or_else(|| id.to_string(), |terms| terms.customer.to_string())
    };
    let account_key = |id: AccountId| {
        let terms = accounts.get(&id);
        terms.map_or_else(|| id.to_string(), |terms| terms.key.to_string())
    };
    let rows = changes.accounts.into_iter().map(|row| AccountRow {
        customer: customer(row.account),
        account_key: account_key(row.account),
        row,
    });
    let account_periods = changes.account_periods.into_iter();
    let account_periods = account_periods.map(|row| AccountPeriodRow {
        customer: customer(row.account),
        account_key: account_key(row.account),
        row,
    });
    let account_items = changes.account_items.into_iter();
    let account_items = account_items.map(|row| AccountItemRow {
        customer: customer(row.account),
        account_key: account_key(row.account),
        row,
    });
    WhatIfReport {
        pipeline: String::new(),
        from: String::new(),
        to: String::new(),
        periods_rated: 0,
        not_ended: None,
        candidate: CandidateFiles::default(),
        customer: None,
        totals: changes.totals,
        accounts: rows.collect(),
        periods: changes.periods,
        account_periods: account_periods.collect(),
        items: changes.items,
        account_items: account_items.collect(),
        suspense: SuspenseChange::default(),
        findings: Vec::new(),
    }
}
