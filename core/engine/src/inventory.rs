//! Questions to the inventory: as of, as known at, delta, history, coverage, and what waits for a person.

mod coverage;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::attributes::Attributes;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant, Period, Validity};
use counterfoil_model::timeline::{Difference, delta};
use counterfoil_store::StoreError;
use counterfoil_store::inventory::{ApprovalError, WithheldEndings, WithheldId};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::at_stake::billed_for;
use crate::config::Right;
use crate::filter::{FilterError, Narrow};
use crate::identity::IdentityError;
use crate::near_miss::near_miss;
use crate::rating::{PeriodRated, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, versions};

pub use coverage::{Logged, broken, coverage};

/// An interval as people read it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    pub resource: ResourceId,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    pub valid: Validity,
    pub covered_until: Instant,
    pub attributes: Attributes,
    pub place: String,
    /// When it was learned, and when it was superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_from: Option<RecordingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_to: Option<RecordingId>,
}

impl From<&Interval> for Shown {
    fn from(interval: &Interval) -> Self {
        Self {
            resource: interval.resource,
            kind: interval.kind.to_string(),
            external_id: interval.external_id.clone(),
            name: interval.configuration.name.clone(),
            valid: interval.valid,
            covered_until: interval.covered_until,
            attributes: interval.configuration.attributes.clone(),
            place: interval.evidence.place.clone(),
            recorded_from: None,
            recorded_to: None,
        }
    }
}

async fn cutoff(session: &Session, known_at: Option<Instant>) -> Result<RecordingId, StoreError> {
    match known_at {
        Some(instant) => session.store.cutoff_at(instant).await,
        None => session.store.cutoff().await,
    }
}

/// What was there at an instant, as it was known then or is known now.
pub async fn list(
    session: &Session,
    wired: &Wired<'_>,
    at: Instant,
    known_at: Option<Instant>,
    narrow: &Narrow,
) -> Result<Vec<Shown>, FilterError> {
    let store_error = |source| FilterError::Store { source };
    let cutoff = cutoff(session, known_at).await.map_err(store_error)?;
    let sources = wired.every_source();
    let mut intervals = session
        .store
        .as_of(&sources, at, cutoff)
        .await
        .map_err(store_error)?;
    narrow.keep(wired, at, &mut intervals)?;
    intervals.sort_by(|a, b| (&a.kind, &a.external_id).cmp(&(&b.kind, &b.external_id)));
    Ok(intervals.iter().map(Shown::from).collect())
}

