//! Counterfoils as records: what was delivered, to which sink, under which reference.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::digest::Digest;
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use sqlx::sqlite::SqliteRow;

use crate::columns::{Columns, json_array};
use crate::database::Store;
use crate::error::StoreError;

const KEYS_PER_QUERY: usize = 1000;

pub(crate) const OF_CHARGES: &str = "SELECT DISTINCT c.number, c.body FROM counterfoil_line l \
     INDEXED BY counterfoil_line_by_charge JOIN counterfoil c \
     ON c.tenant_id = l.tenant_id AND c.pipeline_id = l.pipeline_id AND c.number = l.number \
     WHERE l.tenant_id = ?1 AND l.pipeline_id = ?2 \
     AND l.charge IN (SELECT unhex(value) FROM json_each(?3)) ORDER BY c.number";

impl Store {
    /// Everything that was confirmed at a sink, oldest first.
    pub async fn counterfoils_of(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<Vec<Counterfoil>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT body FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(body).collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read counterfoils"))
    }

    /// Every reference under which any pipeline has delivered.
    pub async fn references(&self) -> Result<BTreeSet<Reference>, StoreError> {
        let read = async {
            let rows =
                sqlx::query("SELECT DISTINCT reference FROM counterfoil WHERE tenant_id = ?1")
                    .bind(self.tenant.0)
                    .fetch_all(&self.reader)
                    .await?;
            let references = rows.iter().map(|row| row.text("reference").map(Reference));
            references.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read references"))
    }

    /// Those with a greater number, oldest first.
    pub async fn counterfoils_after(
        &self,
        pipeline: PipelineId,
        number: i64,
    ) -> Result<Vec<Counterfoil>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT body FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number > ?3 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(number)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(body).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the newest counterfoils"))
    }

    /// Documents of a period that are void by their last counterfoil, which came after a number.
    pub async fn voided_after(
        &self,
        (pipeline, sink): (PipelineId, SinkId),
        billing_period: &str,
        number: i64,
    ) -> Result<Vec<Counterfoil>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT body FROM counterfoil c WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number > ?5 \
                 AND sink_id = ?3 AND billing_period = ?4 AND action = 'voided' AND NOT EXISTS \
                 (SELECT 1 FROM counterfoil n WHERE n.tenant_id = c.tenant_id AND n.pipeline_id = c.pipeline_id \
                  AND n.sink_id = c.sink_id AND n.reference = c.reference AND n.number > c.number) ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(billing_period)
            .bind(number)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(body).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what became void"))
    }

    /// Everything that was confirmed of some charges, at any sink, oldest first.
    pub async fn counterfoils_of_charges(
        &self,
        pipeline: PipelineId,
        charges: &[ChargeKey],
    ) -> Result<Vec<Counterfoil>, StoreError> {
        let read = async {
            let mut bodies: BTreeMap<i64, Counterfoil> = BTreeMap::new();
            for keys in charges.chunks(KEYS_PER_QUERY) {
                let digests: Vec<String> = keys
                    .iter()
                    .map(|key| Digest::of_json(key).to_string())
                    .collect();
                let rows = sqlx::query(OF_CHARGES)
                    .bind(self.tenant.0)
                    .bind(pipeline.0)
                    .bind(json_array(&digests))
                    .fetch_all(&self.reader)
                    .await?;
                for row in &rows {
                    bodies.insert(row.integer("number")?, body(row)?);
                }
            }
            Ok(bodies.into_values().collect())
        };
        read.await
            .map_err(StoreError::during("read the counterfoils of charges"))
    }

    /// The plans by which a period's documents say what they say, each as it was sent last; in no order.
    pub async fn plans_delivered(
        &self,
        pipeline: PipelineId,
        billing_period: &str,
    ) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT DISTINCT json_extract(body, '$.plan') FROM counterfoil \
             WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number IN (SELECT max(number) FROM counterfoil \
             WHERE tenant_id = ?1 AND pipeline_id = ?2 AND billing_period = ?3 AND action NOT IN ('voided', 'reinstated') \
             GROUP BY sink_id, reference)",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(billing_period)
        .fetch_all(&self.reader)
        .await
        .map_err(StoreError::during("read by which plans a period was delivered"))
    }

    /// Everything that was confirmed under a reference, oldest first.
    pub async fn counterfoils_under(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        reference: &Reference,
    ) -> Result<Vec<Counterfoil>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT body FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 AND reference = ?4 \
                 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(&reference.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(body).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the counterfoils of a reference"))
    }

    /// The newest counterfoil under a reference.
    pub async fn latest_counterfoil(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        reference: &Reference,
    ) -> Result<Option<Counterfoil>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT body FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 AND reference = ?4 \
                 ORDER BY number DESC LIMIT 1",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(&reference.0)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(body).transpose()
        };
        read.await
            .map_err(StoreError::during("read the counterfoil of a reference"))
    }
}

fn body(row: &SqliteRow) -> Result<Counterfoil, sqlx::Error> {
    row.json("body")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenMode;

    #[tokio::test]
    async fn the_counterfoils_of_a_charge_are_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Store::open(&path, OpenMode::Create).await.unwrap();
        let plan = store.query_plan(OF_CHARGES).await;
        let by_charge =
            "INDEX counterfoil_line_by_charge (tenant_id=? AND pipeline_id=? AND charge=?)";
        assert!(plan.iter().any(|step| step.contains(by_charge)), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("SCAN c")), "{plan:?}");
    }
}
