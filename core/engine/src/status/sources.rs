//! How far behind each source is, and whether it fails.

use counterfoil_model::ids::{PipelineId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_store::{EntityType, Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Pipeline;

#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceStatus {
    pub source: String,
    pub scopes: usize,
    /// Until when everything that it lists is vouched for: the scope that is furthest behind decides. None where a scope was
    /// never listed completely.
    pub covered_until: Option<Instant>,
    /// How long ago that is; since the first listing where none was complete.
    pub staleness_secs: Option<i64>,
    /// Is it longer than the pipeline allows?
    pub is_stale: bool,
    pub attempted: Option<Instant>,
    pub succeeded: Option<Instant>,
    /// In a row.
    pub failures: u32,
    pub failing_since: Option<Instant>,
    /// Until then the scheduler leaves it alone.
    pub retry_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

pub(super) async fn sources(
    store: &Store,
    pipeline: &Pipeline,
    id: PipelineId,
    now: Instant,
) -> Result<Vec<SourceStatus>, StoreError> {
    let limit_secs = i64::from(pipeline.config.staleness_hours_max) * 3600;
    let mut statuses = Vec::new();
    for source in &pipeline.config.source {
        let found = store.find_name(EntityType::Source, Some(id), &source.name);
        let (scopes, state) = match found.await?.map(SourceId) {
            Some(source) => (
                store.scope_coverage(source).await?,
                store.source_state(source).await?,
            ),
            None => (Vec::new(), None),
        };
        let covered: Option<Vec<Instant>> =
            scopes.iter().map(|scope| scope.covered_until).collect();
        let covered_until = covered.and_then(|times| times.into_iter().min());
        let vouched = scopes
            .iter()
            .map(|scope| scope.covered_until.unwrap_or(scope.first))
            .min();
        let staleness_secs = vouched.map(|until| (now.seconds() - until.seconds()).max(0));
        statuses.push(SourceStatus {
            source: source.name.clone(),
            scopes: scopes.len(),
            covered_until,
            staleness_secs,
            is_stale: covered_until.is_none()
                || staleness_secs.is_some_and(|secs| secs > limit_secs),
            attempted: state.as_ref().map(|state| state.attempted),
            succeeded: state.as_ref().and_then(|state| state.succeeded),
            failures: state.as_ref().map_or(0, |state| state.failures),
            failing_since: state.as_ref().and_then(|state| state.failing_since),
            retry_at: state.as_ref().and_then(|state| state.retry_at),
            message: state.and_then(|state| state.message),
        });
    }
    Ok(statuses)
}
