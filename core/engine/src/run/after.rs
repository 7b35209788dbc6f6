//! What becomes of a job's state when it has ended, and its line in the log.

use counterfoil_model::ids::PipelineId;
use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{Job, JobOutcome, JobRun, JobState};

use super::JobReport;
use super::due::Reason;
use super::jobs::{Done, JobError};
use crate::backoff;

/// Another process is at work on the same, which is soon over.
const BUSY_SECS: i64 = 30;

/// The state after a job has ended.
pub(super) fn after(
    name: &str,
    job: Job,
    begun: JobState,
    started: Instant,
    finished: Instant,
    result: &Result<Done, JobError>,
) -> JobState {
    let run = |outcome, message: String| {
        Some(JobRun {
            started,
            finished,
            outcome,
            message,
        })
    };
    let ended = JobState {
        running_since: None,
        retry_at: None,
        ..begun
    };
    match result {
        Ok(done) if done.outcome == JobOutcome::Stopped => JobState {
            // It is due at the next start, as if the process had died.
            running_since: Some(started),
            covered_until: done.covered_until.unwrap_or(ended.covered_until),
            last: run(done.outcome, done.message.clone()),
            ..ended
        },
        Ok(done) => JobState {
            covered_until: done.covered_until.unwrap_or(ended.covered_until),
            decisions: done
                .decisions
                .filter(|_| job == Job::Apply)
                .unwrap_or(ended.decisions),
            succeeded: Some(finished),
            failures: if done.is_refused {
                ended.failures + 1
            } else {
                0
            },
            last: run(done.outcome, done.message.clone()),
            retry_at: done.is_behind.then_some(finished),
            ..ended
        },
        Err(error) if error.is_busy() => JobState {
            retry_at: Instant::from_seconds(finished.seconds() + BUSY_SECS).ok(),
            last: run(JobOutcome::Waiting, crate::chain(error)),
            ..ended
        },
        Err(error) => {
            let failures = ended.failures + 1;
            let key = format!("{name} {}", job.as_str());
            let hint = error
                .hint()
                .map(|hint| format!("; hint: {hint}"))
                .unwrap_or_default();
            JobState {
                failures,
                retry_at: Some(backoff::retry_at(&key, failures, finished)),
                last: run(
                    JobOutcome::Failed,
                    format!("failed to {}{hint}", crate::chain(error)),
                ),
                ..ended
            }
        }
    }
}

/// One line a run; answers the same as data.
pub(super) fn told(
    name: &str,
    id: PipelineId,
    job: Job,
    reason: &Reason,
    state: &JobState,
) -> Option<JobReport> {
    let last = state.last.as_ref()?;
    let again = state.retry_at.map(|at| format!("; again at {at}"));
    let line = format!(
        "{} of {name}, {}: {}{}",
        job.as_str(),
        reason.words(),
        last.message,
        again.unwrap_or_default()
    );
    let duration_secs = last.finished.seconds() - last.started.seconds();
    let (pipeline_id, failures) = (id.0, state.failures);
    macro_rules! tell {
        ($level:ident, $outcome:literal) => {
            tracing::$level!(
                pipeline.id = pipeline_id,
                pipeline.name = name,
                job = job.as_str(),
                outcome = $outcome,
                failures,
                duration_secs,
                "{line}"
            )
        };
    }
    match last.outcome {
        JobOutcome::Complete => tell!(info, "complete"),
        JobOutcome::Partial => tell!(warn, "partial"),
        JobOutcome::Waiting => tell!(info, "waiting"),
        JobOutcome::Stopped => tell!(info, "stopped"),
        JobOutcome::Failed => tell!(error, "failed"),
    }
    Some(JobReport {
        pipeline: name.to_owned(),
        job,
        reason: reason.words(),
        started: last.started,
        finished: last.finished,
        outcome: last.outcome,
        message: last.message.clone(),
        retry_at: state.retry_at,
    })
}

#[cfg(test)]
mod tests {
    use counterfoil_store::StoreError;

    use super::*;
    use crate::discover::DiscoverError;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    const STARTED: &str = "2026-03-01T06:00:00Z";
    const FINISHED: &str = "2026-03-01T06:00:20Z";

    fn begun() -> JobState {
        JobState {
            running_since: Some(at(STARTED)),
            ..JobState::new(at(STARTED))
        }
    }

    fn ended(begun: JobState, result: &Result<Done, JobError>) -> JobState {
        after("north", Job::Bill, begun, at(STARTED), at(FINISHED), result)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside `failed`")]
    fn done(outcome: JobOutcome) -> Result<Done, JobError> {
        Ok(Done {
            outcome,
            message: "as told".to_owned(),
            covered_until: Some(at("2026-02-28T23:00:00Z")),
            decisions: Some(7),
            is_refused: false,
            is_behind: false,
        })
    }

    fn failed(source: StoreError) -> Result<Done, JobError> {
        Err(JobError::Discover(DiscoverError::Store { source }))
    }

    #[test]
    fn a_failure_waits_longer_each_time_and_an_end_that_is_good_forgets_it() {
        let nothing = || StoreError::NotFound {
            what: "the plan".to_owned(),
        };
        let mut state = begun();
        let mut last_wait = 0;
        for failures in 1..=5 {
            state = ended(state, &failed(nothing()));
            assert_eq!((state.failures, state.running_since), (failures, None));
            let wait = state.retry_at.unwrap().seconds() - at(FINISHED).seconds();
            assert!(wait > last_wait, "{wait} after {last_wait}");
            last_wait = wait;
        }
        let last = state.last.clone().unwrap();
        assert_eq!(last.outcome, JobOutcome::Failed);
        assert_eq!(
            last.message,
            "failed to keep the history: find the plan in the store"
        );
        assert_eq!(state.succeeded, None);
        let state = ended(state, &done(JobOutcome::Partial));
        assert_eq!((state.failures, state.retry_at), (0, None));
        assert_eq!(state.succeeded, Some(at(FINISHED)));
        assert_eq!(state.covered_until, at("2026-02-28T23:00:00Z"));
        assert_eq!(state.decisions, 0, "these are those of the apply");
    }

    #[test]
    fn another_process_at_work_is_no_failure() {
        let state = ended(begun(), &failed(StoreError::DiscoverLocked));
        assert_eq!((state.failures, state.succeeded), (0, None));
        assert_eq!(state.retry_at, Some(at("2026-03-01T06:00:50Z")));
        assert_eq!(state.last.unwrap().outcome, JobOutcome::Waiting);
    }

    #[test]
    fn what_was_asked_to_stop_is_due_as_if_its_process_had_died() {
        let state = ended(begun(), &done(JobOutcome::Stopped));
        assert_eq!(state.running_since, Some(at(STARTED)));
        assert_eq!(state.succeeded, None);
        assert_eq!(state.last.unwrap().outcome, JobOutcome::Stopped);
    }
}
