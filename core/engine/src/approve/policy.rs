//! What is approved without anybody being asked now: by the pipeline's policy, or because a person approved the very same
//! deliveries on the plan before.

use counterfoil_model::approval::{Decision, Judgement, last_billed};
use counterfoil_model::digest::Digest;
use counterfoil_model::document::Delivery;
use counterfoil_model::finding::{Finding, Severity};
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::MoneyError;
use counterfoil_model::plan::{Confirmed, Plan, PlannedAction};
use counterfoil_store::{Approval, ApprovalDecision, Signature, StoreError, StoredPlan};
use serde_json::json;
use thiserror::Error;

use super::standing::{Said, accounts_of, effects_of};
use crate::config;
use crate::identity::POLICY;
use crate::session::{Session, Wired};

#[derive(Debug, Error)]
pub enum PolicyError {
    #[error("compare with what was billed before")]
    Amount { source: MoneyError },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records what a fresh plan is approved of without a person; answers the judgements of a tolerance, one an account.
pub(crate) async fn approve_by_policy(
    session: &Session,
    wired: &Wired<'_>,
    plan: &Plan,
    before: Option<&StoredPlan>,
) -> Result<Vec<Judgement>, PolicyError> {
    if let Some(before) = before.filter(|before| before.plan.id != plan.id) {
        carry_over(session, wired, plan, before).await?;
    }
    let said = Said::of(session, wired, plan).await?;
    // The same plan again: what was decided of it stays, also what somebody withdrew.
    let is_judged = said.rows.iter().any(|row| row.policy.is_some());
    match wired.pipeline.config.approval {
        config::Approval::Manual => Ok(Vec::new()),
        config::Approval::Automatic => {
            let blocked = plan.blocked_by.iter().chain(&plan.findings).any(blocks);
            if !blocked && !is_judged {
                let numbers = json!({ "policy": "automatic" });
                let approval = of_policy(session, None, numbers.to_string());
                session.store.decide(plan.id, &[approval]).await?;
            }
            Ok(Vec::new())
        }
        config::Approval::AutomaticWithinTolerance => {
            let judged = judge(session, wired, plan).await?;
            if !is_judged {
                let decided = said.decisions();
                let waits = |account: &AccountId| matches!(decided.get(account), Some(Decision::Waiting { approved_by, .. }) if approved_by.is_empty());
                let approvals: Vec<Approval> = judged
                    .iter()
                    .filter(|one| goes(plan, one, &judged) && waits(&one.account))
                    .map(|one| {
                        let numbers =
                            json!({ "policy": "automatic-within-tolerance", "judgement": one });
                        of_policy(session, Some(one.account), numbers.to_string())
                    })
                    .collect();
                session.store.decide(plan.id, &approvals).await?;
            }
            Ok(judged)
        }
    }
}

async fn judge(
    session: &Session,
    wired: &Wired<'_>,
    plan: &Plan,
) -> Result<Vec<Judgement>, PolicyError> {
    let amount = |source| PolicyError::Amount { source };
    let Some(planned) = plan.deliveries.first() else {
        return Ok(Vec::new());
    };
    let sink = planned.delivery.slot.sink;
    let counterfoils = session.store.counterfoils_of(wired.id, sink).await?;
    let last = last_billed(&Confirmed::latest(&counterfoils), &plan.billing_period);
    let tolerance = &wired.pipeline.approval.tolerance;
    tolerance
        .judge(plan, &last.map_err(amount)?)
        .map_err(amount)
}

/// May the policy let an account go? In every currency it has to be within, and nothing may block it.
fn goes(plan: &Plan, one: &Judgement, judged: &[Judgement]) -> bool {
    let account = one.account;
    let everywhere = judged
        .iter()
        .filter(|other| other.account == account)
        .all(|other| other.within);
    let blocked = plan.blocked_by.iter().any(blocks)
        || plan
            .findings
            .iter()
            .any(|finding| blocks(finding) && concerns(plan, account, finding));
    everywhere && !blocked && effects_of(plan, account).next().is_some()
}

/// A finding of planning is about an account or a reference; one that is about something else concerns everybody.
fn concerns(plan: &Plan, account: AccountId, finding: &Finding) -> bool {
    let subjects = |account: AccountId| {
        let deliveries = plan.deliveries.iter().map(|planned| &planned.delivery);
        let references = deliveries
            .filter(move |delivery| delivery.slot.account == account)
            .map(|delivery| delivery.reference.to_string());
        references.chain([format!("account {account}")])
    };
    let is_about = |account| subjects(account).any(|subject| subject == finding.subject);
    is_about(account) || !accounts_of(plan).into_iter().any(is_about)
}

fn blocks(finding: &Finding) -> bool {
    finding.severity == Severity::Blocking
}

fn of_policy(session: &Session, account: Option<AccountId>, numbers: String) -> Approval {
    Approval {
        policy: Some(numbers),
        ..Approval::by_person(
            ApprovalDecision::Approve,
            account,
            &Signature::from(POLICY),
            None,
            session.now,
        )
    }
}

/// People's approvals of the plan before hold for accounts whose deliveries are the same, as long as nothing new blocks.
async fn carry_over(
    session: &Session,
    wired: &Wired<'_>,
    plan: &Plan,
    before: &StoredPlan,
) -> Result<(), StoreError> {
    let is_known = |finding: &Finding| {
        before
            .plan
            .blocked_by
            .iter()
            .any(|old| (&old.subject, &old.message) == (&finding.subject, &finding.message))
    };
    if !plan.blocked_by.iter().all(is_known) || !session.store.approvals(plan.id).await?.is_empty()
    {
        return Ok(());
    }
    let said = Said::of(session, wired, &before.plan).await?;
    let mut carried = Vec::new();
    for (account, standing) in said.standings() {
        let (old, new) = (content(&before.plan, account), content(plan, account));
        if new.is_empty() || old != new {
            continue;
        }
        if matches!(standing.decision(), Decision::Held { .. }) {
            continue;
        }
        for approval in standing.approvals().iter().filter(|one| !one.is_policy) {
            let row = said.rows.iter().find(|row| {
                row.decision == ApprovalDecision::Approve
                    && row.signature.by == approval.by
                    && row.at == approval.at
            });
            carried.extend(row.map(|row| Approval {
                account: Some(account),
                carried_from: Some(row.carried_from.unwrap_or(before.plan.id)),
                ..row.clone()
            }));
        }
    }
    session.store.decide(plan.id, &carried).await
}

/// What the customer would get, whatever day it is issued on.
fn content(plan: &Plan, account: AccountId) -> Vec<(PlannedAction, Digest)> {
    let undated = effects_of(plan, account).map(|planned| {
        let delivery = Delivery {
            issue_date: plan_day(),
            due_date: None,
            ..planned.delivery.clone()
        };
        (planned.action, delivery.content_digest())
    });
    undated.collect()
}

/// Stands for any day.
fn plan_day() -> counterfoil_model::time::Date {
    counterfoil_model::time::Date::constant(1970, 1, 1)
}
