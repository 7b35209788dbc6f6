//! Until when coverage proves that an open interval goes on.

use std::collections::{BTreeMap, HashSet};

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::Instant;
use sqlx::SqliteConnection;

use super::later::{UntoldAs, seen, untold};
use super::listing::Completeness;
use crate::columns::{Columns, json_array};

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
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        tenant: i64,
        sources: &[SourceId],
        cutoff: RecordingId,
    ) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT listing_id, source_id, scope, covered_until, completeness FROM listing \
             WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2)) AND recording_id <= ?3 \
             ORDER BY valid_from DESC, listing_id DESC",
        )
        .bind(tenant)
        .bind(json_array(sources))
        .bind(cutoff.0)
        .fetch_all(&mut *connection)
        .await?;
        let ids: Vec<ListingId> = rows
            .iter()
            .map(|row| row.integer("listing_id").map(ListingId))
            .collect::<Result<_, _>>()?;
        let mut absent = untold(connection, tenant, &ids, UntoldAs::NotSeen).await?;
        let mut present = seen(connection, tenant, &ids).await?;
        let mut covered = Self::default();
        for (row, id) in rows.iter().zip(ids) {
            let complete = row.parsed::<Completeness>("completeness")? == Completeness::Complete;
            let exceptions = if complete { &mut absent } else { &mut present };
            let source = SourceId(row.integer("source_id")?);
            let scope = Scope(row.text("scope")?);
            let scopes = covered.scopes.entry(source).or_default();
            scopes.entry(scope).or_default().push(Covering {
                until: row.instant("covered_until")?,
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
        let saw =
            |covering: &&Covering| covering.complete != covering.exceptions.contains(&resource);
        listings.find(saw).map(|covering| covering.until)
    }
}
