//! A store that may grow no more, though the disk has room: what was finished stays, nothing is half written, and with
//! room again all goes on.

use std::error::Error as _;

use sqlx::AssertSqlSafe;

use super::{Fixture, at, machines};
use crate::inventory::IngestError;
use crate::{DatabaseError, StoreError, Trouble};

/// As many pages as it has, or any number.
async fn limit(fixture: &Fixture, pages: Option<i64>) {
    let store = &fixture.store;
    let has: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&store.writer)
        .await
        .unwrap();
    let most = pages.unwrap_or(has);
    // Of the connection, which a pool of one keeps; the inventory has one of its own.
    sqlx::query(AssertSqlSafe(format!("PRAGMA max_page_count = {most}")))
        .fetch_one(&store.writer)
        .await
        .unwrap();
    let bulk = store.write_bulk("limit the store", |connection| {
        let limited = connection
            .pragma_update_and_check(None, "max_page_count", most, |row| row.get::<_, i64>(0));
        limited.map_err(StoreError::during_bulk("limit the store"))
    });
    assert_eq!(bulk.await.unwrap(), most);
}

fn is_full(error: &StoreError, operation: &str) {
    assert_eq!(error.to_string(), operation);
    let cause = error.source().unwrap();
    assert_eq!(cause.to_string(), "database or disk is full");
    let cause: &DatabaseError = cause.downcast_ref().unwrap();
    assert_eq!(cause.trouble(), Some(Trouble::Full));
}

#[tokio::test]
async fn a_listing_is_taken_in_whole_or_not_at_all() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(1)).await;
    let before = fixture.shown().await;
    limit(&fixture, None).await;
    let listing = fixture.listing(20, machines(5_000));
    let refused = fixture.store.ingest(&listing).await.unwrap_err();
    let IngestError::Store(error) = &refused else {
        panic!("{refused}");
    };
    is_full(error, "take in a listing");
    assert_eq!(fixture.shown().await, before);
    let log = fixture.store.coverage_log(fixture.source).await.unwrap();
    assert_eq!(log.len(), 1, "{log:?}");
    // The connection that failed is given up, and its limit with it.
    fixture.ingest(&listing).await;
    assert_eq!(fixture.shown().await.len(), 5_000);
}

#[tokio::test]
async fn runs_that_were_begun_stay_and_later_ones_are_refused_until_there_is_room() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let name = |name| crate::Renamed { name, from: None };
    let pipeline = store.pipeline_id(name("north"), at(0)).await.unwrap();
    limit(&fixture, None).await;
    let mut begun = 0;
    let error = loop {
        // A stage of its own each: what runs under the same one is looked at.
        let stage = format!("{begun}{}", "-".repeat(2_000));
        match store.begin_run(pipeline, &stage, None, at(1)).await {
            Ok(_) => begun += 1,
            Err(error) => break error,
        }
        assert!(begun < 1_000, "it grows all the same");
    };
    is_full(&error, "begin a run");
    let count = sqlx::query_scalar("SELECT count(*) FROM run").fetch_one(&store.reader);
    assert_eq!(count.await.ok(), Some(begun), "what was begun is kept");
    limit(&fixture, Some(1_000_000)).await;
    store
        .begin_run(pipeline, "plan", None, at(2))
        .await
        .unwrap();
}
