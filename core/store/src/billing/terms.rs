//! Versions of a pipeline's resolved configuration, by content.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, RecordingId};
use counterfoil_model::time::Instant;
use sqlx::Row;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConfig {
    pub hash: Digest,
    pub body: String,
    /// In force from here on; from the beginning where absent.
    pub effective_from: Option<Instant>,
    pub recording: RecordingId,
}

impl Store {
    /// Oldest first; with a cutoff only what had been recorded by then.
    pub async fn config_versions(
        &self,
        pipeline: PipelineId,
        cutoff: Option<RecordingId>,
    ) -> Result<Vec<StoredConfig>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM config_version WHERE tenant_id = ?1 AND pipeline_id = ?2 AND recording_id <= ?3 \
                 ORDER BY recording_id",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(cutoff.map_or(i64::MAX, |cutoff| cutoff.0))
            .fetch_all(&self.reader)
            .await?;
            let versions = rows.iter().map(|row| {
                Ok(StoredConfig {
                    hash: row.digest("hash")?,
                    body: row.try_get("body")?,
                    effective_from: row.optional_instant("effective_from")?,
                    recording: RecordingId(row.integer("recording_id")?),
                })
            });
            versions.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the versions of the configuration"))
    }

    /// Adds a version behind those that are there.
    pub async fn add_config_version(
        &self,
        pipeline: PipelineId,
        hash: Digest,
        body: &str,
        effective_from: Option<Instant>,
        now: Instant,
    ) -> Result<RecordingId, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let recording =
                begin_recording(&mut writing, self.tenant, now, "configuration", None).await?;
            sqlx::query(
                "INSERT INTO config_version (tenant_id, pipeline_id, recording_id, hash, body, effective_from) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(recording.0)
            .bind(&hash.as_bytes()[..])
            .bind(body)
            .bind(effective_from.map(Instant::seconds))
            .execute(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(recording)
        };
        write
            .await
            .map_err(StoreError::during("keep a version of the configuration"))
    }
}
