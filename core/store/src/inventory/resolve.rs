//! Which resource each reading is about: by its id at the source, else by the values that tell resources apart.

use std::collections::{BTreeSet, HashMap, HashSet};

use counterfoil_model::ids::{Kind, ResourceId};
use sqlx::SqliteConnection;

use super::base::{Order, ScopeKey};
use super::fold::Folded;
use super::listing::BrokenRow;
use super::reading::{CorrelationKey, Reading};
use crate::columns::{Columns, json_array, read_digest};

const IDS_PER_QUERY: usize = 2000;

#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// By reading. None where the same thing stands in the listing twice.
    pub(crate) resources: Vec<Option<ResourceId>>,
    pub(crate) created: Vec<(ResourceId, Kind)>,
    /// Readings whose id at the source points at another resource than before, or at none.
    pub(crate) identified: Vec<usize>,
    /// Values that were not known of the resource.
    pub(crate) learned: Vec<(ResourceId, CorrelationKey)>,
    pub(crate) duplicates: Vec<BrokenRow>,
    pub(crate) problems: Vec<String>,
    /// An id at the source points at another resource than before.
    pub(crate) moved: bool,
}

/// What the store knows that bears on a listing.
#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<(String, Kind), ResourceId>,
    keys: HashMap<ResourceId, HashSet<CorrelationKey>>,
    by_key: HashMap<CorrelationKey, BTreeSet<(ResourceId, Kind)>>,
}

pub(crate) async fn resolve(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    base: Option<&Order>,
    folded: &Folded,
) -> Result<Resolved, sqlx::Error> {
    let known = Known::load(connection, key, &folded.readings).await?;
    let mut resolving = Resolving {
        known: &known,
        base,
        used: unchanged_resources(base, folded),
        resolved: Resolved {
            resources: vec![None; folded.readings.len()],
            ..Resolved::default()
        },
    };
    let rest = resolving.by_id(&folded.readings);
    let rest = resolving.by_correlation(&folded.readings, rest);
    let last = last_resource(connection, key.tenant).await?;
    resolving.create(&folded.readings, rest, last);
    resolving.learn(&folded.readings);
    Ok(resolving.resolved)
}

/// The resources behind external ids, whatever their kind.
pub(crate) async fn identified(
    connection: &mut SqliteConnection,
    key: ScopeKey<'_>,
    external_ids: &[&str],
) -> Result<Vec<(String, Kind, ResourceId)>, sqlx::Error> {
    let mut found = Vec::new();
    for ids in external_ids.chunks(IDS_PER_QUERY) {
        let rows = sqlx::query(
            "SELECT external_id, kind, resource_id FROM identity WHERE tenant_id = ?1 AND source_id = ?2 \
             AND scope = ?3 AND recorded_to IS NULL AND external_id IN (SELECT value FROM json_each(?4))",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .bind(json_array(ids))
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let kind = Kind(row.text("kind")?);
            let resource = ResourceId(row.integer("resource_id")?);
            found.push((row.text("external_id")?, kind, resource));
        }
    }
    Ok(found)
}

/// Sorted, so that a million of them are looked through quickly.
fn unchanged_resources(base: Option<&Order>, folded: &Folded) -> Vec<ResourceId> {
    let rows = base.map_or(&[][..], |order| &order.rows);
    let unchanged = rows.iter().zip(&folded.unchanged).filter(|(_, is)| **is);
    let mut resources: Vec<ResourceId> = unchanged.map(|((_, resource), _)| *resource).collect();
    resources.sort_unstable();
    resources
}

async fn last_resource(connection: &mut SqliteConnection, tenant: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(resource_id), 0) FROM resource WHERE tenant_id = ?1")
        .bind(tenant)
        .fetch_one(connection)
        .await
}

