//! Who lets a plan's deliveries go: everything, one account, or none of it.

use std::collections::BTreeMap;

use counterfoil_model::ids::AccountId;
use counterfoil_model::plan::Plan;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::{ApprovalDecision, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::session::{Session, Wired};

/// What holds for an account's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Decision {
    Waiting,
    Approved {
        by: String,
        at: Instant,
    },
    Held {
        by: String,
        at: Instant,
        reason: String,
    },
}

/// What a person decides.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'a> {
    ApproveAll,
    Approve { account: &'a str },
    Hold { account: &'a str, reason: &'a str },
}

#[derive(Debug, Serialize)]
pub struct ApproveReport {
    pub billing_period: String,
    pub by: String,
    /// By sink and account key.
    pub accounts: Vec<(String, String, Decision)>,
}

#[derive(Debug, Error)]
pub enum ApproveError {
    #[error("there is no plan of {period}")]
    NoPlan { period: String },
    #[error("the plan of {period} has nothing for an account `{account}`")]
    NoAccount {
        period: String,
        account: String,
        known: Vec<String>,
    },
    #[error("keep the approval")]
    Store { source: StoreError },
}

impl ApproveError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPlan { period } => {
                Some(format!("run `counterfoil plan --period {period}` first"))
            }
            Self::NoAccount { known, account, .. } => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                Some(match crate::config::nearest(account, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", known.join(", ")),
                })
            }
            Self::Store { .. } => None,
        }
    }
}

/// Records a decision on the newest plans of a period.
pub async fn approve(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    verdict: Verdict<'_>,
    by: &str,
) -> Result<ApproveReport, ApproveError> {
    let store_error = |source| ApproveError::Store { source };
    let mut plans = Vec::new();
    for (id, sink) in &wired.sinks {
        if let Some(stored) = session
            .store
            .newest_plan(wired.id, *id, &period.id())
            .await
            .map_err(store_error)?
        {
            plans.push((sink.name.clone(), stored.plan));
        }
    }
    if plans.is_empty() {
        return Err(ApproveError::NoPlan {
            period: period.id(),
        });
    }
    let mut accounts = Vec::new();
    for (sink, plan) in &plans {
        match verdict {
            Verdict::ApproveAll => session
                .store
                .approve(plan.id, None, by, session.now)
                .await
                .map_err(store_error)?,
            Verdict::Approve { account } => {
                let id = account_in(plan, account, period)?;
                session
                    .store
                    .approve(plan.id, Some(id), by, session.now)
                    .await
                    .map_err(store_error)?;
            }
            Verdict::Hold { account, reason } => {
                let id = account_in(plan, account, period)?;
                session
                    .store
                    .hold(plan.id, id, by, reason, session.now)
                    .await
                    .map_err(store_error)?;
            }
        }
        let decided = by_key(session, plan).await.map_err(store_error)?;
        accounts.extend(
            decided
                .into_iter()
                .map(|(key, decision)| (sink.clone(), key, decision)),
        );
    }
    Ok(ApproveReport {
        billing_period: period.id(),
        by: by.to_owned(),
        accounts,
    })
}

fn account_in(
    plan: &Plan,
    account: &str,
    period: &BillingPeriod,
) -> Result<AccountId, ApproveError> {
    let buyers = || plan.deliveries.iter().map(|planned| &planned.delivery);
    let found = buyers().find(|delivery| delivery.buyer.account.as_str() == account);
    found.map(|delivery| delivery.slot.account).ok_or_else(|| {
        let mut known: Vec<String> = buyers()
            .map(|delivery| delivery.buyer.account.to_string())
            .collect();
        known.sort();
        known.dedup();
        ApproveError::NoAccount {
            period: period.id(),
            account: account.to_owned(),
            known,
        }
    })
}

/// The last word on each account. `--all` does not lift a hold: that takes the account's name.
pub async fn decisions(
    session: &Session,
    plan: &Plan,
) -> Result<BTreeMap<AccountId, Decision>, StoreError> {
    let accounts = plan
        .deliveries
        .iter()
        .map(|planned| planned.delivery.slot.account);
    let mut decided: BTreeMap<AccountId, Decision> = accounts
        .map(|account| (account, Decision::Waiting))
        .collect();
    for approval in session.store.approvals(plan.id).await? {
        for (account, decision) in &mut decided {
            let by_name = approval.account == Some(*account);
            if !by_name && (approval.account.is_some() || matches!(decision, Decision::Held { .. }))
            {
                continue;
            }
            let (by, at) = (approval.by.clone(), approval.at);
            *decision = match approval.decision {
                ApprovalDecision::Approve => Decision::Approved { by, at },
                ApprovalDecision::Hold => Decision::Held {
                    by,
                    at,
                    reason: approval.reason.clone().unwrap_or_default(),
                },
            };
        }
    }
    Ok(decided)
}

/// The same by the account's key, for people.
pub async fn by_key(
    session: &Session,
    plan: &Plan,
) -> Result<BTreeMap<String, Decision>, StoreError> {
    let mut decided = decisions(session, plan).await?;
    let named = plan.deliveries.iter().filter_map(|planned| {
        let decision = decided.remove(&planned.delivery.slot.account)?;
        Some((planned.delivery.buyer.account.to_string(), decision))
    });
    Ok(named.collect())
}
