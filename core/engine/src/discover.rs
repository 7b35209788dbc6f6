//! Stage 1: the sources' listings become inventory history. A failing source ends nothing and does not stop the others.

mod buffer;
mod convert;
mod lister;
mod moment;
mod value;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{RunId, Scope};
use counterfoil_model::time::Instant;
use counterfoil_store::{RunEnd, RunStatus, StoreError};
use serde::Serialize;
use serde_json::json;
use thiserror::Error;

use self::lister::Lister;
use crate::connect::Connectors;
use crate::progress::Progress;
use crate::session::{Session, Wired};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub source: Option<&'a str>,
    /// All rows, also of scopes whose last listing is known.
    pub full: bool,
}

#[derive(Debug, Serialize)]
pub struct DiscoverReport {
    pub run: RunId,
    pub listings: Vec<ListingReport>,
    /// Listings that were offered and had been taken in before.
    pub known: usize,
    pub failures: Vec<Failure>,
    pub findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
pub struct ListingReport {
    pub source: String,
    pub scope: Scope,
    pub key: String,
    pub valid: Instant,
    pub completeness: String,
    pub reason: Option<String>,
    pub seen: u64,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub ended: u64,
    pub withheld: u64,
    pub broken: u64,
}

/// A source, or one of its listings, that did not come through. Nothing ended because of it.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<String>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[derive(Debug, Error)]
pub enum DiscoverError {
    #[error("there is no source `{name}` in the pipeline `{pipeline}`")]
    NoSource { name: String, pipeline: String },
    #[error("keep the history")]
    Store { source: StoreError },
}

/// Lists all sources of a pipeline, one after another.
pub async fn discover(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    wanted: Wanted<'_>,
    progress: &dyn Progress,
) -> Result<DiscoverReport, DiscoverError> {
    let chosen: Vec<_> = wired
        .sources
        .iter()
        .filter(|(_, source)| wanted.source.is_none_or(|name| name == source.name))
        .collect();
    if let (Some(name), true) = (wanted.source, chosen.is_empty()) {
        return Err(DiscoverError::NoSource {
            name: name.to_owned(),
            pipeline: wired.pipeline.name.clone(),
        });
    }
    let store_error = |source| DiscoverError::Store { source };
    let _lease = session.store.begin_discover().map_err(store_error)?;
    let begun = session
        .store
        .begin_run(wired.id, "discover", None, session.now)
        .await;
    let run = begun.map_err(store_error)?;
    let mut report = DiscoverReport {
        run,
        listings: Vec::new(),
        known: 0,
        failures: Vec::new(),
        findings: Vec::new(),
    };
    for (id, source) in chosen {
        let lister = Lister {
            session,
            wired,
            id: *id,
            source,
            run,
            full: wanted.full,
        };
        lister
            .list(connectors, progress, &mut report)
            .await
            .map_err(store_error)?;
    }
    let status = match (
        report.listings.is_empty() && report.known == 0,
        report.failures.is_empty(),
    ) {
        (_, true) => RunStatus::Complete,
        (true, false) => RunStatus::Failed,
        (false, false) => RunStatus::Partial,
    };
    let detail = json!({ "listings": report.listings.len(), "failures": report.failures });
    session
        .store
        .end_run(RunEnd {
            run,
            status,
            detail,
            now: session.now,
        })
        .await
        .map_err(store_error)?;
    Ok(report)
}
