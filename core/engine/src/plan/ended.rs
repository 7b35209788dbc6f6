//! What has not ended is not planned: an account may be where midnight is later.

use counterfoil_model::time::{BillingPeriod, Instant};

use super::PlanError;

pub(super) fn ended(period: &BillingPeriod, end: Instant, now: Instant) -> Result<(), PlanError> {
    if end > now {
        return Err(PlanError::NotEnded {
            period: period.id(),
            end: end.to_string(),
        });
    }
    Ok(())
}
