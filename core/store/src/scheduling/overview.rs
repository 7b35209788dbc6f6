//! What an overview shows of runs and deliveries, and what tells that an apply is due. Counts and times, no bodies.

use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::time::Instant;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// The newest run of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    pub stage: String,
    pub started: Instant,
    /// None while it runs, and of a run whose process died.
    pub finished: Option<Instant>,
    /// "running", "complete", "partial" or "failed".
    pub status: String,
    pub detail: serde_json::Value,
    /// When a run of this stage last ended complete.
    pub succeeded: Option<Instant>,
}

/// How many runs of a stage ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCount {
    pub pipeline: String,
    pub stage: String,
    pub status: String,
    pub count: u64,
}

/// Deliveries of a sink in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    pub sink: String,
    pub state: String,
    pub count: u64,
    pub oldest: Instant,
}

/// A delivery that this pipeline has begun and not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    pub sink: SinkId,
    pub reference: Reference,
    pub billing_period: String,
    pub wait_until: Option<Instant>,
    pub state: String,
}

/// What is void is little, and looked up first: of all others neither documents nor counterfoils are read.
const DELIVERY_COUNTS: &str = "WITH voided AS MATERIALIZED (SELECT c.sink_id, c.reference FROM counterfoil c \
      INDEXED BY counterfoil_voided WHERE c.tenant_id = ?1 AND c.pipeline_id = ?2 AND c.action = 'voided' \
      AND c.number = (SELECT max(n.number) FROM counterfoil n WHERE n.tenant_id = c.tenant_id \
        AND n.pipeline_id = c.pipeline_id AND n.sink_id = c.sink_id AND n.reference = c.reference)), \
    void_there AS MATERIALIZED (SELECT r.sink_id, r.reference FROM read_back r INDEXED BY read_back_void \
      WHERE r.tenant_id = ?1 AND json_extract(r.observed, '$.state') = 'void' \
      AND r.number = (SELECT max(n.number) FROM read_back n WHERE n.tenant_id = r.tenant_id \
        AND n.sink_id = r.sink_id AND n.reference = r.reference)) \
    SELECT n.name AS sink, CASE WHEN e.state NOT IN ('confirmed', 'verified') THEN e.state \
      WHEN (e.sink_id, e.reference) IN (SELECT sink_id, reference FROM voided) THEN 'void' \
      WHEN (e.sink_id, e.reference) IN (SELECT sink_id, reference FROM void_there) THEN 'void-at-sink' \
      ELSE e.state END AS standing, count(*) AS deliveries, min(e.updated) AS oldest \
    FROM effect e INDEXED BY effect_standing JOIN entity n ON n.tenant_id = e.tenant_id AND n.entity_id = e.sink_id \
    WHERE e.tenant_id = ?1 AND e.pipeline_id = ?2 GROUP BY n.name, standing ORDER BY n.name, standing";

/// Named, since the order alone would have it look through all that was ever sent.
const UNSETTLED: &str = "SELECT sink_id, reference, json_extract(slot, '$.billing_period') AS billing_period, state, \
    unixepoch(json_extract(body, '$.wait_until')) AS wait_until FROM effect INDEXED BY effect_by_state \
    WHERE tenant_id = ?1 AND pipeline_id = ?2 AND state IN ('planned', 'sending', 'unknown') ORDER BY effect_id";

