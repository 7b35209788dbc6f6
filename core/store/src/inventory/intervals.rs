//! Intervals and gauges as they were known at a cutoff: the queries that bills, charts and deltas share.

use counterfoil_model::ids::{
    IntervalId, Kind, ListingId, RecordingId, ResourceId, Scope, SourceId,
};
use counterfoil_model::inventory::{Evidence, GaugeRun, Interval};
use counterfoil_model::time::{Instant, Period, Validity};
use rusqlite::{Connection, Row, params};

use super::configurations::LastConfiguration;
use super::covered::Covered;
use super::edges::Edges;
use super::history::Known;
use crate::columns::{Cells, json_array};
use crate::database::Store;
use crate::error::StoreError;

/// Intervals with their kind and configuration. The numbers of the columns are those that the reader takes.
macro_rules! select {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT i.resource_id, i.interval_id, i.source_id, i.scope, i.external_id, i.valid_from, \
    i.valid_to, i.configuration_id, i.listing_id, i.place, i.recorded_from, i.recorded_to, r.kind, c.name, c.parent, \
    c.attributes FROM ",
            $from,
            " CROSS JOIN resource r ON r.tenant_id = i.tenant_id AND r.resource_id = i.resource_id \
    CROSS JOIN configuration c ON c.tenant_id = i.tenant_id AND c.configuration_id = i.configuration_id",
            $rest
        )
    };
}

