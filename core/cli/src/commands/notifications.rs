//! `counterfoil notifications`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::notify::{NotifyReport, deliver};
use counterfoil_engine::session::Session;
use counterfoil_store::{Notification, NotificationState};
use serde_json::{Value, json};

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil notifications
  counterfoil notifications --pending
  counterfoil notifications --retry";

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
    let data: Vec<Value> = shown.iter().map(data).collect();
    let data =
        json!({ "pipeline": pipeline.name, "delivered": sent.delivered, "notifications": data });
    global.show(&data, || {
        if shown.is_empty() {
            "nothing was told".to_owned()
        } else {
            text(&shown)
        }
    })?;
    Ok(if sent.failures.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn data(one: &Notification) -> Value {
    json!({
        "id": one.body["id"],
        "created": one.created,
        "kind": one.kind,
        "recipient": one.recipient,
        "subject": one.body["subject"],
        "state": one.state.as_str(),
        "attempts": one.attempts,
        "next": (one.state == NotificationState::Pending).then_some(one.next),
        "delivered": one.delivered,
        "message": one.message,
    })
}

fn text(shown: &[Notification]) -> String {
    let rows = shown.iter().map(|one| {
        let state = match (one.state, one.delivered) {
            (NotificationState::Delivered, Some(at)) => format!("delivered {at}"),
            (NotificationState::Pending, _) => {
                format!("pending, {} attempts, next {}", one.attempts, one.next)
            }
            (state, _) => state.as_str().to_owned(),
        };
        [
            one.created.to_string(),
            one.kind.clone(),
            one.recipient.clone(),
            one.body["subject"].as_str().unwrap_or_default().to_owned(),
            state,
            one.message.clone().unwrap_or_default(),
        ]
    });
    table(&["when", "kind", "to", "subject", "state", "why not"], rows)
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
