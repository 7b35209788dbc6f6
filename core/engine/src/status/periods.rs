//! Which billing periods are open, issued and closed.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::ids::PipelineId;
use counterfoil_model::time::Instant;
use counterfoil_store::{PeriodClose, Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

/// So many are told, the newest ones.
const PERIODS_MAX: usize = 12;

#[derive(Debug, Serialize, JsonSchema)]
pub struct PeriodStatus {
    pub billing_period: String,
    pub state: PeriodState,
    /// The number of the certificate that holds.
    pub certificate: Option<i64>,
    pub closed: Option<Instant>,
    pub by: Option<String>,
    /// How many findings somebody answers for.
    pub accepted: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodState {
    /// Nothing of it is posted: drafts follow what is learned.
    Open,
    /// A document of it is posted: what changes is a correction.
    Issued,
    /// A certificate says that nothing is unexplained.
    Closed,
    /// The same, and something was delivered since: a supplementary certificate is due.
    ChangedSince,
}

pub(super) async fn periods(
    store: &Store,
    pipeline: PipelineId,
) -> Result<Vec<PeriodStatus>, StoreError> {
    let issued: BTreeSet<String> = store.issued_periods(pipeline).await?.into_iter().collect();
    let closes = store.closes(pipeline).await?.into_iter();
    let closes: BTreeMap<String, PeriodClose> = closes
        .map(|close| (close.billing_period.clone(), close))
        .collect();
    let mut every: BTreeSet<String> = store.billed_periods(pipeline).await?.into_iter().collect();
    every.extend(closes.keys().cloned());
    let skipped = every.len().saturating_sub(PERIODS_MAX);
    let told = every.into_iter().skip(skipped).map(|billing_period| {
        let close = closes.get(&billing_period);
        let state = match close {
            Some(close) if close.is_changed => PeriodState::ChangedSince,
            Some(_) => PeriodState::Closed,
            None if issued.contains(&billing_period) => PeriodState::Issued,
            None => PeriodState::Open,
        };
        PeriodStatus {
            state,
            certificate: close.map(|close| close.certificate),
            closed: close.map(|close| close.closed),
            by: close.map(|close| close.by.clone()),
            accepted: close.map_or(0, |close| close.accepted),
            billing_period,
        }
    });
    Ok(told.collect())
}
