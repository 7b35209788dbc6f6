//! What can be told before anything runs: the files and tables, the connectors' manifests and schemas, the grants, and
//! what rules and prices say together. A mistake in one part does not hide those of the others.

mod connectors;
mod einvoices;
mod estimates;
mod fixed;
mod languages;
mod names;
mod past;
mod terms;
mod undated;

use std::path::Path;

use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::{ConfigProblem, Draft, DraftPipeline, secret_problems};
use crate::connect::Connectors;

pub use past::Past;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct CheckReport {
    pub pipelines: Vec<String>,
    /// Errors and warnings, in the order of the files.
    pub problems: Vec<ConfigProblem>,
    /// When each stage with a schedule runs next.
    pub schedules: Vec<Scheduled>,
    /// What the connectors answered to `--connect`.
    pub connections: Vec<Connected>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Scheduled {
    pub pipeline: String,
    /// The key that the expression stands under.
    pub stage: String,
    pub expression: String,
    pub zone: String,
    /// The next five, in the zone: "2026-04-01T06:00:00+02:00".
    pub times: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Connected {
    pub pipeline: String,
    /// Of the source or sink.
    pub name: String,
    pub answer: String,
    pub reached: bool,
    /// What helps where it was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl CheckReport {
    /// Problems that have to be mended.
    pub fn errors(&self) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.is_error())
            .count()
    }

    pub fn warnings(&self) -> usize {
        self.problems.len() - self.errors()
    }
}

/// Checks the configuration and every source and sink of every pipeline; with `connect` each is also called.
pub async fn check(path: &Path, bundled: &Path, now: Instant, connect: bool) -> CheckReport {
    let draft = Draft::read(path);
    let mut report = CheckReport {
        pipelines: draft
            .pipelines
            .iter()
            .map(|pipeline| pipeline.name.clone())
            .collect(),
        problems: draft.problems.clone(),
        schedules: draft
            .pipelines
            .iter()
            .flat_map(|pipeline| scheduled(pipeline, now))
            .collect(),
        connections: Vec::new(),
    };
    let cache = draft
        .store
        .as_ref()
        .map(|store| store.with_extension("connectors"));
    let connectors = Connectors::new(
        bundled.to_path_buf(),
        draft.folder.clone(),
        cache.as_deref(),
    );
    if let Err(error) = &connectors {
        let message = crate::chain(error);
        let hint = error.hint();
        let problem = draft.document.locate(&[], &message, hint.as_deref());
        report.problems.push(problem);
    }
    secrets(&draft, &mut report);
    for pipeline in &draft.pipelines {
        let declared = match &connectors {
            Ok(connectors) => {
                connectors::check(&draft, pipeline, connectors, connect, &mut report).await
            }
            Err(_) => None,
        };
        let past = Past::of(draft.store.as_deref(), &pipeline.name).await;
        terms::check(&draft, pipeline, declared, &past, &mut report);
    }
    draft.document.sort(&mut report.problems);
    report
}

/// What people are told by may need secrets, too; those of sources and sinks are looked at with them.
fn secrets(draft: &Draft, report: &mut CheckReport) {
    let document = draft.document.value();
    for key in ["mail", "notify", "telemetry"] {
        let Some(table) = document.get(key) else {
            continue;
        };
        for (within, error) in secret_problems(table, &draft.folder) {
            let path = [&[key.to_owned()], within.as_slice()].concat();
            let (message, hint) = (crate::chain(&error), error.hint());
            let problem = draft.document.locate(&path, &message, hint.as_deref());
            report.problems.push(problem);
        }
    }
}

/// Times of a schedule that are told.
const TIMES: usize = 5;

fn scheduled(pipeline: &DraftPipeline, now: Instant) -> Vec<Scheduled> {
    // In another zone they would be other times.
    let Some(zone) = &pipeline.zone else {
        return Vec::new();
    };
    let local = |instant: Instant| {
        let timestamp = jiff::Timestamp::from_second(instant.seconds()).ok()?;
        let zoned = timestamp.to_zoned(zone.clone());
        Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    };
    let schedules = pipeline.schedules.by_key();
    schedules
        .map(|(stage, schedule)| Scheduled {
            pipeline: pipeline.name.clone(),
            stage: stage.to_owned(),
            expression: schedule.text().to_owned(),
            zone: zone.iana_name().unwrap_or_default().to_owned(),
            times: schedule
                .next_times(now, TIMES)
                .into_iter()
                .filter_map(local)
                .collect(),
        })
        .collect()
}
