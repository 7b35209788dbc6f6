//! A moment of the inventory, classified and valued for a whole month.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{AccountKey, CustomerKey, RecordingId, SourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::{OwnedInterval, Owner, Ownership};
use counterfoil_model::report::{Moment, MomentInput, unpriced_findings};
use counterfoil_model::time::{BillingPeriod, Instant, Period};

use super::{ReportError, store_error};
use crate::rating::{account_terms, classify_all, estimate_currency, price_books, signing_terms};
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// What was there at an instant as it was known at a cutoff, and what it is worth a month. `bill_from` does not count:
/// what is there is worth something whoever bills it.
pub(super) async fn moment(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    at: Instant,
    cutoff: RecordingId,
) -> Result<Moment, ReportError> {
    let sources = wired.every_source();
    let intervals = session
        .store
        .as_of(&sources, at, cutoff)
        .await
        .map_err(store_error)?;
    let next = Instant::from_seconds(at.seconds().saturating_add(1)).unwrap_or(at);
    let (mut owned, mut gauges) = (Vec::new(), Vec::new());
    if let Some(second) = Period::new(at, next) {
        owned = classify_all(wired, versions, &intervals, second)?;
        let read = session.store.gauges(&sources, second, cutoff).await;
        gauges = read.map_err(store_error)?;
    }
    let billing_period = BillingPeriod::containing(at, wired.pipeline.zone.clone())
        .map_err(|source| ReportError::Period { source })?;
    let books = price_books(versions);
    let mut moment = Moment::new(MomentInput {
        at,
        billing_period: &billing_period,
        intervals,
        owned,
        gauges,
        price_book: &books,
        accounts: &signing_terms(wired, versions, billing_period.period()),
        estimate_currency: estimate_currency(wired, versions),
    });
    under_last_customers(wired, versions, &mut moment.owned);
    Ok(moment)
}

/// An account that says no customer is one itself: what it had under a former key is told under the customer of now, as it is
/// of accounts. Prices are found by the customer of then.
pub(super) fn under_last_customers(
    wired: &Wired<'_>,
    versions: &Versions,
    owned: &mut [OwnedInterval],
) {
    let terms = account_terms(wired, versions);
    let customers: BTreeSet<&CustomerKey> = terms.values().map(|one| &one.customer).collect();
    let last = |owner: &Owner| {
        let key = AccountKey::from(owner.customer.as_str());
        let is_own = wired.known.directory.accounts.get(&key) == Some(&owner.account);
        let is_former = is_own && !customers.contains(&owner.customer);
        let now = terms.get(&owner.account).filter(|_| is_former)?;
        Some(now.customer.clone())
    };
    // Those that are owned alike share what says so.
    let mut known: HashMap<*const Ownership, [Arc<Ownership>; 2]> = HashMap::new();
    for owned in owned {
        let Ownership::Owned { owners, .. } = &*owned.ownership else {
            continue;
        };
        if owners.iter().all(|owner| last(owner).is_none()) {
            continue;
        }
        let shared = known
            .entry(Arc::as_ptr(&owned.ownership))
            .or_insert_with(|| {
                let mut ownership = Ownership::clone(&owned.ownership);
                if let Ownership::Owned { owners, .. } = &mut ownership {
                    for owner in owners {
                        if let Some(customer) = last(owner) {
                            owner.customer = customer;
                        }
                    }
                }
                // The former one is kept, so that nothing else gets its place in memory.
                [Arc::clone(&owned.ownership), Arc::new(ownership)]
            });
        owned.ownership = Arc::clone(&shared[1]);
    }
}

/// What blocks at either of two times, each with the time.
pub(super) fn blocking(
    (before, after): (&Moment, &Moment),
    counts: impl Fn(&Interval, &BTreeSet<CustomerKey>) -> bool,
) -> Vec<Finding> {
    let mut findings = unpriced_findings(before, &counts);
    findings.extend(unpriced_findings(after, &counts));
    findings
}

/// The first instant that each source tells of.
pub(super) async fn first_listed(
    session: &Session,
    wired: &Wired<'_>,
) -> Result<BTreeMap<SourceId, Instant>, ReportError> {
    let mut first = BTreeMap::new();
    for source in wired.every_source() {
        let listed = session.store.first_listed(&[source]).await;
        if let Some(at) = listed.map_err(store_error)? {
            first.insert(source, at);
        }
    }
    Ok(first)
}
