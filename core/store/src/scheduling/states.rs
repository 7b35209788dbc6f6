//! The durable state of jobs and sources. Whoever holds the pipeline's lease writes it.

use std::collections::BTreeMap;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{PipelineId, SourceId};
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;

/// What the scheduler starts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Lists the sources.
    Discover,
    /// Plans the periods that have ended, applies what is approved, and reconciles.
    Bill,
    /// Applies what was approved, released or resumed since, and what had to wait.
    Apply,
    /// Reads the sinks back.
    Reconcile,
}

stored_as!(Job {
    Discover => "discover",
    Bill => "bill",
    Apply => "apply",
    Reconcile => "reconcile",
});

/// How a job ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum JobOutcome {
    Complete,
    /// Done, and something of it needs a look.
    Partial,
    /// It goes on when a person has decided something.
    Waiting,
    /// It was asked to stop, and goes on at the next start.
    Stopped,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobRun {
    pub started: Instant,
    pub finished: Instant,
    pub outcome: JobOutcome,
    /// One line.
    pub message: String,
}

/// What is known of a job of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobState {
    /// Due times until here, inclusive, are accounted for.
    pub handled_until: Instant,
    /// Periods that ended until here, inclusive, were planned.
    pub covered_until: Instant,
    /// While it runs; a process that died leaves it.
    pub running_since: Option<Instant>,
    pub last: Option<JobRun>,
    /// When it last ended complete.
    pub succeeded: Option<Instant>,
    /// Failures since then.
    pub failures: u32,
    /// After a failure, when it is tried again.
    pub retry_at: Option<Instant>,
    /// How many decisions of people it has taken account of.
    pub decisions: u64,
}

impl JobState {
    /// Of a job that was seen for the first time.
    pub fn new(now: Instant) -> Self {
        Self {
            handled_until: now,
            covered_until: now,
            running_since: None,
            last: None,
            succeeded: None,
            failures: 0,
            retry_at: None,
            decisions: 0,
        }
    }
}

/// How a source answered last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceState {
    pub attempted: Instant,
    pub succeeded: Option<Instant>,
    /// Since then.
    pub failures: u32,
    pub failing_since: Option<Instant>,
    pub retry_at: Option<Instant>,
    pub message: Option<String>,
}

/// What was found at risk when it was assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRisk {
    pub billing_period: String,
    pub at: Instant,
    pub findings: Vec<Finding>,
}

impl Store {
    pub async fn job_states(
        &self,
        pipeline: PipelineId,
    ) -> Result<BTreeMap<Job, JobState>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT job, body FROM job_state WHERE tenant_id = ?1 AND pipeline_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter()
                .map(|row| Ok((row.parsed("job")?, row.json("body")?)))
                .collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the state of the jobs"))
    }

    pub async fn put_job_state(
        &self,
        pipeline: PipelineId,
        job: Job,
        state: &JobState,
    ) -> Result<(), StoreError> {
        let statement = "INSERT OR REPLACE INTO job_state (tenant_id, pipeline_id, job, body) VALUES (?1, ?2, ?3, ?4)";
        self.write_job_state(statement, pipeline, job, state).await
    }

    /// Keeps the first state of a job; one that is there stays.
    pub async fn introduce_job(
        &self,
        pipeline: PipelineId,
        job: Job,
        state: &JobState,
    ) -> Result<(), StoreError> {
        let statement = "INSERT OR IGNORE INTO job_state (tenant_id, pipeline_id, job, body) VALUES (?1, ?2, ?3, ?4)";
        self.write_job_state(statement, pipeline, job, state).await
    }

    async fn write_job_state(
        &self,
        statement: &'static str,
        pipeline: PipelineId,
        job: Job,
        state: &JobState,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(statement)
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .bind(job.as_str())
                .bind(json(state))
                .execute(&mut *writing)
                .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep the state of a job"))
    }

    pub async fn source_state(&self, source: SourceId) -> Result<Option<SourceState>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT body FROM source_state WHERE tenant_id = ?1 AND source_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_optional(&self.reader)
            .await?;
            row.map(|row| row.json("body")).transpose()
        };
        read.await
            .map_err(StoreError::during("read the state of a source"))
    }

    pub async fn put_source_state(
        &self,
        source: SourceId,
        state: &SourceState,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT OR REPLACE INTO source_state (tenant_id, source_id, body) VALUES (?1, ?2, ?3)",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(json(state))
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep the state of a source"))
    }

    pub async fn at_risk(&self, pipeline: PipelineId) -> Result<Option<AtRisk>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT billing_period, at, findings FROM at_risk WHERE tenant_id = ?1 AND pipeline_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_optional(&self.reader)
            .await?;
            row.map(|row| {
                Ok(AtRisk {
                    billing_period: row.text("billing_period")?,
                    at: row.instant("at")?,
                    findings: row.json("findings")?,
                })
            })
            .transpose()
        };
        read.await
            .map_err(StoreError::during("read what is at risk"))
    }

    pub async fn put_at_risk(
        &self,
        pipeline: PipelineId,
        at_risk: &AtRisk,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT OR REPLACE INTO at_risk (tenant_id, pipeline_id, billing_period, at, findings) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(&at_risk.billing_period)
            .bind(at_risk.at.seconds())
            .bind(json(&at_risk.findings))
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep what is at risk"))
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the records have text keys and no floats")
}
