//! Takes in one listing in one transaction: whose rows they are, what changed, who is absent. What did not change is
//! not written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, TenantId};
use rusqlite::{Connection, params};

use super::absence::{Expected, Pending, pending};
use super::base::ScopeKey;
use super::doubts::Doubts;
use super::fold::{Folded, Stretch, fold};
use super::later::Later;
use super::listing::{BrokenRow, Completeness, IngestError, ListingIngest, ListingOutcome};
use super::order::{Order, Row};
use super::records;
use super::resolve::{Resolved, identified, resolve};
use super::timelines::Timelines;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::next_recording;

impl Store {
    /// Takes in a listing. All of it is stored, or nothing.
    pub async fn ingest(&self, listing: &ListingIngest) -> Result<ListingOutcome, IngestError> {
        let key = ScopeKey {
            tenant: self.tenant.0,
            source: listing.source.0,
            scope: listing.scope.as_str(),
        };
        let operation = "take in a listing";
        let during = StoreError::during_bulk(operation);
        let take_in = |writing: &Connection| {
            let base = self.orders.load(writing, key).map_err(&during)?;
            let folded = fold(listing, base.as_deref())?;
            let resolved =
                resolve(writing, key, base.as_deref(), &folded, listing.valid).map_err(&during)?;
            if !resolved.problems.is_empty() {
                return Err(IngestError::Refused {
                    problems: resolved.problems,
                });
            }
            let mut ingest =
                Ingest::begin(writing, key, listing, base, folded, resolved).map_err(&during)?;
            ingest.load(writing).map_err(&during)?;
            let decided = ingest.decide(writing).map_err(&during)?;
            let decided = decided.ok_or(IngestError::BaseMoved)?;
            Ok(ingest.write(writing, decided).map_err(&during)?)
        };
        let (outcome, order) = self.write_bulk(operation, take_in).await?;
        if let Some(order) = order {
            self.orders.keep(key, Arc::new(order));
        }
        Ok(outcome)
    }
}

/// One listing on its way in.
pub(super) struct Ingest<'a> {
    pub(super) key: ScopeKey<'a>,
    pub(super) listing: &'a ListingIngest,
    pub(super) id: ListingId,
    pub(super) recording: RecordingId,
    pub(super) completeness: Completeness,
    pub(super) base: Option<Arc<Order>>,
    pub(super) folded: Folded,
    pub(super) resolved: Resolved,
    /// Resources of readings.
    pub(super) read: HashSet<ResourceId>,
    /// By id at the source, resources of which nothing but a broken row was seen.
    pub(super) kept: HashMap<String, ResourceId>,
    pub(super) broken: Vec<BrokenRow>,
    pub(super) doubts: Doubts,
    pub(super) later: Later,
    /// Nothing was taken in since the base: what is unchanged needs no look at its history.
    pub(super) quiet: bool,
    pub(super) pending: Pending,
    pub(super) expected: Expected,
    pub(super) timelines: Timelines,
}

impl<'a> Ingest<'a> {
    fn begin(
        connection: &Connection,
        key: ScopeKey<'a>,
        listing: &'a ListingIngest,
        base: Option<Arc<Order>>,
        folded: Folded,
        resolved: Resolved,
    ) -> rusqlite::Result<Self> {
        let recording = next_recording(
            connection,
            TenantId(key.tenant),
            listing.now,
            "listing",
            listing.run,
        )?;
        let rows = u64::try_from(folded.rows() + folded.broken.len()).unwrap_or(u64::MAX);
        let as_expected = listing
            .coverage
            .expected
            .is_none_or(|expected| expected == rows);
        let completeness = match listing.coverage.completeness {
            Completeness::Complete if !as_expected => Completeness::Partial,
            said => said,
        };
        let mut broken = folded.broken.clone();
        broken.extend(resolved.duplicates.iter().cloned());
        Ok(Self {
            id: records::next_listing(connection, key.tenant)?,
            read: resolved.resources.iter().flatten().copied().collect(),
            kept: HashMap::new(),
            doubts: Doubts::default(),
            later: Later::default(),
            quiet: false,
            pending: Pending::new(),
            expected: Expected::default(),
            timelines: Timelines::default(),
            key,
            listing,
            recording,
            completeness,
            base,
            folded,
            resolved,
            broken,
        })
    }

