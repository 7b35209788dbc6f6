//! Names of the configuration and the ids that they keep. A rename says what it was called before.

use counterfoil_model::ids::{AccountId, PipelineId, SinkId, SourceId};
use counterfoil_model::problem::Problem;
use counterfoil_model::time::Instant;
use sqlx::SqliteConnection;
use thiserror::Error;

use crate::billing::Signed;
use crate::columns::{Columns, json_array, stored_as};
use crate::database::Store;
use crate::error::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    Pipeline,
    Source,
    Sink,
    Account,
}

stored_as!(EntityType {
    Pipeline => "pipeline",
    Source => "source",
    Sink => "sink",
    Account => "account",
});

/// A name in the configuration, and what it was called before.
#[derive(Debug, Clone, Copy)]
pub struct Renamed<'a> {
    pub name: &'a str,
    pub from: Option<&'a str>,
}

/// Something that is gone from the configuration although the store holds its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    pub entity_type: EntityType,
    pub id: i64,
    pub name: String,
    pub listings: u64,
    /// Deliveries that were planned or sent.
    pub effects: u64,
}

#[derive(Debug, Error)]
pub enum NameError {
    #[error("resolve the names of the configuration: {}", problem.message)]
    Problem { problem: Problem },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The id of a pipeline; a name that is new gets one.
    pub async fn pipeline_id(
        &self,
        name: Renamed<'_>,
        now: Instant,
    ) -> Result<PipelineId, NameError> {
        let id = self.resolve_name(EntityType::Pipeline, None, name, now);
        id.await.map(PipelineId)
    }

    pub async fn source_id(
        &self,
        pipeline: PipelineId,
        name: Renamed<'_>,
        now: Instant,
    ) -> Result<SourceId, NameError> {
        let id = self.resolve_name(EntityType::Source, Some(pipeline), name, now);
        id.await.map(SourceId)
    }

    pub async fn sink_id(
        &self,
        pipeline: PipelineId,
        name: Renamed<'_>,
        now: Instant,
    ) -> Result<SinkId, NameError> {
        let id = self.resolve_name(EntityType::Sink, Some(pipeline), name, now);
        id.await.map(SinkId)
    }

    pub async fn account_id(
        &self,
        name: Renamed<'_>,
        now: Instant,
    ) -> Result<AccountId, NameError> {
        let id = self.resolve_name(EntityType::Account, None, name, now);
        id.await.map(AccountId)
    }

    /// The id of a name: its own, or that of the name it had before, or a new one. A name with an empty history of
    /// its own (someone ran with the new name first) gives way to the one it was renamed from.
    pub async fn resolve_name(
        &self,
        entity_type: EntityType,
        pipeline: Option<PipelineId>,
        name: Renamed<'_>,
        now: Instant,
    ) -> Result<i64, NameError> {
        let during = StoreError::during("resolve a name");
        let mut writing = self.begin().await.map_err(&during)?;
        let registry = Registry {
            tenant: self.tenant.0,
            entity_type,
            pipeline: pipeline.map_or(0, |id| id.0),
            now,
        };
        let resolved = registry
            .resolve(&mut writing, name)
            .await
            .map_err(&during)?;
        let id = resolved.map_err(|problem| NameError::Problem { problem })?;
        writing.commit().await.map_err(&during)?;
        Ok(id)
    }

    /// The name of an id, also of one that is gone from the configuration.
    pub async fn name(
        &self,
        entity_type: EntityType,
        id: i64,
    ) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT name FROM entity WHERE tenant_id = ?1 AND entity_id = ?2 AND entity_type = ?3",
        )
        .bind(self.tenant.0)
        .bind(id)
        .bind(entity_type.as_str())
        .fetch_optional(&self.reader)
        .await
        .map_err(StoreError::during("read a name"))
    }

    /// The id of a name, if it has one. Writes nothing.
    pub async fn find_name(
        &self,
        entity_type: EntityType,
        pipeline: Option<PipelineId>,
        name: &str,
    ) -> Result<Option<i64>, StoreError> {
        let during = StoreError::during("look for a name");
        let registry = Registry {
            tenant: self.tenant.0,
            entity_type,
            pipeline: pipeline.map_or(0, |id| id.0),
            now: Instant::from_seconds(0).expect("the epoch is in the calendar"),
        };
        let mut reading = self.reader.acquire().await.map_err(&during)?;
        registry.find(&mut reading, name).await.map_err(&during)
    }

    /// What has listings, effects or counterfoils and is not among the ids that the configuration resolved to.
    pub async fn vanished(&self, configured: &[i64]) -> Result<Vec<Vanished>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM (SELECT e.entity_type, e.entity_id, e.name, \
                 (SELECT count(*) FROM listing l WHERE l.tenant_id = e.tenant_id AND l.source_id = e.entity_id) \
                   AS listings, \
                 (SELECT count(*) FROM effect f WHERE f.tenant_id = e.tenant_id AND \
                   e.entity_id IN (f.pipeline_id, f.sink_id, json_extract(f.slot, '$.account'))) AS effects \
                 FROM entity e WHERE e.tenant_id = ?1 AND e.retired_at IS NULL \
                 AND e.entity_id NOT IN (SELECT value FROM json_each(?2))) \
                 WHERE listings + effects > 0 ORDER BY entity_type, name",
            )
            .bind(self.tenant.0)
            .bind(json_array(configured))
            .fetch_all(&self.reader)
            .await?;
            let vanished = rows.iter().map(|row| {
                Ok(Vanished {
                    entity_type: row.parsed("entity_type")?,
                    id: row.integer("entity_id")?,
                    name: row.text("name")?,
                    listings: row.count("listings")?,
                    effects: row.count("effects")?,
                })
            });
            vanished.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("look for names that vanished"))
    }

    /// Says that an id is gone from the configuration for good.
    pub async fn retire(&self, id: i64, signed: Signed<'_>) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            self.keep_retirement(&mut writing, id, signed).await?;
            sqlx::query(
                "UPDATE entity SET retired_at = ?3 WHERE tenant_id = ?1 AND entity_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(id)
            .bind(signed.now.seconds())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write.await.map_err(StoreError::during("retire a name"))
    }
}

