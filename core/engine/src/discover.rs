//! Stage 1: the sources' listings become inventory history. A failing source ends nothing and does not stop the others.

mod buffer;
mod convert;
mod value;

use counterfoil_host::source::{
    Completeness as HostCompleteness, Context, Coverage as HostCoverage, Moment, Offer,
};
use counterfoil_host::{CallError, SourceConnection};
use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{RunId, Scope, SourceId};
use counterfoil_model::time::{Instant, InstantError};
use counterfoil_model::timeline::WithholdingThresholds;
use counterfoil_store::inventory::{
    Completeness, Coverage, IngestError, ListingIngest, ListingOutcome,
};
use counterfoil_store::{RunEnd, RunStatus, StoreError};
use jiff::ToSpan;
use serde::Serialize;
use serde_json::json;
use thiserror::Error;

use self::buffer::Buffer;
use crate::config::{SourceConfig, WithholdConfig};
use crate::connect::Connectors;
use crate::progress::Progress;
use crate::receipts::Receipts;
use crate::session::{Session, Wired};

/// Every so many listings of a scope the host wants all rows, which catches a connector that says "unchanged" wrongly.
const FULL_LISTING_EVERY: u64 = 50;

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

struct Lister<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    id: SourceId,
    source: &'a SourceConfig,
    run: RunId,
    full: bool,
}

