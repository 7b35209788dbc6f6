//! Which products were first seen since a time.

use counterfoil_model::report::{self, FirstSeen, FirstSeenInput};
use counterfoil_model::time::{Instant, Period};
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::Filter;
use super::moment::{first_listed, moment};
use super::{ReportError, amount_error, store_error};
use crate::rating::classify_all;
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct FirstSeenReport {
    pub pipeline: String,
    pub since: Instant,
    pub until: Instant,
    pub attribute: Option<String>,
    pub products: Vec<FirstSeen>,
    /// Those that were there when their source was listed first: who knows since when.
    pub from_the_start: Vec<FirstSeen>,
}

/// Kinds, services, price items and values of an attribute, in the order in which they were first seen.
pub async fn first_seen(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    attribute: Option<&str>,
    since: Instant,
) -> Result<FirstSeenReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    known.attribute(attribute)?;
    let cutoff = filter.cutoff(session).await?;
    let first = first_listed(session, wired).await?;
    let start = first.values().min().ok_or(ReportError::NothingListed)?;
    let until = Instant::from_seconds(session.now.seconds() - 1).unwrap_or(session.now);
    let now = moment(session, wired, &versions, until, cutoff).await?;
    let whole = Period::new(*start, session.now).ok_or(ReportError::Order {
        from: *start,
        to: session.now,
    })?;
    let intervals = session
        .store
        .intervals(&wired.every_source(), whole, cutoff)
        .await
        .map_err(store_error)?;
    let owned = classify_all(wired, &versions, &intervals, whole)?;
    let input = FirstSeenInput {
        intervals: &intervals,
        owned: &owned,
        now: &now,
        attribute,
        first_listed: &first,
    };
    let rows = report::first_seen(&input, since, |interval, customers| {
        known.counts(interval, customers)
    });
    let (from_the_start, products) = rows
        .map_err(amount_error)?
        .into_iter()
        .partition(|row| row.from_the_start);
    Ok(FirstSeenReport {
        pipeline: wired.pipeline.name.clone(),
        since,
        until,
        attribute: attribute.map(str::to_owned),
        products,
        from_the_start,
    })
}
