//! Endings that wait for a person: what they are, and the answer.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::Seen;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use thiserror::Error;

use super::base::ScopeKey;
use super::gauge_runs::GaugeRuns;
use super::timelines::{EditBatch, Statement, Timelines};
use crate::billing::decisions::{self, DecisionKind, Signed};
use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WithheldId(pub i64);

impl fmt::Display for WithheldId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithheldState {
    Pending,
    Approved,
    /// Everything came back, or a person said that nothing ended.
    Dismissed,
}

stored_as!(WithheldState {
    Pending => "pending",
    Approved => "approved",
    Dismissed => "dismissed",
});

/// Endings of one listing that were not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldEndings {
    pub id: WithheldId,
    pub state: WithheldState,
    pub listing: ListingId,
    pub source: SourceId,
    pub scope: Scope,
    /// They would end at this time.
    pub valid: Instant,
    /// How many resources still wait.
    pub absent: u64,
    /// How many resources were known in the scope.
    pub known: u64,
    /// Those that still wait.
    pub resources: Vec<ResourceId>,
    pub settled_by: Option<String>,
    pub settled_at: Option<Instant>,
}

#[derive(Debug, Error)]
pub enum ApprovalError {
    #[error("approve the endings: {count} resources would end, above the ceiling of {ceiling}")]
    AboveCeiling { count: u64, ceiling: u64 },
    #[error("approve the endings: they are settled already, as {}", state.as_str())]
    Settled { state: WithheldState },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Endings that wait, the oldest first.
    pub async fn withheld_pending(
        &self,
        source: SourceId,
    ) -> Result<Vec<WithheldEndings>, StoreError> {
        let during = StoreError::during("read withheld endings");
        let mut snapshot = self.reader.begin().await.map_err(&during)?;
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT withheld_id FROM withheld JOIN listing USING (tenant_id, listing_id) WHERE tenant_id = ?1 \
             AND state = 'pending' AND source_id = ?2 ORDER BY withheld_id",
        )
        .bind(self.tenant.0)
        .bind(source.0)
        .fetch_all(&mut *snapshot)
        .await
        .map_err(&during)?;
        let mut pending = Vec::with_capacity(ids.len());
        for id in ids {
            let found = load(&mut snapshot, self.tenant.0, WithheldId(id)).await;
            pending.extend(found.map_err(&during)?);
        }
        Ok(pending)
    }

    /// Ends what waits, at the time of the listing that missed it; at most `ceiling` resources, else nothing.
    pub async fn approve_withheld(
        &self,
        id: WithheldId,
        ceiling: u64,
        signed: Signed<'_>,
    ) -> Result<RecordingId, ApprovalError> {
        let during = StoreError::during("approve withheld endings");
        let mut writing = self.begin().await.map_err(&during)?;
        let endings = self.waiting(&mut writing, id).await?;
        let count = endings.absent;
        if count > ceiling {
            return Err(ApprovalError::AboveCeiling { count, ceiling });
        }
        let tenant = self.tenant.0;
        let approve = async {
            let recording = begin_recording(
                &mut writing,
                self.tenant,
                signed.now,
                "approved endings",
                None,
            )
            .await?;
            end(&mut writing, tenant, recording, &endings).await?;
            let ceiling = i64::try_from(ceiling).unwrap_or(i64::MAX);
            let settled = (WithheldState::Approved, Some(ceiling));
            settle(&mut writing, tenant, id, settled, signed).await?;
            let kind = DecisionKind::ApproveWithheld;
            self.keep_settled(&mut writing, &endings, kind, signed)
                .await?;
            writing.commit().await?;
            Ok(recording)
        };
        approve.await.map_err(|source| during(source).into())
    }

    /// Says that nothing ended. The next complete listing that misses them asks again.
    pub async fn dismiss_withheld(
        &self,
        id: WithheldId,
        signed: Signed<'_>,
    ) -> Result<(), ApprovalError> {
        let during = StoreError::during("dismiss withheld endings");
        let mut writing = self.begin().await.map_err(&during)?;
        let endings = self.waiting(&mut writing, id).await?;
        let dismissed = (WithheldState::Dismissed, None);
        settle(&mut writing, self.tenant.0, id, dismissed, signed)
            .await
            .map_err(&during)?;
        let kind = DecisionKind::DismissWithheld;
        self.keep_settled(&mut writing, &endings, kind, signed)
            .await
            .map_err(&during)?;
        writing.commit().await.map_err(&during)?;
        Ok(())
    }

    async fn keep_settled(
        &self,
        connection: &mut SqliteConnection,
        endings: &WithheldEndings,
        kind: DecisionKind,
        signed: Signed<'_>,
    ) -> Result<(), sqlx::Error> {
        let pipeline: i64 = sqlx::query_scalar(
            "SELECT pipeline_id FROM entity WHERE tenant_id = ?1 AND entity_id = ?2",
        )
        .bind(self.tenant.0)
        .bind(endings.source.0)
        .fetch_one(&mut *connection)
        .await?;
        let subject = format!(
            "withheld endings {}: {} resources",
            endings.id, endings.absent
        );
        decisions::keep(connection, self.tenant, (pipeline, kind, &subject), signed).await
    }

    async fn waiting(
        &self,
        connection: &mut SqliteConnection,
        id: WithheldId,
    ) -> Result<WithheldEndings, ApprovalError> {
        let found = load(connection, self.tenant.0, id).await;
        let found = found.map_err(StoreError::during("read withheld endings"))?;
        let endings = found.ok_or_else(|| StoreError::NotFound {
            what: format!("withheld endings {id}"),
        })?;
        match endings.state {
            WithheldState::Pending => Ok(endings),
            state @ (WithheldState::Approved | WithheldState::Dismissed) => {
                Err(ApprovalError::Settled { state })
            }
        }
    }
}

