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
            failures: 0,
            last: run(done.outcome, done.message.clone()),
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
