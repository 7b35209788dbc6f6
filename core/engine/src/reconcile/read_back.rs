//! What stands at a sink, read back by reference and by window, compared, and what of it is recorded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use counterfoil_host::sink::Window;
use counterfoil_model::document::{Delivery, Reference};
use counterfoil_model::effect::{Event, Limits, LookUp, ObservedDocument, State, Under, advance};
use counterfoil_model::money::Money;
use counterfoil_model::plan::{Confirmed, Plan, RemoteState};
use counterfoil_model::reconcile::{
    Open, ReconcileInput, Reconciliation, Sent, reconcile as judge,
};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::{StoreError, StoredEffect};

use super::named::sent_at;
use super::{ReconcileError, SinkReport};
use crate::filter::Narrow;
use crate::progress::Progress;
use crate::session::{Session, Wired};
use crate::sinks::{self, FindError, OpenSink};

/// References that one look-up asks for.
const FIND_CHUNK: usize = 50;
/// Pages of a listing, after which it is taken as endless.
pub(super) const PAGES_MAX: usize = 10_000;

pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) wired: &'a Wired<'a>,
    pub(super) sink: &'a OpenSink<'a>,
    pub(super) period: &'a BillingPeriod,
    pub(super) narrow: &'a Narrow,
    /// When everything that is billed with the period has ended.
    pub(super) end: Instant,
}

impl Reader<'_> {
    pub(super) async fn compare(
        &self,
        planned: &Plan,
        rated: &counterfoil_model::rate::Rated,
        progress: &dyn Progress,
    ) -> Result<SinkReport, ReconcileError> {
        let store_error = |source| ReconcileError::Store { source };
        let store = &self.session.store;
        let counterfoils = store
            .counterfoils_of(self.wired.id, self.sink.id)
            .await
            .map_err(store_error)?;
        let sent_at = sent_at(&counterfoils);
        let latest = Confirmed::latest(&counterfoils);
        // Several pipelines may deliver to one remote: what is another's is not foreign.
        let mut all = store.references().await.map_err(store_error)?;
        let of_period = latest
            .into_iter()
            .filter(|confirmed| self.is_asked(&confirmed.delivery));
        let sent: Vec<Sent> = of_period
            .filter_map(|confirmed| {
                let since = *sent_at.get(&confirmed.delivery.reference)?;
                Some(Sent { confirmed, since })
            })
            .collect();
        let mut open_effects = BTreeMap::new();
        let open = store.open_effects(self.wired.id, self.sink.id).await;
        for stored in open.map_err(store_error)? {
            all.insert(stored.effect.reference.clone());
            if self.is_asked(&stored.planned.delivery) {
                open_effects.insert(stored.effect.reference.clone(), open_of(&stored));
            }
        }
        let observed = self.read_back(&sent, &open_effects, &all, progress).await?;
        // What is in suspense is no customer's.
        let resources = rated.completeness.suspense.resources.iter();
        let suspended: Vec<Money> = resources
            .filter(|_| self.narrow.customer().is_none())
            .filter_map(|resource| resource.value)
            .collect();
        let own = |account| self.narrow.is_account(account);
        let mut charges = Cow::Borrowed(&rated.charges);
        let mut deliveries = Cow::Borrowed(&planned.deliveries);
        if self.narrow.customer().is_some() {
            charges.to_mut().retain(|charge| own(charge.key.account));
            deliveries
                .to_mut()
                .retain(|planned| own(planned.delivery.slot.account));
        }
        let result = judge(&ReconcileInput {
            expected: &charges,
            suspended: &suspended,
            planned: &deliveries,
            sent: &sent,
            observed: &observed,
            open_effects: &open_effects,
            period_ends: &[(self.period.id(), self.period.period().to())].into(),
            not_ended: (self.end > self.session.now).then_some(self.end),
            abilities: &self.sink.abilities,
            now: self.session.now,
        })
        .map_err(|source| ReconcileError::Judge { source })?;
        self.record(&result, &observed).await.map_err(store_error)?;
        Ok(SinkReport {
            sink: self.sink.config.name.clone(),
            documents: observed.len(),
            result,
        })
    }

    fn is_asked(&self, delivery: &Delivery) -> bool {
        let slot = &delivery.slot;
        slot.billing_period == self.period.id() && self.narrow.is_account(slot.account)
    }

    /// By reference, and whatever the window of issue dates holds besides.
    async fn read_back(
        &self,
        sent: &[Sent],
        open: &BTreeMap<Reference, Open>,
        all: &BTreeSet<Reference>,
        progress: &dyn Progress,
    ) -> Result<Vec<ObservedDocument>, ReconcileError> {
        let failed = |source| ReconcileError::ReadBack {
            sink: self.sink.config.name.clone(),
            source,
        };
        let references: BTreeSet<&Reference> = sent
            .iter()
            .map(|sent| &sent.confirmed.delivery.reference)
            .chain(open.keys())
            .collect();
        let references: Vec<Reference> = references.into_iter().cloned().collect();
        let mut observed = Vec::new();
        progress.begin(&self.sink.config.name, Some(references.len() as u64));
        for chunk in references.chunks(FIND_CHUNK) {
            observed.extend(self.sink.find(chunk).await.map_err(failed)?);
            progress.advance(chunk.len() as u64);
        }
        let seen: BTreeSet<String> = observed
            .iter()
            .map(|document| document.id.clone())
            .collect();
        progress.end();
        if self.narrow.customer().is_some() {
            return Ok(observed);
        }
        for document in self.window(sent, progress).await? {
            let known_elsewhere = document
                .reference
                .as_ref()
                .is_some_and(|reference| all.contains(reference));
            if !seen.contains(&document.id) && !known_elsewhere {
                observed.push(document);
            }
        }
        Ok(observed)
    }

    async fn window(
        &self,
        sent: &[Sent],
        progress: &dyn Progress,
    ) -> Result<Vec<ObservedDocument>, ReconcileError> {
        let today = self.session.now.date(&self.wired.pipeline.zone);
        let first = sent
            .iter()
            .map(|sent| sent.confirmed.delivery.issue_date)
            .min()
            .unwrap_or(today);
        let window = Window {
            first_day: first.to_string(),
            last_day: today.max(first).to_string(),
        };
        list(self.sink, &window, progress).await
    }

    async fn record(
        &self,
        result: &Reconciliation,
        observed: &[ObservedDocument],
    ) -> Result<(), StoreError> {
        let store = &self.session.store;
        let now = self.session.clock();
        let mut found: BTreeMap<&Reference, Vec<&ObservedDocument>> = BTreeMap::new();
        for document in observed {
            if let Some(reference) = &document.reference {
                found.entry(reference).or_default().push(document);
            }
        }
        for (reference, mut documents) in found {
            // Where several count, or are void, it is always the same one that is kept.
            documents.sort_by(|a, b| a.id.cmp(&b.id));
            let first = documents.first().copied();
            let kept = Under::of(documents).standing().or(first);
            if let Some(document) = kept {
                store
                    .put_read_back(self.sink.id, reference, document, now)
                    .await?;
            }
        }
        for reference in &result.matched {
            let Some(stored) = store.effect(self.sink.id, reference).await? else {
                continue;
            };
            let seen = Event::LookedUp(LookUp::Same);
            if let Ok(moved) = advance(
                &stored.effect,
                &seen,
                &self.sink.abilities,
                &Limits::default(),
                now,
            ) && moved.effect != stored.effect
            {
                store
                    .advance_effect(
                        stored.id,
                        &stored.effect,
                        &moved.effect,
                        &stored.planned,
                        None,
                        now,
                    )
                    .await?;
            }
        }
        for change in &result.state_changes {
            if change.to == RemoteState::Posted {
                store
                    .record_posted(
                        self.wired.id,
                        self.sink.id,
                        &change.reference,
                        change.number.as_deref(),
                        now,
                    )
                    .await?;
            }
        }
        Ok(())
    }
}

