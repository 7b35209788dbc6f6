//! Endings that wait for a person: what they are, and the answer.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_model::counted::counted;
use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, Scope, SourceId, TenantId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::Seen;
use rusqlite::{Connection, OptionalExtension, Row, params};
use thiserror::Error;

use super::base::ScopeKey;
use super::gauge_runs::GaugeRuns;
use super::statement::{Statement, Until};
use super::timelines::{EditBatch, Timelines};
use crate::billing::decisions::{self, DecisionKind, Signed};
use crate::columns::{Cells, damaged, stored_as};
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::next_recording;

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
    #[error("approve the endings: {} would end, above the ceiling of {ceiling}", counted(*count, "resource"))]
    AboveCeiling { count: u64, ceiling: u64 },
    #[error("approve the endings: they are settled already, as {}", state.as_str())]
    Settled { state: WithheldState },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Endings that wait, the oldest first.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn withheld_pending(
        &self,
        source: SourceId,
    ) -> Result<Vec<WithheldEndings>, StoreError> {
        let read = self.read_bulk(|snapshot| {
            let mut query = snapshot.prepare_cached(
                "SELECT withheld_id FROM withheld JOIN listing USING (tenant_id, listing_id) WHERE tenant_id = ?1 \
                 AND state = 'pending' AND source_id = ?2 ORDER BY withheld_id",
            )?;
            let ids = query.query_map([self.tenant.0, source.0], |row| row.get(0))?;
            let mut pending = Vec::new();
            for id in ids {
                pending.extend(load(snapshot, self.tenant.0, WithheldId(id?))?);
            }
            Ok(pending)
        });
        read.map_err(StoreError::during_bulk("read withheld endings"))
    }

    /// Ends what waits, at the time of the listing that missed it; at most `ceiling` resources, else nothing.
    pub async fn approve_withheld(
        &self,
        id: WithheldId,
        ceiling: u64,
        signed: Signed<'_>,
    ) -> Result<RecordingId, ApprovalError> {
        let operation = "approve withheld endings";
        let during = StoreError::during_bulk(operation);
        let tenant = self.tenant.0;
        let approve = |writing: &Connection| {
            let endings = waiting(writing, tenant, id)?;
            let count = endings.absent;
            if count > ceiling {
                return Err(ApprovalError::AboveCeiling { count, ceiling });
            }
            let reason = "approved endings";
            let recording = next_recording(writing, self.tenant, signed.now, reason, None);
            let recording = recording.map_err(&during)?;
            end(writing, tenant, recording, &endings).map_err(&during)?;
            let ceiling = i64::try_from(ceiling).unwrap_or(i64::MAX);
            let settled = (WithheldState::Approved, Some(ceiling));
            settle(writing, tenant, id, settled, signed).map_err(&during)?;
            let kind = DecisionKind::ApproveWithheld;
            keep_settled(writing, self.tenant, &endings, kind, signed).map_err(&during)?;
            Ok(recording)
        };
        self.write_bulk(operation, approve).await
    }

    /// Says that nothing ended. The next complete listing that misses them asks again.
    pub async fn dismiss_withheld(
        &self,
        id: WithheldId,
        signed: Signed<'_>,
    ) -> Result<(), ApprovalError> {
        let operation = "dismiss withheld endings";
        let tenant = self.tenant.0;
        let during = StoreError::during_bulk(operation);
        let dismiss = |writing: &Connection| {
            let endings = waiting(writing, tenant, id)?;
            let dismissed = (WithheldState::Dismissed, None);
            settle(writing, tenant, id, dismissed, signed).map_err(&during)?;
            let kind = DecisionKind::DismissWithheld;
            let kept = keep_settled(writing, self.tenant, &endings, kind, signed);
            Ok::<_, ApprovalError>(kept.map_err(&during)?)
        };
        self.write_bulk(operation, dismiss).await
    }
}

fn keep_settled(
    connection: &Connection,
    tenant: TenantId,
    endings: &WithheldEndings,
    kind: DecisionKind,
    signed: Signed<'_>,
) -> rusqlite::Result<()> {
    let pipeline: i64 = connection.query_row(
        "SELECT pipeline_id FROM entity WHERE tenant_id = ?1 AND entity_id = ?2",
        [tenant.0, endings.source.0],
        |row| row.get(0),
    )?;
    let subject = format!(
        "withheld endings {}: {}",
        endings.id,
        counted(endings.absent, "resource")
    );
    decisions::keep_bulk(connection, tenant, (pipeline, kind, &subject), signed)
}