impl Store {
    /// The intervals of some sources that overlap a period, as known at a cutoff: whole (not clipped to the period), in
    /// the order of resource and time.
    ///
    /// `covered_until`: a closed interval is proven to its end. An open one is proven until the last listing that saw
    /// it: a complete one of its scope in which it was neither absent nor broken, or a partial one that listed it.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn intervals(
        &self,
        sources: &[SourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<Interval>, StoreError> {
        let period = (period.from().seconds(), period.to().seconds());
        let read = self.read_bulk(|snapshot| self.overlapping(snapshot, sources, period, cutoff));
        read.map_err(StoreError::during_bulk("read intervals"))
    }

    /// The same with what is uncertain of their bounds, and with all later intervals: what was first seen after the period
    /// may have begun within it.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn uncertain_intervals(
        &self,
        sources: &[SourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<Interval>, StoreError> {
        let period = (period.from().seconds(), i64::MAX);
        let read = self.read_bulk(|snapshot| {
            let mut intervals = self.overlapping(snapshot, sources, period, cutoff)?;
            Edges::load(snapshot, self.tenant.0, sources, cutoff)?.note_uncertain(&mut intervals);
            Ok(intervals)
        });
        read.map_err(StoreError::during_bulk("read uncertain intervals"))
    }

    fn overlapping(
        &self,
        snapshot: &Connection,
        sources: &[SourceId],
        (from, to): (i64, i64),
        cutoff: RecordingId,
    ) -> rusqlite::Result<Vec<Interval>> {
        let covered = Covered::load(snapshot, self.tenant.0, sources, cutoff)?;
        let mut query = snapshot.prepare_cached(select!(
            "interval i",
            " WHERE i.tenant_id = ?1 AND i.source_id IN (SELECT value FROM json_each(?2)) \
             AND i.valid_from < ?4 AND (i.valid_to IS NULL OR i.valid_to > ?3) \
             AND i.recorded_from <= ?5 AND (i.recorded_to IS NULL OR i.recorded_to > ?5) \
             ORDER BY i.resource_id, i.valid_from, i.interval_id"
        ))?;
        let values = params![self.tenant.0, json_array(sources), from, to, cutoff.0];
        let mut rows = query.query(values)?;
        let mut reader = IntervalReader::new(&covered);
        let mut intervals = Vec::new();
        while let Some(row) = rows.next()? {
            intervals.push(reader.read(row)?);
        }
        Ok(intervals)
    }

    /// What was there at an instant, as known at a cutoff.
    pub async fn as_of(
        &self,
        sources: &[SourceId],
        instant: Instant,
        cutoff: RecordingId,
    ) -> Result<Vec<Interval>, StoreError> {
        let next = Instant::from_seconds(instant.seconds().saturating_add(1)).ok();
        let Some(period) = next.and_then(|next| Period::new(instant, next)) else {
            return Ok(Vec::new());
        };
        self.intervals(sources, period, cutoff).await
    }

    /// Gauge samples in a period as known at a cutoff, clipped to it. A run that is open lasts to the period's end.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn gauges(
        &self,
        sources: &[SourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<GaugeRun>, StoreError> {
        let read = self.read_bulk(|snapshot| {
            let mut query = snapshot.prepare_cached(
                "SELECT resource_id, name, valid_from, valid_to, value FROM gauge_run \
                 WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2)) \
                 AND valid_from < ?4 AND (valid_to IS NULL OR valid_to > ?3) \
                 AND recorded_from <= ?5 AND (recorded_to IS NULL OR recorded_to > ?5) \
                 ORDER BY resource_id, name, valid_from",
            )?;
            let mut rows = query.query(params![
                self.tenant.0,
                json_array(sources),
                period.from().seconds(),
                period.to().seconds(),
                cutoff.0,
            ])?;
            let mut runs = Vec::new();
            while let Some(row) = rows.next()? {
                runs.extend(gauge_run(row, period)?);
            }
            Ok(runs)
        });
        read.map_err(StoreError::during_bulk("read gauges"))
    }
}

impl Store {
    /// The same of some resources.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn gauges_of(
        &self,
        resources: &[ResourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<GaugeRun>, StoreError> {
        let read = self.read_bulk(|snapshot| {
            let mut query = snapshot.prepare_cached(GAUGES_OF)?;
            let mut rows = query.query(params![
                self.tenant.0,
                json_array(resources),
                period.from().seconds(),
                period.to().seconds(),
                cutoff.0,
            ])?;
            let mut runs = Vec::new();
            while let Some(row) = rows.next()? {
                runs.extend(gauge_run(row, period)?);
            }
            Ok(runs)
        });
        read.map_err(StoreError::during_bulk("read the gauges of a resource"))
    }
}

pub(super) const GAUGES_OF: &str = "SELECT g.resource_id, g.name, g.valid_from, g.valid_to, g.value FROM json_each(?2) n \
     CROSS JOIN gauge_run g ON g.tenant_id = ?1 AND g.resource_id = n.value \
     WHERE g.valid_from < ?4 AND (g.valid_to IS NULL OR g.valid_to > ?3) \
     AND g.recorded_from <= ?5 AND (g.recorded_to IS NULL OR g.recorded_to > ?5) \
     ORDER BY g.resource_id, g.name, g.valid_from";

fn gauge_run(row: &Row<'_>, period: Period) -> rusqlite::Result<Option<GaugeRun>> {
    let valid = Validity {
        from: Some(row.instant(2)?),
        to: row.optional_instant(3)?,
    };
    let Some(period) = valid.clip(period) else {
        return Ok(None);
    };
    Ok(Some(GaugeRun {
        resource: ResourceId(row.integer(0)?),
        name: row.text(1)?,
        period,
        value: row.parsed(4)?,
    }))
}

/// Reads the rows of `select!`.
pub(crate) struct IntervalReader<'a> {
    covered: &'a Covered,
    last: LastConfiguration,
    last_scope: Option<Scope>,
    /// As they were met: there are few.
    kinds: Vec<Kind>,
}

impl<'a> IntervalReader<'a> {
    pub(crate) fn new(covered: &'a Covered) -> Self {
        Self {
            covered,
            last: LastConfiguration::default(),
            last_scope: None,
            kinds: Vec::new(),
        }
    }

    fn kind(&mut self, text: &str) -> Kind {
        let known = self.kinds.iter().find(|kind| kind.as_str() == text);
        known.cloned().unwrap_or_else(|| {
            let kind = Kind::from(text);
            self.kinds.push(kind.clone());
            kind
        })
    }

    fn scope(&mut self, text: &str) -> Scope {
        let last = self.last_scope.take();
        let scope = last.filter(|scope| scope.as_str() == text);
        let scope = scope.unwrap_or_else(|| Scope::from(text));
        self.last_scope = Some(scope.clone());
        scope
    }

    pub(crate) fn read(&mut self, row: &Row<'_>) -> rusqlite::Result<Interval> {
        let configuration = self.last.read(row, row.integer(7)?, 13)?;
        let resource = ResourceId(row.integer(0)?);
        let source = SourceId(row.integer(2)?);
        let scope = self.scope(row.get_ref(3)?.as_str()?);
        let from = row.instant(5)?;
        let to = row.optional_instant(6)?;
        let covered_until = match to {
            Some(to) => to,
            None => self
                .covered
                .until(source, &scope, resource)
                .map_or(from, |until| until.max(from)),
        };
        Ok(Interval {
            id: IntervalId(row.integer(1)?),
            resource,
            kind: self.kind(row.get_ref(12)?.as_str()?),
            source,
            scope,
            external_id: row.text(4)?,
            valid: Validity {
                from: Some(from),
                to,
            },
            covered_until,
            configuration,
            evidence: Evidence {
                listing: ListingId(row.integer(8)?),
                place: row.text(9)?,
            },
            uncertain: None,
        })
    }
}

/// By the key of the table, in an order that has to be told: without statistics the planner takes a tenant for as
/// selective as a resource, and looks at a million intervals.
pub(super) const OF_RESOURCES: &str = select!(
    "json_each(?2) n CROSS JOIN interval i ON i.tenant_id = ?1 AND i.resource_id = n.value",
    " ORDER BY i.resource_id, i.valid_from, i.recorded_from, i.interval_id"
);

/// Everything that was ever known of some resources, with what is superseded.
pub(crate) fn of_resources(
    connection: &Connection,
    tenant: i64,
    resources: &[ResourceId],
) -> rusqlite::Result<Vec<Known>> {
    let of = params![tenant, json_array(resources)];
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT i.source_id FROM json_each(?2) n \
         CROSS JOIN interval i ON i.tenant_id = ?1 AND i.resource_id = n.value",
    )?;
    let sources = query.query_map(of, |row| row.get(0).map(SourceId))?;
    let sources: Vec<SourceId> = sources.collect::<Result<_, _>>()?;
    let newest = RecordingId(i64::MAX);
    let covered = Covered::load(connection, tenant, &sources, newest)?;
    let mut query = connection.prepare_cached(OF_RESOURCES)?;
    let mut rows = query.query(of)?;
    let mut reader = IntervalReader::new(&covered);
    let mut known = Vec::new();
    while let Some(row) = rows.next()? {
        known.push(Known {
            interval: reader.read(row)?,
            recorded_from: RecordingId(row.integer(10)?),
            recorded_to: row.optional_integer(11)?.map(RecordingId),
        });
    }
    Ok(known)
}
