//! Decides what a listing changes, from what was loaded for it: edits, endings, findings. Only gauges are still read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::ResourceId;
use counterfoil_model::timeline::Seen;
use rusqlite::Connection;

use super::absence::{Absence, Expected, Sight};
use super::base::ScopeKey;
use super::findings;
use super::gauge_runs::GaugeRuns;
use super::ingest::Ingest;
use super::later::place_of;
use super::statement::{Statement, Until};
use super::timelines::EditBatch;

/// What is to be written.
pub(super) struct Decided<'a> {
    pub(super) edits: EditBatch<'a>,
    pub(super) gauges: GaugeRuns,
    pub(super) absence: Absence,
    pub(super) changed: u64,
    /// Scopes from which a resource moved here.
    pub(super) left: BTreeSet<(i64, String)>,
    pub(super) findings: Vec<Finding>,
}

impl Ingest<'_> {
    /// None where the base no longer fits the histories: a full listing is needed.
    pub(super) fn decide(&self, connection: &Connection) -> rusqlite::Result<Option<Decided<'_>>> {
        let tenant = self.key.tenant;
        let kept: BTreeSet<ResourceId> = self.kept.values().copied().collect();
        let sight = Sight {
            at: self.listing.valid,
            seen: self.seen_count(),
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
        )?;
        let mut decided = Decided {
            edits: EditBatch::begin(connection, tenant, self.recording, self.id)?,
            gauges,
            absence,
            changed: 0,
            left: BTreeSet::new(),
            findings: Vec::new(),
        };
        decided.findings.extend(findings::unreliable(
            self.base.as_deref().filter(|_| self.listing.base.is_none()),
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

    fn state_readings<'a>(&'a self, decided: &mut Decided<'a>) {
        let created: HashSet<ResourceId> =
            self.resolved.created.iter().map(|(id, _)| *id).collect();
        for (reading, resource) in self.folded.readings.iter().zip(&self.resolved.resources) {
            let Some(resource) = *resource else { continue };
            let statement = Statement {
                resource,
                at: self.listing.valid,
                until: Until::told(self.later.tells(resource)),
                seen: Seen::Present(Arc::clone(&reading.configuration)),
                external_id: &reading.external_id,
                place: &reading.place,
            };
            let changes = decided.edits.state(&self.timelines, self.key, &statement);
            decided.changed += u64::from(changes && !created.contains(&resource));
            self.leave_other_scopes(resource, decided);
            let until = statement.until.at();
            decided
                .gauges
                .state(resource, self.listing.valid, until, &reading.gauges);
        }
    }

    /// Unchanged since the base means: as the base had it. Between the two, other listings may have said otherwise.
    fn state_unchanged<'a>(&'a self, decided: &mut Decided<'a>) -> bool {
        let Some(base) = &self.base else { return true };
        let place = place_of(&self.listing.key, self.key.scope);
        for resource in self.unchanged() {
            let Some(then) = self.timelines.at(resource, self.key, base.valid) else {
                return false;
            };
            let statement = Statement {
                resource,
                at: self.listing.valid,
                until: Until::told(self.later.tells(resource)),
                seen: Seen::Present(Arc::clone(&then.held.configuration)),
                external_id: &then.external_id,
                // The place of then is one in another listing.
                place,
            };
            decided.changed +=
                u64::from(decided.edits.state(&self.timelines, self.key, &statement));
            self.leave_other_scopes(resource, decided);
            let samples = decided.gauges.at(resource, base.valid);
            let until = statement.until.at();
            decided
                .gauges
                .state(resource, self.listing.valid, until, &samples);
        }
        true
    }

    fn state_absent<'a>(&'a self, decided: &mut Decided<'a>) {
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
            let until = Until::told(self.later.tells(resource));
            if seen == Seen::Absent {
                let none = BTreeMap::new();
                decided.gauges.state(resource, at, until.at(), &none);
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
    fn leave_other_scopes<'a>(&'a self, resource: ResourceId, decided: &mut Decided<'a>) {
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
                until: Until::of_interval(current.held.valid.to),
                seen: Seen::Absent,
                external_id: "",
                place: "",
            };
            decided.edits.state(&self.timelines, other, &statement);
            decided.left.insert((current.source, current.scope.clone()));
        }
    }
}
