//! What is older than the look-back and not corrected.

use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::money::Money;
use counterfoil_model::time::Instant;
use counterfoil_store::{EntityType, Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Pipeline;
use crate::report::older;

#[derive(Debug, Serialize, JsonSchema)]
pub struct OlderStatus {
    pub sink: String,
    pub billing_period: String,
    pub account: String,
    /// Whose documents are others, where the account has several.
    pub invoice_group: String,
    /// To be billed, or given back where it is negative; a plan of the month by its name corrects it.
    pub difference: Money,
    pub since: Instant,
}

pub(super) async fn older_at_sinks(
    store: &Store,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Vec<OlderStatus>, StoreError> {
    let mut rows = Vec::new();
    for sink in &pipeline.config.sink {
        let found = store.find_name(EntityType::Sink, Some(id), &sink.name);
        let Some(sink_id) = found.await?.map(SinkId) else {
            continue;
        };
        let told = older(store, (id, sink_id)).await?;
        rows.extend(told.into_iter().map(|(one, since)| OlderStatus {
            sink: sink.name.clone(),
            account: match one.key {
                Some(key) => key.to_string(),
                None => one.account.to_string(),
            },
            billing_period: one.billing_period,
            invoice_group: one.invoice_group,
            difference: one.amount.difference,
            since,
        }));
    }
    Ok(rows)
}
