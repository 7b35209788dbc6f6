//! Who is not in a complete listing, and whether that is believed.
//!
//! Resources that wait for an approval count as absent again, so that a source which loses ever more rows is not
//! believed because it lost them in small steps.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use counterfoil_model::ids::{ListingId, ResourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::{Endings, Withheld, WithholdingThresholds, withholding};
use rusqlite::{Connection, params};

use super::base::ScopeKey;
use super::later::{UntoldAs, untold};
use super::order::Order;
use super::timelines::Timelines;
use crate::columns::Cells;

/// Endings of a scope that wait for a person: by resource, the request and the time of the listing that missed it.
pub(crate) type Pending = BTreeMap<ResourceId, (i64, Instant)>;

pub(crate) fn pending(connection: &Connection, key: ScopeKey<'_>) -> rusqlite::Result<Pending> {
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT p.resource_id, p.withheld_id, l.valid_from FROM withheld_resource p \
         JOIN withheld w USING (tenant_id, withheld_id) \
         JOIN listing l ON l.tenant_id = w.tenant_id AND l.listing_id = w.listing_id \
         WHERE p.tenant_id = ?1 AND p.state = 'pending' AND l.source_id = ?2 AND l.scope = ?3",
    )?;
    let pending = query.query_map(params![key.tenant, key.source, key.scope], |row| {
        let since = row.instant(2)?;
        Ok((ResourceId(row.integer(0)?), (row.integer(1)?, since)))
    })?;
    pending.collect()
}

/// Resources that may have been there before the listing, and how many of them were.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Not seen as unchanged. The readings are not yet taken out.
    pub(crate) candidates: Vec<ResourceId>,
    pub(crate) known: usize,
}

impl Expected {
    /// Nothing was taken in since the base: what is there is what it listed, and what it said nothing of.
    pub(crate) fn of_base(
        connection: &Connection,
        key: ScopeKey<'_>,
        base: &Order,
        unchanged: &[bool],
    ) -> rusqlite::Result<Self> {
        let silent = untold(connection, key.tenant, &[base.listing], UntoldAs::NotJudged)?;
        let silent: BTreeSet<ResourceId> = silent.into_values().flatten().collect();
        let known = base.rows.len() + silent.len();
        let rows = base.rows.iter().enumerate();
        let missing = rows.filter(|(position, _)| unchanged.get(*position) != Some(&true));
        let candidates = missing.map(|(_, (_, resource))| *resource).chain(silent);
        Ok(Self {
            candidates: candidates.collect(),
            known,
        })
    }

    /// Everything whose history says that it was there. Whatever was there had an identity in the scope.
    pub(crate) fn of_history(
        connection: &Connection,
        key: ScopeKey<'_>,
        at: Instant,
    ) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT n.resource_id FROM \
               (SELECT DISTINCT resource_id FROM identity WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3) n \
             CROSS JOIN interval i ON i.tenant_id = ?1 AND i.resource_id = n.resource_id \
             WHERE i.source_id = ?2 AND i.scope = ?3 AND i.recorded_to IS NULL \
             AND i.valid_from <= ?4 AND (i.valid_to IS NULL OR i.valid_to > ?4)",
        )?;
        let values = params![key.tenant, key.source, key.scope, at.seconds()];
        let alive = query.query_map(values, |row| row.integer(0).map(ResourceId))?;
        let candidates: Vec<ResourceId> = alive.collect::<Result<_, _>>()?;
        Ok(Self {
            known: candidates.len(),
            candidates,
        })
    }
}

/// What is decided of those that are absent.
#[derive(Debug, Default)]
pub(crate) struct Absence {
    pub(crate) ended: Vec<ResourceId>,
    /// They wait for a person from now on.
    pub(crate) withheld: Vec<ResourceId>,
    /// They wait already.
    pub(crate) still_withheld: Vec<(ResourceId, i64)>,
    pub(crate) why: Option<Withheld>,
    pub(crate) known: usize,
    pub(crate) absent: usize,
}

