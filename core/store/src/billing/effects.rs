//! Effects: what is intended at a sink, and how far it got. Every change is a compare-and-set on what was read.

use counterfoil_model::digest::Digest;
use counterfoil_model::document::Reference;
use counterfoil_model::effect::{Effect, State};
use counterfoil_model::ids::{EffectId, PipelineId, SinkId};
use counterfoil_model::plan::PlannedDelivery;
use counterfoil_model::time::Instant;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

#[derive(Debug, Clone)]
pub struct StoredEffect {
    pub id: EffectId,
    pub pipeline: PipelineId,
    pub sink: SinkId,
    pub plan: Digest,
    pub planned: PlannedDelivery,
    pub effect: Effect,
    pub updated: Instant,
}

impl Store {
    /// Keeps an intent that is new, or that replaces a settled one under the same reference.
    pub async fn plan_effect(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        plan: Digest,
        planned: &PlannedDelivery,
        effect: &Effect,
        now: Instant,
    ) -> Result<StoredEffect, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let row = sqlx::query(
                "INSERT INTO effect (tenant_id, effect_id, pipeline_id, sink_id, reference, slot, plan_id, planned, body, \
                 state, updated) \
                 SELECT ?1, coalesce(max(effect_id), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM effect \
                 WHERE tenant_id = ?1 \
                 ON CONFLICT (tenant_id, sink_id, reference) DO UPDATE SET plan_id = excluded.plan_id, \
                 planned = excluded.planned, body = excluded.body, state = excluded.state, message = NULL, \
                 updated = excluded.updated \
                 WHERE state IN ('planned', 'confirmed', 'verified', 'rejected') \
                 RETURNING *",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .bind(&effect.reference.0)
            .bind(json(&planned.delivery.slot))
            .bind(&plan.as_bytes()[..])
            .bind(json(planned))
            .bind(json(effect))
            .bind(state_text(effect.state))
            .bind(now.seconds())
            .fetch_optional(&mut *writing)
            .await?;
            writing.commit().await?;
            row.as_ref().map(stored).transpose()
        };
        let during = StoreError::during("keep an intent");
        let what = format!("a settled effect of {}", effect.reference);
        write
            .await
            .map_err(during)?
            .ok_or(StoreError::NotFound { what })
    }

    pub async fn effect(
        &self,
        sink: SinkId,
        reference: &Reference,
    ) -> Result<Option<StoredEffect>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM effect WHERE tenant_id = ?1 AND sink_id = ?2 AND reference = ?3",
            )
            .bind(self.tenant.0)
            .bind(sink.0)
            .bind(&reference.0)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(stored).transpose()
        };
        read.await.map_err(StoreError::during("read an effect"))
    }

    /// Effects whose outcome decides what is billed: sending, unknown and parked ones, in the order of their ids.
    pub async fn open_effects(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<Vec<StoredEffect>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM effect WHERE tenant_id = ?1 AND pipeline_id = ?2 AND sink_id = ?3 \
                 AND state IN ('sending', 'unknown', 'parked') ORDER BY effect_id",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(sink.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(stored).collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read open effects"))
    }

    /// Moves an effect on, if it still is as it was read. Durable when this returns.
    pub async fn advance_effect(
        &self,
        id: EffectId,
        before: &Effect,
        after: &Effect,
        planned: &PlannedDelivery,
        message: Option<&str>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let moved = Moved {
                id,
                before,
                after,
                planned,
                message,
                now,
            };
            let is_moved = moved.write(&mut writing, self).await?;
            writing.commit().await?;
            Ok(is_moved)
        };
        moved_or_gone(write.await, before)
    }
}

/// One step of an effect.
pub(super) struct Moved<'a> {
    pub(super) id: EffectId,
    pub(super) before: &'a Effect,
    pub(super) after: &'a Effect,
    pub(super) planned: &'a PlannedDelivery,
    pub(super) message: Option<&'a str>,
    pub(super) now: Instant,
}

impl Moved<'_> {
    /// Answers whether the effect was still as it was read.
    pub(super) async fn write(
        &self,
        connection: &mut SqliteConnection,
        store: &Store,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE effect SET body = ?4, state = ?5, planned = ?6, message = ?7, updated = ?8 \
             WHERE tenant_id = ?1 AND effect_id = ?2 AND body = ?3",
        )
        .bind(store.tenant.0)
        .bind(self.id.0)
        .bind(json(self.before))
        .bind(json(self.after))
        .bind(state_text(self.after.state))
        .bind(json(self.planned))
        .bind(self.message)
        .bind(self.now.seconds())
        .execute(connection)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

pub(super) fn moved_or_gone(
    written: Result<bool, sqlx::Error>,
    before: &Effect,
) -> Result<(), StoreError> {
    if written.map_err(StoreError::during("move an effect on"))? {
        return Ok(());
    }
    let what = format!(
        "the effect of {} as it was read: another process moved it",
        before.reference
    );
    Err(StoreError::NotFound { what })
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the model's records have text keys and no floats")
}

fn state_text(state: State) -> &'static str {
    match state {
        State::Planned => "planned",
        State::Sending => "sending",
        State::Unknown => "unknown",
        State::Confirmed => "confirmed",
        State::Verified => "verified",
        State::Rejected => "rejected",
        State::Parked => "parked",
    }
}

fn stored(row: &SqliteRow) -> Result<StoredEffect, sqlx::Error> {
    Ok(StoredEffect {
        id: EffectId(row.integer("effect_id")?),
        pipeline: PipelineId(row.integer("pipeline_id")?),
        sink: SinkId(row.integer("sink_id")?),
        plan: row.digest("plan_id")?,
        planned: row.json("planned")?,
        effect: row.json("body")?,
        updated: row.instant("updated")?,
    })
}
