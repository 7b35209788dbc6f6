//! What ends, what does not, and what waits for a person.

use counterfoil_model::finding::FindingCode;
use counterfoil_model::time::Period;

use super::{Fixture, at, machines, row, signed, with};
use crate::Signature;
use crate::inventory::{ApprovalError, BrokenRow, Completeness};

#[tokio::test]
async fn unchanged_rows_write_nothing_and_a_missing_one_ends() {
    let fixture = Fixture::new().await;
    fixture.list(10, vec![row("a", "1"), row("b", "1")]).await;
    let again = fixture.list(20, vec![row("a", "1"), row("b", "1")]).await;
    assert_eq!((again.new, again.changed, again.ended), (0, 0, 0));
    assert_eq!(fixture.shown().await, ["a 1 10– (20)", "b 1 10– (20)"]);
    let cutoff = again.recording;
    let third = fixture.list(30, vec![row("a", "2")]).await;
    assert_eq!((third.changed, third.ended), (1, 1));
    assert_eq!(
        fixture.shown().await,
        ["a 1 10–30 (30)", "a 2 30– (30)", "b 1 10–30 (30)"]
    );
    assert_eq!(
        fixture.intervals_at(cutoff).await.len(),
        2,
        "as known before"
    );
}

#[tokio::test]
async fn a_listing_that_is_not_complete_ends_nothing() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(5)).await;
    for completeness in [Completeness::Partial, Completeness::Unknown] {
        let mut listing = fixture.listing(20, machines(2));
        listing.coverage.completeness = completeness;
        assert_eq!(fixture.ingest(&listing).await.ended, 0);
    }
    let mut short = fixture.listing(30, machines(3));
    short.coverage.expected = Some(5);
    let outcome = fixture.ingest(&short).await;
    assert_eq!(
        (outcome.completeness, outcome.ended),
        (Completeness::Partial, 0)
    );
    let shown = fixture.shown().await;
    assert_eq!(shown[0], "m0 1 10– (30)");
    assert_eq!(shown[3], "m3 1 10– (10)", "presumed since it was last seen");
}

#[tokio::test]
async fn an_empty_listing_ends_nothing_and_what_returns_dismisses_the_request() {
    let fixture = Fixture::new().await;
    fixture.list(10, machines(3)).await;
    let empty = fixture.list(20, Vec::new()).await;
    assert_eq!((empty.ended, empty.withheld), (0, 3));
    assert_eq!(empty.findings[0].code, FindingCode::WithheldEndings);
    assert_eq!(fixture.shown().await[0], "m0 1 10– (10)");
    let again = fixture.list(25, Vec::new()).await;
    assert_eq!((again.ended, again.withheld), (0, 3));
    let pending = fixture
        .store
        .withheld_pending(fixture.source)
        .await
        .unwrap();
    assert_eq!(pending.len(), 1, "one request, whoever asks how often");
    fixture.list(30, machines(3)).await;
    assert!(
        fixture
            .store
            .withheld_pending(fixture.source)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        fixture.shown().await,
        ["m0 1 10– (30)", "m1 1 10– (30)", "m2 1 10– (30)"]
    );
}

#[tokio::test]
async fn approval_ends_what_is_missing_up_to_a_ceiling() {
    let (fixture, ann) = (Fixture::new().await, Signature::from("ann"));
    fixture.list(10, machines(30)).await;
    let outcome = fixture.list(20, machines(18)).await;
    assert_eq!((outcome.ended, outcome.withheld), (0, 12));
    // One comes back in a listing that is not complete.
    let mut partial = fixture.listing(25, vec![row("m29", "1")]);
    partial.coverage.completeness = Completeness::Partial;
    fixture.ingest(&partial).await;
    let pending = fixture
        .store
        .withheld_pending(fixture.source)
        .await
        .unwrap();
    assert_eq!((pending[0].resources.len(), pending[0].known), (11, 30));
    let id = pending[0].id;
    let refused = fixture
        .store
        .approve_withheld(id, 10, signed(&ann, 30))
        .await;
    assert!(matches!(
        refused,
        Err(ApprovalError::AboveCeiling {
            count: 11,
            ceiling: 10
        })
    ));
    fixture
        .store
        .approve_withheld(id, 11, signed(&ann, 30))
        .await
        .unwrap();
    assert_eq!(fixture.as_of(19).await.len(), 30);
    assert_eq!(fixture.as_of(20).await.len(), 19);
    let again = fixture
        .store
        .approve_withheld(id, 11, signed(&ann, 30))
        .await;
    assert!(matches!(again, Err(ApprovalError::Settled { .. })));
}

#[tokio::test]
async fn a_broken_row_keeps_its_resource_alive() {
    let fixture = Fixture::new().await;
    fixture.list(10, vec![row("a", "1"), row("b", "1")]).await;
    let mut listing = fixture.listing(20, vec![row("a", "1"), with(row("c", "1"), "used", "lots")]);
    listing.broken.push(BrokenRow {
        place: "row 2".to_owned(),
        external_id: Some("b".to_owned()),
        message: "the size is missing".to_owned(),
        hint: None,
    });
    let outcome = fixture.ingest(&listing).await;
    assert_eq!((outcome.ended, outcome.broken), (0, 2));
    assert_eq!(fixture.shown().await, ["a 1 10– (20)", "b 1 10– (10)"]);
    let broken = fixture.store.broken_rows(outcome.listing).await.unwrap();
    assert!(broken[0].resource.is_some() && broken[1].resource.is_none());
    let next = fixture.list(30, vec![row("a", "1")]).await;
    assert_eq!(next.ended, 1, "the next complete listing judges it again");
}

#[tokio::test]
async fn gauges_are_runs_and_make_no_intervals() {
    let (fixture, ann) = (Fixture::new().await, Signature::from("ann"));
    for (valid, used) in [(10, "5"), (20, "5.0"), (30, "7")] {
        fixture
            .list(valid, vec![with(row("a", "1"), "used", used)])
            .await;
    }
    fixture.list(40, Vec::new()).await;
    let pending = fixture
        .store
        .withheld_pending(fixture.source)
        .await
        .unwrap();
    let recording = fixture
        .store
        .approve_withheld(pending[0].id, 1, signed(&ann, 41))
        .await
        .unwrap();
    let period = Period::new(at(15), at(100)).unwrap();
    let gauges = fixture
        .store
        .gauges(&[fixture.source], period, recording)
        .await
        .unwrap();
    let shown: Vec<_> = gauges
        .iter()
        .map(|run| {
            (
                run.value.to_string(),
                run.period.from().seconds(),
                run.period.to().seconds(),
            )
        })
        .collect();
    assert_eq!(shown, [("5".to_owned(), 15, 30), ("7".to_owned(), 30, 40)]);
    assert_eq!(fixture.shown().await, ["a 1 10–40 (40)"]);
}

#[tokio::test]
async fn the_last_resource_of_a_scope_ends_when_a_person_says_so() {
    let (fixture, ann) = (Fixture::new().await, Signature::from("ann"));
    fixture.list(10, machines(1)).await;
    let empty = fixture.list(20, Vec::new()).await;
    assert_eq!((empty.ended, empty.withheld), (0, 1));
    let pending = fixture.store.withheld_pending(fixture.source).await;
    let request = pending.unwrap()[0].id;
    let approved = fixture.store.approve_withheld(request, 1, signed(&ann, 30));
    approved.await.unwrap();
    assert_eq!(fixture.shown().await, ["m0 1 10–20 (20)"]);
    let empty = fixture.list(40, Vec::new()).await;
    assert_eq!((empty.ended, empty.withheld), (0, 0));
}
