//! `counterfoil reconcile`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::notify;
use counterfoil_engine::reconcile::{ReconcileReport, SinkReport, reconcile};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Severity;

use super::{findings, notifications};
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::progress::Bars;
use crate::table::table;

const EXAMPLES: &str = "\
Example:
  counterfoil reconcile --period 2026-03";

/// Reads the sinks back and compares: expected, planned, sent, observed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Reconcile) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let outcome = reconcile(session, &connectors, &wired, &period, &Bars::new()).await;
    let told = notify::after(session, &wired, "reconcile", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    global.show(&report, || text(&report))?;
    let blocked = report
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Blocking);
    let is_clean = !blocked && report.sinks.iter().all(|sink| sink.result.is_clean());
    Ok(if is_clean { Exit::Done } else { Exit::Findings })
}

fn text(report: &ReconcileReport) -> String {
    let mut parts = vec![format!("{} {}", report.pipeline, report.billing_period)];
    parts.extend(report.sinks.iter().map(sink_text));
    let unbalanced = report
        .completeness
        .kinds
        .values()
        .filter(|balance| balance.seconds.remainder() != 0)
        .count();
    parts.push(match unbalanced {
        0 => "resource-seconds balance: discovered = billed + non-billable + not charged + suspended + unpriced".to_owned(),
        kinds => format!("resource-seconds of {kinds} kinds do not balance: see `counterfoil plan`"),
    });
    parts.extend(findings::text(&report.findings));
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

fn sink_text(sink: &SinkReport) -> String {
    let result = &sink.result;
    let rows = result.totals.iter().map(|total| {
        [
            total.rated.currency().to_string(),
            total.discovered.amount(),
            total.suspended.amount(),
            total.rated.amount(),
            total.sent.amount(),
            total.observed.amount(),
            if total.balanced {
                "to the cent".to_owned()
            } else {
                "NO".to_owned()
            },
        ]
    });
    let titles = [
        "money",
        "discovered>",
        "suspended ~>",
        "rated>",
        "sent>",
        "observed>",
        "balances",
    ];
    let matched = format!(
        "{}: {} documents read back, {} match",
        sink.sink,
        sink.documents,
        result.matched.len()
    );
    let mut parts = vec![matched, table(&titles, rows)];
    if !result.waiting.is_empty() {
        parts.push(format!(
            "{} are younger than the sink's lag, and not judged yet",
            result.waiting.len()
        ));
    }
    for change in &result.state_changes {
        parts.push(
            format!(
                "{} was {:?} and is {:?} now: recorded",
                change.reference, change.from, change.to
            )
            .to_lowercase(),
        );
    }
    parts.extend(findings::text(&result.findings));
    parts.join("\n\n")
}
