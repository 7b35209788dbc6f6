//! What a resource is billed in a period, or why it is not.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::between::{Handover, Handovers};
use counterfoil_model::charge::{Charge, Contribution};
use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::ResourceId;
use counterfoil_model::inventory::{Interval, Uncertain};
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{Because, NonBillable, OwnedInterval, Ownership, Suspense};
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Period};
use schemars::JsonSchema;
use serde::Serialize;

use super::bills::bills_of;
use super::elsewhere::Elsewhere;
use super::why_not::{Chain, WhyNot, WhyNotCode};
use super::{Asked, EvidenceExplained, ExplainError, by_id, evidence, store_error};
use crate::between::Placing;
use crate::filter::Narrow;
use crate::later::later;
use crate::rating::{PeriodRated, classify_all, facts_needed, rate_placed};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

/// What became of a resource in a period.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceExplained {
    /// Absent of a row that never became a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    pub name: String,
    pub external_id: String,
    pub billing_period: String,
    pub stretches: Vec<Stretch>,
    /// Its part of each charge.
    pub charges: Vec<PartOfCharge>,
    /// Why it is not billed, or not all of it: each break of the chain, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why_not: Vec<WhyNot>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Stretch {
    pub period: Period,
    /// When it may have begun and ended, where that lies between two observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Uncertain>,
    pub standing: Standing,
    /// Where another than the owner pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandedOver>,
    pub because: Because,
    pub evidence: EvidenceExplained,
}

/// Why not the owner pays: the resource changes hands within the billing period.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HandedOver {
    pub policy: Handover,
    /// Whose it is in the stretch.
    pub owners: Vec<String>,
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
    /// The account that pays.
    pub account_key: String,
    pub item: String,
    pub description: String,
    pub period: Period,
    pub allocated: Money,
    pub of: Money,
    /// What is billed of the whole line, and by which documents.
    pub billed: Money,
    pub documents: Vec<String>,
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
    let asked = Asked {
        session,
        wired,
        name,
        period,
        narrow,
    };
    let is_it = |interval: &&Interval| {
        (interval.external_id == name || interval.configuration.name == name)
            && narrow.is_kind(&interval.kind)
    };
    let Some(found) = rated.intervals.iter().find(is_it) else {
        return asked.absent(cutoff, &rated.intervals).await;
    };
    let ids = rated.intervals.iter().filter(is_it);
    let ids: BTreeSet<ResourceId> = ids.map(|one| one.resource).collect();
    let mut explained = ResourceExplained {
        resource: Some(found.resource),
        name: found.configuration.name.clone(),
        external_id: found.external_id.clone(),
        billing_period: period.id(),
        stretches: stretches(&asked, &terms, &rated, found.resource).await?,
        charges: Vec::new(),
        why_not: Vec::new(),
    };
    if ids.len() > 1 {
        explained
            .why_not
            .push(several(name, &rated.intervals, &ids));
    }
    let intervals = by_id(&rated.intervals);
    let owned = rated.owned.iter();
    let owned = owned.filter(|owned| owned.resource == found.resource);
    let mut owned: Vec<(&OwnedInterval, &Interval)> = owned
        .filter_map(|owned| Some((owned, *intervals.get(&owned.interval)?)))
        .collect();
    // What is billed with the month for another time needs facts of that, and of more.
    owned.retain(|(owned, _)| owned.period.intersect(period.period()).is_some());
    owned.sort_by_key(|(owned, _)| owned.period);
    explained.why_not.extend(other_customers(narrow, &owned));
    owned.retain(|(owned, _)| narrow.is_owner(&owned.ownership));
    let known = (&terms, cutoff);
    let elsewhere = Elsewhere::of(&asked, known, &rated, &owned).await?;
    let chain = Chain {
        wired,
        terms: &terms,
        rated: &rated,
        owned: &owned,
        elsewhere: &elsewhere,
    };
    explained.why_not.extend(chain.breaks());
    explained
        .why_not
        .extend(asked.unread(found.resource).await?);
    explained
        .why_not
        .extend(asked.withheld(found.resource).await?);
    let bills = bills_of((&asked, &terms), &rated.rated.charges, found.resource).await?;
    explained.charges = bills.charges;
    explained.why_not.extend(bills.why_not);
    Ok(explained)
}

async fn stretches(
    asked: &Asked<'_>,
    terms: &Versions,
    rated: &PeriodRated,
    resource: ResourceId,
) -> Result<Vec<Stretch>, ExplainError> {
    let Asked {
        session,
        wired,
        period,
        narrow,
        ..
    } = asked;
    let intervals = by_id(&rated.intervals);
    let later = later(wired, terms, period, (&rated.intervals, &rated.owned))?;
    let own = rated.owned.iter();
    let own = own
        .filter(|owned| owned.resource == resource)
        .filter(|owned| concerns(owned, rated))
        .filter(|owned| narrow.is_owner(&owned.ownership))
        .filter(|owned| narrow.is_since(Some(owned.period.to())));
    let owners = Owners::of(asked, terms, rated, resource)?;
    let mut stretches = Vec::new();
    for owned in own {
        if let Some(interval) = intervals.get(&owned.interval) {
            stretches.push(Stretch {
                period: owned.period,
                uncertain: interval.uncertain.as_deref().copied(),
                standing: standing(owned, &later),
                handover: owners.handed_over(owned),
                because: Because::clone(&owned.because),
                evidence: evidence(session, wired, interval).await?,
            });
        }
    }
    stretches.sort_by_key(|stretch| stretch.period);
    Ok(stretches)
}

