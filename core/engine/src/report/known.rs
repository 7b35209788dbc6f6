//! What was known when a document was issued, against what is known now, with the difference in money.

use std::collections::BTreeSet;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::ids::{RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::rate::Detail;
use counterfoil_model::report::{self, RepricedCharge};
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ReportError, amount_error, store_error};
use crate::explain::{ExplainError, latest_sent};
use crate::filter::Narrow;
use crate::inventory::Shown;
use crate::rating::{PeriodRated, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions, versions_at};

#[derive(Debug, Serialize, JsonSchema)]
pub struct KnownReport {
    pub reference: String,
    pub sink: String,
    pub number: Option<String>,
    pub account: String,
    pub billing_period: String,
    pub issued: Instant,
    /// The last thing that was known when it was planned, and when that was learned.
    pub cutoff: RecordingId,
    pub known_at: Option<Instant>,
    /// Of all charges of the account in its period: as they were known, as they are known now.
    pub then: Money,
    pub now: Money,
    pub difference: Money,
    /// What was learned of the inventory since makes so much of it, …
    pub by_inventory: Money,
    /// … and edits of rules, agreements and prices so much.
    pub by_terms: Money,
    /// Those that come to something else.
    pub charges: Vec<RepricedCharge>,
    /// The resources of the account of which something else was known.
    pub resources: Vec<IntervalKnown>,
}

/// A resource in the period, as it was known and as it is known now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntervalKnown {
    pub resource: ResourceId,
    pub external_id: String,
    pub name: String,
    pub then: Vec<Shown>,
    pub now: Vec<Shown>,
}

/// Rates the period of a document with the knowledge of its plan, and with that of now.
pub async fn known(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
    narrow: &Narrow,
) -> Result<KnownReport, ReportError> {
    let (sink, counterfoil) = latest_sent(session, wired, reference).await?;
    let no_plan = || ExplainError::NoPlan {
        plan: counterfoil.plan.clone(),
    };
    let id = counterfoil.plan.parse().map_err(|_| no_plan())?;
    let plan = session.store.plan(id).await.map_err(store_error)?;
    let cutoff = plan.ok_or_else(no_plan)?.plan.basis.cutoff;
    let newest = session.store.cutoff().await.map_err(store_error)?;
    let slot = &counterfoil.delivery.slot;
    let period = BillingPeriod::parse(&slot.billing_period, wired.pipeline.zone.clone())
        .map_err(|source| ReportError::Period { source })?;
    let terms_then = versions_at(session, wired, cutoff).await?;
    let terms_now = versions(session, wired, Keep::Transient).await?;
    let then = rate_period(
        session,
        wired,
        &terms_then,
        &period,
        cutoff,
        Detail::Resources,
    )
    .await?;
    let facts = rate_period(
        session,
        wired,
        &terms_then,
        &period,
        newest,
        Detail::Resources,
    )
    .await?;
    let now = rate_period(
        session,
        wired,
        &terms_now,
        &period,
        newest,
        Detail::Resources,
    )
    .await?;
    let known = report::Known {
        then: &then.rated.charges,
        facts_now: &facts.rated.charges,
        now: &now.rated.charges,
    };
    let is_own = |key: &ChargeKey| key.account == slot.account;
    let mut charges = report::repriced(&known, is_own).map_err(amount_error)?;
    charges.retain(|charge| charge.now.currency() == slot.currency);
    let totals = RepricedCharge::totals(&charges).map_err(amount_error)?;
    let zero = Money::zero(slot.currency);
    let [sum_then, sum_now, by_inventory, by_terms] = totals.first().copied().unwrap_or([zero; 4]);
    charges.retain(|charge| !charge.is_same());
    let at = session.store.recording(cutoff).await.map_err(store_error)?;
    Ok(KnownReport {
        reference: counterfoil.delivery.reference.to_string(),
        sink,
        number: counterfoil.remote.number.clone(),
        account: wired.known.key_of(&counterfoil.delivery).to_string(),
        billing_period: slot.billing_period.clone(),
        issued: counterfoil.confirmed,
        cutoff,
        known_at: at.map(|recording| recording.at),
        then: sum_then,
        now: sum_now,
        difference: sum_now.checked_sub(sum_then).map_err(amount_error)?,
        by_inventory,
        by_terms,
        resources: resources(&charges, &then, &now, narrow),
        charges,
    })
}

/// Those that add something else to the charges that differ.
fn resources(
    charges: &[RepricedCharge],
    then: &PeriodRated,
    now: &PeriodRated,
    narrow: &Narrow,
) -> Vec<IntervalKnown> {
    let parts = charges
        .iter()
        .flat_map(|one| one.gone.iter().chain(&one.new));
    let concerned: BTreeSet<ResourceId> = parts.map(|part| part.resource).collect();
    let mut known = Vec::new();
    for resource in concerned {
        let of = |intervals: &[Interval]| -> Vec<Shown> {
            let own = intervals.iter().filter(|one| one.resource == resource);
            let own = own.filter(|one| narrow.is_kind(&one.kind));
            own.map(Shown::from).collect()
        };
        let (then, now) = (of(&then.intervals), of(&now.intervals));
        let Some(shown) = now.last().or(then.last()) else {
            continue;
        };
        if facts(&then) != facts(&now) {
            known.push(IntervalKnown {
                resource,
                external_id: shown.external_id.clone(),
                name: shown.name.clone(),
                then,
                now,
            });
        }
    }
    known
}

fn facts(shown: &[Shown]) -> Vec<String> {
    let facts = shown
        .iter()
        .map(|one| format!("{:?} {} {:?}", one.valid, one.name, one.attributes));
    facts.collect()
}
