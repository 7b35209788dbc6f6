//! Resources keep their id when the source gives them another, and an id that is given anew is another resource.

use counterfoil_model::finding::FindingCode;
use counterfoil_model::ids::Scope;
use counterfoil_model::time::Period;

use super::{Fixture, at, machines, row, signed, with};
use crate::inventory::{BrokenRow, Completeness, IngestError, ListedRows};

#[tokio::test]
async fn a_resource_keeps_its_id_under_a_new_id_of_the_source() {
    let fixture = Fixture::new().await;
    fixture
        .list(10, vec![with(row("a", "1"), "serial", "S1")])
        .await;
    let before = fixture.as_of(10).await["a"].0;
    let moved = fixture
        .list(20, vec![with(row("b", "1"), "serial", "S1")])
        .await;
    assert_eq!((moved.new, moved.ended), (0, 0));
    assert_eq!(fixture.store.find_resources("a").await.unwrap(), [before]);
    assert_eq!(fixture.store.find_resources("b").await.unwrap(), [before]);
    let reused = fixture
        .list(30, vec![with(row("b", "1"), "serial", "S2")])
        .await;
    assert_eq!((reused.new, reused.ended), (1, 1));
    assert_ne!(fixture.as_of(30).await["b"].0, before);
}

#[tokio::test]
async fn two_rows_with_one_serial_are_two_resources_and_two_with_one_id_are_one() {
    let fixture = Fixture::new().await;
    let twins = vec![
        with(row("a", "1"), "serial", "S"),
        with(row("b", "1"), "serial", "S"),
    ];
    fixture.list(10, twins.clone()).await;
    let again = fixture.list(20, twins).await;
    assert_eq!((again.new, again.ended, again.broken), (0, 0, 0));
    let doubled = fixture
        .list(30, vec![row("a", "2"), row("b", "1"), row("a", "2")])
        .await;
    assert_eq!((doubled.seen, doubled.broken, doubled.ended), (2, 1, 0));
    assert_eq!(fixture.as_of(30).await["a"].1, "2");
}

#[tokio::test]
async fn of_rows_with_one_id_the_one_that_is_as_it_was_counts() {
    let fixture = Fixture::new().await;
    let sizes = async |instant: i64| {
        let there = fixture.as_of(instant).await;
        let sizes = there.iter().map(|(id, (_, size))| format!("{id}{size}"));
        sizes.collect::<Vec<_>>().join(" ")
    };
    let listed = async |instant: i64, rows: &[(&str, &str)]| {
        let rows = rows.iter().map(|(id, size)| row(id, size)).collect();
        fixture.list(instant, rows).await
    };
    listed(10, &[("a", "1"), ("b", "2"), ("c", "3")]).await;
    // The id of b was mistyped as that of c.
    let mistyped = listed(20, &[("a", "1"), ("c", "2"), ("c", "3")]).await;
    assert_eq!((mistyped.seen, mistyped.broken, mistyped.ended), (2, 1, 0));
    assert_eq!(mistyped.completeness, Completeness::Partial);
    let reason = mistyped.reason.as_deref();
    assert_eq!(reason, Some("rows with an id that another row has: 1"));
    let broken = fixture.store.broken_rows(mistyped.listing).await.unwrap();
    assert_eq!(
        broken[0].message,
        "the id `c` is also that of row of c, which counts"
    );
    let hint = broken[0].hint.as_deref();
    assert_eq!(
        hint,
        Some("give each row an id of its own; until then nothing that this listing lacks ends")
    );
    assert_eq!(sizes(20).await, "a1 b2 c3");
    // Neither row is as c was: nobody can tell which of them is c's.
    let both = listed(30, &[("a", "1"), ("c", "2"), ("c", "4")]).await;
    assert_eq!((both.seen, both.broken, both.ended), (1, 2, 0));
    assert_eq!(sizes(30).await, "a1 b2 c3");
    // Rows that say the same leave no doubt of c, and some of what is missing.
    let same = listed(40, &[("a", "1"), ("c", "5"), ("c", "5")]).await;
    assert_eq!((same.changed, same.broken, same.ended), (1, 1, 0));
    assert_eq!(sizes(40).await, "a1 b2 c5");
    // Of what was never seen nothing better is known than its first row.
    listed(50, &[("a", "1"), ("c", "5"), ("d", "1"), ("d", "2")]).await;
    assert_eq!(sizes(50).await, "a1 b2 c5 d1");
    let whole = listed(60, &[("a", "1"), ("c", "5"), ("d", "1")]).await;
    assert_eq!(whole.ended, 1);
    assert_eq!(sizes(60).await, "a1 c5 d1");
}

