//! The outbox: what people are to be told, kept until it arrived. Of mail and webhooks nothing is known here.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::time::Instant;
use serde_json::Value;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::columns::{Columns, stored_as};
use crate::database::Store;
use crate::error::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationState {
    Pending,
    Delivered,
    /// It failed too often, or its recipient is configured no more.
    GivenUp,
}

stored_as!(NotificationState {
    Pending => "pending",
    Delivered => "delivered",
    GivenUp => "given-up",
});

/// Something to tell, once to each recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    /// What makes two events the same one.
    pub event: Digest,
    pub kind: String,
    /// As the configuration writes it.
    pub recipient: String,
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub id: i64,
    pub pipeline: PipelineId,
    pub event: Digest,
    pub kind: String,
    pub recipient: String,
    pub body: Value,
    pub created: Instant,
    pub state: NotificationState,
    pub attempts: u32,
    pub next: Instant,
    pub delivered: Option<Instant>,
    pub message: Option<String>,
}

/// Up to where plans and counterfoils were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotificationMark {
    pub plan: i64,
    pub counterfoil: i64,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub state: NotificationState,
    pub next: Instant,
    pub message: Option<String>,
    pub now: Instant,
}

impl Store {
    /// Puts events into the outbox, those that are in it already aside, and moves the mark on; both or neither. Answers how
    /// many are new.
    pub async fn add_notifications(
        &self,
        pipeline: PipelineId,
        notifications: &[NewNotification],
        mark: Option<NotificationMark>,
        now: Instant,
    ) -> Result<u64, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let mut added = 0;
            for notification in notifications {
                added += self.add(&mut writing, pipeline, notification, now).await?;
            }
            if let Some(mark) = mark {
                sqlx::query(
                    "INSERT INTO notification_mark (tenant_id, pipeline_id, plan_number, counterfoil_number) \
                     VALUES (?1, ?2, ?3, ?4) ON CONFLICT (tenant_id, pipeline_id) DO UPDATE SET \
                     plan_number = max(plan_number, excluded.plan_number), \
                     counterfoil_number = max(counterfoil_number, excluded.counterfoil_number)",
                )
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .bind(mark.plan)
                .bind(mark.counterfoil)
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await?;
            Ok(added)
        };
        write
            .await
            .map_err(StoreError::during("keep a notification"))
    }

    async fn add(
        &self,
        connection: &mut SqliteConnection,
        pipeline: PipelineId,
        notification: &NewNotification,
        now: Instant,
    ) -> Result<u64, sqlx::Error> {
        let done = sqlx::query(
            "INSERT INTO notification (tenant_id, notification_id, pipeline_id, event, kind, recipient, body, created_at, \
             state, attempts, next_at) \
             SELECT ?1, coalesce(max(notification_id), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', 0, ?7 \
             FROM notification WHERE tenant_id = ?1 \
             ON CONFLICT (tenant_id, event, recipient) DO NOTHING",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(&notification.event.as_bytes()[..])
        .bind(&notification.kind)
        .bind(&notification.recipient)
        .bind(notification.body.to_string())
        .bind(now.seconds())
        .execute(connection)
        .await?;
        Ok(done.rows_affected())
    }

    /// Where the next look begins; nothing before the first one.
    pub async fn notification_mark(
        &self,
        pipeline: PipelineId,
    ) -> Result<Option<NotificationMark>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM notification_mark WHERE tenant_id = ?1 AND pipeline_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_optional(&self.reader)
            .await?;
            row.map(|row| {
                Ok(NotificationMark {
                    plan: row.integer("plan_number")?,
                    counterfoil: row.integer("counterfoil_number")?,
                })
            })
            .transpose()
        };
        read.await
            .map_err(StoreError::during("read what was told already"))
    }

    /// The mark that leaves out what was there before an instant: for the first look, so that a pipeline with a past does not
    /// tell all of it.
    pub async fn notification_mark_before(
        &self,
        pipeline: PipelineId,
        instant: Instant,
    ) -> Result<NotificationMark, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT (SELECT coalesce(max(number), 0) FROM plan WHERE tenant_id = ?1 AND pipeline_id = ?2 \
                   AND created_at < ?3) AS plan, \
                 (SELECT coalesce(max(c.number), 0) FROM counterfoil c JOIN recording r USING (tenant_id, recording_id) \
                   WHERE c.tenant_id = ?1 AND c.pipeline_id = ?2 AND r.at < ?3) AS counterfoil",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(instant.seconds())
            .fetch_one(&self.reader)
            .await?;
            Ok(NotificationMark {
                plan: row.integer("plan")?,
                counterfoil: row.integer("counterfoil")?,
            })
        };
        read.await
            .map_err(StoreError::during("read what was there before"))
    }

    /// The plans in force among those that came into force after a mark, by sink and billing period; and the greatest number
    /// of all.
    pub async fn plans_since(
        &self,
        pipeline: PipelineId,
        number: i64,
    ) -> Result<(Vec<(SinkId, String)>, i64), StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT sink_id, billing_period, max(number) AS number FROM plan \
                 WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number > ?3 \
                 GROUP BY sink_id, billing_period ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(number)
            .fetch_all(&self.reader)
            .await?;
            let mut last = number;
            let mut plans = Vec::with_capacity(rows.len());
            for row in &rows {
                last = last.max(row.integer("number")?);
                plans.push((SinkId(row.integer("sink_id")?), row.text("billing_period")?));
            }
            Ok((plans, last))
        };
        read.await
            .map_err(StoreError::during("read the newest plans"))
    }

    /// Those that wait to be sent and may be by now, the oldest first; with `all` also those whose time has not come.
    pub async fn due_notifications(
        &self,
        now: Instant,
        all: bool,
        most: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM notification WHERE tenant_id = ?1 AND state = 'pending' AND (?3 OR next_at <= ?2) \
                 ORDER BY next_at, notification_id LIMIT ?4",
            )
            .bind(self.tenant.0)
            .bind(now.seconds())
            .bind(all)
            .bind(most)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(stored).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what is to be told"))
    }

    /// Takes one for an attempt, so that no other process sends it meanwhile; should this one die it is due again then.
    pub async fn claim_notification(
        &self,
        notification: &Notification,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let done = sqlx::query(
                "UPDATE notification SET next_at = ?4, attempts = attempts + 1 \
                 WHERE tenant_id = ?1 AND notification_id = ?2 AND state = 'pending' AND attempts = ?3",
            )
            .bind(self.tenant.0)
            .bind(notification.id)
            .bind(notification.attempts)
            .bind(until.seconds())
            .execute(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write
            .await
            .map_err(StoreError::during("take a notification"))
    }

    pub async fn end_attempt(&self, id: i64, attempt: &Attempt) -> Result<(), StoreError> {
        let delivered = attempt.state == NotificationState::Delivered;
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "UPDATE notification SET state = ?3, next_at = ?4, message = ?5, delivered_at = ?6 \
                 WHERE tenant_id = ?1 AND notification_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(id)
            .bind(attempt.state.as_str())
            .bind(attempt.next.seconds())
            .bind(&attempt.message)
            .bind(delivered.then_some(attempt.now.seconds()))
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep how a notification went"))
    }

    /// All of a pipeline, the newest first.
    pub async fn notifications(
        &self,
        pipeline: PipelineId,
        most: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM notification WHERE tenant_id = ?1 AND pipeline_id = ?2 \
                 ORDER BY notification_id DESC LIMIT ?3",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(most)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(stored).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the notifications"))
    }
}

fn stored(row: &SqliteRow) -> Result<Notification, sqlx::Error> {
    Ok(Notification {
        id: row.integer("notification_id")?,
        pipeline: PipelineId(row.integer("pipeline_id")?),
        event: row.digest("event")?,
        kind: row.text("kind")?,
        recipient: row.text("recipient")?,
        body: row.json("body")?,
        created: row.instant("created_at")?,
        state: row.parsed("state")?,
        attempts: u32::try_from(row.count("attempts")?).unwrap_or(u32::MAX),
        next: row.instant("next_at")?,
        delivered: row.optional_instant("delivered_at")?,
        message: row.optional_text("message")?,
    })
}
