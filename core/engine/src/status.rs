//! How everything stands: jobs, stages, sources, deliveries and revenue at risk. Reads the store alone, and decides nothing.

mod older;
mod periods;
mod sources;

use std::collections::BTreeSet;

use counterfoil_model::finding::{Finding, FindingCode};
use counterfoil_model::ids::{PipelineId, SinkId, SourceId};
use counterfoil_model::money::Money;
use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{AtRisk, Job, JobRun, JobState, LastRun};
use counterfoil_store::{EntityType, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

pub use self::older::OlderStatus;
pub use self::periods::{PeriodState, PeriodStatus};
pub use self::sources::{SourceStatus, UnreadListing};
use crate::approve::{Decision, decisions};
use crate::config::Pipeline;
use crate::left_out::{self, LeftOutError};
use crate::run::{Expected, expected};
use crate::session::{Session, Wired};

/// Periods with a plan that are looked through for what waits, the newest ones.
const PERIODS_MAX: usize = 4;

#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusReport {
    pub at: Instant,
    pub pipelines: Vec<PipelineStatus>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PipelineStatus {
    pub pipeline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseStatus>,
    /// What the scheduler starts.
    pub jobs: Vec<JobStatus>,
    /// What ran last, whoever started it.
    pub stages: Vec<StageStatus>,
    pub sources: Vec<SourceStatus>,
    /// Rows that could not be read, of listings that tell of what is not billed yet.
    pub unread_rows: Vec<Finding>,
    pub deliveries: Vec<DeliveryStatus>,
    /// Accounts of plans in force that wait for approval or are held.
    pub waiting: Vec<WaitingStatus>,
    /// What is older than the look-back and comes to something else than was billed, as the newest plan tells it.
    pub older: Vec<OlderStatus>,
    /// The newest ones that anything was delivered of or that were closed, oldest first.
    pub periods: Vec<PeriodStatus>,
    /// None where it was never assessed.
    pub at_risk: Option<AtRiskStatus>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PauseStatus {
    pub by: String,
    pub reason: String,
    pub since: Instant,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct JobStatus {
    pub job: Job,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// None where it has no time of its own.
    pub next: Option<Instant>,
    /// Is it due, and waits for `run`?
    pub is_due: bool,
    pub running_since: Option<Instant>,
    pub last: Option<JobRun>,
    pub succeeded: Option<Instant>,
    pub failures: u32,
    pub retry_at: Option<Instant>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct StageStatus {
    pub stage: String,
    pub started: Option<Instant>,
    pub finished: Option<Instant>,
    /// "running", "complete", "partial", "failed", or "never".
    pub outcome: String,
    pub succeeded: Option<Instant>,
    /// Counts of the last run.
    pub detail: serde_json::Value,
    /// When a schedule starts it next.
    pub next: Option<Instant>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryStatus {
    pub sink: String,
    /// That of the effect; "void" where the document was withdrawn or is accepted as void, and "void-at-sink" where it was
    /// void when it was read back last, and counts as billed until somebody accepts that.
    pub state: String,
    pub count: u64,
    /// When the one of them was touched that was touched least lately.
    pub oldest: Instant,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitingStatus {
    pub sink: String,
    pub billing_period: String,
    pub waiting: usize,
    pub held: usize,
    /// Findings that keep it from being approved.
    pub blocked_by: usize,
    pub since: Instant,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AtRiskStatus {
    pub billing_period: String,
    pub assessed: Instant,
    pub reasons: Vec<Risk>,
}

/// What rests on one kind of doubt. Kinds overlap: what is presumed may be in suspense, too.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Risk {
    pub reason: FindingCode,
    /// One sum a currency; empty where the value cannot be told.
    pub values: Vec<Money>,
    pub findings: usize,
}

#[derive(Debug, Error)]
pub enum StatusError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    LeftOut(#[from] LeftOutError),
}

/// Of all pipelines of the configuration.
pub async fn status(session: &Session) -> Result<StatusReport, StatusError> {
    let mut pipelines = Vec::new();
    for pipeline in session.config.pipelines.values() {
        pipelines.push(of_pipeline(session, pipeline).await?);
    }
    Ok(StatusReport {
        at: session.now,
        pipelines,
    })
}

async fn of_pipeline(
    session: &Session,
    pipeline: &Pipeline,
) -> Result<PipelineStatus, StatusError> {
    let (store, now) = (&session.store, session.now);
    let found = store
        .find_name(EntityType::Pipeline, None, &pipeline.name)
        .await?;
    let Some(id) = found.map(PipelineId) else {
        return Ok(PipelineStatus {
            pipeline: pipeline.name.clone(),
            paused: None,
            jobs: jobs(pipeline, expected(session, pipeline, None).await?),
            stages: Vec::new(),
            sources: Vec::new(),
            unread_rows: Vec::new(),
            deliveries: Vec::new(),
            waiting: Vec::new(),
            older: Vec::new(),
            periods: Vec::new(),
            at_risk: None,
        });
    };
    let jobs = jobs(pipeline, expected(session, pipeline, Some(id)).await?);
    let paused = store.pause(id).await?;
    let counts = store.delivery_counts(id).await?;
    Ok(PipelineStatus {
        pipeline: pipeline.name.clone(),
        paused: paused.map(|pause| PauseStatus {
            by: pause.by,
            reason: pause.reason,
            since: pause.at,
        }),
        stages: stages(&store.last_runs(id).await?, &jobs),
        jobs,
        sources: sources::sources(store, pipeline, id, now).await?,
        unread_rows: unread_rows(session, pipeline, id).await?,
        deliveries: counts
            .into_iter()
            .map(|count| DeliveryStatus {
                sink: count.sink,
                state: count.state,
                count: count.count,
                oldest: count.oldest,
            })
            .collect(),
        waiting: waiting(session, pipeline, id).await?,
        older: older::older_at_sinks(store, pipeline, id).await?,
        periods: periods::periods(store, id).await?,
        at_risk: store.at_risk(id).await?.map(at_risk),
    })
}

async fn unread_rows(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Vec<Finding>, StatusError> {
    let store = &session.store;
    let Some(period) = left_out::to_be_billed(session, pipeline, id).await? else {
        return Ok(Vec::new());
    };
    let mut findings = Vec::new();
    for source in &pipeline.config.source {
        let found = store.find_name(EntityType::Source, Some(id), &source.name);
        if let Some(source_id) = found.await?.map(SourceId) {
            let named = (source_id, source.name.as_str());
            findings.extend(left_out::unread_of(store, named, true, period).await?);
        }
    }
    Ok(findings)
}

fn jobs(pipeline: &Pipeline, expected: Vec<(Job, Option<JobState>, Expected)>) -> Vec<JobStatus> {
    let schedule_of = |job: Job| {
        let mut schedules = pipeline.schedules.by_key();
        let own = schedules.find(|(key, _)| *key == job.as_str());
        own.map(|(_, schedule)| schedule.text().to_owned())
    };
    let status = |(job, state, expected): (Job, Option<JobState>, Expected)| {
        let schedule = schedule_of(job);
        let (next, is_due) = match expected {
            Expected::Now => (None, true),
            Expected::At(at) => (Some(at), false),
            Expected::Never => (None, false),
        };
        JobStatus {
            job,
            schedule,
            next,
            is_due,
            running_since: state.as_ref().and_then(|state| state.running_since),
            succeeded: state.as_ref().and_then(|state| state.succeeded),
            failures: state.as_ref().map_or(0, |state| state.failures),
            retry_at: state.as_ref().and_then(|state| state.retry_at),
            last: state.and_then(|state| state.last),
        }
    };
    expected.into_iter().map(status).collect()
}

/// Every stage that keeps its runs, with those that never ran.
fn stages(runs: &[LastRun], jobs: &[JobStatus]) -> Vec<StageStatus> {
    let next_of = |starting: &[Job]| {
        let started_by = jobs.iter().filter(|job| starting.contains(&job.job));
        started_by.filter_map(|job| job.next).min()
    };
    let all: [(&str, &[Job]); 4] = [
        ("discover", &[Job::Discover]),
        ("plan", &[Job::Bill]),
        ("apply", &[Job::Bill, Job::Apply]),
        ("reconcile", &[Job::Bill, Job::Apply, Job::Reconcile]),
    ];
    let stage = |(stage, starting): (&str, &[Job])| {
        let next = next_of(starting);
        match runs.iter().find(|run| run.stage == stage) {
            Some(run) => StageStatus {
                stage: stage.to_owned(),
                started: Some(run.started),
                finished: run.finished,
                outcome: run.status.clone(),
                succeeded: run.succeeded,
                detail: run.detail.clone(),
                next,
            },
            None => StageStatus {
                stage: stage.to_owned(),
                started: None,
                finished: None,
                outcome: "never".to_owned(),
                succeeded: None,
                detail: serde_json::Value::Object(serde_json::Map::new()),
                next,
            },
        }
    };
    all.into_iter().map(stage).collect()
}

async fn waiting(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Vec<WaitingStatus>, StoreError> {
    let store = &session.store;
    let wired = Wired::unnamed(id, pipeline);
    let mut periods = store.planned_periods(id).await?;
    let skipped = periods.len().saturating_sub(PERIODS_MAX);
    periods.drain(..skipped);
    let mut waiting = Vec::new();
    for period in periods {
        for sink in &pipeline.config.sink {
            let found = store.find_name(EntityType::Sink, Some(id), &sink.name);
            let Some(sink_id) = found.await?.map(SinkId) else {
                continue;
            };
            let Some(stored) = store.newest_plan(id, sink_id, &period).await? else {
                continue;
            };
            let with_effects: BTreeSet<_> = stored
                .plan
                .effects()
                .map(|planned| planned.delivery.slot.account)
                .collect();
            let decided = decisions(session, &wired, &stored.plan).await?;
            let of = |wanted: fn(&Decision) -> bool| {
                let concerned = decided.iter().filter(|(id, _)| with_effects.contains(id));
                concerned.filter(|(_, decision)| wanted(decision)).count()
            };
            let (waits, held) = (
                of(|decision| matches!(decision, Decision::Waiting { .. })),
                of(|decision| matches!(decision, Decision::Held { .. })),
            );
            if waits + held > 0 {
                waiting.push(WaitingStatus {
                    sink: sink.name.clone(),
                    billing_period: period.clone(),
                    waiting: waits,
                    held,
                    blocked_by: stored.plan.blocked_by.len(),
                    since: stored.created,
                });
            }
        }
    }
    Ok(waiting)
}

fn at_risk(assessed: AtRisk) -> AtRiskStatus {
    let mut codes: Vec<FindingCode> = assessed
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    codes.sort();
    codes.dedup();
    let reasons = codes.into_iter().map(|code| {
        let findings: Vec<&Finding> = assessed
            .findings
            .iter()
            .filter(|finding| finding.code == code)
            .collect();
        Risk {
            reason: code,
            findings: findings.len(),
            // A sum that is too large to be one is left out.
            values: Money::by_currency(findings.iter().filter_map(|finding| finding.value))
                .flatten()
                .collect(),
        }
    });
    AtRiskStatus {
        reasons: reasons.collect(),
        billing_period: assessed.billing_period,
        assessed: assessed.at,
    }
}
