//! A source that is gone for good: what it showed ends when it is retired, and what was known of it stays.

use std::collections::BTreeMap;

use counterfoil_model::ids::{ListingId, ResourceId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::Seen;
use rusqlite::{Connection, params};

use super::base::ScopeKey;
use super::gauge_runs::GaugeRuns;
use super::order::Order;
use super::statement::{Statement, Until};
use super::timelines::{EditBatch, Timelines};
use crate::billing::Signed;
use crate::billing::decisions;
use crate::columns::Cells;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::next_recording;

impl Store {
    /// Retires a source: its open intervals and gauges end now, as a fact of recorded time, so that what was
    /// planned before is explained as it was. Answers how many resources ended.
    pub async fn retire_source(
        &self,
        source: SourceId,
        signed: Signed<'_>,
    ) -> Result<u64, StoreError> {
        let now = signed.now;
        let operation = "retire a source";
        let retire = |writing: &Connection| {
            decisions::keep_retirement(writing, self.tenant, source.0, signed)?;
            let reason = "retired source";
            let recording = next_recording(writing, self.tenant, now, reason, None)?;
            let tenant = self.tenant.0;
            writing.execute(
                "UPDATE entity SET retired_at = ?3 WHERE tenant_id = ?1 AND entity_id = ?2",
                params![tenant, source.0, now.seconds()],
            )?;
            let Some(last) = last_listing(writing, tenant, source)? else {
                return Ok(0);
            };
            let open = open_resources(writing, tenant, source, now)?;
            let every: Vec<ResourceId> = open.values().flatten().copied().collect();
            let timelines = Timelines::load(writing, tenant, &every)?;
            let mut edits = EditBatch::begin(writing, tenant, recording, last)?;
            let mut gauges = GaugeRuns::load(writing, tenant, source.0, recording, &every)?;
            let mut ended = 0;
            for (scope, resources) in &open {
                let key = ScopeKey {
                    tenant,
                    source: source.0,
                    scope,
                };
                for resource in resources {
                    edits.state(&timelines, key, &gone(*resource, now));
                    gauges.state(*resource, now, None, &BTreeMap::new());
                    ended += 1;
                }
                // Should it ever come back, what it lists is compared with nothing.
                Order::forget(writing, key)?;
            }
            edits.write(writing, tenant)?;
            gauges.write(writing)?;
            Ok(ended)
        };
        let retire =
            |writing: &Connection| retire(writing).map_err(StoreError::during_bulk(operation));
        self.write_bulk(operation, retire).await
    }
}

fn gone(resource: ResourceId, at: Instant) -> Statement<'static> {
    Statement {
        resource,
        at,
        until: Until::Open,
        seen: Seen::Absent,
        external_id: "",
        place: "",
    }
}

fn last_listing(
    connection: &Connection,
    tenant: i64,
    source: SourceId,
) -> rusqlite::Result<Option<ListingId>> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(listing_id) FROM listing WHERE tenant_id = ?1 AND source_id = ?2",
        [tenant, source.0],
        |row| row.get(0),
    )?;
    Ok(last.map(ListingId))
}

/// By scope, what would be there after an instant.
fn open_resources(
    connection: &Connection,
    tenant: i64,
    source: SourceId,
    at: Instant,
) -> rusqlite::Result<BTreeMap<String, Vec<ResourceId>>> {
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT scope, resource_id FROM interval WHERE tenant_id = ?1 AND source_id = ?2 \
         AND recorded_to IS NULL AND (valid_to IS NULL OR valid_to > ?3) ORDER BY scope, resource_id",
    )?;
    let mut rows = query.query([tenant, source.0, at.seconds()])?;
    let mut open: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let resource = ResourceId(row.integer(1)?);
        open.entry(row.text(0)?).or_default().push(resource);
    }
    Ok(open)
}
