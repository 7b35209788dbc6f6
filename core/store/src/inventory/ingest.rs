//! Takes in one listing in one transaction: whose rows they are, what changed, who is absent. What did not change is
//! not written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, TenantId};
use counterfoil_model::timeline::Seen;
use sqlx::SqliteConnection;

use super::absence::{Absence, Expected, Pending, Sight, pending, settle_returned};
use super::base::{Order, ScopeKey};
use super::findings;
use super::fold::{Entry, Folded, fold};
use super::gauge_runs::GaugeRuns;
use super::later::Later;
use super::listing::{
    BrokenRow, Completeness, IngestError, ListingIngest, ListingOutcome, RowHash,
};
use super::records;
use super::resolve::{Resolved, identified, resolve};
use super::timelines::{EditBatch, Statement, Timelines};
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

impl Store {
    /// Takes in a listing. All of it is stored, or nothing.
    pub async fn ingest(&self, listing: &ListingIngest) -> Result<ListingOutcome, IngestError> {
        let during = StoreError::during("take in a listing");
        let mut writing = self.begin().await.map_err(&during)?;
        let key = ScopeKey {
            tenant: self.tenant.0,
            source: listing.source.0,
            scope: listing.scope.as_str(),
        };
        let base = Order::load(&mut writing, key).await.map_err(&during)?;
        let folded = fold(listing, base.as_ref())?;
        let resolved = resolve(&mut writing, key, base.as_ref(), &folded)
            .await
            .map_err(&during)?;
        if !resolved.problems.is_empty() {
            return Err(IngestError::Refused {
                problems: resolved.problems,
            });
        }
        let mut ingest = Ingest::begin(&mut writing, key, listing, base, folded, resolved)
            .await
            .map_err(&during)?;
        ingest.load(&mut writing).await.map_err(&during)?;
        let decided = ingest.decide(&mut writing).await.map_err(&during)?;
        let decided = decided.ok_or(IngestError::BaseMoved)?;
        let outcome = ingest.write(&mut writing, decided).await.map_err(&during)?;
        writing.commit().await.map_err(&during)?;
        Ok(outcome)
    }
}

struct Ingest<'a> {
    key: ScopeKey<'a>,
    listing: &'a ListingIngest,
    id: ListingId,
    recording: RecordingId,
    completeness: Completeness,
    base: Option<Order>,
    folded: Folded,
    resolved: Resolved,
    /// Rows with their resource, in order.
    seen: Vec<(RowHash, ResourceId)>,
    /// Resources of readings.
    read: HashSet<ResourceId>,
    /// By id at the source, resources of which nothing but a broken row was seen.
    kept: HashMap<String, ResourceId>,
    broken: Vec<BrokenRow>,
    later: Later,
    /// Nothing was taken in since the base: what is unchanged needs no look at its history.
    quiet: bool,
    pending: Pending,
    expected: Expected,
    timelines: Timelines,
}

/// What is to be written.
struct Decided {
    edits: EditBatch,
    gauges: GaugeRuns,
    absence: Absence,
    changed: u64,
    /// Scopes from which a resource moved here.
    left: BTreeSet<(i64, String)>,
    findings: Vec<Finding>,
}

