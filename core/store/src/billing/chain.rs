//! The chain of counterfoils as links, for `verify`, and its head.

use counterfoil_model::counterfoil::Link;
use counterfoil_model::ids::{PipelineId, TenantId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// Links after a number with their bodies, at most `limit` of them, in the order of their numbers.
    pub async fn chain(
        &self,
        pipeline: PipelineId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(Link, Option<String>)>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number > ?3 \
                 ORDER BY number LIMIT ?4",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(after)
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
            let records = rows
                .iter()
                .map(|row| Ok((link(row)?, Some(row.text("body")?))));
            records.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the chain of counterfoils"))
    }

    /// Where the chain is kept to end. Apart from the records, so that a chain that was cut off shows.
    pub async fn chain_head(&self, pipeline: PipelineId) -> Result<Option<Link>, StoreError> {
        let read = async {
            let mut reading = self.reader.acquire().await?;
            head_within(&mut reading, self.tenant, pipeline).await
        };
        read.await
            .map_err(StoreError::during("read the head of the chain"))
    }
}

/// The head as it is kept; its own link where the record is there still.
pub(super) async fn head_within(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    pipeline: PipelineId,
) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT h.count AS number, h.digest, coalesce(c.previous, zeroblob(32)) AS previous, \
         coalesce(c.body_digest, zeroblob(32)) AS body_digest \
         FROM counterfoil_head h LEFT JOIN counterfoil c \
         ON c.tenant_id = h.tenant_id AND c.pipeline_id = h.pipeline_id AND c.number = h.count \
         WHERE h.tenant_id = ?1 AND h.pipeline_id = ?2",
    )
    .bind(tenant.0)
    .bind(pipeline.0)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(link).transpose()
}

fn link(row: &SqliteRow) -> Result<Link, sqlx::Error> {
    Ok(Link {
        number: row.integer("number")?,
        previous: row.digest("previous")?,
        body: row.digest("body_digest")?,
        digest: row.digest("digest")?,
    })
}