impl Known {
    async fn load(
        connection: &mut SqliteConnection,
        key: ScopeKey<'_>,
        readings: &[Reading],
    ) -> Result<Self, sqlx::Error> {
        let mut known = Self::default();
        // A source's first listing may show what another one has shown before.
        let any: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM identity WHERE tenant_id = ?1)")
                .bind(key.tenant)
                .fetch_one(&mut *connection)
                .await?;
        if !any {
            return Ok(known);
        }
        let ids: Vec<&str> = readings
            .iter()
            .map(|reading| reading.external_id.as_str())
            .collect();
        for (external_id, kind, resource) in identified(connection, key, &ids).await? {
            known.by_id.insert((external_id, kind), resource);
        }
        if readings.iter().any(|reading| !reading.keys.is_empty()) {
            known.load_keys(connection, key.tenant).await?;
            known
                .load_candidates(connection, key.tenant, readings)
                .await?;
        }
        Ok(known)
    }

    async fn load_keys(
        &mut self,
        connection: &mut SqliteConnection,
        tenant: i64,
    ) -> Result<(), sqlx::Error> {
        let mut resources: Vec<ResourceId> = self.by_id.values().copied().collect();
        resources.sort_unstable();
        for ids in resources.chunks(IDS_PER_QUERY) {
            let rows = sqlx::query(
                "SELECT resource_id, attribute_set, value FROM correlation \
                 WHERE tenant_id = ?1 AND resource_id IN (SELECT value FROM json_each(?2))",
            )
            .bind(tenant)
            .bind(json_array(ids))
            .fetch_all(&mut *connection)
            .await?;
            for row in &rows {
                let key = CorrelationKey {
                    attribute_set: row.text("attribute_set")?,
                    value: row.digest("value")?,
                };
                let resource = ResourceId(row.integer("resource_id")?);
                self.keys.entry(resource).or_default().insert(key);
            }
        }
        Ok(())
    }

    async fn load_candidates(
        &mut self,
        connection: &mut SqliteConnection,
        tenant: i64,
        readings: &[Reading],
    ) -> Result<(), sqlx::Error> {
        let keys: Vec<&CorrelationKey> =
            readings.iter().flat_map(|reading| &reading.keys).collect();
        for keys in keys.chunks(IDS_PER_QUERY) {
            let values: Vec<String> = keys.iter().map(|key| key.value.to_string()).collect();
            let rows = sqlx::query(
                "SELECT c.resource_id, c.attribute_set, c.value, r.kind FROM correlation c \
                 JOIN resource r USING (tenant_id, resource_id) \
                 WHERE c.tenant_id = ?1 AND c.value IN (SELECT unhex(value) FROM json_each(?2))",
            )
            .bind(tenant)
            .bind(json_array(&values))
            .fetch_all(&mut *connection)
            .await?;
            for row in &rows {
                let key = CorrelationKey {
                    attribute_set: row.text("attribute_set")?,
                    value: read_digest("value", &row.blob("value")?)?,
                };
                let candidate = (
                    ResourceId(row.integer("resource_id")?),
                    Kind(row.text("kind")?),
                );
                self.by_key.entry(key).or_default().insert(candidate);
            }
        }
        Ok(())
    }

    /// Is the id the same and the thing another one? So it is where values can be compared and none agrees.
    fn is_reuse(&self, reading: &Reading, resource: ResourceId) -> bool {
        let Some(keys) = self.keys.get(&resource) else {
            return false;
        };
        let sets: HashSet<&str> = keys.iter().map(|key| key.attribute_set.as_str()).collect();
        let mut comparable = reading
            .keys
            .iter()
            .filter(|key| sets.contains(key.attribute_set.as_str()))
            .peekable();
        comparable.peek().is_some() && !comparable.any(|key| keys.contains(key))
    }
}

struct Resolving<'a> {
    known: &'a Known,
    base: Option<&'a Order>,
    /// Seen as unchanged; sorted.
    used: Vec<ResourceId>,
    resolved: Resolved,
}