fn waiting(
    connection: &Connection,
    tenant: i64,
    id: WithheldId,
) -> Result<WithheldEndings, ApprovalError> {
    let found = load(connection, tenant, id);
    let found = found.map_err(StoreError::during_bulk("read withheld endings"))?;
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

fn load(
    connection: &Connection,
    tenant: i64,
    id: WithheldId,
) -> rusqlite::Result<Option<WithheldEndings>> {
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT resource_id FROM withheld_resource \
         WHERE tenant_id = ?1 AND withheld_id = ?2 AND state = 'pending' ORDER BY resource_id",
    )?;
    let resources = query.query_map([tenant, id.0], |row| row.get(0).map(ResourceId))?;
    let resources: Vec<ResourceId> = resources.collect::<Result<_, _>>()?;
    let mut query = connection.prepare_cached(
        "SELECT state, listing_id, source_id, scope, valid_from, known, settled_by, settled_at \
         FROM withheld JOIN listing USING (tenant_id, listing_id) WHERE tenant_id = ?1 AND withheld_id = ?2",
    )?;
    let found = query.query_row([tenant, id.0], |row| endings(id, row, resources));
    found.optional()
}

fn endings(
    id: WithheldId,
    row: &Row<'_>,
    resources: Vec<ResourceId>,
) -> rusqlite::Result<WithheldEndings> {
    Ok(WithheldEndings {
        id,
        state: row.parsed(0)?,
        listing: ListingId(row.integer(1)?),
        source: SourceId(row.integer(2)?),
        scope: Scope::from(row.text(3)?),
        valid: row.instant(4)?,
        absent: u64::try_from(resources.len()).unwrap_or(u64::MAX),
        known: u64::try_from(row.integer(5)?).map_err(damaged)?,
        resources,
        settled_by: row.optional_text(6)?,
        settled_at: row.optional_instant(7)?,
    })
}

/// Whoever saw one of them since has taken it out of the request, so that nothing later holds against the ending.
fn end(
    connection: &Connection,
    tenant: i64,
    recording: RecordingId,
    endings: &WithheldEndings,
) -> rusqlite::Result<()> {
    let key = ScopeKey {
        tenant,
        source: endings.source.0,
        scope: endings.scope.as_str(),
    };
    let timelines = Timelines::load(connection, tenant, &endings.resources)?;
    let mut edits = EditBatch::begin(connection, tenant, recording, endings.listing)?;
    let mut gauges = GaugeRuns::load(
        connection,
        tenant,
        key.source,
        recording,
        &endings.resources,
    )?;
    for resource in &endings.resources {
        let statement = Statement {
            resource: *resource,
            at: endings.valid,
            until: Until::Open,
            seen: Seen::Absent,
            external_id: "",
            place: "",
        };
        edits.state(&timelines, key, &statement);
        gauges.state(*resource, endings.valid, None, &BTreeMap::new());
    }
    edits.write(connection, tenant)?;
    gauges.write(connection)
}

fn settle(
    connection: &Connection,
    tenant: i64,
    id: WithheldId,
    (state, ceiling): (WithheldState, Option<i64>),
    signed: Signed<'_>,
) -> rusqlite::Result<()> {
    let of_resources = match state {
        WithheldState::Pending => "pending",
        WithheldState::Approved => "ended",
        WithheldState::Dismissed => "dismissed",
    };
    connection.execute(
        "UPDATE withheld SET state = ?3, ceiling = ?4, settled_by = ?5, settled_at = ?6 \
         WHERE tenant_id = ?1 AND withheld_id = ?2",
        params![
            tenant,
            id.0,
            state.as_str(),
            ceiling,
            signed.signature.by,
            signed.now.seconds(),
        ],
    )?;
    connection.execute(
        "UPDATE withheld_resource SET state = ?3 WHERE tenant_id = ?1 AND withheld_id = ?2 AND state = 'pending'",
        params![tenant, id.0, of_resources],
    )?;
    Ok(())
}
