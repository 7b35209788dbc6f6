//! What listings that were taken in before, and are later in valid time, say: until when does this one hold?

use std::collections::{HashMap, HashSet};

use counterfoil_model::ids::{ListingId, ResourceId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};

use super::base::{ScopeKey, resource_ids};
use super::listing::Completeness;
use crate::columns::{Cells, json_array};

/// The later listings of a scope, the earliest first.
#[derive(Debug, Default)]
pub(crate) struct Later {
    listings: Vec<Told>,
}

#[derive(Debug)]
struct Told {
    listing: ListingId,
    place: String,
    valid: Instant,
    complete: bool,
    /// Of a complete listing those of which it told nothing (withheld, broken); else those that it saw.
    exceptions: HashSet<ResourceId>,
}

/// The first later listing that told the state of a resource, as it was taken in last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Next<'a> {
    pub(crate) valid: Instant,
    pub(crate) listing: ListingId,
    /// What it is called. Which of its rows it was is not kept where that was as before.
    pub(crate) place: &'a str,
}

impl Later {
    pub(crate) fn load(
        connection: &Connection,
        key: ScopeKey<'_>,
        than: Instant,
    ) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT listing_id, valid_from, completeness, offer_key FROM listing \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND valid_from > ?4 \
             ORDER BY valid_from, listing_id",
        )?;
        let values = params![key.tenant, key.source, key.scope, than.seconds()];
        let rows = query.query_map(values, |row| {
            let complete = row.parsed::<Completeness, _>(2)? == Completeness::Complete;
            let told = (ListingId(row.integer(0)?), row.instant(1)?, complete);
            Ok((told, row.text(3)?))
        })?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<ListingId> = rows.iter().map(|((id, ..), _)| *id).collect();
        let mut untold = untold(connection, key.tenant, &ids, UntoldAs::NotJudged)?;
        let mut seen = seen(connection, key.tenant, &ids)?;
        let listings = rows.into_iter().map(|((id, valid, complete), offer)| {
            let exceptions = if complete { &mut untold } else { &mut seen };
            Told {
                listing: id,
                place: place_of(&offer, key.scope).to_owned(),
                valid,
                complete,
                exceptions: exceptions.remove(&id).unwrap_or_default(),
            }
        });
        Ok(Self {
            listings: listings.collect(),
        })
    }

    pub(crate) fn is_none(&self) -> bool {
        self.listings.is_empty()
    }

    /// The first later listing that told the state of a resource.
    pub(crate) fn tells(&self, resource: ResourceId) -> Option<Next<'_>> {
        let tells = |told: &&Told| told.complete != told.exceptions.contains(&resource);
        let first = self.listings.iter().find(tells)?.valid;
        let mut at_first = self.listings.iter().filter(|told| told.valid == first);
        at_first.rfind(tells).map(|told| Next {
            valid: told.valid,
            listing: told.listing,
            place: &told.place,
        })
    }
}

/// What people call a listing: the key of its offer, or the scope where it has none.
pub(crate) fn place_of<'a>(offer: &'a str, scope: &'a str) -> &'a str {
    if offer.is_empty() { scope } else { offer }
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
pub(crate) fn untold(
    connection: &Connection,
    tenant: i64,
    listings: &[ListingId],
    untold_as: UntoldAs,
) -> rusqlite::Result<HashMap<ListingId, HashSet<ResourceId>>> {
    let mut query = connection.prepare_cached(
        "SELECT listing_id, resource_id FROM withheld_resource WHERE tenant_id = ?1 \
           AND listing_id IN (SELECT value FROM json_each(?2)) AND (?3 OR state <> 'ended') \
         UNION ALL SELECT listing_id, resource_id FROM broken_row WHERE tenant_id = ?1 \
           AND listing_id IN (SELECT value FROM json_each(?2)) AND resource_id IS NOT NULL",
    )?;
    let not_seen = untold_as == UntoldAs::NotSeen;
    let mut rows = query.query(params![tenant, json_array(listings), not_seen])?;
    let mut found: HashMap<ListingId, HashSet<ResourceId>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let listing = ListingId(row.integer(0)?);
        let resource = ResourceId(row.integer(1)?);
        found.entry(listing).or_default().insert(resource);
    }
    Ok(found)
}

/// By listing that was not complete, the resources that it saw.
pub(crate) fn seen(
    connection: &Connection,
    tenant: i64,
    listings: &[ListingId],
) -> rusqlite::Result<HashMap<ListingId, HashSet<ResourceId>>> {
    let mut query = connection.prepare_cached(
        "SELECT listing_id, resources FROM listing_seen \
         WHERE tenant_id = ?1 AND listing_id IN (SELECT value FROM json_each(?2))",
    )?;
    let mut rows = query.query(params![tenant, json_array(listings)])?;
    let mut found: HashMap<ListingId, HashSet<ResourceId>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let entry = found.entry(ListingId(row.integer(0)?)).or_default();
        entry.extend(resource_ids(row.get_ref(1)?.as_blob()?));
    }
    Ok(found)
}