    /// Reads what bears on the listing: later listings, what waits, who was there, the histories that may change.
    fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let at = self.listing.valid;
        self.later = Later::load(connection, self.key, at)?;
        self.pending = pending(connection, self.key)?;
        if let Some(base) = &self.base {
            self.quiet = base.valid < at && is_last(connection, self.key, base)?;
        }
        self.load_kept(connection)?;
        if self.completeness == Completeness::Complete && self.doubts.reason().is_some() {
            self.completeness = Completeness::Partial;
        }
        if self.completeness == Completeness::Complete {
            self.expected = match &self.base {
                Some(base) if self.quiet => {
                    Expected::of_base(connection, self.key, base, &self.folded.unchanged)?
                }
                Some(_) | None => Expected::of_history(connection, self.key, at)?,
            };
        }
        let created: HashSet<ResourceId> =
            self.resolved.created.iter().map(|(id, _)| *id).collect();
        let mut touched: BTreeSet<ResourceId> = self.read.difference(&created).copied().collect();
        touched.extend(self.kept.values());
        touched.extend(&self.expected.candidates);
        if !self.quiet {
            touched.extend(self.unchanged());
        }
        let touched: Vec<ResourceId> = touched.into_iter().collect();
        self.timelines = Timelines::load(connection, self.key.tenant, &touched)?;
        Ok(())
    }

    fn load_kept(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let rows = self.broken.iter();
        let ids: BTreeSet<&str> = rows.filter_map(|row| row.external_id.as_deref()).collect();
        let rows = self.folded.readings.iter().zip(&self.resolved.resources);
        let mut present: HashSet<String> = rows
            .filter(|(reading, resource)| {
                resource.is_some() && ids.contains(reading.external_id.as_str())
            })
            .map(|(reading, _)| reading.external_id.clone())
            .collect();
        if !ids.is_empty() {
            let ids: Vec<&str> = ids.into_iter().collect();
            let identified = identified(connection, self.key, &ids)?;
            let meant: HashSet<ResourceId> =
                identified.iter().map(|(_, _, of_id)| *of_id).collect();
            let seen = self.seen().map(|(_, resource)| resource);
            let seen: HashSet<ResourceId> =
                seen.filter(|resource| meant.contains(resource)).collect();
            for (external_id, _, resource) in identified {
                if seen.contains(&resource) {
                    present.insert(external_id);
                } else {
                    self.kept.insert(external_id, resource);
                }
            }
        }
        let kept = &self.kept;
        let known = |id: &str| kept.contains_key(id);
        self.doubts = Doubts::of(&mut self.broken, &present, known);
        Ok(())
    }

    /// Rows with their resource, in order.
    pub(super) fn seen(&self) -> impl Iterator<Item = Row> + '_ {
        let base = self.base.as_ref().map_or(&[][..], |base| &base.rows);
        self.folded.stretches.iter().flat_map(|stretch| {
            let (unchanged, read) = match stretch {
                Stretch::Unchanged(positions) => (&base[positions.clone()], None),
                Stretch::Read(index) => (&base[..0], self.row_of(*index)),
            };
            unchanged.iter().copied().chain(read)
        })
    }

    pub(super) fn seen_count(&self) -> usize {
        let resolved = self.resolved.resources.iter().flatten();
        self.folded.unchanged_count() + resolved.count()
    }

    /// The row of a reading. None where the same thing stands in the listing twice.
    pub(super) fn row_of(&self, reading: usize) -> Option<Row> {
        let resource = self.resolved.resources[reading]?;
        Some((self.folded.readings[reading].hash, resource))
    }

    pub(super) fn unchanged(&self) -> impl Iterator<Item = ResourceId> + '_ {
        let rows = self.base.iter().flat_map(|base| base.rows.iter());
        let unchanged = rows.zip(&self.folded.unchanged).filter(|(_, is)| **is);
        unchanged.map(|((_, resource), _)| *resource)
    }
}

/// Was nothing taken in since the base, and is nothing known that is later?
fn is_last(connection: &Connection, key: ScopeKey<'_>, base: &Order) -> rusqlite::Result<bool> {
    let mut query = connection.prepare_cached(
        "SELECT NOT EXISTS (SELECT 1 FROM listing WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
         AND (valid_from > ?4 OR (listing_id > ?5 AND seen > 0)))",
    )?;
    let valid = base.valid.seconds();
    let values = params![key.tenant, key.source, key.scope, valid, base.listing.0];
    query.query_row(values, |row| row.get(0))
}
