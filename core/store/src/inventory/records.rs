//! Writes what a listing adds beside intervals: its entry in the coverage log, resources, identities, broken rows.

use std::collections::HashMap;

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId};
use rusqlite::{Connection, params};

use super::base::{CHUNK_ROWS, ScopeKey, chunk_number, resource_cells};
use super::listing::{BrokenRow, ListingIngest, ListingOutcome};
use super::reading::Reading;
use super::resolve::Resolved;
use crate::columns::json_array;

pub(crate) fn next_listing(connection: &Connection, tenant: i64) -> rusqlite::Result<ListingId> {
    let mut query = connection.prepare_cached(
        "SELECT coalesce(max(listing_id), 0) + 1 FROM listing WHERE tenant_id = ?1",
    )?;
    query.query_row([tenant], |row| row.get(0)).map(ListingId)
}

pub(crate) fn write_listing(
    connection: &Connection,
    key: ScopeKey<'_>,
    listing: &ListingIngest,
    outcome: &ListingOutcome,
    reason: Option<&str>,
) -> rusqlite::Result<()> {
    let count = |count: u64| i64::try_from(count).expect("counts of rows fit 63 bits");
    let mut insert = connection.prepare_cached(
        "INSERT INTO listing (tenant_id, listing_id, source_id, scope, valid_from, covered_until, offer_key, \
         fingerprint, completeness, expected, seen, new, changed, unchanged, ended, withheld, broken, reason, \
         run_id, recording_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )?;
    insert.execute(params![
        key.tenant,
        outcome.listing.0,
        key.source,
        key.scope,
        listing.valid.seconds(),
        listing.covered_until.max(listing.valid).seconds(),
        listing.key,
        listing.fingerprint,
        outcome.completeness.as_str(),
        listing.coverage.expected.map(count),
        count(outcome.seen),
        count(outcome.new),
        count(outcome.changed),
        count(outcome.unchanged),
        count(outcome.ended),
        count(outcome.withheld),
        count(outcome.broken),
        reason,
        listing.run.map(|run| run.0),
        outcome.recording.0,
    ])?;
    Ok(())
}

/// New resources, ids at the source that point elsewhere than before, and values that were not known.
pub(crate) fn write_resources(
    connection: &Connection,
    key: ScopeKey<'_>,
    listing: &ListingIngest,
    recording: RecordingId,
    readings: &[Reading],
    resolved: &Resolved,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO resource (tenant_id, resource_id, kind, recording_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (resource, kind) in &resolved.created {
        insert.execute(params![key.tenant, resource.0, kind.as_str(), recording.0])?;
    }
    if resolved.moved {
        supersede_identities(connection, key, recording, readings, resolved)?;
    }
    write_identities(connection, key, listing, recording, readings, resolved)?;
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO correlation (tenant_id, resource_id, attribute_set, value, recorded_from) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (resource, correlation) in &resolved.learned {
        let value = correlation.value.as_bytes().as_slice();
        insert.execute(params![
            key.tenant,
            resource.0,
            correlation.attribute_set,
            value,
            recording.0,
        ])?;
    }
    Ok(())
}

fn write_identities(
    connection: &Connection,
    key: ScopeKey<'_>,
    listing: &ListingIngest,
    recording: RecordingId,
    readings: &[Reading],
    resolved: &Resolved,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO identity (tenant_id, source_id, scope, external_id, kind, resource_id, valid_from, \
         recorded_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    // In the order of the table's key many of them are written without going to and fro.
    let mut identified: Vec<usize> = resolved.identified.clone();
    identified.sort_unstable_by(|a, b| readings[*a].external_id.cmp(&readings[*b].external_id));
    let valid = listing.valid.seconds();
    for index in identified {
        let reading = &readings[index];
        insert.execute(params![
            key.tenant,
            key.source,
            key.scope,
            reading.external_id,
            reading.kind.as_str(),
            resolved.resources[index].map(|resource| resource.0),
            valid,
            recording.0,
        ])?;
    }
    Ok(())
}

/// An id points at one resource at a time, and a resource has one id in a scope.
fn supersede_identities(
    connection: &Connection,
    key: ScopeKey<'_>,
    recording: RecordingId,
    readings: &[Reading],
    resolved: &Resolved,
) -> rusqlite::Result<()> {
    let mut by_id = connection.prepare_cached(
        "UPDATE identity SET recorded_to = ?6 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
         AND external_id = ?4 AND kind = ?5 AND recorded_to IS NULL",
    )?;
    let mut resources = Vec::with_capacity(resolved.identified.len());
    for index in &resolved.identified {
        let reading = &readings[*index];
        by_id.execute(params![
            key.tenant,
            key.source,
            key.scope,
            reading.external_id,
            reading.kind.as_str(),
            recording.0,
        ])?;
        resources.extend(resolved.resources[*index]);
    }
    // By resource there is no index: the scope is looked through, once for all of them.
    let mut by_resource = connection.prepare_cached(
        "UPDATE identity SET recorded_to = ?5 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
         AND recorded_to IS NULL AND resource_id IN (SELECT value FROM json_each(?4))",
    )?;
    let resources = json_array(&resources);
    by_resource.execute(params![
        key.tenant,
        key.source,
        key.scope,
        resources,
        recording.0
    ])?;
    Ok(())
}

/// Broken rows; the resource where the row is all that was seen of it.
pub(crate) fn write_broken(
    connection: &Connection,
    tenant: i64,
    listing: ListingId,
    broken: &[BrokenRow],
    kept: &HashMap<&str, ResourceId>,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO broken_row (tenant_id, listing_id, number, place, external_id, resource_id, message, hint) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (number, row) in (1_i64..).zip(broken) {
        let resource = row.external_id.as_deref().and_then(|id| kept.get(id));
        insert.execute(params![
            tenant,
            listing.0,
            number,
            row.place,
            row.external_id,
            resource.map(|resource| resource.0),
            row.message,
            row.hint,
        ])?;
    }
    Ok(())
}

/// What a listing saw that was not complete.
pub(crate) fn write_seen(
    connection: &Connection,
    tenant: i64,
    listing: ListingId,
    seen: impl Iterator<Item = ResourceId>,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO listing_seen (tenant_id, listing_id, chunk, resources) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let seen: Vec<ResourceId> = seen.collect();
    for (number, chunk) in seen.chunks(CHUNK_ROWS).enumerate() {
        let resources = resource_cells(chunk.iter().copied());
        insert.execute(params![tenant, listing.0, chunk_number(number), resources])?;
    }
    Ok(())
}
