//! A listing in runs, against an engine's side that keeps them.

use counterfoil_host::source::{BrokenRow, Completeness, Context, Moment, Offer, Run};
use counterfoil_host::{CallFailure, Listing, ListingError, SourceConnection};
use serde_json::json;

use crate::guests::{hostile, setup};

/// Keeps runs, and gives the hashes of a listing before.
#[derive(Debug, Default)]
struct Kept {
    previous: Vec<(u32, u32)>,
    runs: Vec<Run>,
    runs_max: Option<usize>,
}

impl Listing for Kept {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        let rows = self
            .previous
            .chunks(8192)
            .nth(chunk as usize)
            .unwrap_or_default();
        rows.iter()
            .flat_map(|(first, second)| [first.to_le_bytes(), second.to_le_bytes()].concat())
            .collect()
    }

    fn report(&mut self, runs: Vec<Run>) -> Result<(), ListingError> {
        self.runs.extend(runs);
        match self.runs_max {
            Some(max) if self.runs.len() > max => Err(ListingError {
                message: "too many".into(),
            }),
            _ => Ok(()),
        }
    }

    fn report_broken(&mut self, _: Vec<BrokenRow>) -> Result<(), ListingError> {
        Ok(())
    }
}

async fn source(mode: &str, rows: u32) -> SourceConnection {
    let (setup, _) = setup("api", json!({ "mode": mode, "rows": rows }));
    SourceConnection::open(hostile().await, setup).unwrap()
}

fn context() -> Context {
    Context {
        now: "2026-04-01T00:00:00Z".into(),
        timezone: "Europe/Stockholm".into(),
    }
}

fn offer() -> Offer {
    Offer {
        scope: "rows".into(),
        kinds: vec!["row".into()],
        moment: Moment::Now,
        key: String::new(),
        fingerprint: String::new(),
    }
}

#[tokio::test]
async fn rows_that_are_unchanged_come_back_as_one_run() {
    let source = source("runs", 20_000).await;
    let (first, coverage) = source.discover(&context(), &offer(), Kept::default()).await;
    let coverage = coverage.unwrap();
    assert_eq!(
        (coverage.completeness, coverage.expected),
        (Completeness::Complete, Some(20_000))
    );
    let hashes: Vec<(u32, u32)> = first
        .runs
        .iter()
        .map(|run| match run {
            Run::New(observation) => observation.hash,
            Run::Unchanged(_) | Run::Changed(_) => panic!("{run:?}"),
        })
        .collect();
    assert_eq!(hashes.len(), 20_000);

    let again = Kept {
        previous: hashes,
        ..Kept::default()
    };
    let (second, coverage) = source.discover(&context(), &offer(), again).await;
    coverage.unwrap();
    assert_eq!(second.runs, [Run::Unchanged((0, 20_000))]);
}

#[tokio::test]
async fn what_was_reported_before_a_crash_is_there() {
    let (kept, coverage) = source("trap", 2500)
        .await
        .discover(&context(), &offer(), Kept::default())
        .await;
    assert!(matches!(
        coverage.unwrap_err().failure,
        CallFailure::Trapped { .. }
    ));
    assert_eq!(
        kept.runs.len(),
        2000,
        "two full reports; the rest was still in the guest"
    );
}

#[tokio::test]
async fn a_report_that_is_not_accepted_ends_the_call() {
    let picky = Kept {
        runs_max: Some(1500),
        ..Kept::default()
    };
    let (_, coverage) = source("runs", 20_000)
        .await
        .discover(&context(), &offer(), picky)
        .await;
    let failure = coverage.unwrap_err().failure;
    assert!(
        matches!(&failure, CallFailure::Listing(error) if error.message == "too many"),
        "{failure:?}"
    );
}