impl Resolving<'_> {
    /// Answers the readings that are still without a resource.
    fn by_id(&mut self, readings: &[Reading]) -> Vec<usize> {
        let mut ids = HashSet::with_capacity(readings.len());
        let mut taken = HashSet::new();
        let mut rest = Vec::new();
        for (index, reading) in readings.iter().enumerate() {
            let known_as = (reading.external_id.clone(), reading.kind.clone());
            let candidate = self.known.by_id.get(&known_as).copied();
            self.check_position(reading, candidate);
            let again = !ids.insert(reading.external_id.as_str());
            match candidate {
                Some(resource) if again || self.is_used(resource, &taken) => {
                    self.resolved.duplicates.push(duplicate(reading));
                }
                Some(resource) if !self.known.is_reuse(reading, resource) => {
                    taken.insert(resource);
                    self.resolved.resources[index] = Some(resource);
                }
                None if again => self.resolved.duplicates.push(duplicate(reading)),
                Some(_) | None => rest.push(index),
            }
        }
        rest
    }

    fn by_correlation(&mut self, readings: &[Reading], unresolved: Vec<usize>) -> Vec<usize> {
        let mut taken: HashSet<ResourceId> =
            self.resolved.resources.iter().flatten().copied().collect();
        let mut rest = Vec::new();
        for index in unresolved {
            let reading = &readings[index];
            let matched = reading.keys.iter().find_map(|key| {
                let candidates = self.known.by_key.get(key)?;
                let mut free = candidates.iter().filter(|(resource, kind)| {
                    *kind == reading.kind && !self.is_used(*resource, &taken)
                });
                // Two that fit are no answer: which of them it is cannot be told.
                match (free.next(), free.next()) {
                    (Some((resource, _)), None) => Some(*resource),
                    _ => None,
                }
            });
            match matched {
                Some(resource) => {
                    taken.insert(resource);
                    self.resolved.resources[index] = Some(resource);
                    self.resolved.identified.push(index);
                    self.resolved.moved = true;
                }
                None => rest.push(index),
            }
        }
        rest
    }

    fn create(&mut self, readings: &[Reading], unresolved: Vec<usize>, last: i64) {
        for (id, index) in (last + 1..).zip(unresolved) {
            let resource = ResourceId(id);
            let reading = &readings[index];
            let known_as = (reading.external_id.clone(), reading.kind.clone());
            self.resolved.moved |= self.known.by_id.contains_key(&known_as);
            self.resolved.resources[index] = Some(resource);
            self.resolved.identified.push(index);
            self.resolved.created.push((resource, reading.kind.clone()));
        }
    }

    fn learn(&mut self, readings: &[Reading]) {
        for (reading, resource) in readings.iter().zip(&self.resolved.resources) {
            let Some(resource) = *resource else { continue };
            let known = self.known.keys.get(&resource);
            for key in &reading.keys {
                if !known.is_some_and(|known| known.contains(key)) {
                    self.resolved.learned.push((resource, key.clone()));
                }
            }
        }
    }

    fn check_position(&mut self, reading: &Reading, candidate: Option<ResourceId>) {
        let at_position = reading.position.and_then(|position| {
            let order = self.base?;
            order.rows.get(position).map(|(_, resource)| *resource)
        });
        if let (Some(position), Some(expected)) = (reading.position, at_position)
            && candidate != Some(expected)
        {
            self.resolved.problems.push(format!(
                "position {position} was reported as changed with the id `{}` of another {}",
                reading.external_id, reading.kind
            ));
        }
    }

    fn is_used(&self, resource: ResourceId, taken: &HashSet<ResourceId>) -> bool {
        taken.contains(&resource) || self.used.binary_search(&resource).is_ok()
    }
}

fn duplicate(reading: &Reading) -> BrokenRow {
    BrokenRow {
        place: reading.place.clone(),
        external_id: Some(reading.external_id.clone()),
        message: format!(
            "the {} `{}` stands in the listing more than once; the first row counts",
            reading.kind, reading.external_id
        ),
        hint: Some("give each row an id of its own at the source".to_owned()),
    }
}
