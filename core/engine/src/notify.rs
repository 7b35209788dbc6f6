//! Tells people what happened: events go into the outbox of the store, and from there by mail and webhook until they arrived.
//!
//! At least once: each has an id by which a receiver takes it once. A receiver that is down never fails the bill.

mod derive;
mod event;
mod outcome;
mod send;

use std::error::Error;

use counterfoil_model::time::Instant;
use counterfoil_store::{NewNotification, StoreError};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;

pub use event::Event;
pub use outcome::Outcome;

use crate::session::{Session, Wired};

/// At most so many are sent by one command.
const SENT_MAX: u32 = 50;

/// What became of the notifications that were due.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct NotifyReport {
    /// How many arrived.
    pub delivered: u32,
    pub failures: Vec<NotifyFailure>,
}

/// One that did not arrive.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NotifyFailure {
    pub recipient: String,
    pub subject: String,
    pub message: String,
    /// When it is tried again; absent where it is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Instant>,
}

impl NotifyReport {
    pub fn is_empty(&self) -> bool {
        self.delivered == 0 && self.failures.is_empty()
    }
}

/// At the end of a stage: puts what it came to, and what the store shows besides, into the outbox, and sends what is due.
/// Whatever goes wrong is in the answer, and never fails the stage.
pub async fn after<T: Outcome, E: Error + 'static>(
    session: &Session,
    wired: &Wired<'_>,
    stage: &str,
    outcome: &Result<T, E>,
) -> NotifyReport {
    if !session.config.notify.concerns(&wired.pipeline.name) {
        return NotifyReport::default();
    }
    let today = session.now.date(&wired.pipeline.zone);
    let events = match outcome {
        Ok(report) => report.events(today),
        Err(error) => outcome::of_failure(stage, error, today)
            .into_iter()
            .collect(),
    };
    let kept = keep(session, wired, events).await;
    let mut report = deliver(session, false).await;
    if let Err(error) = kept {
        report.failures.push(NotifyFailure {
            recipient: "everybody".to_owned(),
            subject: format!("what {stage} came to"),
            message: crate::chain(&error),
            next: None,
        });
    }
    log(&report);
    report
}

/// A line for each that did not arrive.
pub(crate) fn log(report: &NotifyReport) {
    for failure in &report.failures {
        tracing::warn!(
            recipient = failure.recipient,
            "a notification did not arrive: {}",
            failure.message
        );
    }
}

/// Puts events, and what the store shows since the last look, into the outbox. What was told already is not told again, and
/// what a crash left untold is.
async fn keep(
    session: &Session,
    wired: &Wired<'_>,
    mut events: Vec<Event>,
) -> Result<(), StoreError> {
    let (shown, mark) = derive::events(session, wired).await?;
    events.extend(shown);
    let mut notifications = Vec::new();
    for event in &events {
        let recipients = session
            .config
            .notify
            .recipients(&wired.pipeline.name, event.kind);
        for recipient in recipients {
            notifications.push(NewNotification {
                event: event.digest(wired.id),
                kind: event.kind.as_str().to_owned(),
                recipient: recipient.label(),
                body: event.body(wired, session.now),
            });
        }
    }
    session
        .store
        .add_notifications(wired.id, &notifications, Some(mark), session.now)
        .await?;
    Ok(())
}

/// Sends what is due, with `all` also what was put off. For the end of every command and for the scheduler.
pub async fn deliver(session: &Session, all: bool) -> NotifyReport {
    let mut report = NotifyReport::default();
    let due = session
        .store
        .due_notifications(session.clock(), all, SENT_MAX)
        .await;
    let due = match due {
        Ok(due) => due,
        Err(error) => {
            report.failures.push(NotifyFailure {
                recipient: "everybody".to_owned(),
                subject: "the outbox".to_owned(),
                message: crate::chain(&error),
                next: None,
            });
            return report;
        }
    };
    let attempts = due
        .iter()
        .map(|notification| send::attempt(session, notification));
    for attempt in join_all(attempts).await {
        match attempt {
            Ok(send::Sent::Delivered) => report.delivered += 1,
            Ok(send::Sent::Taken) => {}
            Err(failure) => report.failures.push(failure),
        }
    }
    report
}
