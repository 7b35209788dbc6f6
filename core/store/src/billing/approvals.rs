//! What people decided: approvals and holds of a plan, and pauses of a pipeline.

use std::collections::BTreeMap;

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{AccountId, PipelineId, SinkId};
use counterfoil_model::time::Instant;
use sqlx::sqlite::SqliteRow;

use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;

/// Stands for all accounts of a plan.
const ALL: i64 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalDecision {
    Approve,
    Hold,
}

stored_as!(ApprovalDecision {
    Approve => "approve",
    Hold => "hold",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// All accounts where absent.
    pub account: Option<AccountId>,
    pub decision: ApprovalDecision,
    pub by: String,
    pub at: Instant,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    pub by: String,
    pub reason: String,
    pub at: Instant,
}

impl Store {
    /// Lets the deliveries of one account go, or of all; the reason is why, where something speaks against it.
    pub async fn approve(
        &self,
        plan: Digest,
        account: Option<AccountId>,
        by: &str,
        reason: Option<&str>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let approval = Approval {
            account,
            decision: ApprovalDecision::Approve,
            by: by.to_owned(),
            at: now,
            reason: reason.map(str::to_owned),
        };
        self.decide(plan, &approval).await
    }

    pub async fn hold(
        &self,
        plan: Digest,
        account: AccountId,
        by: &str,
        reason: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let (decision, by, reason) = (
            ApprovalDecision::Hold,
            by.to_owned(),
            Some(reason.to_owned()),
        );
        self.decide(
            plan,
            &Approval {
                account: Some(account),
                decision,
                by,
                at: now,
                reason,
            },
        )
        .await
    }

    async fn decide(&self, plan: Digest, approval: &Approval) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT INTO approval (tenant_id, plan_id, number, account_id, decision, by, at, reason) \
                 SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7 FROM approval \
                 WHERE tenant_id = ?1 AND plan_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(&plan.as_bytes()[..])
            .bind(approval.account.map_or(ALL, |account| account.0))
            .bind(approval.decision.as_str())
            .bind(&approval.by)
            .bind(approval.at.seconds())
            .bind(&approval.reason)
            .execute(&mut *writing)
            .await?;
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

    /// By account, the last decision that named it, whichever plan of the sink it was given on.
    pub async fn last_by_name(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<BTreeMap<AccountId, Approval>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT a.* FROM approval a JOIN plan p USING (tenant_id, plan_id) WHERE tenant_id = ?1 \
                 AND p.pipeline_id = ?2 AND p.sink_id = ?3 AND a.account_id <> ?4 ORDER BY a.rowid",
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

    /// Is the pipeline paused?
    pub async fn pause(&self, pipeline: PipelineId) -> Result<Option<Paused>, StoreError> {
        let read = async {
            let row = sqlx::query("SELECT * FROM pause WHERE tenant_id = ?1 AND pipeline_id = ?2")
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .fetch_optional(&self.reader)
                .await?;
            row.map(|row| {
                Ok(Paused {
                    by: row.text("by")?,
                    reason: row.text("reason")?,
                    at: row.instant("at")?,
                })
            })
            .transpose()
        };
        read.await
            .map_err(StoreError::during("read whether a pipeline is paused"))
    }

    pub async fn pause_pipeline(
        &self,
        pipeline: PipelineId,
        by: &str,
        reason: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT OR REPLACE INTO pause (tenant_id, pipeline_id, by, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(by)
            .bind(reason)
            .bind(now.seconds())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write.await.map_err(StoreError::during("pause a pipeline"))
    }

    pub async fn resume_pipeline(&self, pipeline: PipelineId) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query("DELETE FROM pause WHERE tenant_id = ?1 AND pipeline_id = ?2")
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .execute(&mut *writing)
                .await?;
            writing.commit().await
        };
        write.await.map_err(StoreError::during("resume a pipeline"))
    }
}

fn approval(row: &SqliteRow) -> Result<Approval, sqlx::Error> {
    let account = row.integer("account_id")?;
    Ok(Approval {
        account: (account != ALL).then_some(AccountId(account)),
        decision: row.parsed("decision")?,
        by: row.text("by")?,
        at: row.instant("at")?,
        reason: row.optional_text("reason")?,
    })
}
