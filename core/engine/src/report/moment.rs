//! A moment of the inventory, classified and valued for a whole month.

use std::collections::BTreeMap;

use counterfoil_model::ids::{RecordingId, SourceId};
use counterfoil_model::report::{Moment, MomentInput};
use counterfoil_model::time::{BillingPeriod, Instant, Period};

use super::{ReportError, store_error};
use crate::rating::{classify_all, price_books, signing_terms};
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
    Ok(Moment::new(MomentInput {
        at,
        billing_period: &billing_period,
        intervals,
        owned,
        gauges,
        price_book: &books,
        accounts: &signing_terms(wired, versions, billing_period.period()),
        estimate_currency: wired.pipeline.config.estimate_currency,
    }))
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
