//! Jobs that are due: by their schedule, after a death, a failure, a decision, and under a clock that jumps.

use counterfoil_model::time::{Instant, TimeZone};
use counterfoil_store::scheduling::{Job, JobOutcome, JobRun, JobState};
use proptest::prelude::*;

use super::due::{Due, Reason, Waiting, apply_due, discover_due, due, set_back};
use crate::schedule::Schedule;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn hourly() -> Schedule {
    Schedule::parse("0 0 * * * *", TimeZone::UTC).unwrap()
}

fn handled(until: &str) -> JobState {
    JobState::new(at(until))
}

#[test]
fn missed_times_are_caught_up_once() {
    let state = handled("2026-03-01T06:00:00Z");
    assert_eq!(
        due(Some(&hourly()), &state, at("2026-03-01T06:59:59Z")),
        Due::At(at("2026-03-01T07:00:00Z"))
    );
    let scheduled = |missed| {
        Due::Now(Reason::Scheduled {
            due: at("2026-03-01T07:00:00Z"),
            missed,
        })
    };
    let on = |now: &str| due(Some(&hourly()), &state, at(now));
    assert_eq!(on("2026-03-01T07:00:00Z"), scheduled(0));
    assert_eq!(on("2026-03-02T07:30:00Z"), scheduled(24));
    assert_eq!(on("2027-03-02T07:30:00Z"), scheduled(1000));
    let after = handled("2026-03-02T07:30:00Z");
    assert_eq!(
        due(Some(&hourly()), &after, at("2026-03-02T07:30:00Z")),
        Due::At(at("2026-03-02T08:00:00Z"))
    );
}

#[test]
fn what_a_dead_process_began_goes_on_at_once() {
    let mut state = handled("2026-03-01T06:00:00Z");
    state.running_since = Some(at("2026-03-01T06:00:00Z"));
    let resumed = Due::Now(Reason::Resumed {
        since: at("2026-03-01T06:00:00Z"),
    });
    assert_eq!(
        due(Some(&hourly()), &state, at("2026-03-01T06:00:01Z")),
        resumed
    );
    assert_eq!(due(None, &state, at("2026-03-01T06:00:01Z")), resumed);
}

#[test]
fn a_failure_waits_also_past_its_schedule() {
    let mut state = handled("2026-03-01T06:00:00Z");
    state.failures = 6;
    state.retry_at = Some(at("2026-03-01T07:20:00Z"));
    let on = |now: &str| due(Some(&hourly()), &state, at(now));
    assert_eq!(
        on("2026-03-01T07:00:00Z"),
        Due::At(at("2026-03-01T07:20:00Z"))
    );
    let retry = Due::Now(Reason::Retry { failures: 6 });
    assert_eq!(on("2026-03-01T07:20:00Z"), retry);
    // The clock was ahead when it failed: nobody waits for a day that is a year away.
    assert_eq!(on("2025-03-01T00:00:00Z"), retry);
}

#[test]
fn a_source_whose_wait_is_over_waits_for_a_job_that_is_left_alone() {
    let now = at("2026-03-01T06:30:00Z");
    let source = Some(at("2026-03-01T06:20:00Z"));
    let mut state = handled("2026-03-01T06:00:00Z");
    assert_eq!(
        discover_due(Some(&hourly()), &state, source, now),
        Due::Now(Reason::SourceRetry)
    );
    state.failures = 3;
    state.retry_at = Some(at("2026-03-01T06:33:00Z"));
    let on = |now: &str| discover_due(Some(&hourly()), &state, source, at(now));
    assert_eq!(
        on("2026-03-01T06:30:00Z"),
        Due::At(at("2026-03-01T06:33:00Z"))
    );
    assert_eq!(
        on("2026-03-01T06:33:00Z"),
        Due::Now(Reason::Retry { failures: 3 })
    );
}

