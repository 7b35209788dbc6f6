//! Writes what was decided of a listing, and says what became of it.

use std::collections::{HashMap, HashSet};

use counterfoil_model::counted::counted;
use counterfoil_model::ids::ResourceId;
use rusqlite::Connection;

use super::absence::settle_returned;
use super::base::ScopeKey;
use super::decide::Decided;
use super::fold::Stretch;
use super::ingest::Ingest;
use super::listing::{Completeness, Coverage, ListingOutcome};
use super::order::{Order, Row};
use super::order_change::OrderChange;
use super::records;

impl Ingest<'_> {
    pub(super) fn write(
        &self,
        connection: &Connection,
        decided: Decided<'_>,
    ) -> rusqlite::Result<(ListingOutcome, Option<Order>)> {
        let tenant = self.key.tenant;
        let outcome = self.outcome(&decided);
        let reason = self.reason();
        records::write_listing(
            connection,
            self.key,
            self.listing,
            &outcome,
            reason.as_deref(),
        )?;
        let readings = &self.folded.readings;
        let (listing, recording) = (self.listing, self.recording);
        records::write_resources(
            connection,
            self.key,
            listing,
            recording,
            readings,
            &self.resolved,
        )?;
        decided.edits.write(connection, tenant)?;
        decided.gauges.write(connection)?;
        let kept: HashMap<&str, ResourceId> = self
            .kept
            .iter()
            .map(|(id, resource)| (id.as_str(), *resource))
            .collect();
        records::write_broken(connection, tenant, self.id, &self.broken, &kept)?;
        decided.absence.write(connection, tenant, self.id)?;
        let returned = self.returned();
        settle_returned(connection, tenant, &returned, self.listing.now)?;
        let mut order = None;
        let is_complete = self.completeness == Completeness::Complete;
        // The order of a listing that tells of an earlier time says less of the next one, and its places nothing.
        if is_complete && self.later.is_none() {
            let listing = (self.id, self.listing.valid);
            let before = self.base.as_deref().map(|base| (base, self.order_change()));
            order = Some(Order::replace(
                connection,
                self.key,
                before,
                listing,
                self.seen_rows(),
            )?);
        } else {
            if !is_complete {
                let seen = self.seen().map(|(_, resource)| resource);
                records::write_seen(connection, tenant, self.id, seen)?;
            }
            let same_time = self
                .base
                .as_ref()
                .is_some_and(|base| base.valid == self.listing.valid);
            if self.resolved.moved || same_time {
                Order::forget(connection, self.key)?;
            }
        }
        for (source, scope) in &decided.left {
            let other = ScopeKey {
                tenant,
                source: *source,
                scope,
            };
            Order::forget(connection, other)?;
        }
        Ok((outcome, order))
    }

    fn seen_rows(&self) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.seen_count());
        rows.extend(self.seen());
        rows
    }

    /// What leads from the order of the base to that of the rows that were seen.
    fn order_change(&self) -> OrderChange {
        let mut change = OrderChange::default();
        for stretch in &self.folded.stretches {
            match stretch {
                Stretch::Unchanged(positions) => change.keep(positions.clone()),
                Stretch::Read(index) => self
                    .row_of(*index)
                    .into_iter()
                    .for_each(|row| change.add(row)),
            }
        }
        change.end()
    }

    /// Those that waited for an approval and are here again.
    fn returned(&self) -> Vec<(ResourceId, i64)> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        let seen = self.seen().map(|(_, resource)| resource);
        let here = seen.chain(self.kept.values().copied());
        let here: HashSet<ResourceId> = here.filter(|at| self.pending.contains_key(at)).collect();
        let pending = self.pending.iter();
        let returned = pending.filter(|(resource, (_, since))| {
            *since <= self.listing.valid && here.contains(resource)
        });
        returned
            .map(|(resource, (request, _))| (*resource, *request))
            .collect()
    }

    fn reason(&self) -> Option<String> {
        let Coverage {
            completeness,
            expected,
            reason,
        } = &self.listing.coverage;
        let rows = self.folded.rows() + self.folded.broken.len();
        let is_short = |expected: u64| {
            *completeness == Completeness::Complete && usize::try_from(expected) != Ok(rows)
        };
        let expected = expected.filter(|expected| is_short(*expected));
        let lacks = expected.map(|expected| {
            format!(
                "the source said {} and gave {rows}",
                counted(expected, "row")
            )
        });
        reason.clone().or(lacks).or_else(|| self.doubts.reason())
    }

    fn outcome(&self, decided: &Decided) -> ListingOutcome {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let absence = &decided.absence;
        ListingOutcome {
            listing: self.id,
            recording: self.recording,
            completeness: self.completeness,
            reason: self.reason(),
            seen: count(self.seen_count()),
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
