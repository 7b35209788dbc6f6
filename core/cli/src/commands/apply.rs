//! `counterfoil apply`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::apply::{ApplyReport, apply};
use counterfoil_engine::notify;
use counterfoil_engine::session::Session;
use counterfoil_model::effect::State;

use super::findings::{self, word};
use super::notifications;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Example:
  counterfoil apply --period 2026-03";

pub(crate) const SHAPE: Shape<ApplyReport> = Shape::new(
    "apply/1",
    "What became of each delivery, and where the chain of counterfoils ends.",
    &["deliveries", "findings"],
);

/// Sends what is approved, at most once or parked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Apply) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let outcome = apply(session, &connectors, &wired, &period, &global.progress()).await;
    let told = notify::after(session, &wired, "apply", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![deliveries(&report), findings::table(&report.findings)])
            .text(|| text(&report)),
    )?;
    if report.stopped {
        return Ok(Exit::Stopped);
    }
    let settled = |state: State| matches!(state, State::Confirmed | State::Verified);
    Ok(
        if report
            .deliveries
            .iter()
            .all(|delivery| settled(delivery.state))
        {
            Exit::Done
        } else {
            Exit::Unconfirmed
        },
    )
}

fn text(report: &ApplyReport) -> String {
    let mut parts = Vec::new();
    if report.deliveries.is_empty() {
        parts.push("nothing to send: everything stands as it should".to_owned());
    } else {
        if report.deliveries.iter().all(|one| one.settled_before) {
            parts.push("nothing to send: everything was confirmed before".to_owned());
        }
        parts.push(deliveries(report).without(&["sink"]).to_text());
    }
    if report.stopped {
        parts.push(
            "stopped: what was sent is kept; run `counterfoil apply` again for the rest".to_owned(),
        );
    }
    parts.extend(
        report
            .warnings
            .iter()
            .map(|warning| format!("warning: {warning}")),
    );
    parts.extend(findings::text(&report.findings));
    if let Some(head) = &report.head {
        parts.push(format!("the chain of counterfoils ends at {head}"));
    }
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

fn deliveries(report: &ApplyReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("sink"),
        Column::text("reference"),
        Column::text("action"),
        Column::money("net").with_currency(),
        Column::text("state"),
        Column::text("number"),
        Column::text("message").titled(""),
    ];
    let rows = report.deliveries.iter().map(|delivery| {
        let waits = delivery
            .wait_until
            .map(|until| format!("waits until {until}"));
        let words: Vec<String> = delivery.message.clone().into_iter().chain(waits).collect();
        row![
            &delivery.account,
            &delivery.sink,
            &delivery.reference,
            word(&delivery.action),
            delivery.net,
            word(&delivery.state),
            delivery.number.as_deref(),
            words.join("; "),
        ]
    });
    Table::new("deliveries", columns).with_rows(rows)
}
