//! What people decided besides approvals and releases: pauses, withheld endings, retirements, opening positions, mapped
//! customers, documents accepted as void, findings that somebody answers for, closes. Nothing is ever edited.

use std::collections::BTreeSet;

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, TenantId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// As the person was named.
    pub by: String,
    /// The user of the operating system that the command ran as, where it could be told.
    pub login: Option<String>,
}

impl From<&str> for Signature {
    fn from(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            login: None,
        }
    }
}

/// Who decided, why and when.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub signature: &'a Signature,
    pub reason: Option<&'a str>,
    pub now: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionKind {
    Pause,
    Resume,
    ApproveWithheld,
    DismissWithheld,
    Retire,
    /// What was billed elsewhere.
    Opening,
    /// Which customer of a sink an account is.
    Map,
    /// That a document which was voided at the sink stays so.
    AcceptVoid,
    /// That it does not, after all.
    RetractVoid,
    /// That a finding of a period is known, and why that is in order.
    AcceptFinding,
    WithdrawAcceptance,
    /// That a period is closed.
    Close,
}

stored_as!(DecisionKind {
    Pause => "pause",
    Resume => "resume",
    ApproveWithheld => "approve-withheld",
    DismissWithheld => "dismiss-withheld",
    Retire => "retire",
    Opening => "opening",
    Map => "map",
    AcceptVoid => "accept-void",
    RetractVoid => "retract-void",
    AcceptFinding => "accept-finding",
    WithdrawAcceptance => "withdraw-acceptance",
    Close => "close",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// None where it is of no pipeline.
    pub pipeline: Option<PipelineId>,
    pub kind: DecisionKind,
    /// What it is about.
    pub subject: String,
    pub signature: Signature,
    pub reason: Option<String>,
    pub at: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    pub by: String,
    pub reason: String,
    pub at: Instant,
}

impl Store {
    /// Is the pipeline paused?
    pub async fn pause(&self, pipeline: PipelineId) -> Result<Option<Paused>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM decision WHERE tenant_id = ?1 AND pipeline_id = ?2 AND kind IN ('pause', 'resume') \
                 ORDER BY decision_id DESC LIMIT 1",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_optional(&self.reader)
            .await?;
            let last = row.as_ref().map(past).transpose()?;
            Ok(last
                .filter(|last| last.kind == DecisionKind::Pause)
                .map(|last| Paused {
                    by: last.signature.by,
                    reason: last.reason.unwrap_or_default(),
                    at: last.at,
                }))
        };
        read.await
            .map_err(StoreError::during("read whether a pipeline is paused"))
    }

    pub async fn pause_pipeline(
        &self,
        pipeline: PipelineId,
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        self.keep_decision(pipeline, DecisionKind::Pause, signed)
            .await
            .map_err(StoreError::during("pause a pipeline"))
    }

    pub async fn resume_pipeline(
        &self,
        pipeline: PipelineId,
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        self.keep_decision(pipeline, DecisionKind::Resume, signed)
            .await
            .map_err(StoreError::during("resume a pipeline"))
    }

    async fn keep_decision(
        &self,
        pipeline: PipelineId,
        kind: DecisionKind,
        signed: Signed<'_>,
    ) -> Result<(), sqlx::Error> {
        let mut writing = self.begin().await?;
        keep(&mut writing, self.tenant, (pipeline.0, kind, ""), signed).await?;
        writing.commit().await
    }

    /// Everything that was decided of a pipeline, or of none in particular; oldest first.
    pub async fn past_decisions(
        &self,
        pipeline: PipelineId,
    ) -> Result<Vec<PastDecision>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM decision WHERE tenant_id = ?1 AND pipeline_id IN (0, ?2) ORDER BY decision_id",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(past).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what was decided"))
    }

    /// Who changed the facts that a plan was made from, since the last original of an earlier period was delivered: whoever
    /// ended or kept withheld resources, retired a source, accepted a document as void or retracted that.
    /// A correction belongs to the plan that it is sent with.
    pub async fn changed_basis(
        &self,
        pipeline: PipelineId,
        plan: Digest,
    ) -> Result<BTreeSet<String>, StoreError> {
        let read = async {
            let names: Vec<String> = sqlx::query_scalar(
                "SELECT DISTINCT d.by FROM decision d JOIN plan p ON p.tenant_id = d.tenant_id AND p.plan_id = ?3 \
                 WHERE d.tenant_id = ?1 AND d.pipeline_id = ?2 \
                 AND d.kind IN ('approve-withheld', 'dismiss-withheld', 'retire', 'opening', 'map', 'accept-void', 'retract-void') \
                 AND d.at <= p.created_at \
                 AND d.at >= coalesce((SELECT max(r.at) FROM counterfoil c JOIN recording r USING (tenant_id, recording_id) \
                     WHERE c.tenant_id = ?1 AND c.pipeline_id = ?2 AND c.sink_id = p.sink_id \
                     AND c.billing_period < p.billing_period AND r.at < p.created_at \
                     AND json_extract(c.body, '$.delivery.slot.correction') = 0), d.at)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(&plan.as_bytes()[..])
            .fetch_all(&self.reader)
            .await?;
            Ok(names.into_iter().collect())
        };
        read.await.map_err(StoreError::during(
            "read who changed what a plan is made from",
        ))
    }

    /// Keeps who retired an id, within the transaction that does so.
    pub(crate) async fn keep_retirement(
        &self,
        connection: &mut SqliteConnection,
        id: i64,
        signed: Signed<'_>,
    ) -> Result<(), sqlx::Error> {
        let row = sqlx::query(RETIRED)
            .bind(self.tenant.0)
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
        let (pipeline, subject) = (row.integer("pipeline_id")?, row.text("subject")?);
        let what = (pipeline, DecisionKind::Retire, subject.as_str());
        keep(connection, self.tenant, what, signed).await
    }
}

