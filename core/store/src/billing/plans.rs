//! Plans as they were made. The newest one of a pipeline, sink and period is in force.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, RecordingId, SinkId};
use counterfoil_model::plan::Plan;
use counterfoil_model::time::Instant;
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

const IN_FORCE: &str = "SELECT * FROM plan p WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 \
     AND number = (SELECT max(number) FROM plan WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 \
         AND billing_period = p.billing_period) \
     AND coalesce(json_extract(body, '$.basis.head.number'), 0) >= ?4 ORDER BY billing_period";

#[derive(Debug, Clone)]
pub struct StoredPlan {
    pub sink: SinkId,
    pub plan: Plan,
    pub created: Instant,
}

impl Store {
    /// Keeps a plan and puts it in force. The same plan again is the newest again, with what blocks it now; what was decided
    /// of it stays.
    pub async fn put_plan(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        plan: &Plan,
        now: Instant,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(plan).expect("a plan has text keys and no floats");
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT INTO plan (tenant_id, plan_id, pipeline_id, sink_id, billing_period, body, created_at, number) \
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(max(number), 0) + 1 FROM plan WHERE tenant_id = ?1 \
                 ON CONFLICT (tenant_id, plan_id) DO UPDATE SET number = excluded.number, \
                 body = excluded.body",
            )
            .bind(self.tenant.0)
            .bind(&plan.id.as_bytes()[..])
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(&plan.billing_period)
            .bind(body)
            .bind(now.seconds())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write.await.map_err(StoreError::during("keep a plan"))
    }

    /// The plan in force.
    pub async fn newest_plan(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        billing_period: &str,
    ) -> Result<Option<StoredPlan>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM plan WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 AND billing_period = ?4 \
                 ORDER BY number DESC LIMIT 1",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(billing_period)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(stored).transpose()
        };
        read.await
            .map_err(StoreError::during("read the plan in force"))
    }

    /// The plans in force at a sink, one a billing period, that were made when a counterfoil was written already.
    pub async fn plans_in_force(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        counterfoil: i64,
    ) -> Result<Vec<StoredPlan>, StoreError> {
        let read = async {
            let rows = sqlx::query(IN_FORCE)
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .bind(sink.0)
                .bind(counterfoil)
                .fetch_all(&self.reader)
                .await?;
            rows.iter().map(stored).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the plans in force"))
    }

    pub async fn plan(&self, id: Digest) -> Result<Option<StoredPlan>, StoreError> {
        let read = async {
            let row = sqlx::query("SELECT * FROM plan WHERE tenant_id = ?1 AND plan_id = ?2")
                .bind(self.tenant.0)
                .bind(&id.as_bytes()[..])
                .fetch_optional(&self.reader)
                .await?;
            row.as_ref().map(stored).transpose()
        };
        read.await.map_err(StoreError::during("read a plan"))
    }

    /// Was inventory taken in after a cutoff?
    pub async fn has_facts_after(&self, cutoff: RecordingId) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM listing WHERE tenant_id = ?1 AND recording_id > ?2)",
        )
        .bind(self.tenant.0)
        .bind(cutoff.0)
        .fetch_one(&self.reader)
        .await
        .map_err(StoreError::during("look for newer facts"))
    }
}

fn stored(row: &SqliteRow) -> Result<StoredPlan, sqlx::Error> {
    Ok(StoredPlan {
        sink: SinkId(row.integer("sink_id")?),
        plan: row.json("body")?,
        created: row.instant("created_at")?,
    })
}
