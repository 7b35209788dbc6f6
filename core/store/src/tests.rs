//! Opening, the lease, names that keep their ids, and records that are not edited.

use std::path::PathBuf;

use counterfoil_model::time::Instant;
use sqlx::SqlitePool;

use crate::{
    EntityType, NameError, OpenError, OpenMode, Renamed, Signature, Signed, Store, StoreError,
};

fn at(seconds: i64) -> Instant {
    Instant::from_seconds(seconds).unwrap()
}

fn named(name: &str) -> Renamed<'_> {
    Renamed { name, from: None }
}

fn renamed<'a>(name: &'a str, from: &'a str) -> Renamed<'a> {
    Renamed {
        name,
        from: Some(from),
    }
}

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    async fn open(&self) -> Store {
        Store::open(&self.path(), OpenMode::Create).await.unwrap()
    }

    /// As somebody with a database tool.
    async fn tamper(&self, statement: &'static str) -> Result<(), sqlx::Error> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path());
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let done = sqlx::query(statement).execute(&pool).await;
        pool.close().await;
        done.map(|_| ())
    }
}

#[tokio::test]
async fn a_store_keeps_its_identity_and_two_stores_differ() {
    let (one, other) = (Folder::new(), Folder::new());
    let store = one.open().await;
    store.close().await;
    assert_eq!(one.open().await.identity(), store.identity());
    assert_ne!(other.open().await.identity(), store.identity());
}

#[tokio::test]
async fn opening_says_what_is_wrong() {
    let folder = Folder::new();
    let absent = Store::open(&folder.path(), OpenMode::MustExist).await;
    assert!(matches!(absent, Err(OpenError::Absent { .. })));
    let nowhere = folder.folder.path().join("none").join("store.db");
    let unwritable = Store::open(&nowhere, OpenMode::Create).await;
    assert!(matches!(unwritable, Err(OpenError::NoFolder { .. })));
    folder.open().await.close().await;
    folder
        .tamper(
            "INSERT INTO _sqlx_migrations VALUES (9999, 'later', CURRENT_TIMESTAMP, 1, x'00', 1)",
        )
        .await
        .unwrap();
    let newer = Store::open(&folder.path(), OpenMode::MustExist).await;
    assert!(matches!(newer, Err(OpenError::Newer { .. })));
}

#[tokio::test]
async fn one_process_applies_at_a_time() {
    let folder = Folder::new();
    let (one, other) = (folder.open().await, folder.open().await);
    let lease = one.begin_apply().unwrap();
    assert!(matches!(other.begin_apply(), Err(StoreError::ApplyLocked)));
    drop(lease);
    other.begin_apply().unwrap();
}

#[tokio::test]
async fn a_name_keeps_its_id_and_a_rename_carries_it_over() {
    let folder = Folder::new();
    let store = folder.open().await;
    let north = store.pipeline_id(named("north"), at(1)).await.unwrap();
    assert_eq!(
        store.pipeline_id(named("north"), at(2)).await.unwrap(),
        north
    );
    let erp = store.sink_id(north, named("erp"), at(2)).await.unwrap();
    // Someone ran with the new name before saying that it is a rename.
    let stray = store.sink_id(north, named("odoo"), at(3)).await.unwrap();
    assert_ne!(stray, erp);
    assert_eq!(
        store
            .sink_id(north, renamed("odoo", "erp"), at(4))
            .await
            .unwrap(),
        erp
    );
    assert_eq!(
        store
            .sink_id(north, renamed("odoo", "erp"), at(5))
            .await
            .unwrap(),
        erp
    );
    let name = store.name(EntityType::Sink, erp.0).await.unwrap();
    assert_eq!(name.as_deref(), Some("odoo"));
    assert_eq!(
        store
            .find_name(EntityType::Sink, Some(north), "erp")
            .await
            .unwrap(),
        None
    );
    let source = store.source_id(north, named("odoo"), at(6)).await.unwrap();
    assert_ne!(source.0, erp.0, "another type is another name");
}

