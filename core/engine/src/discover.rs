//! Stage 1: the sources' listings become inventory history. A failing source ends nothing and does not stop the others.

mod buffer;
pub(crate) mod convert;
mod lister;
mod moment;
mod value;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{RunId, Scope, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_store::inventory::Completeness;
use counterfoil_store::scheduling::SourceState;
use counterfoil_store::{RunEnd, RunStatus, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use thiserror::Error;

use self::lister::Lister;
use crate::config::SourceConfig;
use crate::connect::Connectors;
use crate::near_miss::near_miss;
use crate::notify::NotifyReport;
use crate::progress::Progress;
use crate::session::{Session, Wired};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub source: Option<&'a str>,
    /// Only these, where it is given.
    pub only: Option<&'a [SourceId]>,
    /// All rows, also of scopes whose last listing is known.
    pub full: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DiscoverReport {
    pub run: RunId,
    pub listings: Vec<ListingReport>,
    /// Listings that were offered and had been taken in before.
    pub known: usize,
    /// Listings that could not be read, or not to their end: `failures` says why.
    pub unread: usize,
    pub failures: Vec<Failure>,
    pub findings: Vec<Finding>,
    /// It was asked to stop, and left listings for the next time.
    pub stopped: bool,
    /// Who was told of it; filled in by whoever tells.
    #[serde(skip_serializing_if = "NotifyReport::is_empty")]
    pub notifications: NotifyReport,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListingReport {
    pub source: String,
    pub scope: Scope,
    pub key: String,
    pub valid: Instant,
    pub completeness: String,
    /// It could not be read to its end. What was read until then is kept, and nothing ended.
    pub failed: bool,
    pub reason: Option<String>,
    pub seen: u64,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub ended: u64,
    pub withheld: u64,
    pub broken: u64,
}

impl DiscoverReport {
    /// Listings that were read to their end.
    pub fn taken_in(&self) -> usize {
        let listings = self.listings.iter();
        listings.filter(|listing| !listing.failed).count()
    }

    /// The keys of the listings that were not.
    pub fn unread_keys(&self) -> impl Iterator<Item = &str> {
        let failures = self.failures.iter();
        failures.filter_map(|failure| failure.listing.as_deref())
    }

    /// Is there nothing that a person has to look at?
    pub fn is_clean(&self) -> bool {
        let is_whole = |listing: &ListingReport| listing.broken == 0 && listing.is_complete();
        self.failures.is_empty() && self.findings.is_empty() && self.listings.iter().all(is_whole)
    }
}

impl ListingReport {
    pub fn is_complete(&self) -> bool {
        self.completeness == convert::completeness_word(Completeness::Complete)
    }
}

/// A source, or one of its listings, that did not come through. Nothing ended because of it.
#[derive(Debug, Serialize, JsonSchema)]
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
    NoSource {
        name: String,
        pipeline: String,
        hint: Option<String>,
    },
    #[error("keep the history")]
    Store { source: StoreError },
}

impl DiscoverError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSource { hint, .. } => hint.clone(),
            Self::Store { .. } => None,
        }
    }

    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoSource { .. } => true,
            Self::Store { .. } => false,
        }
    }
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
        .filter(|(id, _)| wanted.only.is_none_or(|only| only.contains(id)))
        .collect();
    if let (Some(name), true) = (wanted.source, chosen.is_empty()) {
        return Err(DiscoverError::NoSource {
            name: name.to_owned(),
            pipeline: wired.pipeline.name.clone(),
            hint: near_miss(name, wired.sources.iter().map(|(_, one)| one.name.as_str())),
        });
    }
    let store_error = |source| DiscoverError::Store { source };
    let _lease = session.store.begin_discover().map_err(store_error)?;
    let begun = session
        .store
        .begin_run(wired.id, "discover", None, session.now)
        .await;
    let run = begun.map_err(store_error)?;
    tracing::Span::current().record("run.id", run.0);
    let outcome = discover_in(session, connectors, wired, (wanted, chosen, run), progress).await;
    session.ended(run, outcome).await
}

type Chosen<'a> = Vec<&'a (SourceId, &'a SourceConfig)>;

async fn discover_in(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (wanted, chosen, run): (Wanted<'_>, Chosen<'_>, RunId),
    progress: &dyn Progress,
) -> Result<DiscoverReport, DiscoverError> {
    let store_error = |source| DiscoverError::Store { source };
    let mut report = DiscoverReport {
        run,
        listings: Vec::new(),
        known: 0,
        unread: 0,
        failures: Vec::new(),
        findings: Vec::new(),
        stopped: false,
        notifications: NotifyReport::default(),
    };
    for (id, source) in chosen {
        if session.stop.is_asked() {
            report.stopped = true;
            break;
        }
        let lister = Lister {
            session,
            wired,
            id: *id,
            source,
            run,
            full: wanted.full,
        };
        let failure = lister
            .list(connectors, progress, &mut report)
            .await
            .map_err(store_error)?;
        if !report.stopped {
            note_answer(session, *id, source, failure)
                .await
                .map_err(store_error)?;
        }
    }
    report.unread = report.unread_keys().count();
    let status = if report.stopped {
        RunStatus::Partial
    } else {
        match (
            report.listings.is_empty() && report.known == 0,
            report.failures.is_empty(),
        ) {
            (_, true) => RunStatus::Complete,
            (true, false) => RunStatus::Failed,
            (false, false) => RunStatus::Partial,
        }
    };
    let sum = |of: fn(&ListingReport) -> u64| report.listings.iter().map(of).sum::<u64>();
    let detail = json!({
        "listings": report.taken_in(),
        "known": report.known,
        "unread": report.unread,
        "rows": sum(|listing| listing.seen),
        "new": sum(|listing| listing.new),
        "changed": sum(|listing| listing.changed),
        "ended": sum(|listing| listing.ended),
        "withheld": sum(|listing| listing.withheld),
        "broken": sum(|listing| listing.broken),
        "failures": report.failures,
    });
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

/// Keeps how a source answered: one that fails is left alone for a while by the scheduler.
async fn note_answer(
    session: &Session,
    id: SourceId,
    source: &SourceConfig,
    failure: Option<String>,
) -> Result<(), StoreError> {
    let now = session.clock();
    let before = session.store.source_state(id).await?;
    let succeeded = before.as_ref().and_then(|state| state.succeeded);
    let state = match failure {
        None => SourceState {
            attempted: now,
            succeeded: Some(now),
            failures: 0,
            failing_since: None,
            retry_at: None,
            message: None,
        },
        Some(message) => {
            let failures = before.as_ref().map_or(0, |state| state.failures) + 1;
            let since = before.and_then(|state| state.failing_since);
            SourceState {
                attempted: now,
                succeeded,
                failures,
                failing_since: since.or(Some(now)),
                retry_at: Some(crate::backoff::retry_at(&source.name, failures, now)),
                message: Some(message),
            }
        }
    };
    session.store.put_source_state(id, &state).await
}
