//! A store that an earlier version has written is opened, tells the same, and goes on.

use std::borrow::Cow;
use std::path::Path;

use counterfoil_model::attributes::Attributes;
use counterfoil_model::ids::{RecordingId, ResourceId, SourceId};
use counterfoil_model::time::{Instant, Period};
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;

use super::{Fixture, at, machines, row, with};
use crate::database::MIGRATOR;
use crate::{OpenMode, Store};

/// The version before inventory got its present order.
const BEFORE: i64 = 19;

/// `a` grew at 20, and so has two configurations; `b` was like `a` before. Gauges: 5, then 6.
const WRITTEN: &str = "
    INSERT INTO tenant (tenant_id, name) VALUES (1, 'default');
    INSERT INTO entity VALUES (1, 1, 'pipeline', 0, 'north', 0, NULL), (1, 2, 'source', 1, 'netbox', 0, NULL);
    INSERT INTO recording VALUES (1, 1, 10, 'listing', NULL), (1, 2, 20, 'listing', NULL);
    INSERT INTO listing VALUES
        (1, 1, 2, 'all', 10, 10, '', '', 'complete', NULL, 2, 2, 0, 0, 0, 0, 0, NULL, NULL, 1),
        (1, 2, 2, 'all', 20, 20, '', '', 'complete', NULL, 2, 0, 1, 1, 0, 0, 0, NULL, NULL, 2);
    INSERT INTO resource VALUES (1, 1, 'machine', 1), (1, 2, 'machine', 1);
    INSERT INTO identity VALUES
        (1, 2, 'all', 'a', 'machine', 1, 10, 1, NULL), (1, 2, 'all', 'b', 'machine', 2, 10, 1, NULL);
    INSERT INTO configuration VALUES
        (1, x'01', 'small', NULL, '{\"size\":\"1\"}'), (1, x'02', 'large', 'rack', '{\"size\":\"2\"}');
    INSERT INTO interval VALUES
        (1, 1, 1, 2, 'all', 'a', 10, NULL, x'01', 1, 'row 1', 1, 2),
        (1, 2, 2, 2, 'all', 'b', 10, NULL, x'01', 1, 'row 2', 1, NULL),
        (1, 3, 1, 2, 'all', 'a', 10, 20, x'01', 1, 'row 1', 2, NULL),
        (1, 4, 1, 2, 'all', 'a', 20, NULL, x'02', 2, 'row 1', 2, NULL);
    INSERT INTO gauge_run VALUES
        (1, 1, 1, 'used', 2, 10, NULL, '5', 1, 2),
        (1, 2, 1, 'used', 2, 10, 20, '5', 2, NULL),
        (1, 3, 1, 'used', 2, 20, NULL, '6', 2, NULL);
";

async fn written_before(path: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let older = MIGRATOR.iter().filter(|one| one.version <= BEFORE);
    let migrator = Migrator {
        migrations: Cow::Owned(older.cloned().collect()),
        ..Migrator::DEFAULT
    };
    migrator.run(&pool).await.unwrap();
    sqlx::raw_sql(WRITTEN).execute(&pool).await.unwrap();
    pool.close().await;
}

/// "external id size name from–to" of what was known at a cutoff.
async fn shown(store: &Store, cutoff: i64) -> Vec<String> {
    let period = Period::new(at(0), at(1000)).unwrap();
    let known = store.intervals(&[SourceId(2)], period, RecordingId(cutoff));
    let known = known.await.unwrap();
    let shown = known.iter().map(|interval| {
        let configuration = &interval.configuration;
        let end = interval.valid.to.map_or(-1, Instant::seconds);
        format!(
            "{} {} {} {}–{end} {}",
            interval.external_id,
            &configuration.attributes["size"],
            configuration.name,
            interval.valid.from.unwrap().seconds(),
            interval.evidence.place,
        )
    });
    shown.collect()
}

#[tokio::test]
async fn a_store_of_an_earlier_version_tells_the_same_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    written_before(&path).await;
    let store = Store::open(&path, OpenMode::MustExist).await.unwrap();
    assert_eq!(
        shown(&store, 1).await,
        ["a 1 small 10–-1 row 1", "b 1 small 10–-1 row 2"]
    );
    let now = [
        "a 1 small 10–20 row 1",
        "a 2 large 20–-1 row 1",
        "b 1 small 10–-1 row 2",
    ];
    assert_eq!(shown(&store, 2).await, now);
    let gauges = |cutoff| {
        let period = Period::new(at(0), at(30)).unwrap();
        store.gauges(&[SourceId(2)], period, RecordingId(cutoff))
    };
    assert_eq!(gauges(1).await.unwrap().len(), 1);
    let runs = gauges(2).await.unwrap();
    assert_eq!(
        (runs[0].value.to_string(), runs[1].value.to_string()),
        ("5".into(), "6".into())
    );
    let found = |text| store.find_resources(text);
    assert_eq!(found("large").await.unwrap(), [ResourceId(1)]);
    assert_eq!(
        found("small").await.unwrap(),
        [ResourceId(1), ResourceId(2)]
    );
    assert_eq!(found("b").await.unwrap(), [ResourceId(2)]);
    assert_eq!(store.history(ResourceId(1)).await.unwrap().len(), 3);

    let fixture = Fixture::of(store, SourceId(2), folder);
    let outcome = fixture
        .list(30, vec![row("a", "3"), row("b", "1"), row("c", "1")])
        .await;
    assert_eq!(
        (outcome.new, outcome.changed),
        (1, 2),
        "a grew again, b has another name"
    );
    let there = fixture.as_of(30).await;
    assert_eq!(there["a"], (ResourceId(1), "3".to_owned()));
    assert_eq!(
        shown(&fixture.store, 2).await,
        now,
        "what was known then is known still"
    );
}

#[tokio::test]
async fn what_is_written_without_checks_passes_them() {
    let fixture = Fixture::new().await;
    let rows = machines(30).into_iter().map(|row| with(row, "used", "7"));
    fixture.list(10, rows.collect()).await;
    let mut rows = machines(30);
    rows[3] = with(row("m3", "9"), "used", "8");
    rows.remove(0);
    fixture.list(20, rows).await;
    let options = SqliteConnectOptions::new().filename(fixture.store.path());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let broken = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&pool)
        .await;
    assert_eq!(broken.unwrap().len(), 0);
    let intact: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(intact, "ok");
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM interval")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(told, 33, "30, two for what changed, one for what ended");
    pool.close().await;
}

#[tokio::test]
async fn a_configuration_that_comes_back_is_the_same_row() {
    let fixture = Fixture::new().await;
    for (time, size) in [(10, "1"), (20, "2"), (30, "1"), (40, "2")] {
        fixture.list(time, vec![row("a", size)]).await;
    }
    let options = SqliteConnectOptions::new().filename(fixture.store.path());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT attributes FROM configuration ORDER BY configuration_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(kept, [r#"{"size":"1"}"#, r#"{"size":"2"}"#]);
    pool.close().await;
    let configuration = &fixture.store.history(ResourceId(1)).await.unwrap()[0];
    assert_eq!(
        configuration.interval.configuration.attributes,
        Attributes::from([("size", "1")])
    );
}
