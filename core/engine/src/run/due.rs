//! Is a job due, and why? A pure function of its state, its schedule and the time.

use counterfoil_model::counted::counted;
use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{Job, JobState};

use crate::backoff::{self, is_left_alone};
use crate::schedule::Schedule;

/// Missed runs are counted up to here; more are "as many, or more".
const MISSED_MAX: usize = 1000;
const DAY_SECS: i64 = 86_400;
/// Between two applies that only follow waits.
const APPLY_PAUSE_SECS: i64 = 60;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    Now(Reason),
    At(Instant),
    Never,
}

/// Why a job runs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It never ran.
    First,
    /// Its schedule said so; `missed` further times passed since, which this run is for, too.
    Scheduled { due: Instant, missed: usize },
    /// A process that began it has died, or was asked to stop.
    Resumed { since: Instant },
    /// It failed, and its wait is over.
    Retry { failures: u32 },
    /// Sources failed, and their wait is over.
    SourceRetry,
    /// People approved, released or resumed.
    Decided,
    /// A delivery's wait is over.
    Waited,
}

/// By state and schedule alone.
pub(crate) fn due(schedule: Option<&Schedule>, state: &JobState, now: Instant) -> Due {
    if let Some(since) = state.running_since {
        return Due::Now(Reason::Resumed { since });
    }
    if let Some(retry_at) = state.retry_at {
        return if is_left_alone(retry_at, now) {
            Due::At(retry_at)
        } else {
            Due::Now(Reason::Retry {
                failures: state.failures,
            })
        };
    }
    let Some(schedule) = schedule else {
        return Due::Never;
    };
    match schedule.next_after(state.handled_until) {
        None => Due::Never,
        Some(next) if next > now => Due::At(next),
        Some(next) => {
            let later =
                std::iter::successors(schedule.next_after(next), |&last| schedule.next_after(last));
            let missed = later
                .take_while(|&time| time <= now)
                .take(MISSED_MAX)
                .count();
            Due::Now(Reason::Scheduled { due: next, missed })
        }
    }
}

/// Discovery follows its schedule, and sources that failed when their wait is over. A job that failed or found another
/// process at work waits for its own time first: it would fail again, and ask no source.
pub(crate) fn discover_due(
    schedule: Option<&Schedule>,
    state: &JobState,
    sources: Option<Instant>,
    now: Instant,
) -> Due {
    let by_schedule = due(schedule, state, now);
    if state.retry_at.is_some() {
        return by_schedule;
    }
    match (by_schedule, sources) {
        (Due::Now(reason), _) => Due::Now(reason),
        (_, Some(retry_at)) if retry_at <= now => Due::Now(Reason::SourceRetry),
        (Due::At(at), Some(retry_at)) => Due::At(at.min(retry_at)),
        (Due::Never, Some(retry_at)) => Due::At(retry_at),
        (by_schedule, None) => by_schedule,
    }
}

/// What there is to apply besides what a schedule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) decisions: u64,
    pub(crate) is_paused: bool,
    /// When the first wait of a delivery is over.
    pub(crate) until: Option<Instant>,
}

/// An apply has no schedule: it follows what people decide and what sinks asked to wait for.
pub(crate) fn apply_due(state: &JobState, waiting: Waiting, now: Instant) -> Due {
    // What is paused goes on when it is resumed: the decisions are not taken account of until then.
    if waiting.is_paused {
        return Due::Never;
    }
    match due(None, state, now) {
        Due::Never => {}
        by_state => return by_state,
    }
    if waiting.decisions > state.decisions {
        return Due::Now(Reason::Decided);
    }
    // A delivery that still waits after an apply is not asked for again at once, and ever later where only a new plan helps.
    let pause = state.last.as_ref().map(|last| match state.failures {
        0 => Instant::from_seconds(last.finished.seconds().saturating_add(APPLY_PAUSE_SECS))
            .unwrap_or(last.finished),
        failures => backoff::retry_at("apply", failures, last.finished),
    });
    let paused_until = pause.filter(|until| is_left_alone(*until, now));
    let until = waiting
        .until
        .map(|until| paused_until.map_or(until, |pause| until.max(pause)));
    match until {
        Some(until) if until <= now => Due::Now(Reason::Waited),
        Some(until) => Due::At(until),
        None => Due::Never,
    }
}

/// The state after a clock was set back by so much that waiting for it would do harm. Nothing becomes due by that: the
/// next time after now is the next one. Periods that have not ended by this clock are not planned for good, either.
pub(crate) fn set_back(job: Job, state: &JobState, now: Instant) -> Option<JobState> {
    let patience_secs = match job {
        // A listing too many does no harm.
        Job::Discover | Job::Apply | Job::Reconcile => DAY_SECS,
        // A month that was planned is not planned again for a clock that was wrong for some days.
        Job::Bill => 40 * DAY_SECS,
    };
    let ahead_secs = state.handled_until.seconds() - now.seconds();
    (ahead_secs > patience_secs).then(|| JobState {
        handled_until: now,
        covered_until: state.covered_until.min(now),
        ..state.clone()
    })
}

impl Reason {
    /// For the log, after the name of the job.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::First => "for the first time".to_owned(),
            Self::Scheduled { due, missed: 0 } => format!("due {due}"),
            Self::Scheduled {
                due,
                missed: MISSED_MAX,
            } => format!(
                "due {due}, once for that and {MISSED_MAX} times or more that were missed since"
            ),
            Self::Scheduled { due, missed } => format!(
                "due {due}, once for that and {} that passed since",
                counted(*missed, "time")
            ),
            Self::Resumed { since } => format!("goes on with what was begun {since}"),
            Self::Retry { failures: 0 } => "again".to_owned(),
            Self::Retry { failures: 1 } => "again after it failed".to_owned(),
            Self::Retry { failures } => format!("again after it failed {failures} times in a row"),
            Self::SourceRetry => "again for what failed".to_owned(),
            Self::Decided => "after a decision".to_owned(),
            Self::Waited => "after the wait that the sink asked for".to_owned(),
        }
    }
}
