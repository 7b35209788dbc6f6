//! Which resource each reading is about: by its id at the source, else by the values that tell resources apart.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use counterfoil_model::ids::{Kind, ResourceId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, params};

use super::base::ScopeKey;
use super::fold::Folded;
use super::listing::BrokenRow;
use super::order::Order;
use super::reading::{CorrelationKey, Reading};
use super::repeated::{Counts, Repeated};
use crate::columns::Cells;

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
    /// By id at the source; kinds have ids of their own.
    by_id: HashMap<String, Vec<(Kind, ResourceId)>>,
    keys: HashMap<ResourceId, HashSet<CorrelationKey>>,
    by_key: HashMap<CorrelationKey, BTreeSet<(ResourceId, Kind)>>,
}

/// What is known of the resources is asked as of `at`.
pub(crate) fn resolve(
    connection: &Connection,
    key: ScopeKey<'_>,
    base: Option<&Order>,
    folded: &Folded,
    at: Instant,
) -> rusqlite::Result<Resolved> {
    let known = Known::load(connection, key, &folded.readings)?;
    let known_as = |reading: &Reading| known.known_as(reading);
    let repeated = Repeated::load(connection, (key, at), folded, known_as)?;
    let mut resolving = Resolving {
        known: &known,
        base,
        repeated,
        folded,
        unchanged: OnceCell::new(),
        resolved: Resolved {
            resources: vec![None; folded.readings.len()],
            ..Resolved::default()
        },
    };
    let rest = resolving.by_id(&folded.readings);
    let rest = resolving.by_correlation(&folded.readings, rest);
    let last = last_resource(connection, key.tenant)?;
    resolving.create(&folded.readings, rest, last);
    resolving.learn(&folded.readings);
    Ok(resolving.resolved)
}