#[tokio::test]
async fn rows_with_one_id_that_differ_in_a_gauge_alone_leave_what_was_known() {
    let fixture = Fixture::new().await;
    let used = |id: &str, used: &str| with(row(id, "1"), "used", used);
    fixture
        .list(10, vec![used("a", "10"), used("b", "900")])
        .await;
    // The id of b was mistyped as that of a, and its row comes first.
    let mistyped = fixture
        .list(20, vec![used("a", "900"), used("a", "10")])
        .await;
    assert_eq!((mistyped.seen, mistyped.broken, mistyped.ended), (0, 2, 0));
    let broken = fixture.store.broken_rows(mistyped.listing).await.unwrap();
    assert_eq!(
        broken[0].message,
        "the id `a` is that of several rows, and which of them counts cannot be told: the last known values stay"
    );
    // Rows that agree count once, whichever else has the id.
    let same = vec![
        used("a", "11"),
        with(row("a", "2"), "used", "900"),
        used("a", "11"),
    ];
    let same = fixture.list(30, same).await;
    assert_eq!((same.seen, same.broken), (1, 2));
    let period = Period::new(at(0), at(1_000)).unwrap();
    let cutoff = fixture.store.cutoff().await.unwrap();
    let sources = [fixture.source];
    let gauges = fixture.store.gauges(&sources, period, cutoff).await;
    let a = fixture.as_of(30).await["a"].0;
    let mut values: Vec<String> = gauges
        .unwrap()
        .into_iter()
        .filter(|run| run.resource == a)
        .map(|run| run.value.to_string())
        .collect();
    values.dedup();
    assert_eq!(values, ["10", "11"]);
}

#[tokio::test]
async fn a_broken_row_of_an_unknown_id_proves_no_absence_and_one_of_a_known_id_does() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(4)).await;
    let broken = |id: Option<&str>| BrokenRow {
        place: "row 9".to_owned(),
        external_id: id.map(str::to_owned),
        message: "the size is missing".to_owned(),
        hint: None,
    };
    for (instant, rows, reason) in [
        (20, vec![broken(None)], "rows whose id cannot be read: 1"),
        (
            30,
            vec![broken(Some("m9"))],
            "broken rows with an id that is not known: 1",
        ),
        (
            40,
            vec![broken(Some("m0"))],
            "rows with an id that another row has: 1",
        ),
        (
            50,
            vec![broken(Some("m3")), broken(Some("m3"))],
            "rows with an id that another row has: 2",
        ),
    ] {
        let mut listing = fixture.listing(instant, machines(2));
        listing.broken = rows;
        let outcome = fixture.ingest(&listing).await;
        assert_eq!(outcome.ended, 0, "{reason}");
        assert_eq!(outcome.reason.as_deref(), Some(reason));
    }
    let mut listing = fixture.listing(60, machines(2));
    listing.broken = vec![broken(Some("m3"))];
    let outcome = fixture.ingest(&listing).await;
    assert_eq!(
        (outcome.completeness, outcome.ended),
        (Completeness::Complete, 1)
    );
}

#[tokio::test]
async fn a_resource_is_in_one_scope_at_a_time() {
    let fixture = Fixture::new().await;
    fixture
        .list(10, vec![with(row("a", "1"), "serial", "S"), row("z", "1")])
        .await;
    let mut other = fixture.listing(20, vec![with(row("x", "1"), "serial", "S")]);
    other.scope = Scope::from("other");
    fixture.ingest(&other).await;
    assert_eq!(
        fixture.shown().await[..2],
        ["a 1 10–20 (20)", "x 1 20– (20)"]
    );
    let scope = Scope::from("all");
    let base = fixture.store.base(fixture.source, &scope).await.unwrap();
    assert_eq!(base, None, "the scope that it left is listed whole");
    let left = fixture.list(30, vec![row("z", "1")]).await;
    assert_eq!(left.ended, 0);
}

