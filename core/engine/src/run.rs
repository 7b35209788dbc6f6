//! The scheduler: keeps the schedules of all pipelines, one job at a time of each. What a job does, and when it is due,
//! stands below; this module starts jobs, keeps their state durable, and ends them at a safe point.

mod after;
pub(crate) mod due;
#[cfg(test)]
mod due_tests;
mod jobs;
mod look;
mod pulse;
mod reload;
#[cfg(test)]
mod tests;
mod troubles;
mod waiting;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{Job, JobOutcome, JobState};
use counterfoil_store::{Store, StoreError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;
use tracing::Instrument;

use self::due::{Due, Reason};
use self::jobs::{Done, Turns, Work};
use self::reload::Loaded;
use self::troubles::Troubles;
use crate::config::Config;
use crate::connect::Connectors;
use crate::notify;
use crate::session::{Session, SessionError};
use crate::stop::Stop;

pub use jobs::JobError;
pub use look::{Expected, expected};
pub use pulse::Pulse;

/// So often it looks for decisions of people, edited files, and a clock that was set.
pub(crate) const LOOK_SECS: i64 = 15;

/// What the scheduler works with.
pub struct Operation<'a> {
    /// The main configuration file; it is read again when it changes.
    pub config: &'a Path,
    pub connectors: &'a Connectors,
    pub clock: &'a (dyn Fn() -> Instant + Send + Sync),
    pub stop: Stop,
    /// Does what is due, and ends.
    pub once: bool,
    pub pulse: &'a Pulse,
}

impl std::fmt::Debug for Operation<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Operation")
            .field("config", &self.config)
            .field("once", &self.once)
            .finish_non_exhaustive()
    }
}

/// What `run --once` did.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct RunReport {
    pub jobs: Vec<JobReport>,
    /// Was it asked to stop before it was through?
    pub stopped: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct JobReport {
    pub pipeline: String,
    pub job: Job,
    /// Why it ran.
    pub reason: String,
    pub started: Instant,
    pub finished: Instant,
    pub outcome: JobOutcome,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Instant>,
}

impl RunReport {
    /// A run that does not end would keep more and more.
    fn keep(&mut self, operation: &Operation<'_>, job: JobReport) {
        if operation.once {
            self.jobs.push(job);
        }
    }
}

impl JobReport {
    /// Was it more than one run does?
    fn goes_on_at_once(&self) -> bool {
        self.retry_at
            .is_some_and(|retry_at| retry_at <= self.finished)
    }
}

#[derive(Debug, Error)]
pub enum RunError {
    #[error("no pipeline has a schedule")]
    NoSchedule,
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl RunError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSchedule => Some(
                "add to [pipeline.NAME]: discover = \"0 0 * * * *\", which is every hour, or bill = \"0 0 6 1 * *\", which is \
                 the first of each month at 06:00"
                    .to_owned(),
            ),
            Self::Session(error) => error.hint(),
        }
    }
}

/// Keeps the schedules until it is asked to stop; with `once`, does what is due.
pub async fn run(operation: &Operation<'_>, store: &Store) -> Result<RunReport, RunError> {
    let mut loaded = Loaded::read(operation.config)?;
    if !loaded.config.pipelines.values().any(look::has_schedule) {
        return Err(RunError::NoSchedule);
    }
    let scheduler = Scheduler {
        operation,
        store,
        turns: Turns::default(),
    };
    scheduler.begin(&loaded.config).await?;
    let mut report = RunReport::default();
    let mut troubles = Troubles::new(operation.once);
    let mut done: BTreeSet<(String, Job)> = BTreeSet::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    let mut working = FuturesUnordered::new();
    let mut telling = FuturesUnordered::new();
    let (mut has_told, mut tell_next) = (false, (operation.clock)());
    loop {
        let is_stopping = operation.stop.is_asked();
        if is_stopping {
            operation
                .pulse
                .beat(&loaded.config, loaded.problem.as_ref());
        }
        let now = (operation.clock)();
        let mut wake = wake_after(now);
        if !is_stopping {
            if loaded.read_again_if_changed() {
                troubles.all_over();
            }
            operation
                .pulse
                .beat(&loaded.config, loaded.problem.as_ref());
            let session = scheduler.session(Arc::clone(&loaded.config), now);
            for (name, pipeline) in &loaded.config.pipelines {
                if busy.contains(name) || !look::has_schedule(pipeline) {
                    continue;
                }
                if let Some(until) = troubles.until(name, now) {
                    wake = wake.min(until);
                    continue;
                }
                let looked = look::look(&session, pipeline, |job| {
                    operation.once && done.contains(&(name.clone(), job))
                })
                .await;
                let looked = match looked {
                    Ok(looked) => looked,
                    Err(source) => {
                        let error = JobError::Store { source };
                        let failed = troubles.add(name, look::first_job(pipeline), &error, now);
                        report.keep(operation, failed);
                        continue;
                    }
                };
                if let Some(next) = looked.next {
                    wake = wake.min(next);
                }
                if let Some(job) = looked.due {
                    busy.insert(name.clone());
                    done.insert((name.clone(), job));
                    working.push(scheduler.perform(Arc::clone(&loaded.config), name.clone(), job));
                } else {
                    troubles.over(name);
                }
            }
        }
        // What did not arrive is tried again when its time has come, not when the next job ends. A clock that went back
        // delays nobody.
        let is_time = now >= tell_next || tell_next.seconds() - now.seconds() > LOOK_SECS;
        let is_told = operation.once && has_told;
        if telling.is_empty() && !is_stopping && is_time && !is_told {
            has_told = true;
            tell_next = wake_after(now);
            telling.push(scheduler.tell(Arc::clone(&loaded.config), now));
        }
        if working.is_empty() && telling.is_empty() && (operation.once || is_stopping) {
            report.stopped = is_stopping;
            return Ok(report);
        }
        let wait_secs = u64::try_from(wake.seconds() - now.seconds()).unwrap_or(0);
        // Never without a pause, whatever the state says.
        let wait = Duration::from_secs(wait_secs).max(Duration::from_millis(200));
        tokio::select! {
            Some((name, job, performed)) = working.next(), if !working.is_empty() => {
                busy.remove(&name);
                if let Some(performed) = troubles.note(&name, job, performed, (operation.clock)()) {
                    if performed.goes_on_at_once() {
                        done.remove(&(name, job));
                    }
                    report.keep(operation, performed);
                }
            }
            Some(()) = telling.next(), if !telling.is_empty() => {}
            () = tokio::time::sleep(wait) => {}
            () = operation.stop.asked(), if !is_stopping => {}
        }
    }
}

