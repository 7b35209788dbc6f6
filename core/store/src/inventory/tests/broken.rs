//! Which broken rows are told of a period, once each, and which offers were not read.

use counterfoil_model::ids::RunId;
use counterfoil_model::time::Period;

use super::{Fixture, at, row};
use crate::inventory::{BrokenRow, BrokenWithin, Completeness, ListingIngest};

fn broken(place: &str, id: Option<&str>) -> BrokenRow {
    BrokenRow {
        place: place.to_owned(),
        external_id: id.map(str::to_owned),
        message: "the size is no number".to_owned(),
        hint: None,
    }
}

/// A whole file of a day of 100 seconds.
fn of_a_day(mut listing: ListingIngest) -> ListingIngest {
    listing.covered_until = at(listing.valid.seconds() + 100);
    listing.fingerprint = "f".to_owned();
    listing
}

fn failed(mut listing: ListingIngest) -> ListingIngest {
    listing.fingerprint = String::new();
    listing.coverage.completeness = Completeness::Partial;
    listing
}

impl Fixture {
    async fn within(&self) -> BrokenWithin {
        let period = Period::new(at(50), at(1000)).unwrap();
        let within = self.store.broken_within(self.source, period, &[]);
        within.await.unwrap()
    }

    /// Rows, listings, and whether they can be mended.
    async fn counts(&self) -> Option<(u64, u64, bool)> {
        let unread = self.within().await.unread?;
        Some((unread.count, unread.listings, unread.can_be_mended))
    }
}

#[tokio::test]
async fn what_is_listed_every_hour_is_told_once_and_settled_by_a_later_complete_listing() {
    let fixture = Fixture::new().await;
    fixture.list(100, vec![row("a", "1"), row("b", "1")]).await;
    for valid in [200, 300, 400] {
        let mut listing = fixture.listing(valid, vec![row("a", "1")]);
        listing.key = "now.csv".to_owned();
        listing.broken = vec![broken("row 2", Some("b")), broken("row 3", None)];
        fixture.ingest(&listing).await;
    }
    assert_eq!(fixture.counts().await, Some((2, 1, false)));
    let unknown = fixture.store.unknown_now(fixture.source).await.unwrap();
    let unknown = unknown.unwrap();
    assert_eq!((unknown.count, &*unknown.first.place), (1, "row 3"));
    let period = Period::new(at(50), at(1000)).unwrap();
    let besides = fixture
        .store
        .broken_within(fixture.source, period, &unknown.listings)
        .await
        .unwrap();
    assert_eq!(besides.unread.unwrap().count, 1, "the other one is told");

    // Still broken after the period, where all else can be read: what was broken within it stays to be told.
    let mut listing = fixture.listing(1100, vec![row("a", "1"), row("c", "1")]);
    listing.broken = vec![broken("row 2", Some("b"))];
    fixture.ingest(&listing).await;
    assert_eq!(fixture.counts().await, Some((1, 1, false)));
    fixture
        .list(1200, vec![row("a", "1"), row("b", "2"), row("c", "1")])
        .await;
    assert_eq!(fixture.within().await, BrokenWithin::default());
}

#[tokio::test]
async fn a_file_is_told_until_it_is_mended_and_one_that_is_gone_until_the_row_can_be_read() {
    let fixture = Fixture::new().await;
    let day = |valid, rows, of_row: Option<&str>| {
        let mut listing = of_a_day(fixture.listing(valid, rows));
        listing
            .broken
            .extend(of_row.map(|id| broken("row 9", Some(id))));
        listing
    };
    let both = || vec![row("a", "1"), row("b", "1")];
    fixture.ingest(&day(100, both(), None)).await;
    for valid in [200, 300, 400] {
        fixture
            .ingest(&day(valid, vec![row("a", "1")], Some("b")))
            .await;
    }
    assert_eq!(fixture.counts().await, Some((1, 3, true)), "one row");
    fixture.ingest(&day(500, both(), None)).await;
    assert_eq!(
        fixture.counts().await,
        Some((1, 3, true)),
        "a later one mends no earlier day"
    );
    fixture.ingest(&day(200, both(), None)).await;
    assert_eq!(fixture.counts().await, Some((1, 2, true)));
    let offer = |offers: Vec<&'static str>| {
        let offers = offers.into_iter().map(|key| ("all", key));
        fixture.store.note_offers(fixture.source, offers, at(600))
    };
    offer(vec!["300.csv", "500.csv"]).await.unwrap();
    assert_eq!(fixture.counts().await, Some((1, 1, true)));
    offer(vec!["500.csv"]).await.unwrap();
    assert_eq!(fixture.counts().await, None);
    offer(vec!["400.csv", "500.csv"]).await.unwrap();
    assert_eq!(fixture.counts().await, Some((1, 1, true)), "it is back");
    // As long as no listing could read the row, it is told though its file is gone.
    offer(vec!["500.csv"]).await.unwrap();
    fixture
        .ingest(&day(600, vec![row("a", "1")], Some("b")))
        .await;
    assert_eq!(fixture.counts().await, Some((1, 3, true)));
}

