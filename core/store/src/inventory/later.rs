//! What listings that were taken in before, and are later in valid time, say: until when does this one hold?

use std::collections::{HashMap, HashSet};

use counterfoil_model::ids::{ListingId, ResourceId};
use counterfoil_model::time::Instant;
use sqlx::{Row, SqliteConnection};

use super::base::{ScopeKey, resource_ids};
use super::listing::Completeness;
use crate::columns::{Columns, json_array};

/// The later listings of a scope, the earliest first.
#[derive(Debug, Default)]
pub(crate) struct Later {
    listings: Vec<Told>,
}

#[derive(Debug)]
struct Told {
    valid: Instant,
    complete: bool,
    /// Of a complete listing those of which it told nothing (withheld, broken); else those that it saw.
    exceptions: HashSet<ResourceId>,
}

impl Later {
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        key: ScopeKey<'_>,
        than: Instant,
    ) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT listing_id, valid_from, completeness FROM listing \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND valid_from > ?4 \
             ORDER BY valid_from, listing_id",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .bind(than.seconds())
        .fetch_all(&mut *connection)
        .await?;
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<ListingId> = rows
            .iter()
            .map(|row| row.integer("listing_id").map(ListingId))
            .collect::<Result<_, _>>()?;
        let mut untold = untold(connection, key.tenant, &ids, UntoldAs::NotJudged).await?;
        let mut seen = seen(connection, key.tenant, &ids).await?;
        let mut listings = Vec::with_capacity(rows.len());
        for (row, id) in rows.iter().zip(ids) {
            let complete = row.parsed::<Completeness>("completeness")? == Completeness::Complete;
            let exceptions = if complete { &mut untold } else { &mut seen };
            listings.push(Told {
                valid: row.instant("valid_from")?,
                complete,
                exceptions: exceptions.remove(&id).unwrap_or_default(),
            });
        }
        Ok(Self { listings })
    }

    /// The time of the first later listing that told the state of a resource.
    pub(crate) fn tells(&self, resource: ResourceId) -> Option<Instant> {
        let mut told = self.listings.iter();
        told.find(|told| told.complete != told.exceptions.contains(&resource))
            .map(|told| told.valid)
    }
}

/// Which absent rows count as not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UntoldAs {
    /// Those whose absence was not accepted: it says nothing of their state.
    NotJudged,
    /// All: the listing did not see them.
    NotSeen,
}

/// By complete listing, the resources that were not read in it and did not end with it.
pub(crate) async fn untold(
    connection: &mut SqliteConnection,
    tenant: i64,
    listings: &[ListingId],
    untold_as: UntoldAs,
) -> Result<HashMap<ListingId, HashSet<ResourceId>>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT listing_id, resource_id FROM withheld_resource WHERE tenant_id = ?1 \
           AND listing_id IN (SELECT value FROM json_each(?2)) AND (?3 OR state <> 'ended') \
         UNION ALL SELECT listing_id, resource_id FROM broken_row WHERE tenant_id = ?1 \
           AND listing_id IN (SELECT value FROM json_each(?2)) AND resource_id IS NOT NULL",
    )
    .bind(tenant)
    .bind(json_array(listings))
    .bind(untold_as == UntoldAs::NotSeen)
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<ListingId, HashSet<ResourceId>> = HashMap::new();
    for row in &rows {
        let listing = ListingId(row.integer("listing_id")?);
        let resource = ResourceId(row.integer("resource_id")?);
        found.entry(listing).or_default().insert(resource);
    }
    Ok(found)
}

/// By listing that was not complete, the resources that it saw.
pub(crate) async fn seen(
    connection: &mut SqliteConnection,
    tenant: i64,
    listings: &[ListingId],
) -> Result<HashMap<ListingId, HashSet<ResourceId>>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT listing_id, resources FROM listing_seen \
         WHERE tenant_id = ?1 AND listing_id IN (SELECT value FROM json_each(?2))",
    )
    .bind(tenant)
    .bind(json_array(listings))
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<ListingId, HashSet<ResourceId>> = HashMap::new();
    for row in &rows {
        let listing = ListingId(row.integer("listing_id")?);
        let resources: &[u8] = row.try_get("resources")?;
        let entry = found.entry(listing).or_default();
        entry.extend(resource_ids(resources));
    }
    Ok(found)
}