/// The resources behind external ids, whatever their kind.
pub(crate) fn identified(
    connection: &Connection,
    key: ScopeKey<'_>,
    external_ids: &[&str],
) -> rusqlite::Result<Vec<(String, Kind, ResourceId)>> {
    let mut query = connection.prepare_cached(
        "SELECT kind, resource_id FROM identity WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 \
         AND external_id = ?4 AND recorded_to IS NULL",
    )?;
    let mut found = Vec::new();
    for id in external_ids {
        let mut rows = query.query(params![key.tenant, key.source, key.scope, id])?;
        while let Some(row) = rows.next()? {
            let kind = Kind::from(row.text(0)?);
            found.push(((*id).to_owned(), kind, ResourceId(row.integer(1)?)));
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

fn last_resource(connection: &Connection, tenant: i64) -> rusqlite::Result<i64> {
    let mut query = connection.prepare_cached(
        "SELECT coalesce(max(resource_id), 0) FROM resource WHERE tenant_id = ?1",
    )?;
    query.query_row([tenant], |row| row.get(0))
}

impl Known {
    fn load(
        connection: &Connection,
        key: ScopeKey<'_>,
        readings: &[Reading],
    ) -> rusqlite::Result<Self> {
        let mut known = Self::default();
        // A source's first listing may show what another one has shown before.
        let mut query = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM identity WHERE tenant_id = ?1)")?;
        let any: bool = query.query_row([key.tenant], |row| row.get(0))?;
        if !any {
            return Ok(known);
        }
        let ids: Vec<&str> = readings
            .iter()
            .map(|reading| reading.external_id.as_str())
            .collect();
        for (external_id, kind, resource) in identified(connection, key, &ids)? {
            known.add(external_id, kind, resource);
        }
        if readings.iter().any(|reading| !reading.keys.is_empty()) {
            known.load_keys(connection, key.tenant)?;
            known.load_candidates(connection, key.tenant, readings)?;
        }
        Ok(known)
    }

    fn add(&mut self, external_id: String, kind: Kind, resource: ResourceId) {
        let of_id = self.by_id.entry(external_id).or_default();
        // An id that stands in the listing twice is found twice.
        if !of_id.contains(&(kind.clone(), resource)) {
            of_id.push((kind, resource));
        }
    }

    fn known_as(&self, reading: &Reading) -> Option<ResourceId> {
        let of_id = self.by_id.get(&reading.external_id)?;
        let found = of_id.iter().find(|(kind, _)| *kind == reading.kind);
        found.map(|(_, resource)| *resource)
    }

    fn load_keys(&mut self, connection: &Connection, tenant: i64) -> rusqlite::Result<()> {
        let mut query = connection.prepare_cached(
            "SELECT attribute_set, value FROM correlation WHERE tenant_id = ?1 AND resource_id = ?2",
        )?;
        let known = self.by_id.values().flatten();
        let mut resources: Vec<ResourceId> = known.map(|(_, resource)| *resource).collect();
        resources.sort_unstable();
        for resource in resources {
            let mut rows = query.query(params![tenant, resource.0])?;
            while let Some(row) = rows.next()? {
                let key = CorrelationKey {
                    attribute_set: row.text(0)?,
                    value: row.digest(1)?,
                };
                self.keys.entry(resource).or_default().insert(key);
            }
        }
        Ok(())
    }

    fn load_candidates(
        &mut self,
        connection: &Connection,
        tenant: i64,
        readings: &[Reading],
    ) -> rusqlite::Result<()> {
        let mut query = connection.prepare_cached(
            "SELECT c.resource_id, c.attribute_set, r.kind FROM correlation c \
             JOIN resource r USING (tenant_id, resource_id) WHERE c.tenant_id = ?1 AND c.value = ?2",
        )?;
        for key in readings.iter().flat_map(|reading| &reading.keys) {
            let mut rows = query.query(params![tenant, key.value.as_bytes().as_slice()])?;
            while let Some(row) = rows.next()? {
                let key = CorrelationKey {
                    attribute_set: row.text(1)?,
                    value: key.value,
                };
                let candidate = (ResourceId(row.integer(0)?), Kind::from(row.text(2)?));
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
    repeated: Repeated<'a>,
    folded: &'a Folded,
    /// The resources that were seen as unchanged, once somebody asks.
    unchanged: OnceCell<Vec<ResourceId>>,
    resolved: Resolved,
}

impl Resolving<'_> {
    /// Answers the readings that are still without a resource.
    fn by_id(&mut self, readings: &[Reading]) -> Vec<usize> {
        let mut rest = Vec::new();
        for (index, reading) in readings.iter().enumerate() {
            let candidate = self.known.known_as(reading);
            self.check_position(reading, candidate);
            let counts = match candidate {
                Some(resource) if self.is_elsewhere(reading, resource) => Some(Counts::Unchanged),
                Some(_) | None => self.repeated.of(&reading.external_id),
            };
            if let Some(counts) = counts.filter(|counts| *counts != Counts::Reading(index)) {
                let repeated = counts.told(reading, readings);
                self.resolved.duplicates.push(repeated);
                continue;
            }
            match candidate {
                Some(resource) if !self.known.is_reuse(reading, resource) => {
                    self.resolved.resources[index] = Some(resource);
                }
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
                    *kind == reading.kind
                        && !taken.contains(resource)
                        && !self.is_unchanged(*resource)
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
            self.resolved.moved |= self.known.known_as(reading).is_some();
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

    /// Does it stand, unchanged, in another row than this one? A resource has one position in the base.
    fn is_elsewhere(&self, reading: &Reading, resource: ResourceId) -> bool {
        let here = self.base.zip(reading.position);
        let here = here.and_then(|(base, position)| base.rows.get(position));
        here.is_none_or(|(_, at_position)| *at_position != resource) && self.is_unchanged(resource)
    }

    fn is_unchanged(&self, resource: ResourceId) -> bool {
        let unchanged = self
            .unchanged
            .get_or_init(|| unchanged_resources(self.base, self.folded));
        unchanged.binary_search(&resource).is_ok()
    }
}
