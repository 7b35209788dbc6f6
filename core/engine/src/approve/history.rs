//! What was decided, by whom, when and why: approvals, holds, withdrawals, releases, pauses and the other decisions, in one
//! list.

use std::collections::BTreeMap;

use counterfoil_model::ids::AccountId;
use counterfoil_model::time::Instant;
use counterfoil_store::{
    ApprovalDecision, PastDecision, PastRelease, PlanApproval, Signature, StoreError,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::filter::Narrow;
use crate::session::{Session, Wired};

/// Something that was decided.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entry {
    pub at: Instant,
    /// "approve", "hold", "withdraw", "release", "pause", "resume", "approve-withheld", "dismiss-withheld", "retire",
    /// "opening", "map", "accept-void", "retract-void", "accept-finding", "withdraw-acceptance", "close".
    pub what: String,
    /// The account, reference or thing; absent where it is everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub by: String,
    /// The user of the operating system that the command ran as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_period: Option<String>,
    /// Shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The numbers by which a policy approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// The plan on which the person approved, where the deliveries stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<String>,
}

/// Of one billing period, or of all; the oldest first. What is of no period is told where it is not asked for one, and
/// where it was decided between the first and the last entry of the period; the same for a customer.
pub async fn history(
    session: &Session,
    wired: &Wired<'_>,
    billing_period: Option<&str>,
    narrow: &Narrow,
) -> Result<Vec<Entry>, StoreError> {
    let store = &session.store;
    let keys: BTreeMap<AccountId, String> = wired
        .known
        .accounts
        .iter()
        .map(|(id, key)| (*id, key.to_string()))
        .collect();
    let mut entries: Vec<Entry> = Vec::new();
    for past in store.approval_history(wired.id, billing_period).await? {
        // What was decided of everything was decided of each account.
        if past.approval.account.is_none_or(|id| narrow.is_account(id)) {
            entries.push(of_plan(past, &keys));
        }
    }
    for past in store.past_releases(wired.id).await? {
        let slot = &past.planned.delivery.slot;
        let is_of_period = billing_period.is_none_or(|asked| asked == slot.billing_period);
        if is_of_period && narrow.is_account(slot.account) {
            entries.push(of_release(wired, past));
        }
    }
    let span =
        entries
            .iter()
            .map(|entry| entry.at)
            .fold(None, |span: Option<(Instant, Instant)>, at| {
                Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))))
            });
    for past in store.past_decisions(wired.id).await? {
        let within = span.is_some_and(|(first, last)| first <= past.at && past.at <= last);
        // What is decided of a period begins with it.
        let is_of_period = |asked: &str| past.subject.starts_with(&format!("{asked}, "));
        let is_asked = narrow.customer().is_none() && billing_period.is_none_or(is_of_period);
        if is_asked || within {
            entries.push(of_other(past));
        }
    }
    entries.retain(|entry| narrow.is_since(Some(entry.at)));
    entries.sort_by_key(|entry| entry.at);
    Ok(entries)
}

fn entry(at: Instant, what: &str, signature: Signature) -> Entry {
    Entry {
        at,
        what: what.to_owned(),
        subject: None,
        by: signature.by,
        login: signature.login,
        reason: None,
        billing_period: None,
        plan: None,
        policy: None,
        carried_from: None,
    }
}

fn of_plan(past: PlanApproval, keys: &BTreeMap<AccountId, String>) -> Entry {
    let approval = past.approval;
    let what = match approval.decision {
        ApprovalDecision::Approve => "approve",
        ApprovalDecision::Hold => "hold",
        ApprovalDecision::Withdraw => "withdraw",
    };
    let named = |account: AccountId| keys.get(&account).cloned();
    Entry {
        subject: approval
            .account
            .map(|account| named(account).unwrap_or_else(|| format!("account {account}"))),
        reason: approval.reason,
        billing_period: Some(past.billing_period),
        plan: Some(past.plan.short()),
        policy: approval
            .policy
            .and_then(|numbers| serde_json::from_str(&numbers).ok()),
        carried_from: approval.carried_from.map(|plan| plan.short()),
        ..entry(approval.at, what, approval.signature)
    }
}

fn of_release(wired: &Wired<'_>, past: PastRelease) -> Entry {
    let (delivery, release) = (past.planned.delivery, past.release);
    let signature = Signature {
        by: release.by,
        login: release.login,
    };
    Entry {
        subject: Some(format!(
            "{} of {}",
            delivery.reference,
            wired.known.key_of(&delivery)
        )),
        reason: Some(release.reason),
        billing_period: Some(delivery.slot.billing_period),
        ..entry(release.at, "release", signature)
    }
}

fn of_other(past: PastDecision) -> Entry {
    Entry {
        subject: (!past.subject.is_empty()).then_some(past.subject),
        reason: past.reason,
        ..entry(past.at, past.kind.as_str(), past.signature)
    }
}
