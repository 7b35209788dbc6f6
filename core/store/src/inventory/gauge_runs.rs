//! Gauges: samples by run length. A run is to its value what an interval is to its configuration, and is edited by the
//! same rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use counterfoil_model::attributes::Attributes;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Configuration;
use counterfoil_model::time::{Instant, Validity};
use counterfoil_model::timeline::{Edit, Held, Seen, edits};
use rusqlite::{Connection, params};

use super::sequence::Sequence;
use crate::columns::Cells;

/// The runs of some resources at one source, and the edits to them.
#[derive(Debug)]
pub(crate) struct GaugeRuns {
    tenant: i64,
    source: i64,
    recording: RecordingId,
    runs: HashMap<ResourceId, BTreeMap<String, Vec<Held>>>,
    last_id: i64,
    superseded: Vec<(ResourceId, IntervalId)>,
    inserted: Vec<(i64, ResourceId, String, Validity, String)>,
}

impl GaugeRuns {
    pub(crate) fn load(
        connection: &Connection,
        tenant: i64,
        source: i64,
        recording: RecordingId,
        resources: &[ResourceId],
    ) -> rusqlite::Result<Self> {
        let mut gauges = Self {
            tenant,
            source,
            recording,
            runs: HashMap::new(),
            last_id: Sequence::load(connection, tenant)?.gauge_run,
            superseded: Vec::new(),
            inserted: Vec::new(),
        };
        let mut query = connection.prepare_cached(
            "SELECT gauge_run_id, name, valid_from, valid_to, value FROM gauge_run \
             WHERE tenant_id = ?1 AND resource_id = ?2 AND source_id = ?3 AND recorded_to IS NULL ORDER BY valid_from",
        )?;
        for resource in resources {
            let mut rows = query.query(params![tenant, resource.0, source])?;
            while let Some(row) = rows.next()? {
                let held = Held {
                    id: IntervalId(row.integer(0)?),
                    valid: Validity {
                        from: Some(row.instant(2)?),
                        to: row.optional_instant(3)?,
                    },
                    configuration: sample(row.text(4)?),
                };
                let runs = gauges.runs.entry(*resource).or_default();
                runs.entry(row.text(1)?).or_default().push(held);
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
        let Some(known) = self.runs.get(&resource) else {
            self.state_first(resource, at, until, gauges);
            return;
        };
        let names: BTreeSet<&String> = known.keys().chain(gauges.keys()).collect();
        for name in names {
            let runs = known.get(name);
            let seen = match gauges.get(name) {
                Some(value) => Seen::Present(sample(value.to_string())),
                None => Seen::Absent,
            };
            for edit in edits(runs.map_or(&[], Vec::as_slice), at, until, &seen) {
                match edit {
                    Edit::Supersede(id) => self.superseded.push((resource, id)),
                    Edit::Insert {
                        valid,
                        configuration,
                        ..
                    } => {
                        let value = configuration.name.clone();
                        self.last_id += 1;
                        let row = (self.last_id, resource, name.clone(), valid, value);
                        self.inserted.push(row);
                    }
                }
            }
        }
    }

    /// As the rules of editing have it for a resource without any samples.
    fn state_first(
        &mut self,
        resource: ResourceId,
        at: Instant,
        until: Option<Instant>,
        gauges: &BTreeMap<String, Decimal>,
    ) {
        if until.is_some_and(|until| until <= at) {
            return;
        }
        let valid = Validity {
            from: Some(at),
            to: until,
        };
        for (name, value) in gauges {
            self.last_id += 1;
            let row = (
                self.last_id,
                resource,
                name.clone(),
                valid,
                value.to_string(),
            );
            self.inserted.push(row);
        }
    }

    pub(crate) fn write(mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut update = connection.prepare_cached(
            "UPDATE gauge_run SET recorded_to = ?4 WHERE tenant_id = ?1 AND resource_id = ?2 AND gauge_run_id = ?3",
        )?;
        for (resource, id) in &self.superseded {
            update.execute(params![self.tenant, resource.0, id.0, self.recording.0])?;
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO gauge_run (tenant_id, resource_id, gauge_run_id, name, source_id, valid_from, valid_to, \
             value, recorded_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        self.inserted
            .sort_by_key(|(id, resource, ..)| (*resource, *id));
        for (id, resource, name, valid, value) in &self.inserted {
            insert.execute(params![
                self.tenant,
                resource.0,
                id,
                name,
                self.source,
                valid.from.map(Instant::seconds),
                valid.to.map(Instant::seconds),
                value,
                self.recording.0,
            ])?;
        }
        let last = Sequence {
            gauge_run: self.last_id,
            ..Sequence::load(connection, self.tenant)?
        };
        last.store(connection, self.tenant)
    }
}

/// A value in the shape that the rules of editing take. Canonical text, so that 1.0 and 1.00 are one value.
fn sample(value: String) -> Arc<Configuration> {
    Arc::new(Configuration {
        name: value,
        parent: None,
        attributes: Attributes::default(),
    })
}
