//! The intervals of a period with their uncertain edges where the pipeline's policy has them.

use std::collections::BTreeMap;

use counterfoil_model::between::{
    ChangeAt, Direction, Edge, Extreme, Favour, FavourInput, Handover, Side, place_in,
};
use counterfoil_model::charge::{Charge, ChargeKey};
use counterfoil_model::classify::ZonedClassifier;
use counterfoil_model::ids::{RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant, Period};
use counterfoil_store::StoreError;

use crate::rating::{PeriodRated, price_books, rate_placed, signing_terms};
use crate::session::{Session, Wired};
use crate::terms::{TermsError, Versions, directory};

/// Where uncertain edges are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placing {
    /// As the terms in force at the start of the period say.
    AsConfigured,
    /// The same, and what is uncertain is told, whatever the policy.
    Explained,
    All(Extreme),
}

/// The intervals of a period as known at a cutoff. What is uncertain is only looked for where it matters.
pub(crate) async fn placed_intervals(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    (period, whole, placing): (&BillingPeriod, Period, Placing),
    cutoff: RecordingId,
) -> Result<Vec<Interval>, TermsError> {
    let store_error = |source: StoreError| TermsError::Store { source };
    let sources = wired.every_source();
    let policy = versions.in_force(period.period().from()).change_at;
    if placing == Placing::AsConfigured && policy == ChangeAt::FirstSeen {
        let intervals = session.store.intervals(&sources, whole, cutoff).await;
        return intervals.map_err(store_error);
    }
    let intervals = session
        .store
        .uncertain_intervals(&sources, whole, cutoff)
        .await;
    let mut intervals = intervals.map_err(store_error)?;
    match placing {
        Placing::All(extreme) => place_in(&mut intervals, |edge| extreme.moment(edge)),
        Placing::AsConfigured | Placing::Explained => {
            place_by_policy(wired, versions, whole, policy, &mut intervals)?;
        }
    }
    intervals.retain(|interval| interval.valid.clip(whole).is_some());
    Ok(intervals)
}

/// What is uncertain is placed as the terms in force at the start of the period say.
fn place_by_policy(
    wired: &Wired<'_>,
    versions: &Versions,
    whole: Period,
    policy: ChangeAt,
    intervals: &mut Vec<Interval>,
) -> Result<(), TermsError> {
    if policy != ChangeAt::CustomerFavour {
        let unasked = |_: &Edge<'_>| Direction::Alike;
        place_in(intervals, |edge| policy.moment(edge, unasked));
        return Ok(());
    }
    let Some(span) = span(whole, intervals) else {
        return Ok(());
    };
    let terms: Vec<_> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| &terms.classification))
        .collect();
    let classifier = ZonedClassifier::new(&terms, directory(wired), span, &wired.pipeline.zone)
        .map_err(|source| TermsError::Classifier { source })?;
    let books = price_books(versions);
    let accounts = signing_terms(wired, versions, span);
    let mut favour = Favour::new(FavourInput {
        zone: &wired.pipeline.zone,
        price_book: &books,
        accounts: &accounts,
    });
    place_in(intervals, |edge| {
        policy.moment(edge, |edge| {
            if !matters(edge, whole) {
                return Direction::Alike;
            }
            let second = |from: i64| {
                let (from, to) = (Instant::from_seconds(from), Instant::from_seconds(from + 1));
                Period::new(from.ok()?, to.ok()?)
            };
            let side = |interval: Option<&Interval>, from: i64| {
                let interval = interval?;
                let owned = classifier.classify(interval, second(from)?).pop()?;
                let interval = interval.clone();
                Some(Side { interval, owned })
            };
            let seen = edge.latest.seconds();
            let (before, after) = (side(edge.before, seen - 1), side(edge.after, seen));
            favour.direction(edge.latest, (before.as_ref(), after.as_ref()))
        })
    });
    Ok(())
}