impl Store {
    /// By stage, the newest run.
    pub async fn last_runs(&self, pipeline: PipelineId) -> Result<Vec<LastRun>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT r.*, (SELECT s.finished FROM run s INDEXED BY run_by_pipeline WHERE s.tenant_id = r.tenant_id \
                 AND s.pipeline_id = r.pipeline_id AND s.stage = r.stage AND s.status = 'complete' \
                 ORDER BY s.run_id DESC LIMIT 1) AS succeeded \
                 FROM (SELECT stage, max(run_id) AS newest FROM run WHERE tenant_id = ?1 AND pipeline_id = ?2 GROUP BY stage) n \
                 JOIN run r ON r.tenant_id = ?1 AND r.run_id = n.newest ORDER BY r.stage",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            let runs = rows.iter().map(|row| {
                Ok(LastRun {
                    stage: row.text("stage")?,
                    started: row.instant("started")?,
                    finished: row.optional_instant("finished")?,
                    status: row.text("status")?,
                    detail: row.json("detail")?,
                    succeeded: row.optional_instant("succeeded")?,
                })
            });
            runs.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read the last runs"))
    }

    /// How many runs there were, by pipeline, stage and outcome. Those that run now are left out.
    pub async fn run_counts(&self) -> Result<Vec<RunCount>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT n.name AS pipeline, r.stage, r.status, count(*) AS runs FROM run r \
                 JOIN entity n ON n.tenant_id = r.tenant_id AND n.entity_id = r.pipeline_id \
                 WHERE r.tenant_id = ?1 AND r.status <> 'running' GROUP BY n.name, r.stage, r.status \
                 ORDER BY n.name, r.stage, r.status",
            )
            .bind(self.tenant.0)
            .fetch_all(&self.reader)
            .await?;
            let counts = rows.iter().map(|row| {
                Ok(RunCount {
                    pipeline: row.text("pipeline")?,
                    stage: row.text("stage")?,
                    status: row.text("status")?,
                    count: row.count("runs")?,
                })
            });
            counts.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("count runs"))
    }

    /// How many deliveries of each sink are in which state. What was withdrawn, or accepted as void, is "void"; what was
    /// void when it was read back last and counts as billed until a person accepts that is "void-at-sink".
    pub async fn delivery_counts(
        &self,
        pipeline: PipelineId,
    ) -> Result<Vec<DeliveryCount>, StoreError> {
        let read = async {
            let rows = sqlx::query(DELIVERY_COUNTS)
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .fetch_all(&self.reader)
                .await?;
            let counts = rows.iter().map(|row| {
                Ok(DeliveryCount {
                    sink: row.text("sink")?,
                    state: row.text("standing")?,
                    count: row.count("deliveries")?,
                    oldest: row.instant("oldest")?,
                })
            });
            counts.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("count deliveries"))
    }

    /// Deliveries that were begun and whose outcome is not settled; parked ones are left out, since they wait for a person.
    pub async fn unsettled(&self, pipeline: PipelineId) -> Result<Vec<Unsettled>, StoreError> {
        let read = async {
            let rows = sqlx::query(UNSETTLED)
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .fetch_all(&self.reader)
                .await?;
            let unsettled = rows.iter().map(|row| {
                Ok(Unsettled {
                    sink: SinkId(row.integer("sink_id")?),
                    reference: Reference(row.text("reference")?),
                    billing_period: row.text("billing_period")?,
                    wait_until: row.optional_instant("wait_until")?,
                    state: row.text("state")?,
                })
            });
            unsettled.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read unsettled deliveries"))
    }

    /// How many decisions people have taken on this pipeline's plans and deliveries, and how often they let it go on after
    /// a pause. Only grows.
    pub async fn decision_count(&self, pipeline: PipelineId) -> Result<u64, StoreError> {
        let count: Result<i64, sqlx::Error> = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM approval a JOIN plan p USING (tenant_id, plan_id) \
             WHERE tenant_id = ?1 AND p.pipeline_id = ?2) \
             + (SELECT count(*) FROM effect_release r JOIN effect e USING (tenant_id, effect_id) \
             WHERE tenant_id = ?1 AND e.pipeline_id = ?2) \
             + (SELECT count(*) FROM decision WHERE tenant_id = ?1 AND pipeline_id = ?2 AND kind = 'resume')",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .fetch_one(&self.reader)
        .await;
        let count = count.map_err(StoreError::during("count decisions"))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The periods that have a plan, oldest first.
    pub async fn planned_periods(&self, pipeline: PipelineId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT DISTINCT billing_period FROM plan WHERE tenant_id = ?1 AND pipeline_id = ?2 ORDER BY billing_period",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .fetch_all(&self.reader)
        .await
        .map_err(StoreError::during("read the planned periods"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::tests::Fixture;

    #[tokio::test]
    async fn deliveries_are_counted_without_reading_documents() {
        let fixture = Fixture::new().await;
        let plan = fixture.store.query_plan(DELIVERY_COUNTS).await;
        let told = [
            "SEARCH e USING COVERING INDEX effect_standing",
            "SEARCH c USING COVERING INDEX counterfoil_voided",
            "SEARCH r USING INDEX read_back_void",
        ];
        for step in told {
            assert!(
                plan.iter().any(|found| found.starts_with(step)),
                "{step}: {plan:#?}"
            );
        }
        let others = plan.iter().filter(|step| step.starts_with("SCAN"));
        for step in others {
            assert!(
                !step.contains("effect") && !step.contains("counterfoil "),
                "{step}"
            );
        }
    }
}
