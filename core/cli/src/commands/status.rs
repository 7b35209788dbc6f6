//! `counterfoil status`.

mod tables;

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::session::Session;
use counterfoil_engine::status::{PipelineStatus, StatusReport, status};
use counterfoil_model::counted::counted_as;

use crate::args::Global;
use crate::commands::findings;
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Examples:
  counterfoil status
  counterfoil status --json";

pub(crate) const SHAPE: Shape<StatusReport> = Shape::new(
    "status/1",
    "How everything stands: stages, jobs, sources, deliveries, what waits, revenue at risk.",
    &[
        "stages",
        "jobs",
        "sources",
        "unread_rows",
        "deliveries",
        "waiting",
        "older",
        "periods",
        "at_risk",
    ],
);

/// Shows how everything stands: last and next runs, sources that are behind, deliveries, revenue at risk.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {}

pub(crate) async fn run(global: &Global, session: &Session) -> Result<Exit> {
    let report = status(session).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables::all(&report))
            .text(|| {
                let texts: Vec<String> = report.pipelines.iter().map(text).collect();
                texts.join("\n\n\n")
            }),
    )?;
    Ok(Exit::Done)
}

fn text(pipeline: &PipelineStatus) -> String {
    let mut parts = vec![match &pipeline.paused {
        Some(pause) => format!(
            "{}: PAUSED by {} since {}: {}",
            pipeline.pipeline, pause.by, pause.since, pause.reason
        ),
        None => pipeline.pipeline.clone(),
    }];
    if !pipeline.stages.is_empty() {
        parts.push(tables::stages([pipeline]).to_text());
    }
    parts.push(if pipeline.jobs.is_empty() {
        "no schedule: nothing runs by itself".to_owned()
    } else {
        tables::jobs([pipeline]).to_text()
    });
    if !pipeline.sources.is_empty() {
        parts.push(tables::sources([pipeline]).to_text());
    }
    parts.extend(findings::text(&pipeline.unread_rows));
    if !pipeline.deliveries.is_empty() {
        parts.push(tables::deliveries([pipeline]).to_text());
    }
    parts.extend(pipeline.waiting.iter().map(|waiting| {
        let held = match waiting.held {
            0 => String::new(),
            held => format!(", {held} held"),
        };
        let blocked = match waiting.blocked_by {
            0 => String::new(),
            1 => "; 1 finding blocks it".to_owned(),
            count => format!("; {count} findings block it"),
        };
        format!(
            "{} at {}: {} for approval{held}, planned {}{blocked}",
            waiting.billing_period,
            waiting.sink,
            counted_as(waiting.waiting, "account waits", "accounts wait"),
            waiting.since
        )
    }));
    if !pipeline.older.is_empty() {
        parts.push(format!(
            "{}\n\nolder than the look-back: `counterfoil plan --period MONTH` corrects a month",
            older(pipeline)
        ));
    }
    if !pipeline.periods.is_empty() {
        parts.push(tables::periods([pipeline]).to_text());
    }
    parts.push(at_risk(pipeline));
    parts.join("\n\n")
}

/// Groups are named where there are several.
fn older(pipeline: &PipelineStatus) -> String {
    let groups = pipeline.older.iter().map(|one| &one.invoice_group);
    let groups: BTreeSet<&String> = groups.collect();
    let table = tables::older([pipeline]);
    let hidden: &[&str] = if groups.len() > 1 { &[] } else { &["group"] };
    table.without(hidden).to_text()
}

fn at_risk(pipeline: &PipelineStatus) -> String {
    let Some(risk) = &pipeline.at_risk else {
        return "revenue at risk: not assessed yet; `counterfoil run` does so after each discovery"
            .to_owned();
    };
    if risk.reasons.is_empty() {
        return format!(
            "revenue at risk in {}: none, as of {}",
            risk.billing_period, risk.assessed
        );
    }
    format!(
        "revenue at risk in {}, as of {}\n\n{}",
        risk.billing_period,
        risk.assessed,
        tables::at_risk([pipeline]).to_text()
    )
}
