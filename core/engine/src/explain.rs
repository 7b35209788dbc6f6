//! From a cent back to rounding, arithmetic, price version, rule, interval, observation, file and row. The line is rated
//! again from the facts and terms of its plan, and has to come to the same.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::{Charge, Contribution, Explanation};
use counterfoil_model::counterfoil::{Counterfoil, RemoteDocument};
use counterfoil_model::document::Line;
use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::{IntervalId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{Because, NonBillable, OwnedInterval, Ownership, Suspense};
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant, Period};
use counterfoil_store::{Receipt, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::error::ExplainError;
use crate::filter::Narrow;
use crate::later::later;
use crate::rating::{PeriodRated, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions, versions_at};

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryExplained {
    pub reference: String,
    pub sink: String,
    /// Under its key of now.
    pub account: String,
    /// By which key the document names its buyer, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_account: Option<String>,
    pub billing_period: String,
    pub net: Money,
    pub confirmed: Instant,
    /// As its newest counterfoil has it: a draft, posted, or void.
    pub state: RemoteState,
    pub counterfoil: i64,
    pub plan: String,
    pub remote: RemoteDocument,
    pub lines: Vec<LineExplained>,
    pub receipts: Vec<Receipt>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LineExplained {
    /// From 1.
    pub number: usize,
    pub line: Line,
    /// What the charge comes to when it is rated again; absent where no fact leads to it any more.
    pub rated_again: Option<Money>,
    pub explanation: Option<Explanation>,
    pub contributions: Vec<ContributionExplained>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ContributionExplained {
    #[serde(flatten)]
    pub contribution: Contribution,
    pub external_id: String,
    pub evidence: EvidenceExplained,
    pub because: Option<Because>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EvidenceExplained {
    pub source: String,
    pub scope: String,
    /// The file, where the listing was one.
    pub listing: String,
    /// The digest of its content.
    pub fingerprint: String,
    pub place: String,
    pub recorded: Instant,
}

/// What became of a resource in a period.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceExplained {
    pub resource: ResourceId,
    pub name: String,
    pub external_id: String,
    pub billing_period: String,
    pub stretches: Vec<Stretch>,
    /// Its part of each charge.
    pub charges: Vec<PartOfCharge>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Stretch {
    pub period: Period,
    pub standing: Standing,
    pub because: Because,
    pub evidence: EvidenceExplained,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Standing {
    Owned {
        customers: Vec<String>,
        service: Option<String>,
        plan: Option<String>,
    },
    NonBillable(NonBillable),
    Suspended {
        why: Suspense,
        /// What the files have for it, and what does not hold yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        later: Option<HoldsLater>,
    },
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PartOfCharge {
    pub item: String,
    pub description: String,
    pub period: Period,
    pub allocated: Money,
    pub of: Money,
}

fn store_error(source: StoreError) -> ExplainError {
    ExplainError::Store { source }
}

/// Explains a delivery, or one line of it.
pub async fn explain_delivery(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
    line: Option<usize>,
    narrow: &Narrow,
) -> Result<DeliveryExplained, ExplainError> {
    let (sink, counterfoil) = latest(session, wired, reference).await?;
    let count = counterfoil.delivery.lines.len();
    if let Some(number) = line.filter(|number| *number == 0 || *number > count) {
        return Err(ExplainError::NoLine { count, number });
    }
    let no_plan = || ExplainError::NoPlan {
        plan: counterfoil.plan.clone(),
    };
    let plan_id = counterfoil.plan.parse().map_err(|_| no_plan())?;
    let plan = session
        .store
        .plan(plan_id)
        .await
        .map_err(store_error)?
        .ok_or_else(no_plan)?;
    let cutoff = plan.plan.basis.cutoff;
    let terms = versions_at(session, wired, cutoff).await?;
    let mut rated: BTreeMap<String, PeriodRated> = BTreeMap::new();
    let mut lines = Vec::new();
    for (index, document_line) in counterfoil.delivery.lines.iter().enumerate() {
        if line.is_some_and(|number| number != index + 1) {
            continue;
        }
        let id = &document_line.charge.billing_period;
        if !rated.contains_key(id) {
            let period = BillingPeriod::parse(id, wired.pipeline.zone.clone());
            let period = period.map_err(|source| ExplainError::Period { source })?;
            rated.insert(
                id.clone(),
                rate_period(session, wired, &terms, &period, cutoff, Detail::Resources).await?,
            );
        }
        let of_document = (index + 1, document_line);
        lines.push(line_explained(session, wired, of_document, &rated[id], narrow).await?);
    }
    let receipts = session
        .store
        .receipts(reference)
        .await
        .map_err(store_error)?;
    let delivery = &counterfoil.delivery;
    let former = wired.known.former_key_of(delivery);
    Ok(DeliveryExplained {
        reference: reference.to_owned(),
        sink,
        account: wired.known.key_of(delivery).to_string(),
        buyer_account: former.map(|key| key.to_string()),
        billing_period: delivery.slot.billing_period.clone(),
        net: delivery.net,
        confirmed: counterfoil.confirmed,
        state: Confirmed::of(&counterfoil).state,
        counterfoil: counterfoil.number,
        plan: counterfoil.plan.clone(),
        remote: counterfoil.remote.clone(),
        lines,
        receipts,
    })
}

/// The newest counterfoil under a reference, or under the number that the sink gave the document.
pub(crate) async fn latest(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
) -> Result<(String, Counterfoil), ExplainError> {
    for (id, sink) in &wired.sinks {
        let counterfoils = session
            .store
            .counterfoils_of(wired.id, *id)
            .await
            .map_err(store_error)?;
        let of_reference = counterfoils.into_iter().filter(|counterfoil| {
            counterfoil.delivery.reference.0 == reference
                || counterfoil.remote.number.as_deref() == Some(reference)
        });
        if let Some(latest) = of_reference.max_by_key(|counterfoil| counterfoil.number) {
            return Ok((sink.name.clone(), latest));
        }
    }
    Err(ExplainError::NoReference {
        reference: reference.to_owned(),
    })
}

async fn line_explained(
    session: &Session,
    wired: &Wired<'_>,
    (number, line): (usize, &Line),
    rated: &PeriodRated,
    narrow: &Narrow,
) -> Result<LineExplained, ExplainError> {
    let charge: Option<&Charge> = rated
        .rated
        .charges
        .iter()
        .find(|charge| charge.key == line.charge);
    let mut contributions = Vec::new();
    let intervals = by_id(&rated.intervals);
    for contribution in charge
        .map(|charge| charge.contributions.as_slice())
        .unwrap_or_default()
    {
        let Some(interval) = intervals.get(&contribution.interval) else {
            continue;
        };
        let is_asked = narrow.is_since(Some(contribution.period.to()));
        if !is_asked || !narrow.is_kind(&interval.kind) {
            continue;
        }
        let owned = rated.owned.iter().find(|owned| {
            owned.interval == contribution.interval
                && owned.period.intersect(contribution.period).is_some()
        });
        contributions.push(ContributionExplained {
            contribution: contribution.clone(),
            external_id: interval.external_id.clone(),
            evidence: evidence(session, wired, interval).await?,
            because: owned.map(|owned| Because::clone(&owned.because)),
        });
    }
    Ok(LineExplained {
        number,
        line: line.clone(),
        rated_again: charge.map(|charge| charge.net),
        explanation: charge.map(|charge| charge.explanation.clone()),
        contributions,
    })
}

fn by_id(intervals: &[Interval]) -> BTreeMap<IntervalId, &Interval> {
    intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect()
}

async fn evidence(
    session: &Session,
    wired: &Wired<'_>,
    interval: &Interval,
) -> Result<EvidenceExplained, ExplainError> {
    let listing = session
        .store
        .listing(interval.evidence.listing)
        .await
        .map_err(store_error)?;
    let source = wired.known.sources.get(&interval.source);
    Ok(EvidenceExplained {
        source: source.map_or_else(|| interval.source.to_string(), String::clone),
        scope: interval.scope.to_string(),
        listing: listing.key,
        fingerprint: listing.fingerprint,
        place: interval.evidence.place.clone(),
        recorded: listing.recorded,
    })
}

/// What a resource is billed in a period, or why it is not.
pub async fn explain_resource(
    session: &Session,
    wired: &Wired<'_>,
    name: &str,
    period: &BillingPeriod,
    narrow: &Narrow,
) -> Result<ResourceExplained, ExplainError> {
    let terms = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let rated = rate_period(session, wired, &terms, period, cutoff, Detail::Resources).await?;
    let is_it = |interval: &&Interval| {
        (interval.external_id == name || interval.configuration.name == name)
            && narrow.is_kind(&interval.kind)
    };
    let found = rated.intervals.iter().find(is_it);
    let found = found.ok_or_else(|| ExplainError::NoResource {
        name: name.to_owned(),
        period: period.id(),
        hint: crate::inventory::resource_hint(name, &rated.intervals),
    })?;
    let intervals = by_id(&rated.intervals);
    let mut stretches = Vec::new();
    let later = later(wired, &terms, period, (&rated.intervals, &rated.owned))?;
    for owned in rated
        .owned
        .iter()
        .filter(|owned| owned.resource == found.resource)
        .filter(|owned| narrow.is_owner(&owned.ownership))
        .filter(|owned| narrow.is_since(Some(owned.period.to())))
    {
        if let Some(interval) = intervals.get(&owned.interval) {
            stretches.push(Stretch {
                period: owned.period,
                standing: standing(owned, &later),
                because: Because::clone(&owned.because),
                evidence: evidence(session, wired, interval).await?,
            });
        }
    }
    stretches.sort_by_key(|stretch| stretch.period);
    let charges = rated.rated.charges.iter();
    let charges = charges.filter(|charge| narrow.is_account(charge.key.account));
    let charges = charges.flat_map(|charge| {
        let own = charge
            .contributions
            .iter()
            .filter(|contribution| contribution.resource == found.resource)
            .filter(|contribution| narrow.is_since(Some(contribution.period.to())));
        own.map(|contribution| PartOfCharge {
            item: charge.key.item.to_string(),
            description: charge.description.clone(),
            period: contribution.period,
            allocated: contribution.allocated,
            of: charge.net,
        })
    });
    Ok(ResourceExplained {
        resource: found.resource,
        name: found.configuration.name.clone(),
        external_id: found.external_id.clone(),
        billing_period: period.id(),
        stretches,
        charges: charges.collect(),
    })
}

fn standing(owned: &OwnedInterval, later: &BTreeMap<ResourceId, HoldsLater>) -> Standing {
    match &*owned.ownership {
        Ownership::Owned {
            owners,
            service,
            plan,
        } => {
            let customers: BTreeSet<String> = owners
                .iter()
                .map(|owner| owner.customer.to_string())
                .collect();
            Standing::Owned {
                customers: customers.into_iter().collect(),
                service: service.as_ref().map(ToString::to_string),
                plan: plan.as_ref().map(ToString::to_string),
            }
        }
        Ownership::NonBillable(non_billable) => Standing::NonBillable(non_billable.clone()),
        Ownership::Suspended(why) => Standing::Suspended {
            why: why.clone(),
            later: later.get(&owned.resource).cloned(),
        },
    }
}
