//! `counterfoil notifications`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::notify::{NotifyReport, deliver};
use counterfoil_engine::session::Session;
use counterfoil_model::time::Instant;
use counterfoil_store::{Notification, NotificationState};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil notifications
  counterfoil notifications --pending
  counterfoil notifications --retry";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NotificationsReport {
    pipeline: String,
    /// How many arrived in this call, with --retry.
    delivered: u32,
    /// The newest first.
    notifications: Vec<Told>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Told {
    /// What a recipient tells repetitions by.
    id: Option<String>,
    created: Instant,
    kind: String,
    recipient: String,
    subject: String,
    /// pending, delivered or given-up
    state: String,
    attempts: u32,
    /// When it is tried again.
    next: Option<Instant>,
    delivered: Option<Instant>,
    /// Why it did not arrive.
    message: Option<String>,
}

pub(crate) const SHAPE: Shape<NotificationsReport> = Shape::new(
    "notifications/1",
    "What people were told, and what has not arrived.",
    &["notifications"],
);

/// Shows what people were told, and what has not arrived; with --retry tries that again now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Notifications {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Only those that have not arrived.
    #[arg(long)]
    pub(crate) pending: bool,
    /// Sends what has not arrived now, whatever the time of its next attempt.
    #[arg(long)]
    pub(crate) retry: bool,
    /// At most so many, the newest first.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    pub(crate) limit: u32,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Notifications) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let sent = if what.retry {
        deliver(session, true).await
    } else {
        NotifyReport::default()
    };
    let mut shown = session.store.notifications(wired.id, what.limit).await?;
    if what.pending {
        shown.retain(|one| one.state != NotificationState::Delivered);
    }
    let report = NotificationsReport {
        pipeline: pipeline.name.clone(),
        delivered: sent.delivered,
        notifications: shown.into_iter().map(Told::from).collect(),
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![table(&report)])
            .text(|| {
                if report.notifications.is_empty() {
                    "nothing was told".to_owned()
                } else {
                    table(&report).to_text()
                }
            }),
    )?;
    Ok(if sent.failures.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

impl From<Notification> for Told {
    fn from(one: Notification) -> Self {
        let text = |key: &str| one.body[key].as_str().map(str::to_owned);
        Self {
            id: text("id"),
            subject: text("subject").unwrap_or_default(),
            created: one.created,
            kind: one.kind,
            recipient: one.recipient,
            state: one.state.as_str().to_owned(),
            attempts: one.attempts,
            next: (one.state == NotificationState::Pending).then_some(one.next),
            delivered: one.delivered,
            message: one.message,
        }
    }
}

fn table(report: &NotificationsReport) -> Table {
    let columns = [
        Column::instant("created").titled("when"),
        Column::text("kind"),
        Column::text("recipient").titled("to"),
        Column::text("subject"),
        Column::text("standing").titled("state").for_people(),
        Column::text("state").for_exports(),
        Column::integer("attempts").for_exports(),
        Column::instant("next").for_exports(),
        Column::instant("delivered").for_exports(),
        Column::text("message").titled("why not"),
        Column::text("id").for_exports(),
    ];
    let rows = report.notifications.iter().map(|one| {
        let standing = match (one.next, one.delivered) {
            (Some(next), _) => format!("pending, {} attempts, next {next}", one.attempts),
            (None, Some(at)) => format!("delivered {at}"),
            (None, None) => one.state.clone(),
        };
        row![
            one.created,
            &one.kind,
            &one.recipient,
            &one.subject,
            standing,
            &one.state,
            one.attempts,
            one.next,
            one.delivered,
            one.message.as_ref(),
            one.id.as_ref(),
        ]
    });
    Table::new("notifications", columns).with_rows(rows)
}

/// What a stage says of its notifications, in its own output; nothing where all went well.
pub(crate) fn told(report: &NotifyReport) -> Vec<String> {
    let failures = report.failures.iter().map(|failure| {
        let next = match failure.next {
            Some(next) => format!(
                "; it is tried again after {next}, or by `counterfoil notifications --retry`"
            ),
            None => String::new(),
        };
        format!(
            "warning: {} was not told \"{}\": {}{next}",
            failure.recipient, failure.subject, failure.message
        )
    });
    failures.collect()
}