impl Lister<'_> {
    async fn list(
        &self,
        connectors: &Connectors,
        progress: &dyn Progress,
        report: &mut DiscoverReport,
    ) -> Result<(), StoreError> {
        let recorder = Receipts::recorder(self.session, self.run);
        let connection = match connectors.source(self.source, recorder).await {
            Ok(connection) => connection,
            Err(error) => {
                report
                    .failures
                    .push(self.failure(None, &error, error.hint()));
                return Ok(());
            }
        };
        let context = Context {
            now: self.session.now.to_string(),
            timezone: self.wired.pipeline.config.timezone.clone(),
        };
        let (kinds, offers) = match self.ask(&connection, &context).await {
            Ok(answered) => answered,
            Err(error) => {
                report.failures.push(self.call_failure(None, &error));
                return Ok(());
            }
        };
        self.session
            .store
            .declare_kinds(self.id, &kinds, self.session.now)
            .await?;
        progress.begin(&self.source.name, Some(offers.len() as u64));
        for offer in offers {
            progress.note(if offer.key.is_empty() {
                &offer.scope
            } else {
                &offer.key
            });
            let go_on = self
                .take_in(&connection, &context, &kinds, &offer, report)
                .await?;
            progress.advance(1);
            if !go_on {
                break;
            }
        }
        progress.end();
        Ok(())
    }

    async fn ask(
        &self,
        connection: &SourceConnection,
        context: &Context,
    ) -> Result<(Vec<KindDeclaration>, Vec<Offer>), CallError> {
        let info = connection.describe().await?;
        let offers = connection.offers(context).await?;
        Ok((info.kinds.into_iter().map(convert::kind).collect(), offers))
    }

    /// Answers whether the next listing is worth asking for.
    async fn take_in(
        &self,
        connection: &SourceConnection,
        context: &Context,
        kinds: &[KindDeclaration],
        offer: &Offer,
        report: &mut DiscoverReport,
    ) -> Result<bool, StoreError> {
        let store = &self.session.store;
        let scope = Scope::from(offer.scope.as_str());
        let dated = !offer.fingerprint.is_empty();
        if dated
            && store
                .has_listing(self.id, &scope, &offer.key, &offer.fingerprint)
                .await?
        {
            report.known += 1;
            return Ok(true);
        }
        let (valid, covered_until) = match self.moment(offer) {
            Ok(moment) => moment,
            Err(error) => {
                report
                    .failures
                    .push(self.failure(Some(offer), &error, None));
                return Ok(true);
            }
        };
        let base = self.base(&scope, valid).await?;
        let previous = match base {
            Some(base) => store.all_previous_hashes(self.id, &scope, base).await?,
            None => Vec::new(),
        };
        let (buffer, answer) = connection
            .discover(context, offer, Buffer::new(kinds, previous))
            .await;
        let failed = answer.is_err();
        let (coverage, fingerprint) = match answer {
            Ok(coverage) => (convert_coverage(&coverage), offer.fingerprint.clone()),
            Err(error) => {
                let failure = self.call_failure(Some(offer), &error);
                let reason = Some(failure.message.clone());
                report.failures.push(failure);
                // What was reported before the failure is true; what was not reported is unknown. Without its
                // fingerprint the listing is asked for again the next time.
                (
                    Coverage {
                        completeness: Completeness::Partial,
                        expected: None,
                        reason,
                    },
                    String::new(),
                )
            }
        };
        // The next file may be whole; a service that fails now will fail for the next scope too.
        let go_on = dated || !failed;
        let reason = coverage.reason.clone();
        let ingest = ListingIngest {
            source: self.id,
            scope: scope.clone(),
            valid,
            covered_until,
            key: offer.key.clone(),
            fingerprint,
            coverage,
            kinds: kinds.to_vec(),
            base: base.map(|base| base.listing),
            rows: buffer.rows,
            broken: buffer.broken,
            thresholds: thresholds(self.wired.pipeline.config.withhold),
            run: Some(self.run),
            now: self.session.now,
        };
        match store.ingest(&ingest).await {
            Ok(outcome) => self.note(report, offer, valid, reason, outcome),
            Err(IngestError::Store(error)) => return Err(error),
            Err(error @ (IngestError::Refused { .. } | IngestError::BaseMoved)) => {
                let hint =
                    "run it again with --full; if it stays, the connector contradicts itself"
                        .to_owned();
                report
                    .failures
                    .push(self.failure(Some(offer), &error, Some(hint)));
            }
        }
        Ok(go_on)
    }

    /// The listing that positions may refer to; none where a full one is due, or where this one is not the newest.
    async fn base(
        &self,
        scope: &Scope,
        valid: Instant,
    ) -> Result<Option<counterfoil_store::inventory::Base>, StoreError> {
        if self.full {
            return Ok(None);
        }
        let store = &self.session.store;
        let listings = store.listing_count(self.id, scope).await?;
        if listings > 0 && listings.is_multiple_of(FULL_LISTING_EVERY) {
            return Ok(None);
        }
        if store
            .latest_listing(self.id, scope)
            .await?
            .is_some_and(|latest| latest >= valid)
        {
            return Ok(None);
        }
        store.base(self.id, scope).await
    }

    /// A snapshot dated D means the local day D, from its start to its end.
    fn moment(&self, offer: &Offer) -> Result<(Instant, Instant), MomentError> {
        let zone = &self.wired.pipeline.zone;
        match &offer.moment {
            Moment::Now => Ok((self.session.now, self.session.now)),
            Moment::Instant(text) => {
                let instant = text.parse().map_err(|source| MomentError {
                    text: text.clone(),
                    source,
                })?;
                Ok((instant, instant))
            }
            Moment::Day(text) => {
                let unreadable = |source| MomentError {
                    text: text.clone(),
                    source,
                };
                let day: counterfoil_model::time::Date = text.parse().map_err(|source| {
                    unreadable(InstantError::Unreadable {
                        text: text.clone(),
                        source,
                    })
                })?;
                let from = Instant::start_of_day(day, zone).map_err(unreadable)?;
                let to =
                    Instant::start_of_day(day.saturating_add(1.day()), zone).map_err(unreadable)?;
                Ok((from, to))
            }
        }
    }

    fn note(
        &self,
        report: &mut DiscoverReport,
        offer: &Offer,
        valid: Instant,
        reason: Option<String>,
        outcome: ListingOutcome,
    ) {
        report.findings.extend(outcome.findings);
        report.listings.push(ListingReport {
            source: self.source.name.clone(),
            scope: Scope::from(offer.scope.as_str()),
            key: offer.key.clone(),
            valid,
            completeness: convert::completeness_word(outcome.completeness).to_owned(),
            reason,
            seen: outcome.seen,
            new: outcome.new,
            changed: outcome.changed,
            unchanged: outcome.unchanged,
            ended: outcome.ended,
            withheld: outcome.withheld,
            broken: outcome.broken,
        });
    }

    fn failure(
        &self,
        offer: Option<&Offer>,
        error: &dyn std::error::Error,
        hint: Option<String>,
    ) -> Failure {
        let listing = offer.map(|offer| {
            if offer.key.is_empty() {
                offer.scope.clone()
            } else {
                offer.key.clone()
            }
        });
        Failure {
            source: self.source.name.clone(),
            listing,
            message: crate::chain(error),
            hint,
        }
    }

    fn call_failure(&self, offer: Option<&Offer>, error: &CallError) -> Failure {
        self.failure(offer, error, crate::connect::call_hint(error))
    }
}

#[derive(Debug, Error)]
#[error("understand the moment `{text}` of a listing")]
struct MomentError {
    text: String,
    source: InstantError,
}

fn convert_coverage(coverage: &HostCoverage) -> Coverage {
    let completeness = match coverage.completeness {
        HostCompleteness::Complete => Completeness::Complete,
        HostCompleteness::Partial => Completeness::Partial,
        HostCompleteness::Unknown => Completeness::Unknown,
    };
    Coverage {
        completeness,
        expected: coverage.expected.map(u64::from),
        reason: coverage.reason.clone(),
    }
}

fn thresholds(config: WithholdConfig) -> WithholdingThresholds {
    WithholdingThresholds {
        share_permille: config.share_percent.saturating_mul(10),
        count: usize::try_from(config.resources).unwrap_or(usize::MAX),
    }
}
