//! Stage 2 for looking: whose each resource is at an instant, by which rule.

use std::collections::BTreeMap;

use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::{Because, OwnedInterval, Ownership, Suspense};
use counterfoil_model::time::{BillingPeriod, Instant, Period};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::filter::{FilterError, Narrow};
use crate::inventory::no_resource;
use crate::later::{LeftBehind, in_suspense, is_any_left_behind, last_month, later};
use crate::rating::classify_all;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ClassifyReport {
    pub at: Instant,
    pub resources: Vec<Classified>,
    /// In suspense in the month that ended last, which is what is billed now, and assigned or gone at this instant.
    pub left_behind: Vec<LeftBehind>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Classified {
    pub resource: ResourceId,
    pub external_id: String,
    pub kind: String,
    pub name: String,
    pub customers: Vec<String>,
    pub service: Option<String>,
    pub plan: Option<String>,
    /// Why nobody is billed for it.
    pub not_billed: Option<String>,
    pub suspended: bool,
    /// What the files have for it, and what does not hold yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<HoldsLater>,
    pub because: Because,
}

/// Everything that is there at an instant, or the resources that have this id or name.
pub async fn classify(
    session: &Session,
    wired: &Wired<'_>,
    at: Instant,
    resource: Option<&str>,
    narrow: &Narrow,
) -> Result<ClassifyReport, FilterError> {
    let store_error = |source: StoreError| FilterError::Store { source };
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let sources = wired.every_source();
    let next = Instant::from_seconds(at.seconds() + 1).unwrap_or(at);
    let Some(moment) = Period::new(at, next) else {
        return Ok(ClassifyReport {
            at,
            resources: Vec::new(),
            left_behind: Vec::new(),
        });
    };
    let mut intervals = session
        .store
        .intervals(&sources, moment, cutoff)
        .await
        .map_err(store_error)?;
    if let Some(wanted) = resource {
        intervals.retain(|interval| is_called(interval, wanted));
        if intervals.is_empty() {
            return Err(no_resource(session, wired, wanted).await);
        }
    }
    intervals.retain(|interval| narrow.is_kind(&interval.kind));
    let owned = classify_all(wired, &versions, &intervals, moment)?;
    let month = BillingPeriod::containing(at, wired.pipeline.zone.clone())
        .map_err(|source| TermsError::Period { source })?;
    let later = later(wired, &versions, &month, (&intervals, &owned))?;
    let left_behind = left_behind(
        session,
        wired,
        &versions,
        (at, cutoff),
        (resource, narrow),
        &owned,
    );
    let left_behind = left_behind.await?;
    let by_id: BTreeMap<IntervalId, &Interval> = intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let mut resources: Vec<Classified> = owned
        .iter()
        .filter(|owned| narrow.is_owner(&owned.ownership))
        .filter_map(|owned| classified(owned, &by_id, &later))
        .collect();
    resources.sort_by(|a, b| (&a.kind, &a.external_id).cmp(&(&b.kind, &b.external_id)));
    Ok(ClassifyReport {
        at,
        resources,
        left_behind,
    })
}

fn is_called(interval: &Interval, wanted: &str) -> bool {
    interval.external_id == wanted || interval.configuration.name == wanted
}

/// Those of last month that are asked for and not in suspense any more; nobody's are no customer's. A month is not rated for
/// an answer that has none of it.
async fn left_behind(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    (at, cutoff): (Instant, RecordingId),
    (resource, narrow): (Option<&str>, &Narrow),
    owned: &[OwnedInterval],
) -> Result<Vec<LeftBehind>, TermsError> {
    if narrow.customer().is_some() {
        return Ok(Vec::new());
    }
    if let Some(wanted) = resource {
        let is_wanted = |interval: &Interval| is_called(interval, wanted);
        let is_any = is_any_left_behind(session, wired, versions, (at, cutoff), is_wanted);
        if !is_any.await? {
            return Ok(Vec::new());
        }
    }
    let last = last_month(session, wired, versions, at, cutoff).await?;
    let mut left_behind = last.left_behind;
    let still = in_suspense(owned);
    left_behind.retain(|left| {
        resource.is_none_or(|wanted| left.external_id == wanted || left.name == wanted)
            && narrow.is_kind(&left.kind.as_str().into())
            && !still.contains(&left.resource)
    });
    Ok(left_behind)
}

fn classified(
    owned: &OwnedInterval,
    intervals: &BTreeMap<IntervalId, &Interval>,
    later: &BTreeMap<ResourceId, HoldsLater>,
) -> Option<Classified> {
    let interval = intervals.get(&owned.interval)?;
    let mut classified = Classified {
        resource: owned.resource,
        external_id: interval.external_id.clone(),
        kind: owned.kind.to_string(),
        name: interval.configuration.name.clone(),
        customers: Vec::new(),
        service: None,
        plan: None,
        not_billed: None,
        suspended: false,
        later: None,
        because: Because::clone(&owned.because),
    };
    match &*owned.ownership {
        Ownership::Owned {
            owners,
            service,
            plan,
        } => {
            classified.customers = owners
                .iter()
                .map(|owner| owner.customer.to_string())
                .collect();
            classified.service = service.as_ref().map(ToString::to_string);
            classified.plan = plan.as_ref().map(ToString::to_string);
        }
        Ownership::NonBillable(non_billable) => {
            classified.not_billed = Some(format!(
                "not billed: {} ({})",
                non_billable.reason, non_billable.owner
            ));
        }
        Ownership::Suspended(suspense) => {
            classified.suspended = true;
            classified.later = later.get(&owned.resource).cloned();
            classified.not_billed = Some(suspended_text(suspense, classified.later.as_ref()));
        }
    }
    Some(classified)
}

/// Why a resource is in suspense, and what would end that.
pub fn suspended_text(suspense: &Suspense, later: Option<&HoldsLater>) -> String {
    match later {
        Some(later) => format!("{}: {later}", suspense_text(suspense)),
        None => suspense_text(suspense),
    }
}

/// Why a resource is in suspense, in words.
pub fn suspense_text(suspense: &Suspense) -> String {
    match suspense {
        Suspense::NoCustomer => "no rule names a customer".to_owned(),
        Suspense::UnknownCustomer { customer } => format!("there is no customer `{customer}`"),
        Suspense::NoAgreement { customer } => format!("`{customer}` has no agreement at that time"),
        Suspense::AmbiguousAccount { customer } => {
            format!("`{customer}` has several accounts, and no rule chose one")
        }
        Suspense::RuleFailed {
            rule,
            place,
            failure,
        } => format!("nobody can tell whether `{rule}` ({place}) matches: {failure}"),
    }
}