fn open_of(stored: &StoredEffect) -> Open {
    Open {
        since: stored.effect.unknown_since.unwrap_or(stored.updated),
        value: stored.effect.value,
        is_parked: stored.effect.state == State::Parked,
    }
}

/// Everything of a window of issue dates. How many documents there are is not known before the last page.
pub(super) async fn list(
    sink: &OpenSink<'_>,
    window: &Window,
    progress: &dyn Progress,
) -> Result<Vec<ObservedDocument>, ReconcileError> {
    let failed = |source| ReconcileError::ReadBack {
        sink: sink.config.name.clone(),
        source,
    };
    let mut documents = Vec::new();
    let mut cursor: Option<String> = None;
    progress.begin(&sink.config.name, None);
    progress.note("looking for others");
    for _ in 0..PAGES_MAX {
        let page = sink.connection.list(window, cursor.as_deref()).await;
        let page = page.map_err(|error| failed(FindError::Call(Box::new(error))))?;
        progress.advance(page.items.len() as u64);
        for document in page.items {
            documents.push(
                sinks::observed(document).map_err(|error| failed(FindError::Observed(error)))?,
            );
        }
        if page.next.is_none() {
            progress.end();
            return Ok(documents);
        }
        cursor = page.next;
    }
    Err(ReconcileError::Endless {
        sink: sink.config.name.clone(),
    })
}
