//! Writes what a listing adds beside intervals: its entry in the coverage log, resources, identities, broken rows.

use std::collections::HashMap;

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::base::{CHUNK_ROWS, ScopeKey, chunk_number, resource_cells};
use super::listing::{BrokenRow, ListingIngest, ListingOutcome};
use super::reading::Reading;
use super::resolve::Resolved;

const ROWS_PER_INSERT: usize = 1000;

pub(crate) async fn next_listing(
    connection: &mut SqliteConnection,
    tenant: i64,
) -> Result<ListingId, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(listing_id), 0) + 1 FROM listing WHERE tenant_id = ?1")
        .bind(tenant)
        .fetch_one(connection)
        .await
        .map(ListingId)
}

pub(crate) async fn write_listing(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    listing: &ListingIngest,
    outcome: &ListingOutcome,
    reason: Option<&str>,
) -> Result<(), sqlx::Error> {
    let count = |count: u64| i64::try_from(count).expect("counts of rows fit 63 bits");
    sqlx::query(
        "INSERT INTO listing (tenant_id, listing_id, source_id, scope, valid_from, covered_until, offer_key, \
         fingerprint, completeness, expected, seen, new, changed, unchanged, ended, withheld, broken, reason, \
         run_id, recording_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )
    .bind(key.tenant)
    .bind(outcome.listing.0)
    .bind(key.source)
    .bind(key.scope)
    .bind(listing.valid.seconds())
    .bind(listing.covered_until.max(listing.valid).seconds())
    .bind(&listing.key)
    .bind(&listing.fingerprint)
    .bind(outcome.completeness.as_str())
    .bind(listing.coverage.expected.map(count))
    .bind(count(outcome.seen))
    .bind(count(outcome.new))
    .bind(count(outcome.changed))
    .bind(count(outcome.unchanged))
    .bind(count(outcome.ended))
    .bind(count(outcome.withheld))
    .bind(count(outcome.broken))
    .bind(reason)
    .bind(listing.run.map(|run| run.0))
    .bind(outcome.recording.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// New resources, ids at the source that point elsewhere than before, and values that were not known.
pub(crate) async fn write_resources(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    listing: &ListingIngest,
    recording: RecordingId,
    readings: &[Reading],
    resolved: &Resolved,
) -> Result<(), sqlx::Error> {
    for rows in resolved.created.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO resource (tenant_id, resource_id, kind, recording_id) ",
        );
        insert.push_values(rows, |mut values, (resource, kind)| {
            values
                .push_bind(key.tenant)
                .push_bind(resource.0)
                .push_bind(kind.as_str())
                .push_bind(recording.0);
        });
        insert.build().execute(&mut *connection).await?;
    }
    if resolved.moved {
        supersede_identities(connection, key, recording, readings, resolved).await?;
    }
    for rows in resolved.identified.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO identity (tenant_id, source_id, scope, external_id, kind, resource_id, valid_from, \
             recorded_from) ",
        );
        insert.push_values(rows, |mut values, index| {
            let reading = &readings[*index];
            values
                .push_bind(key.tenant)
                .push_bind(key.source)
                .push_bind(key.scope)
                .push_bind(reading.external_id.as_str())
                .push_bind(reading.kind.as_str())
                .push_bind(resolved.resources[*index].map(|resource| resource.0))
                .push_bind(listing.valid.seconds())
                .push_bind(recording.0);
        });
        insert.build().execute(&mut *connection).await?;
    }
    for rows in resolved.learned.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT OR IGNORE INTO correlation (tenant_id, resource_id, attribute_set, value, recorded_from) ",
        );
        insert.push_values(rows, |mut values, (resource, correlation)| {
            values
                .push_bind(key.tenant)
                .push_bind(resource.0)
                .push_bind(correlation.attribute_set.as_str())
                .push_bind(correlation.value.as_bytes().as_slice())
                .push_bind(recording.0);
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// An id points at one resource at a time, and a resource has one id in a scope.
async fn supersede_identities(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    recording: RecordingId,
    readings: &[Reading],
    resolved: &Resolved,
) -> Result<(), sqlx::Error> {
    for index in &resolved.identified {
        let reading = &readings[*index];
        sqlx::query(
            "UPDATE identity SET recorded_to = ?7 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
             AND recorded_to IS NULL AND ((external_id = ?4 AND kind = ?5) OR resource_id = ?6)",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .bind(&reading.external_id)
        .bind(reading.kind.as_str())
        .bind(resolved.resources[*index].map(|resource| resource.0))
        .bind(recording.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Broken rows; the resource where the row is all that was seen of it.
pub(crate) async fn write_broken(
    connection: &mut SqliteConnection,
    tenant: i64,
    listing: ListingId,
    broken: &[BrokenRow],
    kept: &HashMap<&str, ResourceId>,
) -> Result<(), sqlx::Error> {
    for (number, row) in (1_i64..).zip(broken) {
        let resource = row.external_id.as_deref().and_then(|id| kept.get(id));
        sqlx::query(
            "INSERT INTO broken_row (tenant_id, listing_id, number, place, external_id, resource_id, message, hint) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(tenant)
        .bind(listing.0)
        .bind(number)
        .bind(&row.place)
        .bind(&row.external_id)
        .bind(resource.map(|resource| resource.0))
        .bind(&row.message)
        .bind(&row.hint)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What a listing saw that was not complete.
pub(crate) async fn write_seen(
    connection: &mut SqliteConnection,
    tenant: i64,
    listing: ListingId,
    seen: impl Iterator<Item = ResourceId>,
) -> Result<(), sqlx::Error> {
    let seen: Vec<ResourceId> = seen.collect();
    for (number, chunk) in seen.chunks(CHUNK_ROWS).enumerate() {
        sqlx::query(
            "INSERT INTO listing_seen (tenant_id, listing_id, chunk, resources) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(tenant)
        .bind(listing.0)
        .bind(chunk_number(number))
        .bind(resource_cells(chunk.iter().copied()))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
