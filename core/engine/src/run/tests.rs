//! The loop itself: a mistake in one pipeline is that pipeline's.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use counterfoil_model::timeline::WithholdingThresholds;
use counterfoil_store::inventory::{Completeness, Coverage, ListingIngest};
use counterfoil_store::{OpenMode, Renamed};

use super::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Two pipelines; what is `north` may be said to have been `south`.
fn configuration(north: &str) -> String {
    let of = |name: &str, line: &str| {
        format!(
            "[pipeline.{name}]\nissuer = \"Test\"\ntimezone = \"UTC\"\nprice_book = \"standard\"\n\
             bill = \"0 0 6 1 * *\"\n{line}\n"
        )
    };
    format!(
        "[store]\nurl = \"sqlite:counterfoil.db\"\n{}{}\
         [[price_book.standard.item]]\nname = \"vm\"\ndescription = \"Machine\"\nunit = \"C62\"\nkind = \"vm\"\n\
         meter = {{ attribute = \"count\" }}\nprice = [{{ currency = \"EUR\", amount = 10 }}]\n",
        of("north", north),
        of("west", "")
    )
}

/// A pipeline with a listing, which is merged with no other, and a bill that is due.
async fn with_history(store: &Store, name: &str) {
    let then = at("2026-01-01T00:00:00Z");
    let named = |name| Renamed { name, from: None };
    let id = store.pipeline_id(named(name), then).await.unwrap();
    let source = store.source_id(id, named("exports"), then).await.unwrap();
    let listing = ListingIngest {
        source,
        scope: "all".into(),
        valid: then,
        covered_until: then,
        key: String::new(),
        fingerprint: String::new(),
        coverage: Coverage {
            completeness: Completeness::Complete,
            expected: None,
            reason: None,
        },
        kinds: Vec::new(),
        base: None,
        rows: Vec::new(),
        broken: Vec::new(),
        thresholds: WithholdingThresholds::default(),
        run: None,
        now: then,
    };
    store.ingest(&listing).await.unwrap();
    let due = JobState::new(then);
    store.put_job_state(id, Job::Bill, &due).await.unwrap();
}

/// Runs what is due while the files are edited after the start.
async fn run_edited(north: &str, edited: &str) -> Result<RunReport, RunError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counterfoil.toml");
    std::fs::write(&path, configuration(north)).unwrap();
    let config = Config::read(&path).unwrap();
    let store = Store::open(&config.store, OpenMode::Create).await.unwrap();
    with_history(&store, "north").await;
    with_history(&store, "south").await;
    let connectors = Connectors::new(PathBuf::new(), PathBuf::new(), None).unwrap();
    let looked = AtomicU32::new(0);
    let text = configuration(edited);
    let clock = || {
        // The start has looked once.
        if looked.fetch_add(1, Ordering::SeqCst) == 1 {
            std::fs::write(&path, format!("{text}# edited\n")).unwrap();
        }
        at("2026-03-01T00:00:00Z")
    };
    let operation = Operation {
        config: &path,
        connectors: &connectors,
        clock: &clock,
        stop: Stop::default(),
        once: true,
        pulse: &Pulse::default(),
    };
    run(&operation, &store).await
}

#[tokio::test]
async fn a_name_that_is_wrong_ends_the_start_and_later_only_its_own_pipeline() {
    let wrong = "renamed_from = \"south\"";
    let refused = run_edited(wrong, wrong).await;
    let Err(RunError::Session(error)) = refused else {
        panic!("the start is refused: {refused:#?}");
    };
    let told = error.to_string();
    assert!(told.contains("both have a history"), "{told}");
    let report = run_edited("", wrong).await.unwrap();
    let jobs: Vec<(&str, Job, JobOutcome)> = report
        .jobs
        .iter()
        .map(|job| (job.pipeline.as_str(), job.job, job.outcome))
        .collect();
    assert_eq!(jobs, [("north", Job::Bill, JobOutcome::Failed)]);
    let failed = &report.jobs[0];
    assert!(failed.message.contains(&told), "{}", failed.message);
    let wait = failed.retry_at.unwrap().seconds() - failed.finished.seconds();
    assert!((45..=60).contains(&wait), "{wait}");
}

#[test]
fn a_pipeline_in_trouble_is_left_alone_for_longer_each_time_until_it_is_over() {
    let mut troubles = Troubles::default();
    let mut now = at("2026-03-01T00:00:00Z");
    let error = || JobError::Store {
        source: StoreError::NotFound {
            what: "the pipeline".to_owned(),
        },
    };
    let mut last_wait = 0;
    for _ in 1..=5 {
        assert_eq!(troubles.until("north", now), None);
        troubles.add("north", Job::Bill, &error(), now);
        let until = troubles.until("north", now).unwrap();
        assert_eq!(troubles.until("south", now), None);
        let wait = until.seconds() - now.seconds();
        assert!(wait > last_wait, "{wait} after {last_wait}");
        (last_wait, now) = (wait, until);
    }
    troubles.add("north", Job::Bill, &error(), now);
    troubles.over("north");
    assert_eq!(troubles.until("north", now), None);
}
