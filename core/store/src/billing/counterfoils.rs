//! Counterfoils as records: what was delivered, to which sink, under which reference.

use std::collections::BTreeSet;

use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

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