/// What became of a resource between two instants.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    pub change: ChangeKind,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    /// Attribute, value before, value after.
    pub attributes: Vec<(String, Option<String>, Option<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

impl Change {
    fn of(difference: &Difference<'_>) -> Self {
        let (change, interval, attributes) = match difference {
            Difference::Added(interval) => (ChangeKind::Added, *interval, Vec::new()),
            Difference::Removed(interval) => (ChangeKind::Removed, *interval, Vec::new()),
            Difference::Changed {
                after, attributes, ..
            } => {
                let changes = attributes
                    .iter()
                    .map(|one| (one.attribute.clone(), one.before.clone(), one.after.clone()));
                (ChangeKind::Changed, *after, changes.collect())
            }
        };
        Self {
            change,
            kind: interval.kind.to_string(),
            external_id: interval.external_id.clone(),
            name: interval.configuration.name.clone(),
            attributes,
        }
    }
}

/// What changed between two instants. Narrowed to a customer, a resource that came to it counts as added.
pub async fn changes(
    session: &Session,
    wired: &Wired<'_>,
    from: Instant,
    to: Instant,
    narrow: &Narrow,
) -> Result<Vec<Change>, FilterError> {
    let store_error = |source| FilterError::Store { source };
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let sources = wired.every_source();
    let (mut before, mut after) = (
        session
            .store
            .as_of(&sources, from, cutoff)
            .await
            .map_err(store_error)?,
        session
            .store
            .as_of(&sources, to, cutoff)
            .await
            .map_err(store_error)?,
    );
    narrow.keep(wired, from, &mut before)?;
    narrow.keep(wired, to, &mut after)?;
    let (before, after): (Vec<&Interval>, Vec<&Interval>) =
        (before.iter().collect(), after.iter().collect());
    Ok(delta(&before, &after).iter().map(Change::of).collect())
}

/// Everything that was ever known of what people call this, superseded knowledge included.
pub async fn history(
    session: &Session,
    wired: &Wired<'_>,
    name: &str,
    narrow: &Narrow,
) -> Result<Vec<Shown>, FilterError> {
    let store_error = |source| FilterError::Store { source };
    let resources = session.store.find_resources(name).await;
    // A number may be the store's id of another pipeline's resource.
    let sources = wired.every_source();
    let mut known = Vec::new();
    for resource in resources.map_err(store_error)? {
        let of_resource = session.store.history(resource).await;
        let of_resource = of_resource.map_err(store_error)?.into_iter();
        known.extend(of_resource.filter(|one| sources.contains(&one.interval.source)));
    }
    if known.is_empty() {
        return Err(no_resource(session, wired, name).await);
    }
    let mut kept: Vec<Interval> = known.iter().map(|one| one.interval.clone()).collect();
    let begins = kept.iter().filter_map(|interval| interval.valid.from).min();
    let whole = begins.and_then(|first| Period::new(first, session.now));
    narrow.keep_within(wired, whole, &mut kept)?;
    kept.retain(|interval| narrow.is_since(interval.valid.to));
    let kept: BTreeSet<IntervalId> = kept.iter().map(|interval| interval.id).collect();
    let known = known
        .into_iter()
        .filter(|one| kept.contains(&one.interval.id));
    Ok(known
        .map(|one| Shown {
            recorded_from: Some(one.recorded_from),
            recorded_to: one.recorded_to,
            ..Shown::from(&one.interval)
        })
        .collect())
}

/// A resource of another name was meant, probably of one that is there.
pub(crate) async fn no_resource(session: &Session, wired: &Wired<'_>, name: &str) -> FilterError {
    let cutoff = match session.store.cutoff().await {
        Ok(cutoff) => cutoff,
        Err(source) => return FilterError::Store { source },
    };
    let sources = wired.every_source();
    match session.store.as_of(&sources, session.now, cutoff).await {
        Ok(there) => FilterError::NoResource {
            name: name.to_owned(),
            hint: resource_hint(name, &there),
        },
        Err(source) => FilterError::Store { source },
    }
}

/// Ids and names are too many to be listed: only a near one is named.
pub(crate) fn resource_hint(name: &str, there: &[Interval]) -> Option<String> {
    let ids = there.iter().map(|one| one.external_id.as_str());
    let names = there.iter().map(|one| one.configuration.name.as_str());
    near_miss(name, ids.chain(names)).filter(|hint| hint.starts_with("did you mean"))
}

/// Endings that wait for a person.
#[derive(Debug)]
pub struct Waiting {
    /// The source's name.
    pub source: String,
    pub endings: WithheldEndings,
    /// What is billed for them in a whole month, or may be where they are in suspense: from the month on that follows the
    /// listing which missed them. None where that is nothing, or in several currencies.
    pub per_month: Option<Money>,
}

/// Endings that wait for a person, with what is billed for them until somebody decides.
///
/// Narrowed, those with a resource that fits are told whole: they are settled together.
pub async fn withheld(
    session: &Session,
    wired: &Wired<'_>,
    narrow: &Narrow,
) -> Result<Vec<Waiting>, TermsError> {
    let store_error = |source| TermsError::Store { source };
    let mut pending = Vec::new();
    for (id, name) in &wired.known.sources {
        let of_source = session.store.withheld_pending(*id).await;
        let of_source = of_source.map_err(store_error)?.into_iter();
        let recent = of_source.filter(|endings| narrow.is_since(Some(endings.valid)));
        pending.extend(recent.map(|endings| (name.clone(), endings)));
    }
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let mut months: BTreeMap<String, PeriodRated> = BTreeMap::new();
    let mut waiting = Vec::with_capacity(pending.len());
    for (source, endings) in pending {
        let month = BillingPeriod::containing(endings.valid, wired.pipeline.zone.clone())
            .and_then(|month| month.next())
            .map_err(|source| TermsError::Period { source })?;
        let rated = match months.entry(month.id()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(
                rate_period(session, wired, &versions, &month, cutoff, Detail::Resources).await?,
            ),
        };
        let resources: BTreeSet<ResourceId> = endings.resources.iter().copied().collect();
        let waits = |interval: &Interval| {
            interval.source == endings.source && resources.contains(&interval.resource)
        };
        if !fits(rated, narrow, waits) {
            continue;
        }
        let per_month = billed_for(rated, (wired, &versions), waits, |_| true);
        waiting.push(Waiting {
            source,
            endings,
            per_month,
        });
    }
    Ok(waiting)
}

/// Is one of them of the kind, and the customer's?
fn fits(rated: &PeriodRated, narrow: &Narrow, waits: impl Fn(&Interval) -> bool) -> bool {
    let of_kind = rated
        .intervals
        .iter()
        .filter(|interval| waits(interval) && narrow.is_kind(&interval.kind));
    let of_kind: BTreeSet<IntervalId> = of_kind.map(|interval| interval.id).collect();
    if narrow.customer().is_none() {
        return !of_kind.is_empty() || narrow.is_any_kind();
    }
    let mut owned = rated.owned.iter();
    owned.any(|owned| of_kind.contains(&owned.interval) && narrow.is_owner(&owned.ownership))
}

/// What a person says of withheld endings.
#[derive(Debug, Clone, Copy)]
pub enum Settlement {
    /// They happened, if they are of so many resources at most.
    Approve { ceiling: u64 },
    /// They did not.
    Dismiss,
}

#[derive(Debug, Error)]
pub enum SettleError {
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Endings(#[from] ApprovalError),
}

impl SettleError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Identity(_) => None,
            Self::Endings(_) => {
                Some("`counterfoil inventory withheld` shows what waits".to_owned())
            }
        }
    }
}

/// Settles withheld endings in a person's name.
pub async fn settle(
    session: &Session,
    id: WithheldId,
    settlement: Settlement,
    by: &str,
    reason: Option<&str>,
) -> Result<(), SettleError> {
    let signature = session.signature(by, Right::Withheld)?;
    let signed = session.signed(&signature, reason);
    match settlement {
        Settlement::Approve { ceiling } => {
            session.store.approve_withheld(id, ceiling, signed).await?;
        }
        Settlement::Dismiss => session.store.dismiss_withheld(id, signed).await?,
    }
    Ok(())
}
