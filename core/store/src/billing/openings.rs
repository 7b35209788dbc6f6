//! Opening positions as facts: what is given anew supersedes, and what was known at a cutoff stays so.

use counterfoil_model::ids::{PipelineId, RecordingId};
use counterfoil_model::opening::OpeningEntry;
use sqlx::SqliteConnection;

use super::decisions::{DecisionKind, Signed, keep};
use super::effects::json;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

impl Store {
    /// Supersedes entries and gives others, all or none of it.
    pub async fn change_openings(
        &self,
        pipeline: PipelineId,
        superseded: &[OpeningEntry],
        given: &[OpeningEntry],
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        if superseded.is_empty() && given.is_empty() {
            return Ok(());
        }
        let write = async {
            let mut writing = self.begin().await?;
            let recording =
                begin_recording(&mut writing, self.tenant, signed.now, "opening", None).await?;
            let subject = format!("{} given, {} superseded", given.len(), superseded.len());
            let what = (pipeline.0, DecisionKind::Opening, subject.as_str());
            keep(&mut writing, self.tenant, what, signed).await?;
            for entry in superseded {
                self.supersede(&mut writing, pipeline, entry, recording)
                    .await?;
            }
            for entry in given {
                sqlx::query(
                    "INSERT INTO opening (tenant_id, pipeline_id, opening_id, account_id, item, billing_period, note, body, \
                     recorded_from) SELECT ?1, ?2, coalesce(max(opening_id), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8 FROM opening \
                     WHERE tenant_id = ?1 AND pipeline_id = ?2",
                )
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .bind(entry.account.0)
                .bind(entry.item.as_ref().map_or("", |item| item.as_str()))
                .bind(&entry.billing_period)
                .bind(&entry.note)
                .bind(json(entry))
                .bind(recording.0)
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep the opening position"))
    }

    async fn supersede(
        &self,
        connection: &mut SqliteConnection,
        pipeline: PipelineId,
        entry: &OpeningEntry,
        recording: RecordingId,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE opening SET recorded_to = ?7 WHERE tenant_id = ?1 AND pipeline_id = ?2 AND account_id = ?3 \
             AND item = ?4 AND billing_period = ?5 AND note = ?6 AND recorded_to IS NULL",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(entry.account.0)
        .bind(entry.item.as_ref().map_or("", |item| item.as_str()))
        .bind(&entry.billing_period)
        .bind(&entry.note)
        .bind(recording.0)
        .execute(connection)
        .await
        .map(|_| ())
    }

    /// What was known at a cutoff, or is known now; in the order of period, account, item and note.
    pub async fn openings(
        &self,
        pipeline: PipelineId,
        cutoff: Option<RecordingId>,
    ) -> Result<Vec<OpeningEntry>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT body FROM opening WHERE tenant_id = ?1 AND pipeline_id = ?2 AND recorded_from <= ?3 \
                 AND (recorded_to IS NULL OR recorded_to > ?3) ORDER BY billing_period, account_id, item, note",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(cutoff.map_or(i64::MAX, |cutoff| cutoff.0))
            .fetch_all(&self.reader)
            .await?;
            let entries = rows.iter().map(|row| row.json("body"));
            entries.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the opening position"))
    }
}
