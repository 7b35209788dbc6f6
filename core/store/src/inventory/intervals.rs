//! Intervals and gauges as they were known at a cutoff: the queries that bills, charts and deltas share.

use counterfoil_model::ids::{
    IntervalId, Kind, ListingId, RecordingId, ResourceId, Scope, SourceId,
};
use counterfoil_model::inventory::{Evidence, GaugeRun, Interval};
use counterfoil_model::time::{Instant, Period, Validity};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::configurations::Configurations;
use super::covered::Covered;
use crate::columns::{Columns, json_array};
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// The intervals of some sources that overlap a period, as known at a cutoff: whole (not clipped to the period), in
    /// the order of resource and time.
    ///
    /// `covered_until`: a closed interval is proven to its end. An open one is proven until the last listing that saw
    /// it: a complete one of its scope in which it was neither absent nor broken, or a partial one that listed it.
    pub async fn intervals(
        &self,
        sources: &[SourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<Interval>, StoreError> {
        let read = async {
            let mut snapshot = self.reader.begin().await?;
            let covered = Covered::load(&mut snapshot, self.tenant.0, sources, cutoff).await?;
            let rows = sqlx::query(
                "SELECT i.*, r.kind, c.name, c.parent, c.attributes FROM interval i \
                 JOIN resource r ON r.tenant_id = i.tenant_id AND r.resource_id = i.resource_id \
                 JOIN configuration c ON c.tenant_id = i.tenant_id AND c.digest = i.configuration \
                 WHERE i.tenant_id = ?1 AND i.source_id IN (SELECT value FROM json_each(?2)) \
                 AND i.valid_from < ?4 AND (i.valid_to IS NULL OR i.valid_to > ?3) \
                 AND i.recorded_from <= ?5 AND (i.recorded_to IS NULL OR i.recorded_to > ?5) \
                 ORDER BY i.resource_id, i.valid_from, i.interval_id",
            )
            .bind(self.tenant.0)
            .bind(json_array(sources))
            .bind(period.from().seconds())
            .bind(period.to().seconds())
            .bind(cutoff.0)
            .fetch_all(&mut *snapshot)
            .await?;
            let mut reader = IntervalReader::new(&covered);
            rows.iter()
                .map(|row| reader.read(row))
                .collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read intervals"))
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
    pub async fn gauges(
        &self,
        sources: &[SourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<GaugeRun>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM gauge_run WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2)) \
                 AND valid_from < ?4 AND (valid_to IS NULL OR valid_to > ?3) \
                 AND recorded_from <= ?5 AND (recorded_to IS NULL OR recorded_to > ?5) \
                 ORDER BY resource_id, name, valid_from",
            )
            .bind(self.tenant.0)
            .bind(json_array(sources))
            .bind(period.from().seconds())
            .bind(period.to().seconds())
            .bind(cutoff.0)
            .fetch_all(&self.reader)
            .await?;
            let runs = rows
                .iter()
                .filter_map(|row| gauge_run(row, period).transpose());
            runs.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read gauges"))
    }
}

impl Store {
    /// The same of some resources.
    pub async fn gauges_of(
        &self,
        resources: &[ResourceId],
        period: Period,
        cutoff: RecordingId,
    ) -> Result<Vec<GaugeRun>, StoreError> {
        let read = async {
            let rows = sqlx::query(GAUGES_OF)
                .bind(self.tenant.0)
                .bind(json_array(resources))
                .bind(period.from().seconds())
                .bind(period.to().seconds())
                .bind(cutoff.0)
                .fetch_all(&self.reader)
                .await?;
            let runs = rows
                .iter()
                .filter_map(|row| gauge_run(row, period).transpose());
            runs.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the gauges of a resource"))
    }
}

pub(super) const GAUGES_OF: &str = "SELECT * FROM gauge_run INDEXED BY gauge_run_by_resource \
     WHERE tenant_id = ?1 AND resource_id IN (SELECT value FROM json_each(?2)) \
     AND valid_from < ?4 AND (valid_to IS NULL OR valid_to > ?3) \
     AND recorded_from <= ?5 AND (recorded_to IS NULL OR recorded_to > ?5) \
     ORDER BY resource_id, name, valid_from";

fn gauge_run(row: &SqliteRow, period: Period) -> Result<Option<GaugeRun>, sqlx::Error> {
    let valid = Validity {
        from: row.optional_instant("valid_from")?,
        to: row.optional_instant("valid_to")?,
    };
    let Some(period) = valid.clip(period) else {
        return Ok(None);
    };
    Ok(Some(GaugeRun {
        resource: ResourceId(row.integer("resource_id")?),
        name: row.text("name")?,
        period,
        value: row.parsed("value")?,
    }))
}

/// Reads rows of intervals joined with their kind and configuration. Equal configurations are shared.
pub(crate) struct IntervalReader<'a> {
    covered: &'a Covered,
    configurations: Configurations,
}

impl<'a> IntervalReader<'a> {
    pub(crate) fn new(covered: &'a Covered) -> Self {
        Self {
            covered,
            configurations: Configurations::default(),
        }
    }

    pub(crate) fn read(&mut self, row: &SqliteRow) -> Result<Interval, sqlx::Error> {
        let configuration = self.configurations.read(row)?;
        let resource = ResourceId(row.integer("resource_id")?);
        let source = SourceId(row.integer("source_id")?);
        let scope = Scope(row.text("scope")?);
        let from = row.instant("valid_from")?;
        let to = row.optional_instant("valid_to")?;
        let covered_until = match to {
            Some(to) => to,
            None => self
                .covered
                .until(source, &scope, resource)
                .map_or(from, |until| until.max(from)),
        };
        Ok(Interval {
            id: IntervalId(row.integer("interval_id")?),
            resource,
            kind: Kind(row.text("kind")?),
            source,
            scope,
            external_id: row.text("external_id")?,
            valid: Validity {
                from: Some(from),
                to,
            },
            covered_until,
            configuration,
            evidence: Evidence {
                listing: ListingId(row.integer("listing_id")?),
                place: row.text("place")?,
            },
        })
    }
}

/// By the index on resources, which has to be named: without statistics the planner takes a tenant for as selective as a
/// resource, and looks at a million intervals.
pub(super) const OF_RESOURCES: &str = "SELECT i.*, r.kind, c.name, c.parent, c.attributes \
     FROM interval i INDEXED BY interval_by_resource \
     JOIN resource r ON r.tenant_id = i.tenant_id AND r.resource_id = i.resource_id \
     JOIN configuration c ON c.tenant_id = i.tenant_id AND c.digest = i.configuration \
     WHERE i.tenant_id = ?1 AND i.resource_id IN (SELECT value FROM json_each(?2)) \
     ORDER BY i.resource_id, i.valid_from, i.recorded_from, i.interval_id";

/// The intervals of some resources, with those that are superseded if asked for.
pub(crate) async fn of_resources(
    connection: &mut SqliteConnection,
    tenant: i64,
    resources: &[ResourceId],
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query(OF_RESOURCES)
        .bind(tenant)
        .bind(json_array(resources))
        .fetch_all(connection)
        .await
}
