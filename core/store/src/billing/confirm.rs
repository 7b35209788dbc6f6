//! A confirmation: the effect's new state, its counterfoil with its lines, and the head of the chain, in one transaction.

use counterfoil_model::counterfoil::{Action, Counterfoil, Link, RemoteDocument};
use counterfoil_model::digest::{Digest, canonical_json};
use counterfoil_model::document::{Delivery, Reference};
use counterfoil_model::effect::Effect;
use counterfoil_model::ids::{EffectId, PipelineId, SinkId};
use counterfoil_model::plan::PlannedDelivery;
use counterfoil_model::time::Instant;
use sqlx::SqliteConnection;

use super::chain::head_within;
use super::effects::{Moved, moved_or_gone};
use super::periods::issue;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

/// What a sink confirmed.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub action: Action,
    pub delivery: Delivery,
    pub content_digest: Digest,
    pub remote: RemoteDocument,
    pub posted: bool,
    pub plan: Digest,
    pub confirmed: Instant,
}

impl Store {
    /// Moves the effect on and writes its counterfoil; both or neither.
    pub async fn confirm(
        &self,
        id: EffectId,
        pipeline: PipelineId,
        before: &Effect,
        after: &Effect,
        planned: &PlannedDelivery,
        confirmation: Confirmation,
    ) -> Result<(), StoreError> {
        let now = confirmation.confirmed;
        let write = async {
            let mut writing = self.begin().await?;
            let moved = Moved {
                id,
                before,
                after,
                planned,
                message: None,
                now,
            };
            if !moved.write(&mut writing, self).await? {
                return Ok(false);
            }
            self.append(&mut writing, pipeline, confirmation).await?;
            writing.commit().await?;
            Ok(true)
        };
        moved_or_gone(write.await, before)
    }

    /// A person posted the draft at the sink: a counterfoil of what stands there says so.
    pub async fn record_posted(
        &self,
        pipeline: PipelineId,
        sink: SinkId,
        reference: &Reference,
        number: Option<&str>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let Some(latest) = self.latest_counterfoil(pipeline, sink, reference).await? else {
            return Err(StoreError::NotFound {
                what: format!("a counterfoil of {reference}"),
            });
        };
        let plan = latest.plan.parse().map_err(|_| StoreError::NotFound {
            what: format!("the plan {}", latest.plan),
        })?;
        let mut remote = latest.remote;
        remote.number = number.map(str::to_owned).or(remote.number);
        let confirmation = Confirmation {
            action: Action::Updated,
            delivery: latest.delivery,
            content_digest: latest.content_digest,
            remote,
            posted: true,
            plan,
            confirmed: now,
        };
        let write = async {
            let mut writing = self.begin().await?;
            self.append(&mut writing, pipeline, confirmation).await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("record that a draft was posted"))
    }

    pub(super) async fn append(
        &self,
        connection: &mut SqliteConnection,
        pipeline: PipelineId,
        confirmation: Confirmation,
    ) -> Result<(), sqlx::Error> {
        let before = head_within(connection, self.tenant, pipeline).await?;
        let counterfoil = Counterfoil {
            number: before.map_or(0, |link| link.number) + 1,
            action: confirmation.action,
            delivery: confirmation.delivery,
            content_digest: confirmation.content_digest,
            remote: confirmation.remote,
            posted: confirmation.posted,
            plan: confirmation.plan.to_string(),
            confirmed: confirmation.confirmed,
        };
        let body = canonical_json(&counterfoil);
        let link = Link::after(before.as_ref(), Digest::of_bytes(body.as_bytes()));
        let at = counterfoil.confirmed;
        let recording = begin_recording(connection, self.tenant, at, "counterfoil", None).await?;
        let action = serde_json::to_value(counterfoil.action)
            .map(|text| text.as_str().unwrap_or_default().to_owned());
        let slot = &counterfoil.delivery.slot;
        sqlx::query(
            "INSERT INTO counterfoil (tenant_id, pipeline_id, number, previous, body_digest, digest, body, sink_id, \
             reference, billing_period, action, recording_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(link.number)
        .bind(&link.previous.as_bytes()[..])
        .bind(&link.body.as_bytes()[..])
        .bind(&link.digest.as_bytes()[..])
        .bind(&body)
        .bind(slot.sink.0)
        .bind(&counterfoil.delivery.reference.0)
        .bind(&slot.billing_period)
        .bind(action.unwrap_or_default())
        .bind(recording.0)
        .execute(&mut *connection)
        .await?;
        self.append_lines(connection, pipeline, &counterfoil)
            .await?;
        sqlx::query(
            "INSERT INTO counterfoil_head (tenant_id, pipeline_id, count, digest) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (tenant_id, pipeline_id) DO UPDATE SET count = excluded.count, digest = excluded.digest",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(link.number)
        .bind(&link.digest.as_bytes()[..])
        .execute(&mut *connection)
        .await?;
        if counterfoil.posted {
            issue(connection, self, pipeline, &slot.billing_period, recording).await?;
        }
        Ok(())
    }

    async fn append_lines(
        &self,
        connection: &mut SqliteConnection,
        pipeline: PipelineId,
        counterfoil: &Counterfoil,
    ) -> Result<(), sqlx::Error> {
        for (line, number) in counterfoil.delivery.lines.iter().zip(1_i64..) {
            sqlx::query(
                "INSERT INTO counterfoil_line (tenant_id, pipeline_id, number, line, charge, charge_key, currency, \
                 billed_minor, reference) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(counterfoil.number)
            .bind(number)
            .bind(&Digest::of_json(&line.charge).as_bytes()[..])
            .bind(canonical_json(&line.charge))
            .bind(line.billed.currency().to_string())
            .bind(line.billed.minor())
            .bind(&counterfoil.delivery.reference.0)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}
