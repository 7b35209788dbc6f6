//! Which periods a plan rates.

use std::collections::BTreeSet;

use counterfoil_model::plan::LookBack;
use counterfoil_model::time::BillingPeriod;

use super::PlanError;
use crate::session::{Session, Wired};

/// The period that was asked for, and before it those that were issued, or closed without a document.
pub(super) async fn periods(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Vec<(BillingPeriod, LookBack)>, PlanError> {
    let store_error = |source| PlanError::Store { source };
    let store = &session.store;
    let billed = store.billed_periods(wired.id).await.map_err(store_error)?;
    let closed = store
        .certified_periods(wired.id)
        .await
        .map_err(store_error)?;
    let done: BTreeSet<String> = billed.into_iter().chain(closed).collect();
    let mut oldest_within = period.clone();
    for _ in 0..wired.pipeline.config.look_back_periods {
        oldest_within = oldest_within
            .previous()
            .map_err(|source| PlanError::Period { source })?;
    }
    let mut periods = Vec::new();
    for id in done {
        let earlier = BillingPeriod::parse(&id, wired.pipeline.zone.clone());
        let earlier = earlier.map_err(|source| PlanError::Period { source })?;
        if earlier.first_day() < period.first_day() {
            let within = earlier.first_day() >= oldest_within.first_day();
            periods.push((
                earlier,
                if within {
                    LookBack::Within
                } else {
                    LookBack::Beyond
                },
            ));
        }
    }
    periods.push((period.clone(), LookBack::Within));
    Ok(periods)
}

/// Those that are too old to be corrected with a period. They are told with the last period that anything was delivered of.
pub(crate) async fn older(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Vec<BillingPeriod>, PlanError> {
    let issued = session.store.billed_periods(wired.id).await;
    let issued = issued.map_err(|source| PlanError::Store { source })?;
    // Such as `2026-03`.
    if issued.iter().any(|id| *id > period.id()) {
        return Ok(Vec::new());
    }
    let mut periods = periods(session, wired, period).await?;
    periods.retain(|(_, look_back)| *look_back == LookBack::Beyond);
    Ok(periods.into_iter().map(|(period, _)| period).collect())
}
