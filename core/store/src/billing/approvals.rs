//! What was decided of a plan: approvals, holds and withdrawals, by people and by policies. Nothing is ever edited.

use std::collections::BTreeMap;

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{AccountId, PipelineId, SinkId};
use counterfoil_model::time::Instant;
use sqlx::sqlite::SqliteRow;

use super::decisions::Signature;
use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;

/// Stands for all accounts of a plan.
const ALL: i64 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalDecision {
    Approve,
    Hold,
    /// Takes back what was approved and is not sent yet.
    Withdraw,
}

stored_as!(ApprovalDecision {
    Approve => "approve",
    Hold => "hold",
    Withdraw => "withdraw",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// All accounts where absent.
    pub account: Option<AccountId>,
    pub decision: ApprovalDecision,
    pub signature: Signature,
    pub at: Instant,
    pub reason: Option<String>,
    /// The numbers by which a policy approved, as JSON; nothing where a person did.
    pub policy: Option<String>,
    /// The plan on which the person approved, where this one has the same delivery.
    pub carried_from: Option<Digest>,
}

impl Approval {
    /// What a person says of one account, or of all.
    pub fn by_person(
        decision: ApprovalDecision,
        account: Option<AccountId>,
        signature: &Signature,
        reason: Option<&str>,
        at: Instant,
    ) -> Self {
        Self {
            account,
            decision,
            signature: signature.clone(),
            at,
            reason: reason.map(str::to_owned),
            policy: None,
            carried_from: None,
        }
    }
}

/// A decision with the plan that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanApproval {
    pub plan: Digest,
    pub sink: SinkId,
    pub billing_period: String,
    pub approval: Approval,
}

impl Store {
    /// Keeps decisions on a plan, in their order; all or none.
    pub async fn decide(&self, plan: Digest, approvals: &[Approval]) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            for approval in approvals {
                sqlx::query(
                    "INSERT INTO approval (tenant_id, plan_id, number, account_id, decision, by, login, at, reason, policy, \
                     carried_from) \
                     SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM approval \
                     WHERE tenant_id = ?1 AND plan_id = ?2",
                )
                .bind(self.tenant.0)
                .bind(&plan.as_bytes()[..])
                .bind(approval.account.map_or(ALL, |account| account.0))
                .bind(approval.decision.as_str())
                .bind(&approval.signature.by)
                .bind(&approval.signature.login)
                .bind(approval.at.seconds())
                .bind(&approval.reason)
                .bind(&approval.policy)
                .bind(approval.carried_from.map(|plan| plan.as_bytes().to_vec()))
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        write.await.map_err(StoreError::during("keep a decision"))
    }

    /// In the order in which they were given.
    pub async fn approvals(&self, plan: Digest) -> Result<Vec<Approval>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM approval WHERE tenant_id = ?1 AND plan_id = ?2 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(&plan.as_bytes()[..])
            .fetch_all(&self.reader)
            .await?;
            rows.iter()
                .map(approval)
                .collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the decisions on a plan"))
    }

    /// By account, the last thing that a person said of it by its name, whichever plan of the sink it was said of.
    pub async fn last_by_name(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<BTreeMap<AccountId, Approval>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT a.* FROM approval a JOIN plan p USING (tenant_id, plan_id) WHERE tenant_id = ?1 \
                 AND p.pipeline_id = ?2 AND p.sink_id = ?3 AND a.account_id <> ?4 AND a.policy IS NULL \
                 AND a.carried_from IS NULL ORDER BY a.rowid",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(ALL)
            .fetch_all(&self.reader)
            .await?;
            let named = rows.iter().map(|row| {
                let account = AccountId(row.integer("account_id")?);
                Ok((account, approval(row)?))
            });
            named.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the decisions on accounts"))
    }

    /// Everything that was decided of a pipeline's plans, oldest first; of one billing period, or of all.
    pub async fn approval_history(
        &self,
        pipeline: PipelineId,
        billing_period: Option<&str>,
    ) -> Result<Vec<PlanApproval>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT a.*, p.sink_id, p.billing_period FROM approval a JOIN plan p USING (tenant_id, plan_id) \
                 WHERE tenant_id = ?1 AND p.pipeline_id = ?2 AND (?3 IS NULL OR p.billing_period = ?3) ORDER BY a.rowid",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(billing_period)
            .fetch_all(&self.reader)
            .await?;
            let history = rows.iter().map(|row| {
                Ok(PlanApproval {
                    plan: row.digest("plan_id")?,
                    sink: SinkId(row.integer("sink_id")?),
                    billing_period: row.text("billing_period")?,
                    approval: approval(row)?,
                })
            });
            history.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what was decided"))
    }
}

fn approval(row: &SqliteRow) -> Result<Approval, sqlx::Error> {
    let account = row.integer("account_id")?;
    Ok(Approval {
        account: (account != ALL).then_some(AccountId(account)),
        decision: row.parsed("decision")?,
        signature: Signature {
            by: row.text("by")?,
            login: row.optional_text("login")?,
        },
        at: row.instant("at")?,
        reason: row.optional_text("reason")?,
        policy: row.optional_text("policy")?,
        carried_from: row.optional_digest("carried_from")?,
    })
}
