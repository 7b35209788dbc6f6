//! Since when each bound of an interval may have been there: what the listings before it told.

use std::collections::{HashMap, HashSet};

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, Scope, SourceId};
use counterfoil_model::inventory::{Between, Interval, Uncertain};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};

use super::later::{UntoldAs, seen, untold};
use super::listing::Completeness;
use crate::columns::{Cells, json_array};

/// The coverage log of some sources as known at a cutoff, by scope; the earliest valid time first.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    scopes: HashMap<(SourceId, Scope), Vec<Told>>,
}

#[derive(Debug)]
struct Told {
    valid: Instant,
    until: Instant,
    complete: bool,
    /// Of a complete listing those that it did not see; else those that it saw.
    exceptions: HashSet<ResourceId>,
    /// Of a complete listing those of whose absence it told nothing.
    not_judged: HashSet<ResourceId>,
}

impl Told {
    /// Of a resource that was there by what is known.
    fn saw(&self, resource: ResourceId) -> bool {
        self.complete != self.exceptions.contains(&resource)
    }

    /// Of a resource that was not there by what is known.
    fn proved_absent(&self, resource: ResourceId) -> bool {
        self.complete && !self.not_judged.contains(&resource)
    }
}

impl Edges {
    pub(crate) fn load(
        connection: &Connection,
        tenant: i64,
        sources: &[SourceId],
        cutoff: RecordingId,
    ) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT listing_id, source_id, scope, valid_from, covered_until, completeness FROM listing \
             WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2)) AND recording_id <= ?3 \
             ORDER BY valid_from, listing_id",
        )?;
        let rows = query.query_map(params![tenant, json_array(sources), cutoff.0], |row| {
            let scope = (SourceId(row.integer(1)?), Scope::from(row.text(2)?));
            let complete = row.parsed::<Completeness, _>(5)? == Completeness::Complete;
            let told = (row.instant(3)?, row.instant(4)?, complete);
            Ok((ListingId(row.integer(0)?), scope, told))
        })?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        let ids: Vec<ListingId> = rows.iter().map(|(id, ..)| *id).collect();
        let mut absent = untold(connection, tenant, &ids, UntoldAs::NotSeen)?;
        let mut not_judged = untold(connection, tenant, &ids, UntoldAs::NotJudged)?;
        let mut present = seen(connection, tenant, &ids)?;
        let mut edges = Self::default();
        for (id, scope, (valid, until, complete)) in rows {
            let exceptions = if complete { &mut absent } else { &mut present };
            edges.scopes.entry(scope).or_default().push(Told {
                valid,
                until,
                complete,
                exceptions: exceptions.remove(&id).unwrap_or_default(),
                not_judged: not_judged.remove(&id).unwrap_or_default(),
            });
        }
        Ok(edges)
    }

    /// The intervals come in the order of resource and time, with none left out between two of a resource.
    pub(crate) fn note_uncertain(&self, intervals: &mut [Interval]) {
        for index in 0..intervals.len() {
            let (before, rest) = intervals.split_at(index);
            let one = &rest[0];
            let previous = before
                .iter()
                .rev()
                .take_while(|other| other.resource == one.resource)
                .find(|other| other.source == one.source);
            let between = |earliest: Option<Instant>, latest: Option<Instant>| {
                let (earliest, latest) = earliest.zip(latest)?;
                Some(Between { earliest, latest })
            };
            let uncertain = Uncertain {
                from: between(self.begun(one, previous), one.valid.from),
                to: between(self.ended(one), one.valid.to),
            };
            if uncertain != Uncertain::default() {
                intervals[index].uncertain = Some(Box::new(uncertain));
            }
        }
    }

    /// What ended at a moment at which its scope was not listed was ended by a person, or seen elsewhere; the first is certain,
    /// and the second is told by the interval that begins there.
    fn ended(&self, one: &Interval) -> Option<Instant> {
        let to = one.valid.to?;
        self.is_listed(one, to).then(|| self.last_seen(one, to))?
    }

    fn begun(&self, one: &Interval, previous: Option<&Interval>) -> Option<Instant> {
        let from = one.valid.from?;
        if !self.is_listed(one, from) {
            return None;
        }
        let ends_here = |previous: &&Interval| previous.valid.to == Some(from);
        if let Some(previous) = previous.filter(ends_here) {
            return self.last_seen(previous, from);
        }
        let since = previous.and_then(|previous| previous.valid.to);
        let mut listings = self.before(one, since, from);
        let absent = listings.rfind(|told| told.proved_absent(one.resource))?;
        Some(absent.until.min(from)).filter(|earliest| *earliest < from)
    }

    /// Until when an interval is proven to have gone on before it was seen to have ended.
    fn last_seen(&self, one: &Interval, ended: Instant) -> Option<Instant> {
        let since = one.valid.from;
        let saw = self
            .before(one, since, ended)
            .rfind(|told| told.saw(one.resource));
        let earliest = saw.map(|told| told.until.min(ended)).max(since);
        earliest.filter(|earliest| *earliest < ended)
    }

    fn of(&self, one: &Interval) -> &[Told] {
        let scope = (one.source, one.scope.clone());
        self.scopes.get(&scope).map_or(&[], Vec::as_slice)
    }

    fn is_listed(&self, one: &Interval, at: Instant) -> bool {
        let listings = self.of(one);
        let at = listings.binary_search_by_key(&at, |told| told.valid);
        at.is_ok()
    }

    fn before(
        &self,
        one: &Interval,
        since: Option<Instant>,
        until: Instant,
    ) -> std::slice::Iter<'_, Told> {
        let listings = self.of(one);
        let first = since.map_or(0, |since| {
            listings.partition_point(|told| told.valid < since)
        });
        let last = listings.partition_point(|told| told.valid < until);
        listings[first.min(last)..last].iter()
    }
}
