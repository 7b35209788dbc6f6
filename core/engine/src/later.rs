//! What the files have for resources in suspense and does not hold yet; and what is assigned now and was in suspense in
//! the month that is billed now. Whatever speaks of suspense asks here, so that no two commands disagree.

use std::collections::{BTreeMap, HashMap, HashSet};

use counterfoil_model::classify::Latecomers;
use counterfoil_model::finding::{Finding, FindingCode};
use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{OwnedInterval, Ownership, Suspense};
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use crate::rating::{classify_all, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{TermsError, Versions, directory};

/// A resource in suspense in the month that ended last, whoever has it now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftBehind {
    pub billing_period: String,
    pub resource: ResourceId,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    pub reason: Suspense,
    /// For that month, an estimate at list price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// What the files have for it, and what did not hold then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<HoldsLater>,
}

/// The suspense of the month that ended last, and what could not be priced in it.
#[derive(Debug, Default)]
pub(crate) struct LastMonth {
    pub(crate) left_behind: Vec<LeftBehind>,
    pub(crate) findings: Vec<Finding>,
}

/// What would cover the resources of a billing period that are in suspense, did it hold already.
pub(crate) fn later(
    wired: &Wired<'_>,
    versions: &Versions,
    billing_period: &BillingPeriod,
    (intervals, owned): (&[Interval], &[OwnedInterval]),
) -> Result<BTreeMap<ResourceId, HoldsLater>, TermsError> {
    let mut later = BTreeMap::new();
    let whole = billing_period.period();
    let is_suspended = |owned: &&OwnedInterval| {
        matches!(*owned.ownership, Ownership::Suspended(_))
            && owned.period.intersect(whole).is_some()
    };
    let mut suspended = owned.iter().filter(is_suspended).peekable();
    if suspended.peek().is_none() {
        return Ok(later);
    }
    let terms: Vec<_> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| &terms.classification))
        .collect();
    let latecomers = Latecomers::new(&terms, directory(wired), billing_period)
        .map_err(|source| TermsError::Classifier { source })?;
    let Some(mut latecomers) = latecomers else {
        return Ok(later);
    };
    let by_id: HashMap<IntervalId, &Interval> = intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    for owned in suspended {
        if let Some(interval) = by_id.get(&owned.interval)
            && let Some(within) = owned.period.intersect(whole)
            && let Some(found) = latecomers.of(interval, within)
        {
            later.insert(owned.resource, found);
        }
    }
    Ok(later)
}

/// The resources that are in suspense.
pub(crate) fn in_suspense(owned: &[OwnedInterval]) -> HashSet<ResourceId> {
    let suspended = owned
        .iter()
        .filter(|owned| matches!(*owned.ownership, Ownership::Suspended(_)));
    suspended.map(|owned| owned.resource).collect()
}

/// The month before an instant. None where the month of the instant has ended, too: then the instant itself is what was
/// asked for.
fn month_before(
    session: &Session,
    wired: &Wired<'_>,
    at: Instant,
) -> Result<Option<BillingPeriod>, TermsError> {
    let period_error = |source| TermsError::Period { source };
    let current = BillingPeriod::containing(at, wired.pipeline.zone.clone());
    let current = current.map_err(period_error)?;
    if current.period().to() <= session.now {
        return Ok(None);
    }
    current.previous().map(Some).map_err(period_error)
}

/// Was any of the wanted resources in suspense in the month before an instant? That takes no rating of everybody's month.
pub(crate) async fn is_any_left_behind(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    (at, cutoff): (Instant, RecordingId),
    is_wanted: impl Fn(&Interval) -> bool,
) -> Result<bool, TermsError> {
    let Some(month) = month_before(session, wired, at)? else {
        return Ok(false);
    };
    let sources = wired.every_source();
    let intervals = session.store.intervals(&sources, month.period(), cutoff);
    let mut intervals = intervals
        .await
        .map_err(|source| TermsError::Store { source })?;
    let named = intervals.iter().filter(|interval| is_wanted(interval));
    let wanted: HashSet<ResourceId> = named.map(|interval| interval.resource).collect();
    intervals.retain(|interval| wanted.contains(&interval.resource));
    let owned = classify_all(wired, versions, &intervals, month.period())?;
    Ok(!in_suspense(&owned).is_empty())
}

/// What the plan of the month before an instant leaves in suspense.
pub(crate) async fn last_month(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    at: Instant,
    cutoff: RecordingId,
) -> Result<LastMonth, TermsError> {
    let Some(period) = month_before(session, wired, at)? else {
        return Ok(LastMonth::default());
    };
    let rated = rate_period(session, wired, versions, &period, cutoff, Detail::Lines).await?;
    let latest: HashMap<ResourceId, &Interval> = rated
        .intervals
        .iter()
        .map(|interval| (interval.resource, interval))
        .collect();
    let suspense = rated.rated.completeness.suspense.resources.into_iter();
    let left_behind = suspense.map(|suspended| LeftBehind {
        billing_period: period.id(),
        resource: suspended.resource,
        kind: suspended.kind.to_string(),
        external_id: latest
            .get(&suspended.resource)
            .map(|interval| interval.external_id.clone())
            .unwrap_or_default(),
        name: suspended.name,
        reason: suspended.reason,
        value: suspended.value,
        later: suspended.later,
    });
    let unpriced = |finding: &Finding| finding.code == FindingCode::MissingPrice;
    let findings = rated.rated.findings.into_iter().filter(unpriced);
    let of_month = |finding: Finding| Finding {
        subject: format!("{}, {}", finding.subject, period.id()),
        ..finding
    };
    Ok(LastMonth {
        left_behind: left_behind.collect(),
        findings: findings.map(of_month).collect(),
    })
}
