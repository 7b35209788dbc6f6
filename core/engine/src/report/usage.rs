//! What resources have against what is used of it, over a billing period: an attribute against a gauge.

use counterfoil_model::ids::CustomerKey;
use counterfoil_model::rate::Detail;
use counterfoil_model::report::{self, Compared, Pair, ResourceUsage, UsageInput};
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::ReportError;
use super::filter::Filter;
use crate::rating::rate_period;
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct UsageReport {
    pub pipeline: String,
    pub billing_period: String,
    /// When it ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// By customer; nobody's last.
    pub customers: Vec<CustomerUsage>,
    pub resources: Vec<ResourceUsage>,
}

/// All resources of a kind that a customer has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CustomerUsage {
    /// Absent where nobody is known to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(flatten)]
    pub compared: Compared,
}

/// Compares every pair that the pipeline declares.
pub async fn usage(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    period: &BillingPeriod,
) -> Result<UsageReport, ReportError> {
    let declared = &wired.pipeline.config.compare;
    if declared.is_empty() {
        return Err(ReportError::NothingToCompare);
    }
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    for pair in declared {
        known.attribute(Some(&pair.provisioned))?;
        known.attribute(Some(&pair.consumed))?;
    }
    let cutoff = filter.cutoff(session).await?;
    let rated = rate_period(session, wired, &versions, period, cutoff, Detail::Lines).await?;
    let pairs = declared.iter().map(|one| Pair {
        kind: one.kind.clone(),
        provisioned: one.provisioned.clone(),
        consumed: one.consumed.clone(),
    });
    let pairs: Vec<Pair> = pairs.collect();
    let usage = report::usage(&UsageInput {
        period: period.period(),
        pairs: &pairs,
        intervals: &rated.intervals,
        owned: &rated.owned,
        gauges: rated.gauges(),
    });
    let mut resources = usage.resources;
    resources.retain(|row| {
        let customer = row.customer.as_ref().map(CustomerKey::as_str);
        known.is_kind(&row.compared.kind) && known.is_customer(customer)
    });
    let customers = usage.customers.into_iter().filter(|(customer, compared)| {
        let customer = customer.as_ref().map(CustomerKey::as_str);
        known.is_kind(&compared.kind) && known.is_customer(customer)
    });
    let customers = customers.map(|(customer, compared)| CustomerUsage {
        customer: customer.map(|one| one.to_string()),
        compared,
    });
    let end = period.period().to();
    Ok(UsageReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        not_ended: (end > session.now).then_some(end),
        customers: customers.collect(),
        resources,
    })
}
