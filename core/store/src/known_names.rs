//! Every name that a source or an account has or had: what older versions of a configuration call it by.

use counterfoil_model::ids::PipelineId;
use counterfoil_model::problem::Problem;
use sqlx::SqliteConnection;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::names::{EntityType, Registry};

/// A name that stands for an id, now or formerly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownName {
    pub name: String,
    pub id: i64,
    /// The id goes by another name now.
    pub is_former: bool,
}

impl Store {
    /// The names of a type, those of retired ids included. Where a name stands twice, the last one counts: former names
    /// come first, the earliest before the later ones.
    pub async fn known_names(
        &self,
        entity_type: EntityType,
        pipeline: Option<PipelineId>,
    ) -> Result<Vec<KnownName>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT name, entity_id, is_former FROM (\
                   SELECT f.name, e.entity_id, 1 AS is_former, f.renamed_at FROM former_name f \
                   JOIN entity e USING (tenant_id, entity_id) \
                   WHERE e.tenant_id = ?1 AND e.entity_type = ?2 AND e.pipeline_id = ?3 \
                   UNION ALL \
                   SELECT name, entity_id, 0, 0 FROM entity \
                   WHERE tenant_id = ?1 AND entity_type = ?2 AND pipeline_id = ?3) \
                 ORDER BY is_former DESC, renamed_at, entity_id",
            )
            .bind(self.tenant.0)
            .bind(entity_type.as_str())
            .bind(pipeline.map_or(0, |id| id.0))
            .fetch_all(&self.reader)
            .await?;
            let names = rows.iter().map(|row| {
                Ok(KnownName {
                    name: row.text("name")?,
                    id: row.integer("entity_id")?,
                    is_former: row.integer("is_former")? != 0,
                })
            });
            names.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read names and former names"))
    }
}

impl Registry {
    /// What a name stands for in older versions of the configuration: the present name of what had it.
    pub(crate) async fn formerly(
        &self,
        connection: &mut SqliteConnection,
        name: &str,
    ) -> Result<Option<String>, sqlx::Error> {
        match self.entity_type {
            EntityType::Source | EntityType::Account => {}
            // No rule, agreement or price speaks of them.
            EntityType::Pipeline | EntityType::Sink => return Ok(None),
        }
        sqlx::query_scalar(
            "SELECT e.name FROM former_name f JOIN entity e USING (tenant_id, entity_id) \
             WHERE e.tenant_id = ?1 AND e.entity_type = ?2 AND e.pipeline_id = ?3 AND f.name = ?4 \
             ORDER BY f.renamed_at DESC LIMIT 1",
        )
        .bind(self.tenant)
        .bind(self.entity_type.as_str())
        .bind(self.pipeline)
        .bind(name)
        .fetch_optional(connection)
        .await
    }

    pub(crate) fn was_another(&self, name: &str, now: &str) -> Problem {
        let kind = self.entity_type.as_str();
        let message = format!(
            "`{name}` was the name of the {kind} `{now}`, and older versions of the configuration mean that one by it"
        );
        Problem::new([kind, name], message).with_hint(format!(
            "if it is that one, write `renamed_from = \"{now}\"`; for a new one choose another name"
        ))
    }
}
