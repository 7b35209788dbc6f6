//! One row for each run of a stage.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, RunId};
use counterfoil_model::time::Instant;
use serde_json::Value;

use crate::columns::stored_as;
use crate::database::Store;
use crate::error::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Complete,
    /// Some of it failed.
    Partial,
    Failed,
}

stored_as!(RunStatus {
    Complete => "complete",
    Partial => "partial",
    Failed => "failed",
});

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub run: RunId,
    pub status: RunStatus,
    pub detail: Value,
    pub now: Instant,
}

impl Store {
    pub async fn begin_run(
        &self,
        pipeline: PipelineId,
        stage: &str,
        config: Option<Digest>,
        now: Instant,
    ) -> Result<RunId, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            // A process that died could not say how its run ended. One that is at work says so when it is done.
            sqlx::query(
                "UPDATE run SET finished = ?4, status = 'failed', detail = '{\"message\":\"the process ended before it was done\"}' \
                 WHERE tenant_id = ?1 AND pipeline_id = ?2 AND stage = ?3 AND status = 'running'",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(stage)
            .bind(now.seconds())
            .execute(&mut *writing)
            .await?;
            let id: i64 = sqlx::query_scalar(
                "INSERT INTO run (tenant_id, run_id, pipeline_id, stage, started, status, config_hash, detail) \
                 SELECT ?1, coalesce(max(run_id), 0) + 1, ?2, ?3, ?4, 'running', ?5, '{}' FROM run WHERE tenant_id = ?1 \
                 RETURNING run_id",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(stage)
            .bind(now.seconds())
            .bind(config.map(|config| config.as_bytes().to_vec()))
            .fetch_one(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(RunId(id))
        };
        write.await.map_err(StoreError::during("begin a run"))
    }

    pub async fn end_run(&self, end: RunEnd) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "UPDATE run SET finished = ?3, status = ?4, detail = ?5 WHERE tenant_id = ?1 AND run_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(end.run.0)
            .bind(end.now.seconds())
            .bind(end.status.as_str())
            .bind(end.detail.to_string())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write.await.map_err(StoreError::during("end a run"))
    }
}
