//! Lists one source: what it offers, what is not known yet, and what becomes of a failure on the way.

use std::sync::Arc;

use counterfoil_host::source::{Context, Offer};
use counterfoil_host::{CallError, SourceConnection};
use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::ids::{RunId, Scope, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::WithholdingThresholds;
use counterfoil_store::StoreError;
use counterfoil_store::inventory::{
    Base, Completeness, Coverage, IngestError, ListingIngest, ListingOutcome,
};

use super::buffer::Buffer;
use super::moment::{self, MomentError};
use super::{DiscoverReport, Failure, ListingReport, convert};
use crate::config::{SourceConfig, WithholdConfig};
use crate::connect::Connectors;
use crate::progress::Progress;
use crate::receipts::Receipts;
use crate::session::{Session, Wired};

/// Every so many listings of a scope the host wants all rows, which catches a connector that says "unchanged" wrongly.
const FULL_LISTING_EVERY: u64 = 50;

pub(super) struct Lister<'a> {
    pub(super) session: &'a Session,
    pub(super) wired: &'a Wired<'a>,
    pub(super) id: SourceId,
    pub(super) source: &'a SourceConfig,
    pub(super) run: RunId,
    pub(super) full: bool,
}

impl Lister<'_> {
    /// Answers why the source as a whole failed, where it did: one listing of several that cannot be read is no reason
    /// to leave the source alone.
    pub(super) async fn list(
        &self,
        connectors: &Connectors,
        progress: &dyn Progress,
        report: &mut DiscoverReport,
    ) -> Result<Option<String>, StoreError> {
        let recorder = Receipts::recorder(self.session, self.run);
        let connection = match connectors.source(self.source, recorder).await {
            Ok(connection) => connection,
            Err(error) => {
                let failure = self.failure(None, &error, error.hint());
                let message = failure.message.clone();
                report.failures.push(failure);
                return Ok(Some(message));
            }
        };
        let context = Context {
            now: self.session.now.to_string(),
            timezone: self.wired.pipeline.config.timezone.clone(),
        };
        let (kinds, offers) = match self.ask(&connection, &context).await {
            Ok(answered) => answered,
            Err(error) => {
                let failure = self.call_failure(None, &error);
                let message = failure.message.clone();
                report.failures.push(failure);
                return Ok(Some(message));
            }
        };
        let store = &self.session.store;
        store
            .declare_kinds(self.id, &kinds, self.session.now)
            .await?;
        let offered = offers.iter().map(|offer| (&*offer.scope, &*offer.key));
        store
            .note_offers(self.id, offered, self.session.now)
            .await?;
        progress.begin(&self.source.name, Some(offers.len() as u64));
        let mut failed = None;
        for offer in offers {
            if self.session.stop.is_asked() {
                report.stopped = true;
                break;
            }
            progress.note(name_of(&offer));
            let connected = (&connection, &context, kinds.as_slice());
            let go_on = self.take_in(connected, &offer, progress, report).await?;
            progress.advance(1);
            if !go_on {
                failed = report
                    .failures
                    .last()
                    .map(|failure| failure.message.clone());
                break;
            }
        }
        progress.end();
        Ok(failed)
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
        (connection, context, kinds): (&SourceConnection, &Context, &[KindDeclaration]),
        offer: &Offer,
        progress: &dyn Progress,
        report: &mut DiscoverReport,
    ) -> Result<bool, StoreError> {
        let store = &self.session.store;
        let scope = Scope::from(offer.scope.as_str());
        let dated = !offer.fingerprint.is_empty();
        if dated
            && store
                .is_taken_in(self.id, &scope, &offer.key, &offer.fingerprint)
                .await?
        {
            report.known += 1;
            return Ok(true);
        }
        let (valid, covered_until) =
            match moment::covered(offer, &self.wired.pipeline.zone, self.session.now) {
                Ok(moment) => moment,
                Err(error) => {
                    let hint = Some(MomentError::hint());
                    report
                        .failures
                        .push(self.failure(Some(offer), &error, hint));
                    return Ok(true);
                }
            };
        let base = self.base(&scope, valid).await?;
        let previous = match base {
            Some(base) => store.previous(self.id, &scope, base)?,
            None => None,
        };
        let known_rows = base.map_or(0, |base| base.rows);
        let reading = progress.reading(name_of(offer), (known_rows > 0).then_some(known_rows));
        let buffer = Buffer::new(kinds, previous, Arc::clone(&reading));
        let (buffer, answer) = connection.discover(context, offer, buffer).await;
        reading.keeping();
        let failed = answer.is_err();
        let (coverage, fingerprint) = match answer {
            Ok(coverage) => (convert::coverage(&coverage), offer.fingerprint.clone()),
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
            Ok(outcome) => self.note(report, offer, (valid, failed), outcome),
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
    async fn base(&self, scope: &Scope, valid: Instant) -> Result<Option<Base>, StoreError> {
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

    fn note(
        &self,
        report: &mut DiscoverReport,
        offer: &Offer,
        (valid, failed): (Instant, bool),
        outcome: ListingOutcome,
    ) {
        report.findings.extend(outcome.findings);
        report.listings.push(ListingReport {
            source: self.source.name.clone(),
            scope: Scope::from(offer.scope.as_str()),
            key: offer.key.clone(),
            valid,
            completeness: convert::completeness_word(outcome.completeness).to_owned(),
            failed,
            reason: outcome.reason,
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
        let listing = offer.map(|offer| name_of(offer).to_owned());
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

/// The file, or the scope where it is none.
fn name_of(offer: &Offer) -> &str {
    if offer.key.is_empty() {
        &offer.scope
    } else {
        &offer.key
    }
}

fn thresholds(config: WithholdConfig) -> WithholdingThresholds {
    WithholdingThresholds {
        share_permille: config.share_percent.saturating_mul(10),
        count: usize::try_from(config.resources).unwrap_or(usize::MAX),
    }
}