/// How much of a scope a listing saw, and at which time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) at: Instant,
    pub(crate) seen: usize,
    pub(crate) read: &'a HashSet<ResourceId>,
    pub(crate) kept: &'a BTreeSet<ResourceId>,
    pub(crate) pending: &'a Pending,
    pub(crate) thresholds: WithholdingThresholds,
}

impl Absence {
    pub(crate) fn judge(
        expected: &Expected,
        timelines: &Timelines,
        key: ScopeKey<'_>,
        sight: Sight<'_>,
    ) -> Self {
        let absent: BTreeSet<ResourceId> = expected
            .candidates
            .iter()
            .copied()
            .filter(|resource| !sight.read.contains(resource) && !sight.kept.contains(resource))
            .filter(|resource| timelines.at(*resource, key, sight.at).is_some())
            .collect();
        let mut absence = Self {
            known: expected.known,
            absent: absent.len(),
            ..Self::default()
        };
        let endings = withholding(
            sight.seen + sight.kept.len(),
            expected.known,
            absent.len(),
            sight.thresholds,
        );
        for resource in absent {
            match (sight.pending.get(&resource), endings) {
                (Some((request, since)), _) if *since <= sight.at => {
                    absence.still_withheld.push((resource, *request));
                }
                (_, Endings::End) => absence.ended.push(resource),
                (_, Endings::Withhold(why)) => {
                    absence.why = Some(why);
                    absence.withheld.push(resource);
                }
            }
        }
        absence
    }

    /// Stores what waits: a new request, and those of old ones that this listing did not see either.
    pub(crate) fn write(
        &self,
        connection: &Connection,
        tenant: i64,
        listing: ListingId,
    ) -> rusqlite::Result<()> {
        if !self.withheld.is_empty() {
            let mut insert = connection.prepare_cached(
                "INSERT INTO withheld (tenant_id, withheld_id, listing_id, state, absent, known) \
                 SELECT ?1, coalesce(max(withheld_id), 0) + 1, ?2, 'pending', ?3, ?4 FROM withheld \
                 WHERE tenant_id = ?1 RETURNING withheld_id",
            )?;
            let absent = super::base::chunk_number(self.withheld.len());
            let known = super::base::chunk_number(self.known);
            let values = params![tenant, listing.0, absent, known];
            let request: i64 = insert.query_row(values, |row| row.get(0))?;
            for resource in &self.withheld {
                write_waiting(connection, tenant, listing, *resource, request)?;
            }
        }
        for (resource, request) in &self.still_withheld {
            write_waiting(connection, tenant, listing, *resource, *request)?;
        }
        Ok(())
    }
}

fn write_waiting(
    connection: &Connection,
    tenant: i64,
    listing: ListingId,
    resource: ResourceId,
    request: i64,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO withheld_resource (tenant_id, listing_id, resource_id, withheld_id, state) \
         VALUES (?1, ?2, ?3, ?4, 'pending')",
    )?;
    insert.execute(params![tenant, listing.0, resource.0, request])?;
    Ok(())
}

/// Those that wait and were seen again have returned; a request with nobody left to wait is dismissed.
pub(crate) fn settle_returned(
    connection: &Connection,
    tenant: i64,
    returned: &[(ResourceId, i64)],
    now: Instant,
) -> rusqlite::Result<()> {
    for (resource, request) in returned {
        let mut update = connection.prepare_cached(
            "UPDATE withheld_resource SET state = 'returned' \
             WHERE tenant_id = ?1 AND withheld_id = ?2 AND resource_id = ?3 AND state = 'pending'",
        )?;
        update.execute(params![tenant, request, resource.0])?;
    }
    let requests: BTreeSet<i64> = returned.iter().map(|(_, request)| *request).collect();
    for request in requests {
        let mut update = connection.prepare_cached(
            "UPDATE withheld SET state = 'dismissed', settled_at = ?3 WHERE tenant_id = ?1 AND withheld_id = ?2 \
             AND NOT EXISTS (SELECT 1 FROM withheld_resource p WHERE p.tenant_id = ?1 \
               AND p.withheld_id = ?2 AND p.state = 'pending')",
        )?;
        update.execute(params![tenant, request, now.seconds()])?;
    }
    Ok(())
}