const KEEP: &str = "INSERT INTO decision (tenant_id, decision_id, pipeline_id, kind, subject, by, login, reason, at) \
    SELECT ?1, coalesce(max(decision_id), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM decision WHERE tenant_id = ?1";

/// Adds a decision within a transaction that does what was decided: pipeline (0 for none), kind and subject.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    (pipeline, kind, subject): (i64, DecisionKind, &str),
    signed: Signed<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(KEEP)
        .bind(tenant.0)
        .bind(pipeline)
        .bind(kind.as_str())
        .bind(subject)
        .bind(&signed.signature.by)
        .bind(&signed.signature.login)
        .bind(signed.reason)
        .bind(signed.now.seconds())
        .execute(connection)
        .await?;
    Ok(())
}

const RETIRED: &str = "SELECT entity_type || ' ' || name AS subject, \
    CASE entity_type WHEN 'pipeline' THEN entity_id ELSE pipeline_id END AS pipeline_id \
    FROM entity WHERE tenant_id = ?1 AND entity_id = ?2";

/// As [`keep`], through a bulk connection.
pub(crate) fn keep_bulk(
    connection: &Connection,
    tenant: TenantId,
    (pipeline, kind, subject): (i64, DecisionKind, &str),
    signed: Signed<'_>,
) -> rusqlite::Result<()> {
    let values = params![
        tenant.0,
        pipeline,
        kind.as_str(),
        subject,
        signed.signature.by,
        signed.signature.login,
        signed.reason,
        signed.now.seconds(),
    ];
    connection.execute(KEEP, values)?;
    Ok(())
}

/// Keeps who retired an id, through a bulk connection.
pub(crate) fn keep_retirement(
    connection: &Connection,
    tenant: TenantId,
    id: i64,
    signed: Signed<'_>,
) -> rusqlite::Result<()> {
    let found = connection.query_row(RETIRED, [tenant.0, id], |row| {
        Ok((row.get(1)?, row.get(0)?))
    });
    let (pipeline, subject): (i64, String) = found?;
    let what = (pipeline, DecisionKind::Retire, subject.as_str());
    keep_bulk(connection, tenant, what, signed)
}

fn past(row: &SqliteRow) -> Result<PastDecision, sqlx::Error> {
    let pipeline = row.integer("pipeline_id")?;
    Ok(PastDecision {
        pipeline: (pipeline != 0).then_some(PipelineId(pipeline)),
        kind: row.parsed("kind")?,
        subject: row.text("subject")?,
        signature: Signature {
            by: row.text("by")?,
            login: row.optional_text("login")?,
        },
        reason: row.optional_text("reason")?,
        at: row.instant("at")?,
    })
}