#[tokio::test]
async fn a_file_that_fails_half_way_is_told_once_however_often_it_is_tried() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        let mut listing = failed(of_a_day(fixture.listing(100, vec![row("a", "1")])));
        listing.broken = vec![broken("row 2", None), broken("row 3", None)];
        fixture.ingest(&listing).await;
    }
    assert_eq!(fixture.counts().await, Some((2, 1, true)));
    // One that ends earlier takes nothing back.
    let mut listing = failed(of_a_day(fixture.listing(100, vec![row("a", "1")])));
    listing.broken = vec![broken("row 2", None)];
    fixture.ingest(&listing).await;
    assert_eq!(fixture.counts().await, Some((2, 1, true)));
}

#[tokio::test]
async fn a_row_with_the_id_of_one_that_counts_is_told_apart() {
    let fixture = Fixture::new().await;
    // One that is new, and one that is known.
    for (valid, id) in [(100, "a"), (200, "a"), (300, "b")] {
        let rows = vec![row("a", "1"), row(id, "2"), row("c", "1"), row("b", "1")];
        fixture
            .ingest(&of_a_day(fixture.listing(valid, rows)))
            .await;
    }
    let within = fixture.within().await;
    assert_eq!(within.unread, None);
    let repeated = within.repeated.unwrap();
    assert_eq!((repeated.count, repeated.listings), (2, 3));
    assert!(repeated.first.message.contains("which counts"));
    // Where none of them counts, what was known of it stays.
    let mut both = of_a_day(fixture.listing(400, vec![row("c", "1"), row("b", "1")]));
    both.broken = vec![broken("row 1", Some("a")), broken("row 2", Some("a"))];
    fixture.ingest(&both).await;
    assert_eq!(fixture.counts().await, Some((1, 1, true)));
}

#[tokio::test]
async fn an_offer_is_unread_until_it_is_read_or_gone_whatever_the_last_run_took_in() {
    let fixture = Fixture::new().await;
    let unread = || async {
        let unread = fixture.store.unread_listings(fixture.source).await.unwrap();
        unread.into_iter().map(|one| one.key).collect::<Vec<_>>()
    };
    let of_run = |run, mut listing: ListingIngest| {
        listing.run = Some(RunId(run));
        listing
    };
    let bad = |run| of_run(run, failed(of_a_day(fixture.listing(100, Vec::new()))));
    let good = |run, valid| of_run(run, of_a_day(fixture.listing(valid, vec![row("a", "1")])));
    fixture.ingest(&bad(1)).await;
    assert_eq!(unread().await, ["100.csv"]);
    // A run that was stopped before it came to that file.
    fixture.ingest(&good(2, 200)).await;
    assert_eq!(unread().await, ["100.csv"]);
    // It was deleted, and nothing else was new.
    let offers = [("all", "200.csv")];
    let noted = fixture.store.note_offers(fixture.source, offers, at(300));
    noted.await.unwrap();
    assert!(unread().await.is_empty());
    let offers = [("all", "100.csv"), ("all", "200.csv")];
    let noted = fixture.store.note_offers(fixture.source, offers, at(400));
    noted.await.unwrap();
    assert_eq!(unread().await, ["100.csv"]);
    fixture.ingest(&good(5, 100)).await;
    assert!(unread().await.is_empty());
}
