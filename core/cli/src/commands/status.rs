//! `counterfoil status`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::session::Session;
use counterfoil_engine::status::{PipelineStatus, SourceStatus, StageStatus, status};
use counterfoil_model::time::Instant;

use super::run::outcome_word;
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil status
  counterfoil status --json";

/// Shows how everything stands: last and next runs, sources that are behind, deliveries, revenue at risk.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {}

pub(crate) async fn run(global: &Global, session: &Session) -> Result<Exit> {
    let report = status(session).await?;
    global.show(&report, || {
        let texts: Vec<String> = report.pipelines.iter().map(text).collect();
        texts.join("\n\n\n")
    })?;
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
    parts.extend(stages(pipeline));
    parts.push(jobs(pipeline));
    parts.extend(sources(pipeline));
    if !pipeline.deliveries.is_empty() {
        let rows = pipeline.deliveries.iter().map(|deliveries| {
            [
                deliveries.sink.clone(),
                deliveries.state.clone(),
                deliveries.count.to_string(),
                deliveries.oldest.to_string(),
            ]
        });
        parts.push(table(&["sink", "state", "deliveries>", "oldest"], rows));
    }
    parts.extend(pipeline.waiting.iter().map(|waiting| {
        let held = match waiting.held {
            0 => String::new(),
            held => format!(", {held} held"),
        };
        let blocked = match waiting.blocked_by {
            0 => String::new(),
            count => format!("; {count} findings block it"),
        };
        format!(
            "{} at {}: {} accounts wait for approval{held}, planned {}{blocked}",
            waiting.billing_period, waiting.sink, waiting.waiting, waiting.since
        )
    }));
    parts.push(at_risk(pipeline));
    parts.join("\n\n")
}

fn stages(pipeline: &PipelineStatus) -> Option<String> {
    if pipeline.stages.is_empty() {
        return None;
    }
    let rows = pipeline.stages.iter().map(|stage| {
        [
            stage.stage.clone(),
            when(stage.finished.or(stage.started)),
            stage.outcome.clone(),
            detail(stage),
            when(stage.succeeded),
            when(stage.next),
        ]
    });
    let titles = [
        "stage",
        "last run",
        "outcome",
        "",
        "last complete",
        "next run",
    ];
    Some(table(&titles, rows))
}

/// The counts of a run, but for zeros and lists.
fn detail(stage: &StageStatus) -> String {
    let Some(counts) = stage.detail.as_object() else {
        return String::new();
    };
    let shown = counts.iter().filter_map(|(key, value)| match value {
        serde_json::Value::Number(number) if number.as_u64() != Some(0) => {
            Some(format!("{number} {key}"))
        }
        serde_json::Value::String(text) => Some(text.clone()),
        _ => None,
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn jobs(pipeline: &PipelineStatus) -> String {
    if pipeline.jobs.is_empty() {
        return "no schedule: nothing runs by itself".to_owned();
    }
    let rows = pipeline.jobs.iter().map(|job| {
        let next = match (job.is_due, job.next) {
            (true, _) => "due now".to_owned(),
            (false, next) => when(next),
        };
        let last = match (&job.last, job.running_since) {
            (_, Some(since)) => format!("began {since}, and did not end yet"),
            (Some(last), None) => format!(
                "{} {}: {}",
                outcome_word(last.outcome),
                last.finished,
                last.message
            ),
            (None, None) => String::new(),
        };
        let failures = match job.failures {
            0 => String::new(),
            count => count.to_string(),
        };
        [
            job.job.as_str().to_owned(),
            job.schedule.clone().unwrap_or_default(),
            next,
            failures,
            last,
        ]
    });
    table(&["job", "schedule", "next", "failures>", "last"], rows)
}

fn sources(pipeline: &PipelineStatus) -> Option<String> {
    if pipeline.sources.is_empty() {
        return None;
    }
    let rows = pipeline.sources.iter().map(|source| {
        [
            source.source.clone(),
            when(source.covered_until),
            source.staleness_secs.map(age).unwrap_or_default(),
            state_of(source),
        ]
    });
    Some(table(&["source", "covered until", "behind>", ""], rows))
}

fn state_of(source: &SourceStatus) -> String {
    let mut parts = Vec::new();
    if source.scopes == 0 {
        parts.push("never listed".to_owned());
    } else if source.is_stale {
        parts.push("STALE".to_owned());
    }
    if let Some(since) = source.failing_since {
        let times = source.failures;
        parts.push(format!("failing since {since}, {times} times"));
    }
    if let Some(at) = source.retry_at {
        parts.push(format!("asked again at {at}"));
    }
    parts.extend(source.message.clone());
    parts.join("; ")
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
    let rows = risk.reasons.iter().map(|reason| {
        let values: Vec<String> = reason.values.iter().map(ToString::to_string).collect();
        let word = serde_json::to_value(reason.reason).unwrap_or_default();
        [
            word.as_str().unwrap_or_default().to_owned(),
            values.join(", "),
            reason.findings.to_string(),
        ]
    });
    format!(
        "revenue at risk in {}, as of {}\n\n{}",
        risk.billing_period,
        risk.assessed,
        table(&["reason", "value>", "findings>"], rows)
    )
}

fn when(at: Option<Instant>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// Coarse, as people say it.
fn age(secs: i64) -> String {
    match secs {
        ..120 => format!("{secs} s"),
        120..7200 => format!("{} min", secs / 60),
        7200..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} d", secs / 86_400),
    }
}
