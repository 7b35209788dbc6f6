//! Until when coverage proves that an open interval goes on.

use std::collections::{BTreeMap, HashSet};

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};

use super::later::{UntoldAs, seen, untold};
use super::listing::Completeness;
use crate::columns::{Cells, json_array};

/// The coverage log of some sources as known at a cutoff, by scope.
#[derive(Debug, Default)]
pub(crate) struct Covered {
    scopes: BTreeMap<SourceId, BTreeMap<Scope, Vec<Covering>>>,
}

/// A listing: those that are later in valid time come first.
#[derive(Debug)]
struct Covering {
    until: Instant,
    complete: bool,
    /// Of a complete listing those that it did not see; else those that it saw.
    exceptions: HashSet<ResourceId>,
}

impl Covered {
    pub(crate) fn load(
        connection: &Connection,
        tenant: i64,
        sources: &[SourceId],
        cutoff: RecordingId,
    ) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT listing_id, source_id, scope, covered_until, completeness FROM listing \
             WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2)) AND recording_id <= ?3 \
             ORDER BY valid_from DESC, listing_id DESC",
        )?;
        let rows = query.query_map(params![tenant, json_array(sources), cutoff.0], |row| {
            let scope = (SourceId(row.integer(1)?), Scope::from(row.text(2)?));
            let complete = row.parsed::<Completeness, _>(4)? == Completeness::Complete;
            Ok((ListingId(row.integer(0)?), scope, row.instant(3)?, complete))
        })?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        let ids: Vec<ListingId> = rows.iter().map(|(id, ..)| *id).collect();
        let mut absent = untold(connection, tenant, &ids, UntoldAs::NotSeen)?;
        let mut present = seen(connection, tenant, &ids)?;
        let mut covered = Self::default();
        for (id, (source, scope), until, complete) in rows {
            let exceptions = if complete { &mut absent } else { &mut present };
            let scopes = covered.scopes.entry(source).or_default();
            scopes.entry(scope).or_default().push(Covering {
                until,
                complete,
                exceptions: exceptions.remove(&id).unwrap_or_default(),
            });
        }
        Ok(covered)
    }

    /// What the latest listing vouches for that saw a resource whose interval is open.
    pub(crate) fn until(
        &self,
        source: SourceId,
        scope: &Scope,
        resource: ResourceId,
    ) -> Option<Instant> {
        let mut listings = self.scopes.get(&source)?.get(scope)?.iter();
        let saw = |covering: &&Covering| {
            let none = covering.exceptions.is_empty();
            covering.complete != (!none && covering.exceptions.contains(&resource))
        };
        listings.find(saw).map(|covering| covering.until)
    }
}
