//! Any order of listings, with repetitions, gives the answers of a map from times to listings.

use std::collections::BTreeMap;

use counterfoil_model::timeline::WithholdingThresholds;
use proptest::prelude::*;
use rusqlite::Connection;

use super::{Fixture, row};
use crate::inventory::base::ScopeKey;
use crate::inventory::{Base, Completeness, ListedRows, ListingIngest, Orders};

/// What one listing shows: by machine its size; and is it complete?
type Shown = (BTreeMap<u8, u8>, bool);

fn arrivals() -> impl Strategy<Value = (BTreeMap<i64, Shown>, Vec<i64>)> {
    let shown = (
        prop::collection::btree_map(0..4_u8, 0..3_u8, 0..4),
        prop::bool::weighted(0.7),
    );
    let listings = prop::collection::btree_map(1..30_i64, shown, 1..7);
    listings.prop_flat_map(|listings| {
        let times: Vec<i64> = listings.keys().copied().collect();
        let again = prop::collection::vec(prop::sample::select(times.clone()), 0..3);
        let order = (Just(times), again)
            .prop_map(|(times, again)| [times, again].concat())
            .prop_shuffle();
        (Just(listings), order)
    })
}

/// The last listing at or before the time that told something of the machine.
fn naive(listings: &BTreeMap<i64, Shown>, time: i64, machine: u8) -> Option<u8> {
    let told = listings.range(..=time).rev();
    let mut told = told.filter(|(_, (shown, complete))| *complete || shown.contains_key(&machine));
    told.next()
        .and_then(|(_, (shown, _))| shown.get(&machine).copied())
}

/// With the hashes of the base, as a guest would report it.
async fn as_runs(fixture: &Fixture, mut listing: ListingIngest) -> ListingIngest {
    let scope = listing.scope.clone();
    let Some(base) = fixture.store.base(fixture.source, &scope).await.unwrap() else {
        return listing;
    };
    let previous = fixture
        .store
        .previous(fixture.source, &scope, base)
        .unwrap();
    let hashes = previous.unwrap().hashes(0);
    assert_eq!(
        hashes,
        stored_hashes(fixture, base),
        "what is kept is what is stored"
    );
    listing.base = Some(base.listing);
    for rows in &mut listing.rows {
        let ListedRows::New(observation) = rows else {
            continue;
        };
        let position = hashes.chunks(8).position(|hash| hash == observation.hash.0);
        if let Some(position) = position.and_then(|position| u32::try_from(position).ok()) {
            *rows = ListedRows::Unchanged { position, count: 1 };
        }
    }
    listing
}

/// As another process would read them.
fn stored_hashes(fixture: &Fixture, base: Base) -> Vec<u8> {
    let key = ScopeKey {
        tenant: fixture.store.tenant.0,
        source: fixture.source.0,
        scope: "all",
    };
    let read = |snapshot: &Connection| Orders::default().load(snapshot, key);
    let order = fixture.store.read_bulk(read).unwrap().unwrap();
    assert_eq!(order.listing, base.listing);
    order.rows.iter().flat_map(|(hash, _)| hash.0).collect()
}

/// A scope of so many machines, of which a few change, go and come, until its order was written whole several times.
#[tokio::test]
async fn an_order_is_followed_through_its_changes() {
    let fixture = Fixture::new().await;
    let mut machines: Vec<u32> = (0..40).collect();
    for day in 1..80_i64 {
        let first = machines.remove(usize::try_from(day * 7 % 39).unwrap());
        machines.push(if day % 3 == 0 { first } else { first + 100 });
        let size = |id: &u32| (id + u32::from(i64::from(*id) % 11 == day % 11)).to_string();
        let rows = machines.iter().map(|id| row(&format!("m{id}"), &size(id)));
        let mut listing = fixture.listing(day, rows.collect());
        listing.thresholds = WithholdingThresholds {
            share_permille: 1000,
            count: 100,
        };
        let listing = as_runs(&fixture, listing).await;
        fixture.ingest(&listing).await;
        let base = fixture.base().await;
        assert_eq!(stored_hashes(&fixture, base).len(), 40 * 8);
        let there = fixture.as_of(day).await;
        for id in &machines {
            assert_eq!(there[&format!("m{id}")].1, size(id), "m{id} on day {day}");
        }
    }
}

fn check(listings: &BTreeMap<i64, Shown>, order: &[i64]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let fixture = Fixture::new().await;
        for time in order {
            let (shown, complete) = &listings[time];
            let rows = shown
                .iter()
                .map(|(id, size)| row(&format!("m{id}"), &size.to_string()));
            let mut listing = fixture.listing(*time, rows.collect());
            listing.thresholds = WithholdingThresholds {
                share_permille: 1000,
                count: 100,
            };
            if !complete {
                listing.coverage.completeness = Completeness::Partial;
            }
            let listing = as_runs(&fixture, listing).await;
            fixture.ingest(&listing).await;
        }
        for time in 0..32 {
            let there = fixture.as_of(time).await;
            for machine in 0..4 {
                let size = there
                    .get(&format!("m{machine}"))
                    .map(|(_, size)| size.clone());
                let naive = naive(listings, time, machine).map(|size| size.to_string());
                assert_eq!(
                    size, naive,
                    "machine {machine} at {time}, arrived as {order:?}"
                );
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_order_of_listings_gives_the_naive_answers((listings, order) in arrivals()) {
        // A listing without rows is never believed; absence is told by those that have one.
        let mut listings = listings;
        for (shown, complete) in listings.values_mut() {
            *complete &= !shown.is_empty();
        }
        check(&listings, &order);
    }
}
