//! What a resource is billed in a period, or why it is not.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::ResourceId;
use counterfoil_model::inventory::{Interval, Uncertain};
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{Because, NonBillable, OwnedInterval, Ownership, Suspense};
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Period};
use schemars::JsonSchema;
use serde::Serialize;

use super::{EvidenceExplained, ExplainError, by_id, evidence, store_error};
use crate::between::Placing;
use crate::filter::Narrow;
use crate::later::later;
use crate::rating::rate_placed;
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

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
    /// When it may have begun and ended, where that lies between two observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Uncertain>,
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
    let placing = (period, Placing::Explained);
    let rated = rate_placed(session, wired, &terms, placing, cutoff, Detail::Resources).await?;
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
                uncertain: interval.uncertain.as_deref().copied(),
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
