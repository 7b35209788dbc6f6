//! What each job does, with the stages as they stand. When it is due is decided elsewhere.

/// A stage's span; the stage fills in its run.
macro_rules! stage_span {
    ($stage:literal) => {
        tracing::info_span!($stage, run.id = tracing::field::Empty)
    };
}

mod bill;
mod words;

use std::error::Error as StdError;

use counterfoil_model::ids::SourceId;
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant};
use counterfoil_store::StoreError;
use counterfoil_store::scheduling::{Job, JobOutcome};
use thiserror::Error;
use tokio::sync::Mutex;
use tracing::Instrument;

use super::due::Reason;
use crate::apply::ApplyError;
use crate::backoff::is_left_alone;
use crate::connect::Connectors;
use crate::discover::{DiscoverError, Wanted, discover};
use crate::filter::Narrow;
use crate::notify::{self, Outcome};
use crate::plan::PlanError;
use crate::progress::Silent;
use crate::reconcile::{ReconcileError, reconcile};
use crate::session::{Session, SessionError, Wired};

#[derive(Debug, Error)]
pub enum JobError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    #[error("find the periods to bill")]
    Period { source: BillingPeriodError },
    #[error("keep the state of the schedule")]
    Store { source: StoreError },
}

impl JobError {
    /// The error of the stage itself, which is where its hint is.
    fn inner(&self) -> &(dyn StdError + 'static) {
        match self {
            Self::Session(error) => error,
            Self::Discover(error) => error,
            Self::Plan(error) => error,
            Self::Apply(error) => error,
            Self::Reconcile(error) => error,
            Self::Period { source } => source,
            Self::Store { source } => source,
        }
    }

    pub fn hint(&self) -> Option<String> {
        crate::hint_of(self.inner())
    }

    /// Another process is at work on the same: it is no failure, and soon over.
    pub(super) fn is_busy(&self) -> bool {
        use StoreError::{ApplyLocked, DiscoverLocked, JobLocked};
        let mut next = Some(self.inner());
        while let Some(error) = next {
            if let Some(ApplyLocked | DiscoverLocked | JobLocked) = error.downcast_ref() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

/// The store lets one process discover and one apply. Pipelines of this process take turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    discover: Mutex<()>,
    apply: Mutex<()>,
}

/// What a job works with.
pub(super) struct Work<'a> {
    pub(super) session: &'a Session,
    pub(super) connectors: &'a Connectors,
    pub(super) wired: &'a Wired<'a>,
    pub(super) turns: &'a Turns,
}

/// How it ended.
pub(super) struct Done {
    pub(super) outcome: JobOutcome,
    pub(super) message: String,
    /// Periods until here were planned.
    pub(super) covered_until: Option<Instant>,
    /// Decisions that were taken account of.
    pub(super) decisions: Option<u64>,
    /// A delivery that was begun stays as it is until there is a new plan.
    pub(super) is_refused: bool,
    /// There is more to do than one run does.
    pub(super) is_behind: bool,
}

impl Done {
    fn new(outcome: JobOutcome, message: String) -> Self {
        Self {
            outcome,
            message,
            covered_until: None,
            decisions: None,
            is_refused: false,
            is_behind: false,
        }
    }
}

/// Does a job; `covered_until` is how far it had planned.
pub(super) async fn perform(
    work: &Work<'_>,
    job: Job,
    reason: &Reason,
    covered_until: Instant,
) -> Result<Done, JobError> {
    match job {
        Job::Discover => work.discover(reason).await,
        Job::Bill => work.bill(covered_until).await,
        Job::Apply => work.apply_pending().await,
        Job::Reconcile => work.reconcile_recent().await,
    }
}

impl Work<'_> {
    async fn discover(&self, reason: &Reason) -> Result<Done, JobError> {
        let store_error = |source| JobError::Store { source };
        let mut chosen: Vec<SourceId> = Vec::new();
        let mut left_alone = Vec::new();
        for (id, source) in &self.wired.sources {
            let state = self.session.store.source_state(*id).await;
            let retry_at = state.map_err(store_error)?.and_then(|state| state.retry_at);
            match retry_at {
                Some(at) if is_left_alone(at, self.session.now) => {
                    left_alone.push(source.name.as_str());
                }
                None if *reason == Reason::SourceRetry => {}
                Some(_) | None => chosen.push(*id),
            }
        }
        if chosen.is_empty() {
            let message = format!("{} failed lately and are left alone", left_alone.join(", "));
            return Ok(Done::new(JobOutcome::Partial, message));
        }
        let wanted = Wanted {
            source: None,
            only: Some(&chosen),
            full: false,
        };
        let turn = self.turns.discover.lock().await;
        let listing = discover(self.session, self.connectors, self.wired, wanted, &Silent)
            .instrument(stage_span!("discover"))
            .await;
        drop(turn);
        self.tell("discover", &listing).await;
        let report = listing?;
        if let Err(error) = crate::at_risk::assess(self.session, self.wired).await {
            tracing::warn!(
                pipeline.name = self.wired.pipeline.name,
                "what is at risk could not be assessed: {}",
                crate::chain(&error)
            );
        }
        let outcome = if report.stopped {
            JobOutcome::Stopped
        } else if report.failures.is_empty() && left_alone.is_empty() {
            JobOutcome::Complete
        } else {
            JobOutcome::Partial
        };
        Ok(Done::new(outcome, words::discovered(&report, &left_alone)))
    }

    async fn reconcile_recent(&self) -> Result<Done, JobError> {
        let store = &self.session.store;
        let billed = store.billed_periods(self.wired.id).await;
        let mut periods = billed.map_err(|source| JobError::Store { source })?;
        let recent = usize::try_from(self.wired.pipeline.config.look_back_periods).unwrap_or(3) + 1;
        let skipped = periods.len().saturating_sub(recent);
        periods.drain(..skipped);
        let mut done = Done::new(JobOutcome::Complete, String::new());
        let mut messages = Vec::new();
        for id in periods {
            if self.session.stop.is_asked() {
                done.outcome = JobOutcome::Stopped;
                break;
            }
            let (outcome, message) = self.reconcile(&self.period(&id)?).await?;
            done.outcome = done.outcome.max(outcome);
            messages.push(format!("{id}: {message}"));
        }
        if messages.is_empty() {
            messages.push("nothing was billed yet".to_owned());
        }
        done.message = messages.join("; ");
        Ok(done)
    }

    /// People are told at the end of every stage, as after a command. What does not arrive is kept and tried again.
    async fn tell<T: Outcome, E: StdError + 'static>(&self, stage: &str, outcome: &Result<T, E>) {
        notify::after(self.session, self.wired, stage, outcome).await;
    }

    pub(super) fn period(&self, id: &str) -> Result<BillingPeriod, JobError> {
        BillingPeriod::parse(id, self.wired.pipeline.zone.clone())
            .map_err(|source| JobError::Period { source })
    }

    pub(super) async fn reconcile(
        &self,
        period: &BillingPeriod,
    ) -> Result<(JobOutcome, String), JobError> {
        let of_period = (period, &Narrow::default());
        let comparing = reconcile(
            self.session,
            self.connectors,
            self.wired,
            of_period,
            &Silent,
        )
        .instrument(stage_span!("reconcile"))
        .await;
        self.tell("reconcile", &comparing).await;
        let report = comparing?;
        Ok(words::reconciled(&report))
    }
}
