//! The current intervals of resources, and a batch of edits to them that is written at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{IntervalId, ListingId, RecordingId, ResourceId};
use counterfoil_model::inventory::Configuration;
use counterfoil_model::time::{Instant, Validity};
use counterfoil_model::timeline::{Edit, EvidenceOf, Held, Seen, edits};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::base::ScopeKey;
use super::configurations::Configurations;
use crate::columns::{Columns, json_array};

const IDS_PER_QUERY: usize = 2000;
const ROWS_PER_INSERT: usize = 1000;

/// An interval that is not superseded.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) held: Held,
    pub(crate) source: i64,
    pub(crate) scope: String,
    pub(crate) external_id: String,
    pub(crate) listing: ListingId,
    pub(crate) place: String,
}

impl Current {
    pub(crate) fn is_in(&self, key: ScopeKey<'_>) -> bool {
        self.source == key.source && self.scope == key.scope
    }
}

#[derive(Debug, Default)]
pub(crate) struct Timelines {
    by_resource: HashMap<ResourceId, Vec<Current>>,
}

impl Timelines {
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        tenant: i64,
        resources: &[ResourceId],
    ) -> Result<Self, sqlx::Error> {
        let mut timelines = Self::default();
        let mut configurations = Configurations::default();
        for ids in resources.chunks(IDS_PER_QUERY) {
            let rows = sqlx::query(
                "SELECT i.*, c.name, c.parent, c.attributes FROM interval i \
                 JOIN configuration c ON c.tenant_id = i.tenant_id AND c.digest = i.configuration \
                 WHERE i.tenant_id = ?1 AND i.recorded_to IS NULL \
                 AND i.resource_id IN (SELECT value FROM json_each(?2)) ORDER BY i.resource_id, i.valid_from",
            )
            .bind(tenant)
            .bind(json_array(ids))
            .fetch_all(&mut *connection)
            .await?;
            for row in &rows {
                let configuration = configurations.read(row)?;
                let resource = ResourceId(row.integer("resource_id")?);
                timelines
                    .by_resource
                    .entry(resource)
                    .or_default()
                    .push(Current {
                        held: Held {
                            id: IntervalId(row.integer("interval_id")?),
                            valid: Validity {
                                from: Some(row.instant("valid_from")?),
                                to: row.optional_instant("valid_to")?,
                            },
                            configuration,
                        },
                        source: row.integer("source_id")?,
                        scope: row.text("scope")?,
                        external_id: row.text("external_id")?,
                        listing: ListingId(row.integer("listing_id")?),
                        place: row.text("place")?,
                    });
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

/// What a listing says of a resource, and from when until when.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) resource: ResourceId,
    pub(crate) at: Instant,
    pub(crate) until: Option<Instant>,
    pub(crate) seen: Seen,
    pub(crate) external_id: &'a str,
    pub(crate) place: &'a str,
}

/// Edits of many resources, to be written at once.
#[derive(Debug)]
pub(crate) struct EditBatch {
    recording: RecordingId,
    listing: ListingId,
    next_id: i64,
    superseded: Vec<IntervalId>,
    inserted: Vec<Inserted>,
    configurations: BTreeMap<Digest, Arc<Configuration>>,
}

#[derive(Debug)]
struct Inserted {
    id: i64,
    resource: ResourceId,
    source: i64,
    scope: String,
    external_id: String,
    valid: Validity,
    configuration: Digest,
    listing: ListingId,
    place: String,
}

impl EditBatch {
    pub(crate) async fn begin(
        connection: &mut SqliteConnection,
        tenant: i64,
        recording: RecordingId,
        listing: ListingId,
    ) -> Result<Self, sqlx::Error> {
        let last: i64 = sqlx::query_scalar(
            "SELECT coalesce(max(interval_id), 0) FROM interval WHERE tenant_id = ?1",
        )
        .bind(tenant)
        .fetch_one(connection)
        .await?;
        Ok(Self {
            recording,
            listing,
            next_id: last + 1,
            superseded: Vec::new(),
            inserted: Vec::new(),
            configurations: BTreeMap::new(),
        })
    }

    /// Adds what a statement changes in a resource's history within one scope. Says whether it changes anything.
    pub(crate) fn state(
        &mut self,
        timelines: &Timelines,
        key: ScopeKey<'_>,
        statement: &Statement<'_>,
    ) -> bool {
        let current: Vec<&Current> = timelines
            .of(statement.resource)
            .iter()
            .filter(|current| current.is_in(key))
            .collect();
        let held: Vec<Held> = current.iter().map(|current| current.held.clone()).collect();
        let edits = edits(&held, statement.at, statement.until, &statement.seen);
        let changes = !edits.is_empty();
        for edit in edits {
            match edit {
                Edit::Supersede(id) => self.superseded.push(id),
                Edit::Insert {
                    valid,
                    configuration,
                    evidence,
                } => {
                    let kept = match evidence {
                        EvidenceOf::Kept(id) => {
                            current.iter().find(|current| current.held.id == id)
                        }
                        EvidenceOf::ThisListing => None,
                    };
                    self.insert(key, statement, valid, configuration, kept.copied());
                }
            }
        }
        changes
    }

    fn insert(
        &mut self,
        key: ScopeKey<'_>,
        statement: &Statement<'_>,
        valid: Validity,
        configuration: Arc<Configuration>,
        kept: Option<&Current>,
    ) {
        let digest = Digest::of_json(&*configuration);
        self.configurations.entry(digest).or_insert(configuration);
        let (external_id, listing, place) = match kept {
            Some(kept) => (kept.external_id.as_str(), kept.listing, kept.place.as_str()),
            None => (statement.external_id, self.listing, statement.place),
        };
        self.inserted.push(Inserted {
            id: self.next_id,
            resource: statement.resource,
            source: key.source,
            scope: key.scope.to_owned(),
            external_id: external_id.to_owned(),
            valid,
            configuration: digest,
            listing,
            place: place.to_owned(),
        });
        self.next_id += 1;
    }

    pub(crate) async fn write(
        self,
        connection: &mut SqliteConnection,
        tenant: i64,
    ) -> Result<(), sqlx::Error> {
        for ids in self.superseded.chunks(IDS_PER_QUERY) {
            sqlx::query(
                "UPDATE interval SET recorded_to = ?2 \
                 WHERE tenant_id = ?1 AND interval_id IN (SELECT value FROM json_each(?3))",
            )
            .bind(tenant)
            .bind(self.recording.0)
            .bind(json_array(ids))
            .execute(&mut *connection)
            .await?;
        }
        self.write_configurations(connection, tenant).await?;
        for rows in self.inserted.chunks(ROWS_PER_INSERT) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO interval (tenant_id, interval_id, resource_id, source_id, scope, external_id, \
                 valid_from, valid_to, configuration, listing_id, place, recorded_from) ",
            );
            insert.push_values(rows, |mut values, row| {
                values
                    .push_bind(tenant)
                    .push_bind(row.id)
                    .push_bind(row.resource.0)
                    .push_bind(row.source)
                    .push_bind(row.scope.as_str())
                    .push_bind(row.external_id.as_str())
                    .push_bind(row.valid.from.map(Instant::seconds))
                    .push_bind(row.valid.to.map(Instant::seconds))
                    .push_bind(row.configuration.as_bytes().as_slice())
                    .push_bind(row.listing.0)
                    .push_bind(row.place.as_str())
                    .push_bind(self.recording.0);
            });
            insert.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn write_configurations(
        &self,
        connection: &mut SqliteConnection,
        tenant: i64,
    ) -> Result<(), sqlx::Error> {
        let configurations: Vec<_> = self.configurations.iter().collect();
        for rows in configurations.chunks(ROWS_PER_INSERT) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT OR IGNORE INTO configuration (tenant_id, digest, name, parent, attributes) ",
            );
            insert.push_values(rows, |mut values, (digest, configuration)| {
                let attributes =
                    counterfoil_model::digest::canonical_json(&configuration.attributes);
                values
                    .push_bind(tenant)
                    .push_bind(digest.as_bytes().as_slice())
                    .push_bind(configuration.name.as_str())
                    .push_bind(configuration.parent.as_deref())
                    .push_bind(attributes);
            });
            insert.build().execute(&mut *connection).await?;
        }
        Ok(())
    }
}