/// Is a stretch of the period, or does a line have it that is billed with the period, or give back what comes after it?
fn concerns(owned: &OwnedInterval, rated: &PeriodRated) -> bool {
    let is_part = |one: &Contribution| {
        one.resource == owned.resource
            && (one.period.intersect(owned.period).is_some()
                || (one.interval == owned.interval && one.period.from() == owned.period.to()))
    };
    let of_owner = |charge: &Charge| match &*owned.ownership {
        Ownership::Owned { owners, .. } => {
            let mut owners = owners.iter();
            owners.any(|owner| owner.account == charge.key.account)
        }
        Ownership::NonBillable(_) | Ownership::Suspended(_) => false,
    };
    let mut lines = rated.rated.charges.iter();
    owned.period.intersect(rated.period.period()).is_some()
        || lines.any(|line| of_owner(line) && line.contributions.iter().any(is_part))
}

/// Whose a resource is by the rules, whoever pays.
struct Owners<'a> {
    handovers: &'a Handovers,
    /// Nothing where each pays for his own time.
    owned: Vec<OwnedInterval>,
}

impl<'a> Owners<'a> {
    fn of(
        asked: &Asked<'_>,
        terms: &Versions,
        rated: &'a PeriodRated,
        resource: ResourceId,
    ) -> Result<Self, ExplainError> {
        let handovers = &rated.handovers;
        let mut owned = Vec::new();
        if !handovers.is_by_time() {
            let own = rated.intervals.iter();
            let own = own.filter(|one| one.resource == resource);
            let own: Vec<Interval> = own.cloned().collect();
            let whole = facts_needed(asked.wired, terms, asked.period);
            owned = classify_all(asked.wired, terms, &own, whole)?;
        }
        Ok(Self { handovers, owned })
    }

    fn handed_over(&self, paid: &OwnedInterval) -> Option<HandedOver> {
        let payers = customers(&paid.ownership);
        let mut own = self.owned.iter().filter(|one| {
            one.interval == paid.interval && one.period.intersect(paid.period).is_some()
        });
        let others = own.find_map(|one| {
            let owners = customers(&one.ownership);
            (!owners.is_empty() && !payers.is_empty() && owners != payers).then_some(owners)
        })?;
        Some(HandedOver {
            policy: self.handovers.at(paid.period.from()),
            owners: others.into_iter().map(|(customer, _)| customer).collect(),
        })
    }
}

/// Each who pays, with the share.
fn customers(ownership: &Ownership) -> BTreeSet<(String, String)> {
    match ownership {
        Ownership::Owned { owners, .. } => owners
            .iter()
            .map(|owner| {
                (
                    owner.customer.to_string(),
                    format!("{} {}", owner.account, owner.share),
                )
            })
            .collect(),
        Ownership::NonBillable(_) | Ownership::Suspended(_) => BTreeSet::new(),
    }
}

fn several(name: &str, intervals: &[Interval], ids: &BTreeSet<ResourceId>) -> WhyNot {
    let named = intervals.iter().filter(|one| ids.contains(&one.resource));
    let named: BTreeSet<&str> = named.map(|one| one.external_id.as_str()).collect();
    let named: Vec<&str> = named.into_iter().collect();
    WhyNot::new(
        WhyNotCode::Several,
        format!(
            "{} resources are called `{name}`, and this is about the first",
            ids.len()
        ),
    )
    .then(format!("give the id: {}", named.join(", ")))
}

/// Whom it is billed to, where another customer is asked for.
fn other_customers(narrow: &Narrow, owned: &[(&OwnedInterval, &Interval)]) -> Option<WhyNot> {
    let asked = narrow.customer()?;
    if owned.iter().any(|(one, _)| narrow.is_owner(&one.ownership)) {
        return None;
    }
    let owners = owned.iter().filter_map(|(one, _)| match &*one.ownership {
        Ownership::Owned { owners, .. } => Some(owners),
        Ownership::NonBillable(_) | Ownership::Suspended(_) => None,
    });
    let owners: BTreeSet<&str> = owners
        .flatten()
        .map(|owner| owner.customer.as_str())
        .collect();
    let owners: Vec<&str> = owners.into_iter().collect();
    let whose = if owners.is_empty() {
        "nobody is billed for it".to_owned()
    } else {
        format!("it is that of `{}`", owners.join("`, `"))
    };
    let text = format!("`{asked}` is not billed for it: {whose}");
    Some(WhyNot::new(WhyNotCode::OtherCustomer, text))
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
