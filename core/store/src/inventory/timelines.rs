//! The current intervals of resources, and a batch of edits to them that is written at once.

use std::collections::HashMap;
use std::sync::Arc;

use counterfoil_model::ids::{IntervalId, ListingId, RecordingId, ResourceId};
use counterfoil_model::inventory::Configuration;
use counterfoil_model::time::{Instant, Validity};
use counterfoil_model::timeline::{Edit, EvidenceOf, Held, Seen, edits};
use rusqlite::{Connection, Row, params};

use super::base::ScopeKey;
use super::configurations::configuration;
use super::later::Next;
use super::sequence::Sequence;
use super::statement::Statement;
use crate::columns::Cells;

/// An interval that is not superseded.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) held: Held,
    /// The number of its configuration.
    configuration: i64,
    pub(crate) source: i64,
    pub(crate) scope: String,
    pub(crate) external_id: String,
    pub(crate) listing: ListingId,
    pub(crate) place: String,
}

impl Current {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            held: Held {
                id: IntervalId(row.integer(0)?),
                valid: Validity {
                    from: Some(row.instant(1)?),
                    to: row.optional_instant(2)?,
                },
                configuration: Arc::new(configuration(row, 9)?),
            },
            configuration: row.integer(3)?,
            source: row.integer(4)?,
            scope: row.text(5)?,
            external_id: row.text(6)?,
            listing: ListingId(row.integer(7)?),
            place: row.text(8)?,
        })
    }

    pub(crate) fn is_in(&self, key: ScopeKey<'_>) -> bool {
        self.source == key.source && self.scope == key.scope
    }
}

#[derive(Debug, Default)]
pub(crate) struct Timelines {
    by_resource: HashMap<ResourceId, Vec<Current>>,
}

impl Timelines {
    pub(crate) fn load(
        connection: &Connection,
        tenant: i64,
        resources: &[ResourceId],
    ) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT i.interval_id, i.valid_from, i.valid_to, i.configuration_id, i.source_id, i.scope, i.external_id, \
             i.listing_id, i.place, c.name, c.parent, c.attributes FROM interval i \
             JOIN configuration c ON c.tenant_id = i.tenant_id AND c.configuration_id = i.configuration_id \
             WHERE i.tenant_id = ?1 AND i.resource_id = ?2 AND i.recorded_to IS NULL ORDER BY i.valid_from",
        )?;
        let mut timelines = Self::default();
        for resource in resources {
            let mut rows = query.query(params![tenant, resource.0])?;
            let mut of_resource = Vec::new();
            while let Some(row) = rows.next()? {
                of_resource.push(Current::read(row)?);
            }
            if !of_resource.is_empty() {
                timelines.by_resource.insert(*resource, of_resource);
            }
        }
        Ok(timelines)
    }

    pub(crate) fn of(&self, resource: ResourceId) -> &[Current] {
        self.by_resource.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// What a resource was in a scope at an instant.
    pub(crate) fn at(
        &self,
        resource: ResourceId,
        key: ScopeKey<'_>,
        instant: Instant,
    ) -> Option<&Current> {
        let mut current = self.of(resource).iter();
        current.find(|current| current.is_in(key) && current.held.valid.contains(instant))
    }
}

/// Edits of many resources, to be written at once.
#[derive(Debug)]
pub(crate) struct EditBatch<'a> {
    recording: RecordingId,
    listing: ListingId,
    last_interval: i64,
    last_configuration: i64,
    superseded: Vec<(ResourceId, IntervalId)>,
    inserted: Vec<Inserted<'a>>,
    configurations: Vec<(i64, ResourceId, Arc<Configuration>)>,
}

/// Where the configuration of an interval was read.
#[derive(Debug, Clone, Copy)]
struct Read<'a> {
    external_id: &'a str,
    listing: ListingId,
    place: &'a str,
}

impl<'a> Read<'a> {
    fn of(kept: &'a Current) -> Self {
        Self {
            external_id: &kept.external_id,
            listing: kept.listing,
            place: &kept.place,
        }
    }

    /// In a listing in which nothing of it was new.
    fn again(kept: &'a Current, next: Next<'a>) -> Self {
        Self {
            external_id: &kept.external_id,
            listing: next.listing,
            place: next.place,
        }
    }
}

#[derive(Debug)]
struct Inserted<'a> {
    id: i64,
    resource: ResourceId,
    source: i64,
    scope: &'a str,
    external_id: &'a str,
    valid: Validity,
    configuration: i64,
    listing: ListingId,
    place: &'a str,
}

impl<'a> EditBatch<'a> {
    pub(crate) fn begin(
        connection: &Connection,
        tenant: i64,
        recording: RecordingId,
        listing: ListingId,
    ) -> rusqlite::Result<Self> {
        let last = Sequence::load(connection, tenant)?;
        Ok(Self {
            recording,
            listing,
            last_interval: last.interval,
            last_configuration: last.configuration,
            superseded: Vec::new(),
            inserted: Vec::new(),
            configurations: Vec::new(),
        })
    }

