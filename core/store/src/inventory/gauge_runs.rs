//! Gauges: samples by run length. A run is to its value what an interval is to its configuration, and is edited by the
//! same rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Configuration;
use counterfoil_model::time::{Instant, Validity};
use counterfoil_model::timeline::{Edit, Held, Seen, edits};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::columns::{Columns, json_array};

const IDS_PER_QUERY: usize = 2000;
const ROWS_PER_INSERT: usize = 1000;

/// The runs of some resources at one source, and the edits to them.
#[derive(Debug)]
pub(crate) struct GaugeRuns {
    tenant: i64,
    source: i64,
    recording: RecordingId,
    runs: HashMap<ResourceId, BTreeMap<String, Vec<Held>>>,
    next_id: i64,
    superseded: Vec<IntervalId>,
    inserted: Vec<(i64, ResourceId, String, Validity, String)>,
}

impl GaugeRuns {
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        tenant: i64,
        source: i64,
        recording: RecordingId,
        resources: &[ResourceId],
    ) -> Result<Self, sqlx::Error> {
        let last: i64 = sqlx::query_scalar(
            "SELECT coalesce(max(gauge_run_id), 0) FROM gauge_run WHERE tenant_id = ?1",
        )
        .bind(tenant)
        .fetch_one(&mut *connection)
        .await?;
        let mut gauges = Self {
            tenant,
            source,
            recording,
            runs: HashMap::new(),
            next_id: last + 1,
            superseded: Vec::new(),
            inserted: Vec::new(),
        };
        for ids in resources.chunks(IDS_PER_QUERY) {
            let rows = sqlx::query(
                "SELECT * FROM gauge_run WHERE tenant_id = ?1 AND recorded_to IS NULL AND source_id = ?3 \
                 AND resource_id IN (SELECT value FROM json_each(?2)) ORDER BY valid_from",
            )
            .bind(tenant)
            .bind(json_array(ids))
            .bind(source)
            .fetch_all(&mut *connection)
            .await?;
            for row in &rows {
                let name = row.text("name")?;
                let held = Held {
                    id: IntervalId(row.integer("gauge_run_id")?),
                    valid: Validity {
                        from: Some(row.instant("valid_from")?),
                        to: row.optional_instant("valid_to")?,
                    },
                    configuration: sample(&row.text("value")?),
                };
                let resource = ResourceId(row.integer("resource_id")?);
                let runs = gauges.runs.entry(resource).or_default();
                runs.entry(name).or_default().push(held);
            }
        }
        Ok(gauges)
    }

    /// The samples that hold at an instant.
    pub(crate) fn at(&self, resource: ResourceId, instant: Instant) -> BTreeMap<String, Decimal> {
        let runs = self.runs.get(&resource).into_iter().flatten();
        let held = runs.filter_map(|(name, runs)| {
            let run = runs.iter().find(|run| run.valid.contains(instant))?;
            Some((name.clone(), run.configuration.name.parse().ok()?))
        });
        held.collect()
    }

    /// From `at` until `until` the gauges of a resource are these, and no others.
    pub(crate) fn state(
        &mut self,
        resource: ResourceId,
        at: Instant,
        until: Option<Instant>,
        gauges: &BTreeMap<String, Decimal>,
    ) {
        let known = self.runs.get(&resource);
        let names: BTreeSet<&String> = known
            .into_iter()
            .flat_map(BTreeMap::keys)
            .chain(gauges.keys())
            .collect();
        for name in names {
            let runs = known.and_then(|known| known.get(name));
            let seen = match gauges.get(name) {
                Some(value) => Seen::Present(sample(&value.to_string())),
                None => Seen::Absent,
            };
            for edit in edits(runs.map_or(&[], Vec::as_slice), at, until, &seen) {
                match edit {
                    Edit::Supersede(id) => self.superseded.push(id),
                    Edit::Insert {
                        valid,
                        configuration,
                        ..
                    } => {
                        let value = configuration.name.clone();
                        let row = (self.next_id, resource, name.clone(), valid, value);
                        self.inserted.push(row);
                        self.next_id += 1;
                    }
                }
            }
        }
    }

    pub(crate) async fn write(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        for ids in self.superseded.chunks(IDS_PER_QUERY) {
            sqlx::query(
                "UPDATE gauge_run SET recorded_to = ?2 \
                 WHERE tenant_id = ?1 AND gauge_run_id IN (SELECT value FROM json_each(?3))",
            )
            .bind(self.tenant)
            .bind(self.recording.0)
            .bind(json_array(ids))
            .execute(&mut *connection)
            .await?;
        }
        for rows in self.inserted.chunks(ROWS_PER_INSERT) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO gauge_run (tenant_id, gauge_run_id, resource_id, name, source_id, valid_from, \
                 valid_to, value, recorded_from) ",
            );
            insert.push_values(rows, |mut values, (id, resource, name, valid, value)| {
                values
                    .push_bind(self.tenant)
                    .push_bind(*id)
                    .push_bind(resource.0)
                    .push_bind(name.as_str())
                    .push_bind(self.source)
                    .push_bind(valid.from.map(Instant::seconds))
                    .push_bind(valid.to.map(Instant::seconds))
                    .push_bind(value.as_str())
                    .push_bind(self.recording.0);
            });
            insert.build().execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// A value in the shape that the rules of editing take. Canonical text, so that 1.0 and 1.00 are one value.
fn sample(value: &str) -> Arc<Configuration> {
    Arc::new(Configuration {
        name: value.to_owned(),
        parent: None,
        attributes: BTreeMap::new(),
    })
}
