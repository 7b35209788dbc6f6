//! `counterfoil rate`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::rate::{RateReport, rate};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Severity;

use super::findings;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil rate --period 2026-03
  counterfoil rate north --period 2026-03 --json";

/// Shows the charges of a period as they would be now, line by line. Nothing is kept, and no sink is asked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rate {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Rate) -> Result<Exit> {
    let what = &what.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let report = rate(session, &wired, &period).await?;
    global.show(&report, || text(&report))?;
    let blocking =
        |finding: &counterfoil_model::finding::Finding| finding.severity == Severity::Blocking;
    Ok(if report.findings.iter().any(blocking) {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn text(report: &RateReport) -> String {
    let lines = report.lines.iter().map(|line| {
        [
            line.account.clone(),
            line.description.clone(),
            format!("{} to {}", line.first_day, line.last_day),
            line.quantity.clone(),
            line.unit.clone(),
            line.unit_price.clone(),
            line.net.to_string(),
        ]
    });
    let titles = [
        "account",
        "charge",
        "days",
        "quantity>",
        "unit",
        "unit price>",
        "net>",
    ];
    let mut parts = vec![
        format!("{} {}", report.pipeline, report.billing_period),
        table(&titles, lines),
    ];
    let totals = report.totals.values().map(|total| format!("total {total}"));
    parts.push(totals.collect::<Vec<_>>().join("\n"));
    if !report.suspended.is_empty() {
        let lines = report.suspended.iter().map(|line| {
            [
                line.item.to_string(),
                line.service
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                line.plan
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                line.quantity.to_string(),
                line.net.map_or_else(String::new, |net| net.to_string()),
            ]
        });
        let titles = ["in suspense", "service", "plan", "quantity>", "estimate>"];
        parts.push(table(&titles, lines));
    }
    parts.extend(findings::text(&report.findings));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
