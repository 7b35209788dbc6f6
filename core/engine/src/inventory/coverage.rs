//! Which listings there were, and what of them could not be read.

use std::collections::HashMap;

use counterfoil_model::ids::{ListingId, Scope};
use counterfoil_model::time::Instant;
use counterfoil_store::StoreError;
use counterfoil_store::inventory::{BrokenRowFound, Listing};

use crate::filter::Narrow;
use crate::session::{Session, Wired};

/// An entry of the coverage log.
#[derive(Debug)]
pub struct Logged {
    /// The source's name.
    pub source: String,
    /// The last of those that it stands for.
    pub listing: Listing,
    /// How often it was taken in so: a listing that cannot be read is tried again whenever its source is listed.
    pub times: u64,
    /// When that was first.
    pub first_recorded: Instant,
}

/// The coverage log. Whenever a source is listed, what could not be read is tried again; these tries are one entry.
pub async fn coverage(
    session: &Session,
    wired: &Wired<'_>,
    narrow: &Narrow,
) -> Result<Vec<Logged>, StoreError> {
    let mut log: Vec<Logged> = Vec::new();
    for (id, name) in &wired.known.sources {
        let declared = session.store.declared_kinds(*id).await?;
        // A source that never answered has declared nothing, and is not of another kind either.
        if !declared.is_empty() && !declared.iter().any(|one| narrow.is_kind(&one.kind)) {
            continue;
        }
        let listings = session.store.coverage_log(*id).await?;
        let listings = listings.into_iter();
        let mut tries: HashMap<(Scope, String, Instant), usize> = HashMap::new();
        for listing in listings.filter(|listing| narrow.is_since(Some(listing.valid))) {
            let offer = (listing.scope.clone(), listing.key.clone(), listing.valid);
            let before = listing.is_failed().then(|| tries.get(&offer)).flatten();
            if let Some(entry) = before.and_then(|index| log.get_mut(*index)) {
                entry.times += 1;
                entry.listing = listing;
                continue;
            }
            if listing.is_failed() {
                tries.insert(offer, log.len());
            }
            log.push(Logged {
                source: name.clone(),
                times: 1,
                first_recorded: listing.recorded,
                listing,
            });
        }
    }
    Ok(log)
}

/// Rows that could not be read when they were listed last: those of an export that was mended since are not told, and of
/// listings that show no more than what is there then, those of the last one.
pub async fn broken(
    session: &Session,
    wired: &Wired<'_>,
    since: Option<Instant>,
) -> Result<Vec<(String, BrokenRowFound)>, StoreError> {
    let mut rows = Vec::new();
    for (id, name) in &wired.known.sources {
        let listings = session.store.coverage_log(*id).await?;
        let mut last: HashMap<_, ListingId> = HashMap::new();
        for listing in listings.iter().filter(|one| mends(one)) {
            let id = listing.outcome.listing;
            let known = last.entry(retold(listing)).or_insert(id);
            *known = id.max(*known);
        }
        for listing in &listings {
            let is_mended = last
                .get(&retold(listing))
                .is_some_and(|last| *last > listing.outcome.listing);
            if is_mended || since.is_some_and(|since| listing.valid < since) {
                continue;
            }
            let found = session.store.broken_rows(listing.outcome.listing).await?;
            rows.extend(found.into_iter().map(|row| (name.clone(), row)));
        }
    }
    Ok(rows)
}

fn mends(listing: &Listing) -> bool {
    if listing.is_of_a_day() {
        !listing.fingerprint.is_empty()
    } else {
        !listing.is_failed()
    }
}

/// What a later listing tells anew: a day by its file, or else whatever is there.
fn retold(listing: &Listing) -> (&Scope, Option<(&str, Instant)>) {
    let of_a_day = (listing.key.as_str(), listing.valid);
    (&listing.scope, listing.is_of_a_day().then_some(of_a_day))
}