fn wake_after(now: Instant) -> Instant {
    Instant::from_seconds(now.seconds() + LOOK_SECS).unwrap_or(now)
}

struct Scheduler<'a> {
    operation: &'a Operation<'a>,
    store: &'a Store,
    turns: Turns,
}

type Performed = (String, Job, Result<Option<JobReport>, JobError>);

impl Scheduler<'_> {
    fn session(&self, config: Arc<Config>, now: Instant) -> Session {
        Session::with(config, self.store.clone(), now, self.operation.stop.clone())
    }

    /// What is wrong with a name or the store at the start is for whoever started it. Later it is told, and the other
    /// pipelines go on.
    async fn begin(&self, config: &Config) -> Result<(), SessionError> {
        let now = (self.operation.clock)();
        let pipelines = config.pipelines.values();
        for pipeline in pipelines.filter(|pipeline| look::has_schedule(pipeline)) {
            look::pipeline_id(self.store, pipeline, now).await?;
        }
        Ok(())
    }

    /// Sends the notifications whose time has come, of all pipelines.
    async fn tell(&self, config: Arc<Config>, now: Instant) {
        let mut names = config.pipelines.keys();
        if names.any(|name| config.notify.concerns(name)) {
            let session = self.session(config, now);
            notify::log(&notify::deliver(&session, false).await);
        }
    }

    /// A job from its lease to its line in the log. Only what keeps its state from being kept is an error here.
    async fn perform(&self, config: Arc<Config>, name: String, job: Job) -> Performed {
        let span = tracing::info_span!("job", pipeline.name = name, job = job.as_str());
        let performed = self
            .perform_leased(config, &name, job)
            .instrument(span)
            .await;
        (name, job, performed)
    }

    async fn perform_leased(
        &self,
        config: Arc<Config>,
        name: &str,
        job: Job,
    ) -> Result<Option<JobReport>, JobError> {
        let store_error = |source| JobError::Store { source };
        let started = (self.operation.clock)();
        let session = self.session(config, started);
        let Some(pipeline) = session.config.pipelines.get(name) else {
            return Ok(None);
        };
        let id = look::pipeline_id(self.store, pipeline, started).await?;
        let _lease = match self.store.begin_job(id) {
            Ok(lease) => lease,
            Err(StoreError::JobLocked) => {
                tracing::info!(
                    pipeline.id = id.0,
                    "{} of {name}: another process is at work on this pipeline",
                    job.as_str()
                );
                return Ok(None);
            }
            Err(error) => return Err(store_error(error)),
        };
        // Whoever had the lease before may have done it.
        let looked = look::job_due(&session, pipeline, id, job).await;
        let (state, Due::Now(reason)) = looked.map_err(store_error)? else {
            return Ok(None);
        };
        let begun = JobState {
            running_since: Some(started),
            handled_until: state.handled_until.max(started),
            ..state
        };
        self.store
            .put_job_state(id, job, &begun)
            .await
            .map_err(store_error)?;
        let result = self.work(&session, pipeline, job, &reason, &begun).await;
        let finished = session.clock();
        let after = after::after(name, job, begun, started, finished, &result);
        self.store
            .put_job_state(id, job, &after)
            .await
            .map_err(store_error)?;
        if let Some(decisions) = result.as_ref().ok().and_then(|done| done.decisions) {
            self.note_decisions(id, job, decisions, started)
                .await
                .map_err(store_error)?;
        }
        Ok(after::told(name, id, job, &reason, &after))
    }

    async fn work(
        &self,
        session: &Session,
        pipeline: &crate::config::Pipeline,
        job: Job,
        reason: &Reason,
        begun: &JobState,
    ) -> Result<Done, JobError> {
        let wired = session.wire(pipeline).await?;
        let work = Work {
            session,
            connectors: self.operation.connectors,
            wired: &wired,
            turns: &self.turns,
        };
        jobs::perform(&work, job, reason, begun.covered_until).await
    }

    /// A bill has applied what was decided until then, so that no apply follows for it.
    async fn note_decisions(
        &self,
        id: counterfoil_model::ids::PipelineId,
        job: Job,
        decisions: u64,
        now: Instant,
    ) -> Result<(), StoreError> {
        if job == Job::Apply {
            return Ok(());
        }
        let mut states = self.store.job_states(id).await?;
        let mut state = states
            .remove(&Job::Apply)
            .unwrap_or_else(|| JobState::new(now));
        state.decisions = decisions;
        self.store.put_job_state(id, Job::Apply, &state).await
    }
}