async fn load(
    connection: &mut SqliteConnection,
    tenant: i64,
    id: WithheldId,
) -> Result<Option<WithheldEndings>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT * FROM withheld JOIN listing USING (tenant_id, listing_id) WHERE tenant_id = ?1 AND withheld_id = ?2",
    )
    .bind(tenant)
    .bind(id.0)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let resources: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT resource_id FROM withheld_resource \
         WHERE tenant_id = ?1 AND withheld_id = ?2 AND state = 'pending' ORDER BY resource_id",
    )
    .bind(tenant)
    .bind(id.0)
    .fetch_all(connection)
    .await?;
    endings(id, &row, resources).map(Some)
}

fn endings(
    id: WithheldId,
    row: &SqliteRow,
    resources: Vec<i64>,
) -> Result<WithheldEndings, sqlx::Error> {
    Ok(WithheldEndings {
        id,
        state: row.parsed("state")?,
        listing: ListingId(row.integer("listing_id")?),
        source: SourceId(row.integer("source_id")?),
        scope: Scope(row.text("scope")?),
        valid: row.instant("valid_from")?,
        absent: u64::try_from(resources.len()).unwrap_or(u64::MAX),
        known: row.count("known")?,
        resources: resources.into_iter().map(ResourceId).collect(),
        settled_by: row.optional_text("settled_by")?,
        settled_at: row.optional_instant("settled_at")?,
    })
}

/// Whoever saw one of them since has taken it out of the request, so that nothing later holds against the ending.
async fn end(
    connection: &mut SqliteConnection,
    tenant: i64,
    recording: RecordingId,
    endings: &WithheldEndings,
) -> Result<(), sqlx::Error> {
    let key = ScopeKey {
        tenant,
        source: endings.source.0,
        scope: endings.scope.as_str(),
    };
    let timelines = Timelines::load(connection, tenant, &endings.resources).await?;
    let mut edits = EditBatch::begin(connection, tenant, recording, endings.listing).await?;
    let mut gauges = GaugeRuns::load(
        connection,
        tenant,
        key.source,
        recording,
        &endings.resources,
    )
    .await?;
    for resource in &endings.resources {
        let statement = Statement {
            resource: *resource,
            at: endings.valid,
            until: None,
            seen: Seen::Absent,
            external_id: "",
            place: "",
        };
        edits.state(&timelines, key, &statement);
        gauges.state(*resource, endings.valid, None, &BTreeMap::new());
    }
    edits.write(connection, tenant).await?;
    gauges.write(connection).await
}

async fn settle(
    connection: &mut SqliteConnection,
    tenant: i64,
    id: WithheldId,
    (state, ceiling): (WithheldState, Option<i64>),
    signed: Signed<'_>,
) -> Result<(), sqlx::Error> {
    let of_resources = match state {
        WithheldState::Pending => "pending",
        WithheldState::Approved => "ended",
        WithheldState::Dismissed => "dismissed",
    };
    sqlx::query(
        "UPDATE withheld SET state = ?3, ceiling = ?4, settled_by = ?5, settled_at = ?6 \
         WHERE tenant_id = ?1 AND withheld_id = ?2",
    )
    .bind(tenant)
    .bind(id.0)
    .bind(state.as_str())
    .bind(ceiling)
    .bind(&signed.signature.by)
    .bind(signed.now.seconds())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE withheld_resource SET state = ?3 WHERE tenant_id = ?1 AND withheld_id = ?2 AND state = 'pending'",
    )
    .bind(tenant)
    .bind(id.0)
    .bind(of_resources)
    .execute(connection)
    .await?;
    Ok(())
}
