//! Documents that somebody voided or removed at the sink: which were seen to be void, which a person accepted as such, and
//! of which that was retracted.

use counterfoil_model::counterfoil::{Action, Counterfoil, RemoteDocument};
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::time::Instant;

use super::confirm::Confirmation;
use super::decisions::{DecisionKind, Signed, keep};
use crate::columns::{Columns, json_array};
use crate::database::Store;
use crate::error::StoreError;

/// A document that a person accepts as void, or of which that is retracted.
#[derive(Debug, Clone)]
pub struct VoidDocument {
    /// Its newest counterfoil, as it was read.
    pub newest: Counterfoil,
    /// What is kept of how the remote has it, where that is not as in its newest one.
    pub remote: Option<RemoteDocument>,
}

impl Store {
    /// Keeps that a person accepts documents as void, each as a counterfoil on top of its newest one: all of them or none.
    /// Answers the first that another process wrote of since it was read; then nothing is kept.
    pub async fn accept_void(
        &self,
        pipeline: PipelineId,
        documents: &[VoidDocument],
        signed: Signed<'_>,
    ) -> Result<Option<Reference>, StoreError> {
        let what = (Action::Voided, DecisionKind::AcceptVoid);
        self.decide_void(pipeline, documents, what, signed)
            .await
            .map_err(StoreError::during("keep that documents are void"))
    }

    /// Keeps that a person retracts such an acceptance, in the same way.
    pub async fn retract_void(
        &self,
        pipeline: PipelineId,
        documents: &[VoidDocument],
        signed: Signed<'_>,
    ) -> Result<Option<Reference>, StoreError> {
        let what = (Action::Reinstated, DecisionKind::RetractVoid);
        self.decide_void(pipeline, documents, what, signed)
            .await
            .map_err(StoreError::during("keep that documents are reinstated"))
    }

    async fn decide_void(
        &self,
        pipeline: PipelineId,
        documents: &[VoidDocument],
        (action, kind): (Action, DecisionKind),
        signed: Signed<'_>,
    ) -> Result<Option<Reference>, sqlx::Error> {
        let mut writing = self.begin().await?;
        for VoidDocument { newest, remote } in documents {
            let reference = &newest.delivery.reference;
            let number: Option<i64> = sqlx::query_scalar(
                "SELECT max(number) FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 \
                 AND reference = ?4",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(newest.delivery.slot.sink.0)
            .bind(&reference.0)
            .fetch_one(&mut *writing)
            .await?;
            if number != Some(newest.number) {
                return Ok(Some(reference.clone()));
            }
            let plan = newest
                .plan
                .parse()
                .map_err(|_| sqlx::Error::Decode(format!("{} is no plan", newest.plan).into()))?;
            let confirmation = Confirmation {
                action,
                delivery: newest.delivery.clone(),
                content_digest: newest.content_digest,
                remote: remote.clone().unwrap_or_else(|| newest.remote.clone()),
                posted: newest.posted,
                plan,
                confirmed: signed.now,
            };
            let what = (pipeline.0, kind, reference.0.as_str());
            keep(&mut writing, self.tenant, what, signed).await?;
            self.append(&mut writing, pipeline, confirmation).await?;
        }
        writing.commit().await?;
        Ok(None)
    }

    /// Which of these were void when they were read back last, and since when that is known. In the order of references.
    pub async fn seen_void(
        &self,
        sink: SinkId,
        references: &[&Reference],
    ) -> Result<Vec<(Reference, Instant)>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT r.reference, r.at FROM json_each(?3) asked CROSS JOIN read_back r \
                 ON r.tenant_id = ?1 AND r.sink_id = ?2 AND r.reference = asked.value \
                 AND r.number = (SELECT max(number) FROM read_back WHERE tenant_id = ?1 AND sink_id = ?2 \
                 AND reference = asked.value) \
                 WHERE json_extract(r.observed, '$.state') = 'void' ORDER BY r.reference",
            )
            .bind(self.tenant.0)
            .bind(sink.0)
            .bind(json_array(references))
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
