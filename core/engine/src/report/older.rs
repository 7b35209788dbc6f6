//! What is older than the look-back and not corrected, as the newest plan tells it.

use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Slot;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::plan::Older;
use counterfoil_model::time::Instant;
use counterfoil_store::{Store, StoreError, StoredPlan};

use super::not_sent::head_of;

/// Of the newest plan of the last month that was planned, since when it is told; without what a plan of the old month has by now,
/// or delivered since.
pub(crate) async fn older(
    store: &Store,
    (pipeline, sink): (PipelineId, SinkId),
) -> Result<Vec<(Older, Instant)>, StoreError> {
    let mut newest = None;
    for period in store.planned_periods(pipeline).await?.iter().rev() {
        newest = store.newest_plan(pipeline, sink, period).await?;
        if newest.is_some() {
            break;
        }
    }
    let Some(stored) = newest.filter(|stored| !stored.plan.older.is_empty()) else {
        return Ok(Vec::new());
    };
    let head = head_of(&stored);
    let delivered = store.counterfoils_after(pipeline, head).await?;
    let mut told = Vec::new();
    for one in stored.plan.older {
        let is_same = |delivered: &Counterfoil| {
            let slot = &delivered.delivery.slot;
            slot.sink == sink && is_of(slot, &one)
        };
        if delivered.iter().any(is_same) {
            continue;
        }
        let own = store
            .newest_plan(pipeline, sink, &one.billing_period)
            .await?;
        let own = own.filter(|own| head_of(own) >= head);
        if !own.is_some_and(|own| corrects(&own, &one)) {
            told.push((one, stored.created));
        }
    }
    Ok(told)
}

fn corrects(stored: &StoredPlan, older: &Older) -> bool {
    stored
        .plan
        .effects()
        .any(|planned| is_of(&planned.delivery.slot, older))
}

/// A month of an account has documents by currency and invoice group.
fn is_of(slot: &Slot, older: &Older) -> bool {
    slot.account == older.account
        && slot.billing_period == older.billing_period
        && slot.currency == older.amount.now.currency()
        && (slot.invoice_group == older.invoice_group || older.invoice_group.is_empty())
}