/// Could it lie within a time?
fn matters(edge: &Edge<'_>, whole: Period) -> bool {
    edge.earliest < whole.to() && edge.latest > whole.from()
}

/// From the start of the time to when the last uncertain change was seen.
fn span(whole: Period, intervals: &[Interval]) -> Option<Period> {
    let bounds = intervals
        .iter()
        .flat_map(|one| [one.uncertain_from(), one.uncertain_to()]);
    let last = bounds.flatten().map(|between| between.latest).max()?;
    let from = Instant::from_seconds(whole.from().seconds() - 1).ok()?;
    let to = Instant::from_seconds(last.seconds() + 1).ok()?;
    Period::new(from, to.max(whole.to()))
}

/// Says on each line under which policies it was rated, where they are not the usual ones.
pub(crate) fn name_policies(charges: &mut [Charge], change_at: ChangeAt, handover: Handover) {
    if change_at.is_default() && handover.is_default() {
        return;
    }
    for charge in charges {
        let explanation = &mut charge.explanation;
        explanation.change_at = (!change_at.is_default()).then(|| change_at.name().to_owned());
        explanation.handover = (!handover.is_default()).then(|| handover.name().to_owned());
    }
}

/// What each charge comes to with all uncertain changes at their earliest and at their latest time.
#[derive(Debug, Default)]
pub(crate) struct Extremes {
    pub(crate) earliest: BTreeMap<ChargeKey, Charge>,
    pub(crate) latest: BTreeMap<ChargeKey, Charge>,
}

/// Rates a period anew both ways; none where nothing of it is uncertain.
pub(crate) async fn extremes(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    rated: &PeriodRated,
    cutoff: RecordingId,
) -> Result<Option<Extremes>, TermsError> {
    if rated.intervals.iter().all(|one| one.uncertain.is_none()) {
        return Ok(None);
    }
    let detail = Detail::Resources;
    let at = |extreme| (&rated.period, Placing::All(extreme));
    let earliest = at(Extreme::Earliest);
    let earliest = rate_placed(session, wired, versions, earliest, cutoff, detail).await?;
    let latest = at(Extreme::Latest);
    let latest = rate_placed(session, wired, versions, latest, cutoff, detail).await?;
    Ok(Some(Extremes::of(
        earliest.rated.charges,
        latest.rated.charges,
    )))
}

impl Extremes {
    pub(crate) fn of(earliest: Vec<Charge>, latest: Vec<Charge>) -> Self {
        let by_key = |charges: Vec<Charge>| {
            let charges = charges.into_iter();
            charges.map(|charge| (charge.key.clone(), charge)).collect()
        };
        Self {
            earliest: by_key(earliest),
            latest: by_key(latest),
        }
    }

    /// Absent where nothing of the charge is uncertain: it comes to the same both ways.
    pub(crate) fn nets(&self, key: &ChargeKey) -> Option<(Money, Money)> {
        let (earliest, latest) = (self.earliest.get(key), self.latest.get(key));
        let currency = earliest.or(latest)?.net.currency();
        let net = |charge: Option<&Charge>| charge.map_or(Money::zero(currency), |one| one.net);
        let nets = (net(earliest), net(latest));
        (nets.0 != nets.1).then_some(nets)
    }

    /// The part of a charge that a resource has, both ways; absent where it is the same.
    pub(crate) fn parts(&self, key: &ChargeKey, resource: ResourceId) -> Option<(Money, Money)> {
        let part = |charge: Option<&Charge>| -> Option<Money> {
            let charge = charge?;
            let own = charge.contributions.iter();
            let own = own.filter(|one| one.resource == resource);
            Money::sum(own.map(|one| one.allocated), charge.net.currency()).ok()
        };
        let (earliest, latest) = (part(self.earliest.get(key)), part(self.latest.get(key)));
        let zero = Money::zero(earliest.or(latest)?.currency());
        let parts = (earliest.unwrap_or(zero), latest.unwrap_or(zero));
        (parts.0 != parts.1).then_some(parts)
    }
}