pub(crate) struct Registry {
    pub(crate) tenant: i64,
    pub(crate) entity_type: EntityType,
    pub(crate) pipeline: i64,
    now: Instant,
}

impl Registry {
    async fn resolve(
        &self,
        connection: &mut SqliteConnection,
        name: Renamed<'_>,
    ) -> Result<Result<i64, Problem>, sqlx::Error> {
        let own = self.find(connection, name.name).await?;
        let former = match name.from {
            Some(from) if from != name.name => self.find(connection, from).await?,
            _ => None,
        };
        match (own, former) {
            (None, None) => match self.formerly(connection, name.name).await? {
                Some(now) => Ok(Err(self.was_another(name.name, &now))),
                None => self.create(connection, name.name).await.map(Ok),
            },
            (Some(id), None) => {
                self.revive(connection, id).await?;
                Ok(Ok(id))
            }
            (None, Some(id)) => {
                self.rename(connection, id, name).await?;
                Ok(Ok(id))
            }
            (Some(own), Some(former)) => {
                if self.has_history(connection, own).await? {
                    return Ok(Err(self.both_have_history(name)));
                }
                self.give_way(connection, own).await?;
                self.rename(connection, former, name).await?;
                Ok(Ok(former))
            }
        }
    }

    fn both_have_history(&self, name: Renamed<'_>) -> Problem {
        let kind = self.entity_type.as_str();
        let from = name.from.unwrap_or_default();
        let path = [kind, name.name, "renamed_from"];
        let message = format!(
            "the {kind} `{}` cannot be what `{from}` was: both have a history of their own",
            name.name
        );
        Problem::new(path, message)
            .with_hint("remove `renamed_from` and keep both, or choose another name")
    }

    async fn find(
        &self,
        connection: &mut SqliteConnection,
        name: &str,
    ) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT entity_id FROM entity \
             WHERE tenant_id = ?1 AND entity_type = ?2 AND pipeline_id = ?3 AND name = ?4",
        )
        .bind(self.tenant)
        .bind(self.entity_type.as_str())
        .bind(self.pipeline)
        .bind(name)
        .fetch_optional(connection)
        .await
    }

    async fn create(
        &self,
        connection: &mut SqliteConnection,
        name: &str,
    ) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "INSERT INTO entity (tenant_id, entity_id, entity_type, pipeline_id, name, created_at) \
             SELECT ?1, coalesce(max(entity_id), 0) + 1, ?2, ?3, ?4, ?5 FROM entity WHERE tenant_id = ?1 \
             RETURNING entity_id",
        )
        .bind(self.tenant)
        .bind(self.entity_type.as_str())
        .bind(self.pipeline)
        .bind(name)
        .bind(self.now.seconds())
        .fetch_one(connection)
        .await
    }

    async fn revive(&self, connection: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE entity SET retired_at = NULL \
             WHERE tenant_id = ?1 AND entity_id = ?2 AND retired_at IS NOT NULL",
        )
        .bind(self.tenant)
        .bind(id)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn rename(
        &self,
        connection: &mut SqliteConnection,
        id: i64,
        name: Renamed<'_>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT OR IGNORE INTO former_name (tenant_id, entity_id, name, renamed_at) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(self.tenant)
        .bind(id)
        .bind(name.from)
        .bind(self.now.seconds())
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "UPDATE entity SET name = ?3, retired_at = NULL WHERE tenant_id = ?1 AND entity_id = ?2",
        )
        .bind(self.tenant)
        .bind(id)
        .bind(name.name)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Has anything been stored under this id that would be lost with it?
    async fn has_history(
        &self,
        connection: &mut SqliteConnection,
        id: i64,
    ) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM listing WHERE tenant_id = ?1 AND source_id = ?2) \
             OR EXISTS (SELECT 1 FROM effect WHERE tenant_id = ?1 \
                AND ?2 IN (pipeline_id, sink_id, json_extract(slot, '$.account'))) \
             OR EXISTS (SELECT 1 FROM entity WHERE tenant_id = ?1 AND pipeline_id = ?2 AND (\
                entity_id IN (SELECT source_id FROM listing WHERE tenant_id = ?1) \
                OR entity_id IN (SELECT sink_id FROM effect WHERE tenant_id = ?1)))",
        )
        .bind(self.tenant)
        .bind(id)
        .fetch_one(connection)
        .await
    }

    /// Takes the name from an id without history. The id itself is never given out again.
    async fn give_way(
        &self,
        connection: &mut SqliteConnection,
        id: i64,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE entity SET name = name || ' (gave way as ' || entity_id || ')', retired_at = ?3 \
             WHERE tenant_id = ?1 AND entity_id = ?2",
        )
        .bind(self.tenant)
        .bind(id)
        .bind(self.now.seconds())
        .execute(connection)
        .await?;
        Ok(())
    }
}