#[tokio::test]
async fn runs_refer_to_the_order_of_the_last_complete_listing() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(4)).await;
    let base = fixture.base().await;
    let previous = fixture
        .store
        .previous(fixture.source, &Scope::from("all"), base)
        .unwrap();
    let hashes = previous.unwrap().hashes(0);
    assert_eq!(hashes[8..16], row("m1", "1").hash.0);
    let mut listing = fixture.listing(20, Vec::new());
    listing.base = Some(base.listing);
    listing.rows = vec![
        ListedRows::Unchanged {
            position: 2,
            count: 2,
        },
        ListedRows::New(row("m9", "1")),
        ListedRows::Changed {
            position: 0,
            observation: row("m0", "2"),
        },
    ];
    let outcome = fixture.ingest(&listing).await;
    assert_eq!(
        (
            outcome.unchanged,
            outcome.new,
            outcome.changed,
            outcome.ended
        ),
        (2, 1, 1, 1)
    );
    let there = fixture.as_of(20).await;
    assert_eq!(there.keys().collect::<Vec<_>>(), ["m0", "m2", "m3", "m9"]);
    assert_eq!(there["m0"].1, "2");
    let moved = fixture.store.ingest(&listing).await;
    assert!(matches!(moved, Err(IngestError::BaseMoved)));
}

#[tokio::test]
async fn a_connector_that_contradicts_itself_is_refused_whole() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(4)).await;
    let mut listing = fixture.listing(20, Vec::new());
    listing.base = Some(fixture.base().await.listing);
    for rows in [
        vec![ListedRows::Unchanged {
            position: 2,
            count: 3,
        }],
        vec![
            ListedRows::Unchanged {
                position: 0,
                count: 2,
            },
            ListedRows::Unchanged {
                position: 1,
                count: 1,
            },
        ],
        vec![ListedRows::Changed {
            position: 0,
            observation: row("m1", "2"),
        }],
    ] {
        listing.rows = rows;
        let refused = fixture.store.ingest(&listing).await;
        assert!(matches!(refused, Err(IngestError::Refused { .. })));
    }
    assert_eq!(fixture.shown().await.len(), 4);
    assert_eq!(
        fixture
            .store
            .coverage_log(fixture.source)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_full_listing_catches_a_hash_that_did_not_change() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(2)).await;
    let mut lying = row("m0", "2");
    lying.hash = row("m0", "1").hash;
    let outcome = fixture.list(20, vec![lying, row("m1", "1")]).await;
    assert_eq!(outcome.findings[0].code, FindingCode::UnreliableConnector);
    assert_eq!(outcome.changed, 1, "what the full listing says is believed");
}

#[tokio::test]
async fn the_first_listing_of_a_source_knows_what_another_source_has_shown() {
    let fixture = Fixture::new().await;
    fixture
        .list(10, vec![with(row("a", "1"), "serial", "S1")])
        .await;
    let known = fixture.as_of(10).await["a"].0;
    let name = |name| crate::Renamed { name, from: None };
    let pipeline = fixture
        .store
        .pipeline_id(name("north"), at(0))
        .await
        .unwrap();
    let other = fixture.store.source_id(pipeline, name("cmdb"), at(0)).await;
    let rows = vec![
        with(row("x", "1"), "serial", "S1"),
        with(row("y", "1"), "serial", "S2"),
    ];
    let mut listing = fixture.listing(20, rows);
    listing.source = other.unwrap();
    let outcome = fixture.ingest(&listing).await;
    assert_eq!((outcome.seen, outcome.new), (2, 1));
    assert_eq!(fixture.store.find_resources("x").await.unwrap(), [known]);
}

#[tokio::test]
async fn what_a_retired_source_showed_ends_then_and_starts_anew_when_it_returns() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(2)).await;
    let before = fixture.store.cutoff().await.unwrap();
    let ann = crate::Signature::from("ann");
    let retired = fixture
        .store
        .retire_source(fixture.source, signed(&ann, 20))
        .await;
    assert_eq!(retired.unwrap(), 2);
    assert_eq!(
        fixture.shown().await,
        ["m0 1 10–20 (20)", "m1 1 10–20 (20)"]
    );
    let period = counterfoil_model::time::Period::new(at(0), at(100)).unwrap();
    let sources = [fixture.source];
    let then = fixture.store.intervals(&sources, period, before).await;
    assert!(
        then.unwrap()
            .iter()
            .all(|interval| interval.valid.to.is_none())
    );
    let again = fixture.list(30, machines(2)).await;
    assert_eq!((again.new, again.ended), (0, 0));
    assert_eq!(
        fixture.shown().await,
        [
            "m0 1 10–20 (20)",
            "m0 1 30– (30)",
            "m1 1 10–20 (20)",
            "m1 1 30– (30)"
        ]
    );
}
