//! Which resource, customer or kind grows the most between two times.

use counterfoil_model::finding::Finding;
use counterfoil_model::report::{self, Growth, GrowthBy};
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::Filter;
use super::moment::{blocking, first_listed, moment};
use super::{ReportError, amount_error};
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct GrowthReport {
    pub pipeline: String,
    pub by: GrowthBy,
    pub attribute: Option<String>,
    pub since: Instant,
    pub until: Instant,
    /// What was asked for, where nothing was listed yet: the comparison starts with the first listing.
    pub asked_since: Option<Instant>,
    pub rows: Vec<Growth>,
    /// What keeps amounts from being complete, at either time.
    pub findings: Vec<Finding>,
}

/// Compares two times; the greatest growth first.
pub async fn growth(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    (by, attribute): (GrowthBy, Option<&str>),
    (since, until): (Instant, Instant),
) -> Result<GrowthReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    known.attribute(attribute)?;
    let cutoff = filter.cutoff(session).await?;
    let first = first_listed(session, wired).await?;
    let first = first.values().min().ok_or(ReportError::NothingListed)?;
    let from = since.max(*first);
    if from >= until {
        return Err(ReportError::Order { from, to: until });
    }
    let before = moment(session, wired, &versions, from, cutoff).await?;
    let after = moment(session, wired, &versions, until, cutoff).await?;
    let rows = report::growth(&before, &after, by, attribute, |interval, customers| {
        known.counts(interval, customers)
    });
    let findings = blocking((&before, &after), |interval, customers| {
        known.counts(interval, customers)
    });
    Ok(GrowthReport {
        findings,
        pipeline: wired.pipeline.name.clone(),
        by,
        attribute: attribute.map(str::to_owned),
        since: from,
        until,
        asked_since: (from != since).then_some(since),
        rows: rows.map_err(amount_error)?,
    })
}
