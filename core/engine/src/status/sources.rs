//! How far behind each source is, and whether it fails.

use counterfoil_model::ids::{PipelineId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_store::inventory::Listing;
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
    /// Listings of it that could not be read, or not to their end, when it was listed last.
    pub unread: usize,
    /// Of these, the one that tells of the latest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_unread: Option<UnreadListing>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UnreadListing {
    /// What the source calls it: a path. The scope, where it has no name.
    pub listing: String,
    /// From when on it would have told.
    pub valid: Instant,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<Listing> for UnreadListing {
    fn from(listing: Listing) -> Self {
        let named = !listing.key.is_empty();
        Self {
            listing: if named {
                listing.key
            } else {
                listing.scope.to_string()
            },
            valid: listing.valid,
            reason: listing.coverage.reason,
        }
    }
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
        let (scopes, state, unread) = match found.await?.map(SourceId) {
            Some(source) => (
                store.scope_coverage(source).await?,
                store.source_state(source).await?,
                store.unread_listings(source).await?,
            ),
            None => (Vec::new(), None, Vec::new()),
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
            unread: unread.len(),
            newest_unread: unread.into_iter().next_back().map(UnreadListing::from),
        });
    }
    Ok(statuses)
}
