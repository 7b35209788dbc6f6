//! Resolves many names of the configuration at once: most of them are known, or plainly new.

use std::collections::{HashMap, HashSet};

use counterfoil_model::ids::PipelineId;
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};

use crate::database::Store;
use crate::error::StoreError;
use crate::names::{EntityType, NameError, Renamed};

/// A name, and what it is a name of.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub entity_type: EntityType,
    /// Of sources and sinks.
    pub pipeline: Option<PipelineId>,
    pub name: Renamed<'a>,
}

/// Type, pipeline (0 for none) and name.
type Key = (String, i64, String);

/// What the store has of names.
#[derive(Debug, Default)]
struct Registered {
    /// With their ids: those that are not retired, and those that are.
    alive: HashMap<Key, i64>,
    retired: HashSet<Key>,
    former: HashSet<Key>,
}

/// What is to be done for a name.
enum Step {
    Known(i64),
    New(Key),
    /// Renamed, come back, or a name that something else had.
    Special,
}

impl Store {
    /// The ids of names, in their order; what each becomes is told at [`Store::resolve_name`].
    pub async fn resolve_names(
        &self,
        names: &[Named<'_>],
        now: Instant,
    ) -> Result<Vec<i64>, NameError> {
        let operation = "resolve names";
        let registered = self.read_bulk(|snapshot| Registered::load(snapshot, self.tenant.0));
        let registered = registered.map_err(StoreError::during_bulk(operation))?;
        let steps: Vec<Step> = names.iter().map(|named| registered.step(named)).collect();
        let new: Vec<&Key> = steps
            .iter()
            .filter_map(|step| match step {
                Step::New(key) => Some(key),
                Step::Known(_) | Step::Special => None,
            })
            .collect();
        let mut created = HashMap::new();
        if !new.is_empty() {
            let create = |writing: &Connection| {
                let created = create(writing, self.tenant.0, &new, now);
                created.map_err(StoreError::during_bulk(operation))
            };
            created = self.write_bulk(operation, create).await?;
        }
        let mut ids = Vec::with_capacity(names.len());
        for (named, step) in names.iter().zip(&steps) {
            let known = match step {
                Step::Known(id) => Some(*id),
                Step::New(key) => created.get(key).copied(),
                Step::Special => None,
            };
            let id = if let Some(id) = known {
                id
            } else {
                let (entity_type, pipeline) = (named.entity_type, named.pipeline);
                self.resolve_name(entity_type, pipeline, named.name, now)
                    .await?
            };
            ids.push(id);
        }
        Ok(ids)
    }
}

impl Registered {
    fn load(connection: &Connection, tenant: i64) -> rusqlite::Result<Self> {
        let mut registered = Self::default();
        let mut query = connection.prepare_cached(
            "SELECT entity_type, pipeline_id, name, entity_id, retired_at IS NULL FROM entity WHERE tenant_id = ?1",
        )?;
        let mut rows = query.query([tenant])?;
        while let Some(row) = rows.next()? {
            let key = (row.get(0)?, row.get(1)?, row.get(2)?);
            if row.get(4)? {
                registered.alive.insert(key, row.get(3)?);
            } else {
                registered.retired.insert(key);
            }
        }
        let mut query = connection.prepare_cached(
            "SELECT e.entity_type, e.pipeline_id, f.name FROM former_name f \
             JOIN entity e USING (tenant_id, entity_id) WHERE tenant_id = ?1",
        )?;
        let mut rows = query.query([tenant])?;
        while let Some(row) = rows.next()? {
            let key = (row.get(0)?, row.get(1)?, row.get(2)?);
            registered.former.insert(key);
        }
        Ok(registered)
    }

    fn step(&self, named: &Named<'_>) -> Step {
        let key = |name: &str| {
            let pipeline = named.pipeline.map_or(0, |id| id.0);
            (
                named.entity_type.as_str().to_owned(),
                pipeline,
                name.to_owned(),
            )
        };
        let Renamed { name, from } = named.name;
        let own = key(name);
        let was_another = from.filter(|from| *from != name).is_some_and(|from| {
            let from = key(from);
            self.alive.contains_key(&from) || self.retired.contains(&from)
        });
        match self.alive.get(&own) {
            _ if was_another => Step::Special,
            Some(id) => Step::Known(*id),
            None if self.retired.contains(&own) || self.former.contains(&own) => Step::Special,
            None => Step::New(own),
        }
    }
}

fn create(
    connection: &Connection,
    tenant: i64,
    new: &[&Key],
    now: Instant,
) -> rusqlite::Result<HashMap<Key, i64>> {
    let mut last = connection
        .prepare_cached("SELECT coalesce(max(entity_id), 0) FROM entity WHERE tenant_id = ?1")?;
    let mut last: i64 = last.query_row([tenant], |row| row.get(0))?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO entity (tenant_id, entity_id, entity_type, pipeline_id, name, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?;
    let mut created = HashMap::with_capacity(new.len());
    for key in new {
        let (entity_type, pipeline, name) = key;
        let id = last + 1;
        let values = params![tenant, id, entity_type, pipeline, name, now.seconds()];
        // Another process may have been quicker: then the name is resolved as a known one.
        if insert.execute(values)? == 1 {
            last = id;
            created.insert((*key).clone(), id);
        }
    }
    Ok(created)
}