#[test]
fn what_only_a_new_plan_helps_is_asked_for_ever_later_and_a_decision_at_once() {
    let finished = at("2026-04-01T06:00:00Z");
    let waiting = |decisions| Waiting {
        decisions,
        is_paused: false,
        until: Some(finished),
    };
    let mut state = handled("2026-04-01T06:00:00Z");
    state.last = Some(JobRun {
        started: finished,
        finished,
        outcome: JobOutcome::Partial,
        message: String::new(),
    });
    let mut last_wait = 0;
    for failures in 1..5 {
        state.failures = failures;
        let Due::At(next) = apply_due(&state, waiting(0), finished) else {
            panic!("it waits after {failures}");
        };
        let wait = next.seconds() - finished.seconds();
        assert!(wait > last_wait, "{wait} after {last_wait}");
        last_wait = wait;
        assert_eq!(
            apply_due(&state, waiting(1), finished),
            Due::Now(Reason::Decided)
        );
    }
}

#[test]
fn an_apply_follows_decisions_and_waits() {
    let state = handled("2026-03-01T06:00:00Z");
    let now = at("2026-04-01T06:00:00Z");
    let nothing = Waiting {
        decisions: 0,
        is_paused: false,
        until: None,
    };
    assert_eq!(apply_due(&state, nothing, now), Due::Never);
    let decided = Waiting {
        decisions: 1,
        ..nothing
    };
    assert_eq!(apply_due(&state, decided, now), Due::Now(Reason::Decided));
    let paused = Waiting {
        is_paused: true,
        ..decided
    };
    assert_eq!(apply_due(&state, paused, now), Due::Never);
    let waits = |until: &str| Waiting {
        until: Some(at(until)),
        ..nothing
    };
    assert_eq!(
        apply_due(&state, waits("2026-04-01T06:00:00Z"), now),
        Due::Now(Reason::Waited)
    );
    assert_eq!(
        apply_due(&state, waits("2026-04-01T06:05:00Z"), now),
        Due::At(at("2026-04-01T06:05:00Z"))
    );
    // It failed: also a decision waits for the sink to come back.
    let mut failed = state;
    failed.failures = 1;
    failed.retry_at = Some(at("2026-04-01T06:00:50Z"));
    assert_eq!(
        apply_due(&failed, decided, now),
        Due::At(at("2026-04-01T06:00:50Z"))
    );
}

#[test]
fn a_clock_that_was_a_year_ahead_does_not_stop_the_schedule_for_a_year() {
    let state = handled("2027-03-01T06:00:00Z");
    let now = at("2026-03-01T06:00:00Z");
    for job in [Job::Discover, Job::Bill, Job::Reconcile] {
        let anew = set_back(job, &state, now).unwrap();
        // What ended until then by the wrong clock has not ended: it is planned when it has.
        assert_eq!(anew.covered_until, now);
        assert_eq!(
            due(Some(&hourly()), &anew, now),
            Due::At(at("2026-03-01T07:00:00Z"))
        );
    }
    // Some hours are waited for, and a bill also for some days.
    let hours = handled("2026-03-01T09:00:00Z");
    let days = handled("2026-03-11T06:00:00Z");
    assert_eq!(set_back(Job::Discover, &hours, now), None);
    assert!(set_back(Job::Discover, &days, now).is_some());
    assert_eq!(set_back(Job::Bill, &days, now), None);
}

proptest! {
    #[test]
    fn under_any_clock_no_time_of_the_schedule_runs_twice(
        moves in prop::collection::vec(-7200i64..14_400, 1..40),
    ) {
        let schedule = hourly();
        let start = at("2026-03-28T20:00:00Z");
        let mut state = JobState::new(start);
        let mut now = start;
        let mut last_due: Option<Instant> = None;
        for by in moves {
            now = Instant::from_seconds(now.seconds() + by).unwrap();
            if let Due::Now(Reason::Scheduled { due, .. }) = super::due::due(Some(&schedule), &state, now) {
                prop_assert!(last_due.is_none_or(|last| due > last), "{due} came after {last_due:?}");
                prop_assert!(due <= now);
                last_due = Some(due);
                state.handled_until = now;
            }
        }
    }
}
