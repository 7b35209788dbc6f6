//! Pipelines that cannot be looked after, since a name or the store fails: they are left alone for a while, and the others go on.

use std::collections::BTreeMap;

use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{Job, JobOutcome};

use super::JobReport;
use super::jobs::JobError;
use crate::backoff::{is_left_alone, retry_at};

/// How long a pipeline is left to another process.
const OTHERS_SECS: i64 = 10;

/// By the name of the pipeline. The store cannot keep it: it may be what fails, or there is no id to keep it under.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    of: BTreeMap<String, Trouble>,
    /// Each job is tried once: what is left to another process keeps no other job of the pipeline waiting.
    once: bool,
}

#[derive(Debug)]
struct Trouble {
    failures: u32,
    retry_at: Instant,
}

impl Troubles {
    pub(super) fn new(once: bool) -> Self {
        Self {
            once,
            ..Self::default()
        }
    }

    /// Until when a pipeline is left alone.
    pub(super) fn until(&self, name: &str, now: Instant) -> Option<Instant> {
        let retry_at = self.of.get(name)?.retry_at;
        is_left_alone(retry_at, now).then_some(retry_at)
    }

    /// What became of a job; none where it was left to another process.
    pub(super) fn note(
        &mut self,
        name: &str,
        job: Job,
        performed: Result<Option<JobReport>, JobError>,
        now: Instant,
    ) -> Option<JobReport> {
        let performed = performed.unwrap_or_else(|error| Some(self.add(name, job, &error, now)));
        if performed.is_none() && !self.once {
            self.leave_alone(name, now);
        }
        performed
    }

    /// Another process is at work on it, or was quicker: looking again at once would be a loop without a pause.
    fn leave_alone(&mut self, name: &str, now: Instant) {
        let until = Instant::from_seconds(now.seconds() + OTHERS_SECS).unwrap_or(now);
        let left = self.of.entry(name.to_owned()).or_insert(Trouble {
            failures: 0,
            retry_at: until,
        });
        left.retry_at = until;
    }

    pub(super) fn over(&mut self, name: &str) {
        self.of.remove(name);
    }

    /// What is wrong may be mended by another configuration.
    pub(super) fn all_over(&mut self) {
        self.of.clear();
    }

    /// Tells it as a job that failed.
    pub(super) fn add(
        &mut self,
        name: &str,
        job: Job,
        error: &JobError,
        now: Instant,
    ) -> JobReport {
        let failures = self.of.get(name).map_or(0, |trouble| trouble.failures) + 1;
        let retry_at = retry_at(name, failures, now);
        self.of
            .insert(name.to_owned(), Trouble { failures, retry_at });
        let hint = error
            .hint()
            .map(|hint| format!("; hint: {hint}"))
            .unwrap_or_default();
        let message = format!("failed to {}{hint}", crate::chain(error));
        let reason = "when it was looked at";
        tracing::error!(
            pipeline.name = name,
            job = job.as_str(),
            outcome = "failed",
            failures,
            "{} of {name}, {reason}: {message}; again at {retry_at}",
            job.as_str()
        );
        JobReport {
            pipeline: name.to_owned(),
            job,
            reason: reason.to_owned(),
            started: now,
            finished: now,
            outcome: JobOutcome::Failed,
            message,
            retry_at: Some(retry_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_works_on_is_left_alone_for_a_while() {
        let at = |seconds| Instant::from_seconds(1_775_000_000 + seconds).unwrap();
        let mut troubles = Troubles::default();
        troubles.leave_alone("north", at(0));
        assert_eq!(troubles.until("north", at(1)), Some(at(OTHERS_SECS)));
        assert_eq!(troubles.until("south", at(1)), None);
        assert_eq!(troubles.until("north", at(OTHERS_SECS)), None);
        let mut once = Troubles::new(true);
        assert!(once.note("north", Job::Discover, Ok(None), at(0)).is_none());
        assert_eq!(once.until("north", at(1)), None);
    }
}