impl<'a> Ingest<'a> {
    async fn begin(
        connection: &mut SqliteConnection,
        key: ScopeKey<'a>,
        listing: &'a ListingIngest,
        base: Option<Order>,
        folded: Folded,
        resolved: Resolved,
    ) -> Result<Self, sqlx::Error> {
        let recording = begin_recording(
            connection,
            TenantId(key.tenant),
            listing.now,
            "listing",
            listing.run,
        )
        .await?;
        let rows = u64::try_from(folded.entries.len() + folded.broken.len()).unwrap_or(u64::MAX);
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
            id: records::next_listing(connection, key.tenant).await?,
            seen: seen_rows(base.as_ref(), &folded, &resolved),
            read: resolved.resources.iter().flatten().copied().collect(),
            kept: HashMap::new(),
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
    async fn load(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let at = self.listing.valid;
        self.later = Later::load(connection, self.key, at).await?;
        self.pending = pending(connection, self.key).await?;
        if let Some(base) = &self.base {
            self.quiet = base.valid < at && is_last(connection, self.key, base).await?;
        }
        self.load_kept(connection).await?;
        if self.completeness == Completeness::Complete {
            self.expected = match &self.base {
                Some(base) if self.quiet => {
                    Expected::of_base(connection, self.key, base, &self.folded.unchanged).await?
                }
                Some(_) | None => Expected::of_history(connection, self.key, at).await?,
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
        self.timelines = Timelines::load(connection, self.key.tenant, &touched).await?;
        Ok(())
    }

    async fn load_kept(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let ids: Vec<&str> = self
            .broken
            .iter()
            .filter_map(|row| row.external_id.as_deref())
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let seen: HashSet<ResourceId> = self.seen.iter().map(|(_, resource)| *resource).collect();
        for (external_id, _, resource) in identified(connection, self.key, &ids).await? {
            if !seen.contains(&resource) {
                self.kept.insert(external_id, resource);
            }
        }
        Ok(())
    }

    fn unchanged(&self) -> impl Iterator<Item = ResourceId> + '_ {
        let rows = self.base.iter().flat_map(|base| &base.rows);
        let unchanged = rows.zip(&self.folded.unchanged).filter(|(_, is)| **is);
        unchanged.map(|((_, resource), _)| *resource)
    }

    /// None where the base no longer fits the histories: a full listing is needed.
    async fn decide(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Option<Decided>, sqlx::Error> {
        let tenant = self.key.tenant;
        let kept: BTreeSet<ResourceId> = self.kept.values().copied().collect();
        let sight = Sight {
            at: self.listing.valid,
            seen: self.seen.len(),
            read: &self.read,
            kept: &kept,
            pending: &self.pending,
            thresholds: self.listing.thresholds,
        };
        let unchanged: HashSet<ResourceId> = if self.quiet {
            HashSet::new()
        } else {
            self.unchanged().collect()
        };
        let mut expected = Expected {
            known: self.expected.known,
            candidates: self.expected.candidates.clone(),
        };
        expected
            .candidates
            .retain(|resource| !unchanged.contains(resource));
        let absence = Absence::judge(&expected, &self.timelines, self.key, sight);
        let mut sampled: BTreeSet<ResourceId> = self.read.iter().copied().collect();
        sampled.extend(&absence.ended);
        sampled.extend(unchanged);
        let sampled: Vec<ResourceId> = sampled.into_iter().collect();
        let gauges = GaugeRuns::load(
            connection,
            tenant,
            self.key.source,
            self.recording,
            &sampled,
        )
        .await?;
        let mut decided = Decided {
            edits: EditBatch::begin(connection, tenant, self.recording, self.id).await?,
            gauges,
            absence,
            changed: 0,
            left: BTreeSet::new(),
            findings: Vec::new(),
        };
        decided.findings.extend(findings::unreliable(
            self.base.as_ref().filter(|_| self.listing.base.is_none()),
            &self.folded.readings,
            &self.resolved,
            &self.timelines,
            self.key,
        ));
        decided
            .findings
            .extend(findings::withheld(&decided.absence, self.listing));
        self.state_readings(&mut decided);
        let fits = self.quiet || self.state_unchanged(&mut decided);
        self.state_absent(&mut decided);
        Ok(fits.then_some(decided))
    }

    fn state_readings(&self, decided: &mut Decided) {
        let created: HashSet<ResourceId> =
            self.resolved.created.iter().map(|(id, _)| *id).collect();
        for (reading, resource) in self.folded.readings.iter().zip(&self.resolved.resources) {
            let Some(resource) = *resource else { continue };
            let statement = Statement {
                resource,
                at: self.listing.valid,
                until: self.later.tells(resource),
                seen: Seen::Present(Arc::clone(&reading.configuration)),
                external_id: &reading.external_id,
                place: &reading.place,
            };
            let changes = decided.edits.state(&self.timelines, self.key, &statement);
            decided.changed += u64::from(changes && !created.contains(&resource));
            self.leave_other_scopes(resource, decided);
            let until = statement.until;
            decided
                .gauges
                .state(resource, self.listing.valid, until, &reading.gauges);
        }
    }

    /// Unchanged since the base means: as the base had it. Between the two, other listings may have said otherwise.
    fn state_unchanged(&self, decided: &mut Decided) -> bool {
        let Some(base) = &self.base else { return true };
        for resource in self.unchanged() {
            let Some(then) = self.timelines.at(resource, self.key, base.valid) else {
                return false;
            };
            let statement = Statement {
                resource,
                at: self.listing.valid,
                until: self.later.tells(resource),
                seen: Seen::Present(Arc::clone(&then.held.configuration)),
                external_id: &then.external_id,
                place: &then.place,
            };
            decided.changed +=
                u64::from(decided.edits.state(&self.timelines, self.key, &statement));
            self.leave_other_scopes(resource, decided);
            let samples = decided.gauges.at(resource, base.valid);
            let until = statement.until;
            decided
                .gauges
                .state(resource, self.listing.valid, until, &samples);
        }
        true
    }

    fn state_absent(&self, decided: &mut Decided) {
        let at = self.listing.valid;
        let absent = decided
            .absence
            .ended
            .iter()
            .map(|resource| (*resource, Seen::Absent));
        let kept = self
            .kept
            .values()
            .map(|resource| (*resource, Seen::PresentUnread));
        let statements: Vec<_> = absent.chain(kept).collect();
        for (resource, seen) in statements {
            let until = self.later.tells(resource);
            if seen == Seen::Absent {
                decided
                    .gauges
                    .state(resource, at, until, &std::collections::BTreeMap::new());
            }
            let statement = Statement {
                resource,
                at,
                until,
                seen,
                external_id: "",
                place: "",
            };
            decided.edits.state(&self.timelines, self.key, &statement);
        }
    }

    /// A resource is in one scope of a source at a time: seen here, it has left where it was.
    fn leave_other_scopes(&self, resource: ResourceId, decided: &mut Decided) {
        let at = self.listing.valid;
        for current in self.timelines.of(resource) {
            let elsewhere = current.source == self.key.source && current.scope != self.key.scope;
            if !elsewhere || !current.held.valid.contains(at) {
                continue;
            }
            let other = ScopeKey {
                tenant: self.key.tenant,
                source: current.source,
                scope: &current.scope,
            };
            let statement = Statement {
                resource,
                at,
                until: current.held.valid.to,
                seen: Seen::Absent,
                external_id: "",
                place: "",
            };
            decided.edits.state(&self.timelines, other, &statement);
            decided.left.insert((current.source, current.scope.clone()));
        }
    }

    async fn write(
        self,
        connection: &mut SqliteConnection,
        decided: Decided,
    ) -> Result<ListingOutcome, sqlx::Error> {
        let tenant = self.key.tenant;
        let outcome = self.outcome(&decided);
        let reason = self.reason();
        records::write_listing(
            connection,
            self.key,
            self.listing,
            &outcome,
            reason.as_deref(),
        )
        .await?;
        let readings = &self.folded.readings;
        let (listing, recording) = (self.listing, self.recording);
        records::write_resources(
            connection,
            self.key,
            listing,
            recording,
            readings,
            &self.resolved,
        )
        .await?;
        decided.edits.write(connection, tenant).await?;
        decided.gauges.write(connection).await?;
        let kept: HashMap<&str, ResourceId> = self
            .kept
            .iter()
            .map(|(id, resource)| (id.as_str(), *resource))
            .collect();
        records::write_broken(connection, tenant, self.id, &self.broken, &kept).await?;
        decided.absence.write(connection, tenant, self.id).await?;
        let returned = self.returned();
        settle_returned(connection, tenant, &returned, self.listing.now).await?;
        if self.completeness == Completeness::Complete {
            Order::replace(
                connection,
                self.key,
                self.base.as_ref(),
                self.id,
                &self.seen,
            )
            .await?;
        } else {
            let seen = self.seen.iter().map(|(_, resource)| *resource);
            records::write_seen(connection, tenant, self.id, seen).await?;
            let same_time = self
                .base
                .as_ref()
                .is_some_and(|base| base.valid == self.listing.valid);
            if self.resolved.moved || same_time {
                Order::forget(connection, self.key).await?;
            }
        }
        for (source, scope) in &decided.left {
            let other = ScopeKey {
                tenant,
                source: *source,
                scope,
            };
            Order::forget(connection, other).await?;
        }
        Ok(outcome)
    }

    /// Those that waited for an approval and are here again.
    fn returned(&self) -> Vec<(ResourceId, i64)> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        let mut here: HashSet<ResourceId> =
            self.seen.iter().map(|(_, resource)| *resource).collect();
        here.extend(self.kept.values());
        let pending = self.pending.iter();
        let returned = pending.filter(|(resource, (_, since))| {
            *since <= self.listing.valid && here.contains(resource)
        });
        returned
            .map(|(resource, (request, _))| (*resource, *request))
            .collect()
    }

    fn reason(&self) -> Option<String> {
        let said = self.listing.coverage.reason.clone();
        said.or_else(|| {
            let expected = self.listing.coverage.expected?;
            let rows = self.folded.entries.len() + self.folded.broken.len();
            (self.completeness != self.listing.coverage.completeness)
                .then(|| format!("the source said {expected} rows and gave {rows}"))
        })
    }

    fn outcome(&self, decided: &Decided) -> ListingOutcome {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let absence = &decided.absence;
        ListingOutcome {
            listing: self.id,
            recording: self.recording,
            completeness: self.completeness,
            seen: count(self.seen.len()),
            new: count(self.resolved.created.len()),
            changed: decided.changed,
            unchanged: count(self.folded.unchanged_count()),
            ended: count(absence.ended.len()),
            withheld: count(absence.withheld.len() + absence.still_withheld.len()),
            broken: count(self.broken.len()),
            findings: decided.findings.clone(),
        }
    }
}

fn seen_rows(
    base: Option<&Order>,
    folded: &Folded,
    resolved: &Resolved,
) -> Vec<(RowHash, ResourceId)> {
    let rows = base.map_or(&[][..], |order| &order.rows);
    let seen = folded.entries.iter().filter_map(|entry| match entry {
        Entry::Unchanged(position) => rows.get(*position).copied(),
        Entry::Read(index) => {
            let resource = resolved.resources[*index]?;
            Some((folded.readings[*index].hash, resource))
        }
    });
    seen.collect()
}

/// Was nothing taken in since the base, and is nothing known that is later?
async fn is_last(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    base: &Order,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT 1 FROM listing WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
         AND (valid_from > ?4 OR (listing_id > ?5 AND seen > 0)))",
    )
    .bind(key.tenant)
    .bind(key.source)
    .bind(key.scope)
    .bind(base.valid.seconds())
    .bind(base.listing.0)
    .fetch_one(connection)
    .await
}
