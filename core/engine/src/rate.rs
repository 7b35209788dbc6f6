//! Stages 2 and 3 for looking: the charges of a period as they would be now. Nothing is kept, and no sink is asked.

use std::collections::BTreeMap;

use counterfoil_model::charge::Charge;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::RecordingId;
use counterfoil_model::money::{Currency, Money, MoneyError};
use counterfoil_model::rate::{Detail, KindBalance, SuspendedLine};
use counterfoil_model::time::{BillingPeriod, Date, Instant};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::rating::rate_period;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct RateReport {
    pub pipeline: String,
    pub billing_period: String,
    /// When it ends, where that is still to come: what is rated beyond the last coverage is presumed to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// Seconds beyond the last coverage, over all resources and lines.
    pub presumed_seconds: i64,
    /// What was learned later is not in it.
    pub cutoff: RecordingId,
    pub lines: Vec<RatedLine>,
    /// By currency.
    pub totals: BTreeMap<Currency, Money>,
    /// What has no known payer, priced as if it were one buyer's: an estimate.
    pub suspended: Vec<SuspendedLine>,
    pub kinds: BTreeMap<String, KindBalance>,
    pub findings: Vec<Finding>,
}

/// A charge without what each resource adds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatedLine {
    pub account: String,
    pub customer: String,
    pub agreement: String,
    pub item: String,
    /// Service, plan and whatever else the price item keeps apart.
    pub dimensions: BTreeMap<String, String>,
    pub description: String,
    pub first_day: Date,
    pub last_day: Date,
    pub quantity: Decimal,
    /// As a fraction.
    pub quantity_exact: String,
    /// UN/ECE Rec 20.
    pub unit: String,
    pub unit_price: Decimal,
    pub net: Money,
    /// Seconds beyond the last coverage, over all resources.
    pub presumed_seconds: i64,
}

#[derive(Debug, Error)]
pub enum RateError {
    #[error("sum the charges")]
    Sum { source: MoneyError },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("read what was learned")]
    Store { source: StoreError },
}

impl RateError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terms(error) => error.hint(),
            Self::Sum { .. } | Self::Store { .. } => None,
        }
    }
}

/// Rates a period from everything that is known now, under the configuration as the files have it.
pub async fn rate(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<RateReport, RateError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await;
    let cutoff = cutoff.map_err(|source| RateError::Store { source })?;
    let rated = rate_period(session, wired, &versions, period, cutoff, Detail::Lines).await?;
    let rated = rated.rated;
    let totals = Money::by_currency(rated.charges.iter().map(|charge| charge.net));
    let totals = totals.map(|total| total.map(|total| (total.currency(), total)));
    let totals: BTreeMap<Currency, Money> = totals
        .collect::<Result<_, _>>()
        .map_err(|source| RateError::Sum { source })?;
    let account = |charge: &Charge| match wired.known.accounts.get(&charge.key.account) {
        Some(key) => key.to_string(),
        None => charge.key.account.to_string(),
    };
    let presumed = rated.charges.iter();
    let presumed = presumed.map(|charge| charge.explanation.presumed_seconds);
    let presumed_seconds = presumed.sum();
    let lines = rated.charges.iter();
    let kinds = rated.completeness.kinds.into_iter();
    Ok(RateReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        not_ended: Some(period.period().to()).filter(|end| *end > session.now),
        presumed_seconds,
        cutoff,
        lines: lines.map(|charge| line(charge, account(charge))).collect(),
        totals,
        suspended: rated.suspended,
        kinds: kinds
            .map(|(kind, balance)| (kind.to_string(), balance))
            .collect(),
        findings: rated.findings,
    })
}

fn line(charge: &Charge, account: String) -> RatedLine {
    RatedLine {
        account,
        customer: charge.customer.to_string(),
        agreement: charge.key.agreement.to_string(),
        item: charge.key.item.to_string(),
        dimensions: charge.key.dimensions.clone(),
        description: charge.description.clone(),
        first_day: charge.first_day,
        last_day: charge.last_day,
        quantity: charge.quantity,
        quantity_exact: charge.explanation.quantity_exact.clone(),
        unit: charge.unit.clone(),
        unit_price: charge.unit_price,
        net: charge.net,
        presumed_seconds: charge.explanation.presumed_seconds,
    }
}
