//! Who lets a plan's deliveries go: everything, one account, or none of it.

use std::collections::BTreeMap;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::plan::{Plan, PlannedAction, PlannedDelivery};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::{Approval, ApprovalDecision, StoreError};
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
    ApproveAll {
        despite: Option<&'a str>,
    },
    Approve {
        account: &'a str,
        despite: Option<&'a str>,
    },
    Hold {
        account: &'a str,
        reason: &'a str,
    },
}

#[derive(Debug, Serialize)]
pub struct ApproveReport {
    pub billing_period: String,
    pub by: String,
    /// The ids of the plans that were decided on, shortened.
    pub plans: Vec<String>,
    /// By sink and account key.
    pub accounts: Vec<AccountDecision>,
}

#[derive(Debug, Serialize)]
pub struct AccountDecision {
    pub sink: String,
    pub account: String,
    /// What its deliveries would change, by currency.
    pub differences: Vec<Money>,
    pub decision: Decision,
}

#[derive(Debug, Error)]
pub enum ApproveError {
    #[error("there is no plan of {period}")]
    NoPlan { period: String },
    #[error("the newest plan of {period} is {newest}, not {asked}")]
    OtherPlan {
        period: String,
        asked: String,
        newest: String,
    },
    #[error("the plan of {period} is blocked: {}", told(findings))]
    Blocked {
        period: String,
        findings: Vec<Finding>,
    },
    #[error("the plan of {period} has nothing for an account `{account}`")]
    NoAccount {
        period: String,
        account: String,
        known: Vec<String>,
    },
    #[error("keep the approval")]
    Store { source: StoreError },
}

fn told(findings: &[Finding]) -> String {
    let messages: Vec<&str> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    messages.join("; ")
}

impl ApproveError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPlan { period } => {
                Some(format!("run `counterfoil plan --period {period}` first"))
            }
            Self::OtherPlan { period, .. } => Some(format!(
                "something was planned since: look at `counterfoil plan --period {period}`, then approve that"
            )),
            Self::Blocked { period, .. } => Some(format!(
                "mend what `counterfoil plan --period {period}` says; to let it go all the same, say why: --despite REASON"
            )),
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

/// Records a decision on the newest plans of a period, one for each sink; `wanted` is the id of one of them, or its
/// beginning.
pub async fn approve(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    wanted: Option<&str>,
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
    let newest: Vec<String> = plans.iter().map(|(_, plan)| plan.id.to_string()).collect();
    if let Some(wanted) = wanted {
        if !newest.iter().any(|id| id.starts_with(wanted)) {
            return Err(ApproveError::OtherPlan {
                period: period.id(),
                asked: wanted.to_owned(),
                newest: plans
                    .iter()
                    .map(|(_, plan)| plan.id.short())
                    .collect::<Vec<_>>()
                    .join(", "),
            });
        }
        plans.retain(|(_, plan)| plan.id.to_string().starts_with(wanted));
    }
    let mut accounts = Vec::new();
    for (sink, plan) in &plans {
        match verdict {
            Verdict::ApproveAll { despite } => {
                unblocked(plan, period, despite)?;
                session
                    .store
                    .approve(plan.id, None, by, despite, session.now)
                    .await
                    .map_err(store_error)?;
            }
            Verdict::Approve { account, despite } => {
                let id = account_in(plan, account, period)?;
                unblocked(plan, period, despite)?;
                session
                    .store
                    .approve(plan.id, Some(id), by, despite, session.now)
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
        for (account, decision) in decided {
            let of_account = plan
                .deliveries
                .iter()
                .filter(|planned| planned.delivery.buyer.account.as_str() == account);
            let effects = of_account.filter(|planned| planned.action != PlannedAction::Nothing);
            accounts.push(AccountDecision {
                differences: sums(effects),
                sink: sink.clone(),
                account,
                decision,
            });
        }
    }
    Ok(ApproveReport {
        plans: plans.iter().map(|(_, plan)| plan.id.short()).collect(),
        billing_period: period.id(),
        by: by.to_owned(),
        accounts,
    })
}

/// What blocks a plan keeps it from approval, unless a reason is given, which is recorded.
fn unblocked(
    plan: &Plan,
    period: &BillingPeriod,
    despite: Option<&str>,
) -> Result<(), ApproveError> {
    if plan.blocked_by.is_empty() || despite.is_some() {
        return Ok(());
    }
    Err(ApproveError::Blocked {
        period: period.id(),
        findings: plan.blocked_by.clone(),
    })
}

/// One sum a currency; empty where a sum is too large to be one.
fn sums<'a>(planned: impl Iterator<Item = &'a PlannedDelivery>) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for planned in planned {
        let difference = planned.amount.difference;
        let currency = difference.currency();
        let sum = sums.entry(currency).or_insert(Some(Money::zero(currency)));
        *sum = sum.and_then(|sum| sum.checked_add(difference).ok());
    }
    sums.into_values().flatten().collect()
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

/// The last word on each account. A hold stands on every later plan of the sink, also of another period, until the
/// account is approved by its name.
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
            let approval = approval.clone();
            *decision = match approval.decision {
                ApprovalDecision::Approve => Decision::Approved {
                    by: approval.by,
                    at: approval.at,
                },
                ApprovalDecision::Hold => held(approval),
            };
        }
    }
    if let Some(planned) = plan.deliveries.first() {
        let slot = &planned.delivery.slot;
        for (account, approval) in session.store.last_by_name(slot.pipeline, slot.sink).await? {
            if let (Some(decision), ApprovalDecision::Hold) =
                (decided.get_mut(&account), approval.decision)
            {
                *decision = held(approval);
            }
        }
    }
    Ok(decided)
}

fn held(approval: Approval) -> Decision {
    Decision::Held {
        by: approval.by,
        at: approval.at,
        reason: approval.reason.unwrap_or_default(),
    }
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