    /// Adds what a statement changes in a resource's history within one scope. Says whether it changes anything.
    pub(crate) fn state(
        &mut self,
        timelines: &'a Timelines,
        key: ScopeKey<'a>,
        statement: &Statement<'a>,
    ) -> bool {
        let of_resource = timelines.of(statement.resource);
        if of_resource.is_empty() {
            return self.state_first(key, statement);
        }
        let current: Vec<&'a Current> = of_resource
            .iter()
            .filter(|current| current.is_in(key))
            .collect();
        let held: Vec<Held> = current.iter().map(|current| current.held.clone()).collect();
        let edits = edits(&held, statement.at, statement.until.at(), &statement.seen);
        let changes = !edits.is_empty();
        for edit in edits {
            match edit {
                Edit::Supersede(id) => self.superseded.push((statement.resource, id)),
                Edit::Insert {
                    valid,
                    configuration,
                    evidence,
                } => {
                    let of = |id| {
                        current
                            .iter()
                            .find(|current| current.held.id == id)
                            .copied()
                    };
                    let (from, read) = match evidence {
                        EvidenceOf::Kept(id) => (of(id), of(id).map(Read::of)),
                        EvidenceOf::NextListing(id) => {
                            let next = of(id).zip(statement.until.next());
                            (of(id), next.map(|(kept, next)| Read::again(kept, next)))
                        }
                        EvidenceOf::ThisListing => (None, None),
                    };
                    // What it was once it may be again; then it is the same configuration.
                    let same = |one: &&Current| one.held.configuration == configuration;
                    let number = match from.or_else(|| of_resource.iter().find(same)) {
                        Some(known) => known.configuration,
                        None => self.configure(statement.resource, configuration),
                    };
                    let read = read.unwrap_or_else(|| self.here(statement));
                    self.insert(key, statement.resource, valid, number, read);
                }
            }
        }
        changes
    }

    /// As the rules of editing have it for a resource without any history; most resources are stated once.
    fn state_first(&mut self, key: ScopeKey<'a>, statement: &Statement<'a>) -> bool {
        let Seen::Present(configuration) = &statement.seen else {
            return false;
        };
        let until = statement.until.at();
        if until.is_some_and(|until| until <= statement.at) {
            return false;
        }
        let valid = Validity {
            from: Some(statement.at),
            to: until,
        };
        let number = self.configure(statement.resource, Arc::clone(configuration));
        let read = self.here(statement);
        self.insert(key, statement.resource, valid, number, read);
        true
    }

    fn configure(&mut self, resource: ResourceId, configuration: Arc<Configuration>) -> i64 {
        self.last_configuration += 1;
        let number = self.last_configuration;
        self.configurations.push((number, resource, configuration));
        number
    }

    fn here(&self, statement: &Statement<'a>) -> Read<'a> {
        Read {
            external_id: statement.external_id,
            listing: self.listing,
            place: statement.place,
        }
    }

    fn insert(
        &mut self,
        key: ScopeKey<'a>,
        resource: ResourceId,
        valid: Validity,
        configuration: i64,
        read: Read<'a>,
    ) {
        self.last_interval += 1;
        self.inserted.push(Inserted {
            id: self.last_interval,
            resource,
            source: key.source,
            scope: key.scope,
            external_id: read.external_id,
            valid,
            configuration,
            listing: read.listing,
            place: read.place,
        });
    }

    pub(crate) fn write(mut self, connection: &Connection, tenant: i64) -> rusqlite::Result<()> {
        let mut update = connection.prepare_cached(
            "UPDATE interval SET recorded_to = ?4 WHERE tenant_id = ?1 AND resource_id = ?2 AND interval_id = ?3",
        )?;
        for (resource, id) in &self.superseded {
            update.execute(params![tenant, resource.0, id.0, self.recording.0])?;
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO configuration (tenant_id, configuration_id, resource_id, name, parent, attributes) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (number, resource, configuration) in &self.configurations {
            insert.execute(params![
                tenant,
                number,
                resource.0,
                configuration.name,
                configuration.parent,
                configuration.attributes.to_json(),
            ])?;
        }
        self.write_names(connection, tenant)?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO interval (tenant_id, resource_id, interval_id, source_id, scope, external_id, valid_from, \
             valid_to, configuration_id, listing_id, place, recorded_from) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        self.inserted.sort_by_key(|row| (row.resource, row.id));
        for row in &self.inserted {
            insert.execute(params![
                tenant,
                row.resource.0,
                row.id,
                row.source,
                row.scope,
                row.external_id,
                row.valid.from.map(Instant::seconds),
                row.valid.to.map(Instant::seconds),
                row.configuration,
                row.listing.0,
                row.place,
                self.recording.0,
            ])?;
        }
        let last = Sequence {
            interval: self.last_interval,
            configuration: self.last_configuration,
            ..Sequence::load(connection, tenant)?
        };
        last.store(connection, tenant)
    }

    fn write_names(&self, connection: &Connection, tenant: i64) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO resource_name (tenant_id, name, resource_id) VALUES (?1, ?2, ?3)",
        )?;
        let names = self.configurations.iter();
        let names = names.map(|(_, resource, configuration)| (&configuration.name, *resource));
        let mut names: Vec<(&String, ResourceId)> = names.collect();
        // In the order of the table's key many of them are written without going to and fro.
        names.sort_unstable();
        for (name, resource) in names {
            insert.execute(params![tenant, name, resource.0])?;
        }
        Ok(())
    }
}
