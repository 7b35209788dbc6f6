//! A source that is gone for good: what it showed ends when it is retired, and what was known of it stays.

use std::collections::BTreeMap;

use counterfoil_model::ids::{ListingId, ResourceId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::Seen;
use sqlx::SqliteConnection;

use super::base::{Order, ScopeKey};
use super::gauge_runs::GaugeRuns;
use super::timelines::{EditBatch, Statement, Timelines};
use crate::billing::Signed;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

impl Store {
    /// Retires a source: its open intervals and gauges end now, as a fact of recorded time, so that what was
    /// planned before is explained as it was. Answers how many resources ended.
    pub async fn retire_source(
        &self,
        source: SourceId,
        signed: Signed<'_>,
    ) -> Result<u64, StoreError> {
        let now = signed.now;
        let retire = async {
            let mut writing = self.begin().await?;
            self.keep_retirement(&mut writing, source.0, signed).await?;
            let reason = "retired source";
            let recording = begin_recording(&mut writing, self.tenant, now, reason, None).await?;
            let tenant = self.tenant.0;
            sqlx::query(
                "UPDATE entity SET retired_at = ?3 WHERE tenant_id = ?1 AND entity_id = ?2",
            )
            .bind(tenant)
            .bind(source.0)
            .bind(now.seconds())
            .execute(&mut *writing)
            .await?;
            let mut ended = 0;
            if let Some(last) = last_listing(&mut writing, tenant, source).await? {
                let open = open_resources(&mut writing, tenant, source, now).await?;
                let every: Vec<ResourceId> = open.values().flatten().copied().collect();
                let timelines = Timelines::load(&mut writing, tenant, &every).await?;
                let mut edits = EditBatch::begin(&mut writing, tenant, recording, last).await?;
                let mut gauges =
                    GaugeRuns::load(&mut writing, tenant, source.0, recording, &every).await?;
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
                    Order::forget(&mut writing, key).await?;
                }
                edits.write(&mut writing, tenant).await?;
                gauges.write(&mut writing).await?;
            }
            writing.commit().await?;
            Ok(ended)
        };
        retire.await.map_err(StoreError::during("retire a source"))
    }
}

fn gone(resource: ResourceId, at: Instant) -> Statement<'static> {
    Statement {
        resource,
        at,
        until: None,
        seen: Seen::Absent,
        external_id: "",
        place: "",
    }
}

async fn last_listing(
    connection: &mut SqliteConnection,
    tenant: i64,
    source: SourceId,
) -> Result<Option<ListingId>, sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT max(listing_id) FROM listing WHERE tenant_id = ?1 AND source_id = ?2",
    )
    .bind(tenant)
    .bind(source.0)
    .fetch_one(connection)
    .await?;
    Ok(last.map(ListingId))
}

/// By scope, what would be there after an instant.
async fn open_resources(
    connection: &mut SqliteConnection,
    tenant: i64,
    source: SourceId,
    at: Instant,
) -> Result<BTreeMap<String, Vec<ResourceId>>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT DISTINCT scope, resource_id FROM interval WHERE tenant_id = ?1 AND source_id = ?2 \
         AND recorded_to IS NULL AND (valid_to IS NULL OR valid_to > ?3) ORDER BY scope, resource_id",
    )
    .bind(tenant)
    .bind(source.0)
    .bind(at.seconds())
    .fetch_all(connection)
    .await?;
    let mut open: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
    for row in &rows {
        let resource = ResourceId(row.integer("resource_id")?);
        open.entry(row.text("scope")?).or_default().push(resource);
    }
    Ok(open)
}
