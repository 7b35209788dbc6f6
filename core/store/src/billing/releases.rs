//! Releases: a person looked at a parked effect and lets it go on. Kept with who, why and when.

use counterfoil_model::effect::Effect;
use counterfoil_model::ids::{EffectId, PipelineId};
use counterfoil_model::plan::PlannedDelivery;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

use super::effects::{Moved, StoredEffect, json, moved_or_gone};
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Release {
    pub by: String,
    /// The user of the operating system, where it could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    pub reason: String,
    pub at: Instant,
}

/// A release with what it was of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRelease {
    pub planned: PlannedDelivery,
    pub release: Release,
}

impl Store {
    /// Moves a parked effect on and keeps who did it; both or neither.
    pub async fn release_effect(
        &self,
        parked: &StoredEffect,
        after: &Effect,
        release: &Release,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let moved = Moved {
                id: parked.id,
                before: &parked.effect,
                after,
                planned: &parked.planned,
                message: None,
                now: release.at,
            };
            if !moved.write(&mut writing, self).await? {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO effect_release (tenant_id, effect_id, number, effect, by, reason, at, login) \
                 SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7 FROM effect_release \
                 WHERE tenant_id = ?1 AND effect_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(parked.id.0)
            .bind(json(&parked.effect))
            .bind(&release.by)
            .bind(&release.reason)
            .bind(release.at.seconds())
            .bind(&release.login)
            .execute(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(true)
        };
        moved_or_gone(write.await, &parked.effect)
    }

    /// All of an effect, oldest first.
    pub async fn releases(&self, effect: EffectId) -> Result<Vec<Release>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM effect_release WHERE tenant_id = ?1 AND effect_id = ?2 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(effect.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(release).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the releases of an effect"))
    }

    /// All of a pipeline, oldest first.
    pub async fn past_releases(
        &self,
        pipeline: PipelineId,
    ) -> Result<Vec<PastRelease>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT r.*, e.planned FROM effect_release r JOIN effect e USING (tenant_id, effect_id) \
                 WHERE tenant_id = ?1 AND e.pipeline_id = ?2 ORDER BY r.at, effect_id, r.number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            let past = rows.iter().map(|row| {
                Ok(PastRelease {
                    planned: row.json("planned")?,
                    release: release(row)?,
                })
            });
            past.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what was released"))
    }
}

fn release(row: &SqliteRow) -> Result<Release, sqlx::Error> {
    Ok(Release {
        by: row.text("by")?,
        login: row.optional_text("login")?,
        reason: row.text("reason")?,
        at: row.instant("at")?,
    })
}