#[tokio::test]
async fn what_has_a_history_vanishes_loudly_and_is_not_merged() {
    let folder = Folder::new();
    let store = folder.open().await;
    let north = store.pipeline_id(named("north"), at(1)).await.unwrap();
    let old = store.source_id(north, named("old"), at(1)).await.unwrap();
    let new = store.source_id(north, named("new"), at(1)).await.unwrap();
    assert!(
        store.vanished(&[]).await.unwrap().is_empty(),
        "nothing has a history yet"
    );
    for source in [old, new] {
        let listing = crate::inventory::ListingIngest {
            source,
            scope: "all".into(),
            valid: at(2),
            covered_until: at(2),
            key: String::new(),
            fingerprint: String::new(),
            coverage: crate::inventory::Coverage {
                completeness: crate::inventory::Completeness::Complete,
                expected: None,
                reason: None,
            },
            kinds: Vec::new(),
            base: None,
            rows: Vec::new(),
            broken: Vec::new(),
            thresholds: counterfoil_model::timeline::WithholdingThresholds::default(),
            run: None,
            now: at(2),
        };
        store.ingest(&listing).await.unwrap();
    }
    let vanished = store.vanished(&[north.0, new.0]).await.unwrap();
    assert_eq!(vanished.len(), 1);
    assert_eq!((vanished[0].id, vanished[0].listings), (old.0, 1));
    let merged = store.source_id(north, renamed("new", "old"), at(3)).await;
    assert!(matches!(merged, Err(NameError::Problem { .. })));
    let ann = Signature::from("ann");
    let signed = Signed {
        signature: &ann,
        reason: Some("torn down"),
        now: at(4),
    };
    store.retire(old.0, signed).await.unwrap();
    let past = store.past_decisions(north).await.unwrap();
    assert_eq!(past.len(), 1);
    assert_eq!(
        (past[0].subject.as_str(), past[0].signature.by.as_str()),
        ("source old", "ann")
    );
    assert!(store.vanished(&[north.0, new.0]).await.unwrap().is_empty());
}

#[tokio::test]
async fn recorded_time_is_monotone_and_not_edited() {
    let folder = Folder::new();
    let store = folder.open().await;
    assert_eq!(store.cutoff().await.unwrap().0, 0);
    let mut writing = store.begin().await.unwrap();
    for expected in 1..4 {
        // The clock is set back; recorded time is not.
        let now = at(100 - expected);
        let recording =
            crate::recording::begin_recording(&mut writing, store.tenant(), now, "test", None)
                .await;
        assert_eq!(recording.unwrap().0, expected);
    }
    writing.commit().await.unwrap();
    assert_eq!(store.cutoff().await.unwrap().0, 3);
    assert!(folder.tamper("UPDATE recording SET at = 0").await.is_err());
    assert!(folder.tamper("DELETE FROM recording").await.is_err());
}

#[tokio::test]
async fn pauses_keep_their_past() {
    let folder = Folder::new();
    let store = folder.open().await;
    let north = store.pipeline_id(named("north"), at(1)).await.unwrap();
    let (anna, bob) = (Signature::from("anna"), Signature::from("bob"));
    let signed = |signature, reason, second| Signed {
        signature,
        reason,
        now: at(second),
    };
    let pause = signed(&anna, Some("wrong prices"), 2);
    store.pause_pipeline(north, pause).await.unwrap();
    let paused = store.pause(north).await.unwrap().unwrap();
    assert_eq!(
        (paused.by.as_str(), paused.reason.as_str()),
        ("anna", "wrong prices")
    );
    let resume = signed(&bob, None, 3);
    store.resume_pipeline(north, resume).await.unwrap();
    assert_eq!(store.pause(north).await.unwrap(), None);
    // What a pause cut off goes on.
    assert_eq!(store.decision_count(north).await.unwrap(), 1);
    let again = signed(&bob, Some("an audit"), 4);
    store.pause_pipeline(north, again).await.unwrap();
    let past = store.past_decisions(north).await.unwrap();
    let told: Vec<_> = past
        .iter()
        .map(|one| (one.kind.as_str(), one.signature.by.as_str()))
        .collect();
    assert_eq!(
        told,
        [("pause", "anna"), ("resume", "bob"), ("pause", "bob")]
    );
    assert!(folder.tamper("DELETE FROM decision").await.is_err());
    let edit = "UPDATE decision SET reason = 'none'";
    assert!(folder.tamper(edit).await.is_err());
}
