//! Recorded time: each transaction that makes something known takes the next number.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::ids::{RecordingId, RunId, TenantId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};
use sqlx::SqliteConnection;

use crate::columns::{Columns, json_array};
use crate::database::Store;
use crate::error::StoreError;

/// A point of recorded time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub id: RecordingId,
    /// What the clock said. Not monotone: clocks are set.
    pub at: Instant,
    /// "listing", "counterfoil", …
    pub reason: String,
    pub run: Option<RunId>,
}

impl Store {
    /// The newest point of recorded time: the cutoff of a plan that is made now. 0 where nothing is recorded.
    pub async fn cutoff(&self) -> Result<RecordingId, StoreError> {
        sqlx::query_scalar(
            "SELECT coalesce(max(recording_id), 0) FROM recording WHERE tenant_id = ?1",
        )
        .bind(self.tenant.0)
        .fetch_one(&self.reader)
        .await
        .map(RecordingId)
        .map_err(StoreError::during("read the newest recording"))
    }

    /// The cutoff that shows what was known at an instant: the newest recording at or before it.
    pub async fn cutoff_at(&self, instant: Instant) -> Result<RecordingId, StoreError> {
        sqlx::query_scalar(
            "SELECT coalesce(max(recording_id), 0) FROM recording WHERE tenant_id = ?1 AND at <= ?2",
        )
        .bind(self.tenant.0)
        .bind(instant.seconds())
        .fetch_one(&self.reader)
        .await
        .map(RecordingId)
        .map_err(StoreError::during("read the recording at an instant"))
    }

    pub async fn recording(&self, id: RecordingId) -> Result<Option<Recording>, StoreError> {
        let read = async {
            let row =
                sqlx::query("SELECT * FROM recording WHERE tenant_id = ?1 AND recording_id = ?2")
                    .bind(self.tenant.0)
                    .bind(id.0)
                    .fetch_optional(&self.reader)
                    .await?;
            row.map(|row| {
                Ok(Recording {
                    id,
                    at: row.instant("at")?,
                    reason: row.text("reason")?,
                    run: row.optional_integer("run_id")?.map(RunId),
                })
            })
            .transpose()
        };
        read.await.map_err(StoreError::during("read a recording"))
    }
}

impl Store {
    /// What the clock said at some points of recorded time.
    pub async fn recorded_at(
        &self,
        ids: &BTreeSet<RecordingId>,
    ) -> Result<BTreeMap<RecordingId, Instant>, StoreError> {
        let read = async {
            let rows = sqlx::query(RECORDED_AT)
                .bind(self.tenant.0)
                .bind(json_array(&ids.iter().collect::<Vec<_>>()))
                .fetch_all(&self.reader)
                .await?;
            let recordings = rows.iter().map(|row| {
                let id = RecordingId(row.integer("recording_id")?);
                Ok((id, row.instant("at")?))
            });
            recordings.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read recordings"))
    }
}

pub(crate) const RECORDED_AT: &str = "SELECT recording_id, at FROM recording \
     WHERE tenant_id = ?1 AND recording_id IN (SELECT value FROM json_each(?2))";

/// Takes the next number within a transaction that writes.
pub(crate) async fn begin_recording(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    at: Instant,
    reason: &str,
    run: Option<RunId>,
) -> Result<RecordingId, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO recording (tenant_id, recording_id, at, reason, run_id) \
         SELECT ?1, coalesce(max(recording_id), 0) + 1, ?2, ?3, ?4 FROM recording WHERE tenant_id = ?1 \
         RETURNING recording_id",
    )
    .bind(tenant.0)
    .bind(at.seconds())
    .bind(reason)
    .bind(run.map(|run| run.0))
    .fetch_one(connection)
    .await
    .map(RecordingId)
}

/// The same through a bulk connection.
pub(crate) fn next_recording(
    connection: &Connection,
    tenant: TenantId,
    at: Instant,
    reason: &str,
    run: Option<RunId>,
) -> rusqlite::Result<RecordingId> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO recording (tenant_id, recording_id, at, reason, run_id) \
         SELECT ?1, coalesce(max(recording_id), 0) + 1, ?2, ?3, ?4 FROM recording WHERE tenant_id = ?1 \
         RETURNING recording_id",
    )?;
    let values = params![tenant.0, at.seconds(), reason, run.map(|run| run.0)];
    insert.query_row(values, |row| row.get(0)).map(RecordingId)
}
