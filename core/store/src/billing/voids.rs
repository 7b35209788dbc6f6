//! Documents that somebody voided or removed at the sink: which were seen to be void, and which a person accepted as such.

use counterfoil_model::counterfoil::{Action, Counterfoil, RemoteDocument};
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::time::Instant;

use super::confirm::Confirmation;
use super::decisions::{DecisionKind, Signed, keep};
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// Keeps that a person accepts a document as void, as a counterfoil on top of its newest one; both or neither.
    /// `remote` is what was read back of it, where something stands there still.
    pub async fn accept_void(
        &self,
        pipeline: PipelineId,
        newest: &Counterfoil,
        remote: Option<RemoteDocument>,
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        let reference = &newest.delivery.reference;
        let sink = newest.delivery.slot.sink;
        let plan = newest.plan.parse().map_err(|_| StoreError::NotFound {
            what: format!("the plan {}", newest.plan),
        })?;
        let confirmation = Confirmation {
            action: Action::Voided,
            delivery: newest.delivery.clone(),
            content_digest: newest.content_digest,
            remote: remote.unwrap_or_else(|| newest.remote.clone()),
            posted: newest.posted,
            plan,
            confirmed: signed.now,
        };
        let write = async {
            let mut writing = self.begin().await?;
            let number: Option<i64> = sqlx::query_scalar(
                "SELECT max(number) FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 \
                 AND reference = ?4",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(&reference.0)
            .fetch_one(&mut *writing)
            .await?;
            if number != Some(newest.number) {
                return Ok(false);
            }
            let what = (pipeline.0, DecisionKind::AcceptVoid, reference.0.as_str());
            keep(&mut writing, self.tenant, what, signed).await?;
            self.append(&mut writing, pipeline, confirmation).await?;
            writing.commit().await?;
            Ok(true)
        };
        let is_kept = write
            .await
            .map_err(StoreError::during("keep that a document is void"))?;
        if is_kept {
            return Ok(());
        }
        let what =
            format!("the counterfoil of {reference} as it was read: another process added to it");
        Err(StoreError::NotFound { what })
    }

    /// What was void when it was read back last, and since when that is known. In the order of references.
    pub async fn seen_void(&self, sink: SinkId) -> Result<Vec<(Reference, Instant)>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT reference, at FROM (SELECT reference, at, observed, max(number) FROM read_back \
                 WHERE tenant_id = ?1 AND sink_id = ?2 GROUP BY reference) \
                 WHERE json_extract(observed, '$.state') = 'void' ORDER BY reference",
            )
            .bind(self.tenant.0)
            .bind(sink.0)
            .fetch_all(&self.reader)
            .await?;
            let seen = rows
                .iter()
                .map(|row| Ok((Reference(row.text("reference")?), row.instant("at")?)));
            seen.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what was seen to be void"))
    }
}
