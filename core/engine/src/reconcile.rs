//! Stage 6: reads the sinks back and lets the model compare expected, planned, sent and observed. What a person did at
//! the sink (posting a draft) is recorded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use counterfoil_host::sink::Window;
use counterfoil_model::document::Reference;
use counterfoil_model::effect::{Event, Limits, LookUp, ObservedDocument, advance};
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::RunId;
use counterfoil_model::money::Money;
use counterfoil_model::plan::{Confirmed, LookBack, Plan, RemoteState};
use counterfoil_model::rate::{Completeness, Detail};
use counterfoil_model::reconcile::{
    ReconcileError as JudgeError, ReconcileInput, Reconciliation, Sent, reconcile as judge,
};
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::connect::Connectors;
use crate::filter::Narrow;
use crate::notify::NotifyReport;
use crate::plan::{PlanError, plan_for};
use crate::progress::Progress;
use crate::rating::rate_period;
use crate::session::{Session, Wired};
use crate::sinks::{self, FindError, OpenSink, SinkError};
use crate::terms::{Keep, TermsError, versions};

/// References that one look-up asks for.
const FIND_CHUNK: usize = 50;
/// Pages of a listing, after which it is taken as endless.
const PAGES_MAX: usize = 10_000;

#[derive(Debug, Serialize, JsonSchema)]
pub struct ReconcileReport {
    pub pipeline: String,
    pub billing_period: String,
    /// The one customer that is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    pub sinks: Vec<SinkReport>,
    /// Resource-seconds: discovered = billed + non-billable + not charged + suspended + unpriced.
    pub completeness: Completeness,
    /// Of rating: what keeps the period from being complete.
    pub findings: Vec<Finding>,
    /// Who was told of it; filled in by whoever tells.
    #[serde(skip_serializing_if = "NotifyReport::is_empty")]
    pub notifications: NotifyReport,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SinkReport {
    pub sink: String,
    pub documents: usize,
    pub result: Reconciliation,
}

#[derive(Debug, Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("read back from the sink `{sink}`")]
    ReadBack { sink: String, source: FindError },
    #[error("the sink `{sink}` gives listings without end: {PAGES_MAX} pages and more")]
    Endless { sink: String },
    #[error("compare")]
    Judge { source: JudgeError },
    #[error("keep what was read back")]
    Store { source: StoreError },
}

impl ReconcileError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terms(error) => error.hint(),
            Self::Plan(error) => error.hint(),
            Self::Sink(error) => error.hint(),
            Self::ReadBack { .. } => {
                Some("nothing was changed; run it again when the sink answers".to_owned())
            }
            Self::Endless { .. } | Self::Judge { .. } | Self::Store { .. } => None,
        }
    }
}

/// Compares a period at every sink. Of one customer only what was sent to it is read back: what is foreign at a sink is
/// nobody's.
pub async fn reconcile(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, narrow): (&BillingPeriod, &Narrow),
    progress: &dyn Progress,
) -> Result<ReconcileReport, ReconcileError> {
    let store_error = |source| ReconcileError::Store { source };
    let run = session
        .store
        .begin_run(wired.id, "reconcile", None, session.now)
        .await
        .map_err(store_error)?;
    tracing::Span::current().record("run.id", run.0);
    let outcome = reconcile_in(session, connectors, wired, (period, narrow, run), progress).await;
    session.ended(run, outcome).await
}

async fn reconcile_in(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, narrow, run): (&BillingPeriod, &Narrow, RunId),
    progress: &dyn Progress,
) -> Result<ReconcileReport, ReconcileError> {
    let store_error = |source| ReconcileError::Store { source };
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    progress.begin("rating", None);
    let rated = rate_period(session, wired, &versions, period, cutoff, Detail::Lines).await?;
    progress.end();
    let mut reports = Vec::new();
    for (id, config) in &wired.sinks {
        let sink = sinks::open(session, connectors, *id, config, run).await?;
        let reader = Reader {
            session,
            wired,
            sink: &sink,
            period,
            narrow,
        };
        let planned = plan_for(
            session,
            wired,
            &sink,
            &versions,
            period,
            cutoff,
            &[(&rated, LookBack::Within)],
        )
        .await?;
        let report = reader.compare(&planned, &rated.rated, progress).await?;
        reports.push(report);
    }
    let end = counterfoil_store::RunEnd {
        run,
        status: counterfoil_store::RunStatus::Complete,
        detail: serde_json::json!({
            "period": period.id(),
            "documents": reports.iter().map(|report| report.documents).sum::<usize>(),
            "findings": reports.iter().map(|report| report.result.findings.len()).sum::<usize>(),
        }),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    Ok(ReconcileReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        customer: narrow.customer().map(ToString::to_string),
        sinks: reports,
        completeness: rated.rated.completeness,
        findings: rated.rated.findings,
        notifications: NotifyReport::default(),
    })
}

struct Reader<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    sink: &'a OpenSink<'a>,
    period: &'a BillingPeriod,
    narrow: &'a Narrow,
}

impl Reader<'_> {
    async fn compare(
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
        let since: BTreeMap<Reference, _> = counterfoils
            .iter()
            .map(|counterfoil| {
                (
                    counterfoil.delivery.reference.clone(),
                    counterfoil.confirmed,
                )
            })
            .collect();
        let latest = Confirmed::latest(&counterfoils);
        // Several pipelines may deliver to one remote: what is another's is not foreign.
        let all = store.references().await.map_err(store_error)?;
        let of_period = latest
            .into_iter()
            .filter(|confirmed| confirmed.delivery.slot.billing_period == self.period.id())
            .filter(|confirmed| self.narrow.is_account(confirmed.delivery.slot.account));
        let sent: Vec<Sent> = of_period
            .filter_map(|confirmed| {
                let since = *since.get(&confirmed.delivery.reference)?;
                Some(Sent { confirmed, since })
            })
            .collect();
        let observed = self.read_back(&sent, &all, progress).await?;
        let open = store
            .open_effects(self.wired.id, self.sink.id)
            .await
            .map_err(store_error)?;
        let open_effects = open
            .into_iter()
            .map(|stored| stored.effect.reference)
            .collect();
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

    /// By reference, and whatever the window of issue dates holds besides.
    async fn read_back(
        &self,
        sent: &[Sent],
        all: &BTreeSet<Reference>,
        progress: &dyn Progress,
    ) -> Result<Vec<ObservedDocument>, ReconcileError> {
        let failed = |source| ReconcileError::ReadBack {
            sink: self.sink.config.name.clone(),
            source,
        };
        let references: Vec<Reference> = sent
            .iter()
            .map(|sent| sent.confirmed.delivery.reference.clone())
            .collect();
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

    /// How many documents there are is not known before the last page.
    async fn window(
        &self,
        sent: &[Sent],
        progress: &dyn Progress,
    ) -> Result<Vec<ObservedDocument>, ReconcileError> {
        let failed = |source| ReconcileError::ReadBack {
            sink: self.sink.config.name.clone(),
            source,
        };
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
        let mut documents = Vec::new();
        let mut cursor: Option<String> = None;
        progress.begin(&self.sink.config.name, None);
        progress.note("looking for others");
        for _ in 0..PAGES_MAX {
            let page = self.sink.connection.list(&window, cursor.as_deref()).await;
            let page = page.map_err(|error| failed(FindError::Call(Box::new(error))))?;
            progress.advance(page.items.len() as u64);
            for document in page.items {
                documents.push(
                    sinks::observed(document)
                        .map_err(|error| failed(FindError::Observed(error)))?,
                );
            }
            if page.next.is_none() {
                progress.end();
                return Ok(documents);
            }
            cursor = page.next;
        }
        Err(ReconcileError::Endless {
            sink: self.sink.config.name.clone(),
        })
    }

    async fn record(
        &self,
        result: &Reconciliation,
        observed: &[ObservedDocument],
    ) -> Result<(), StoreError> {
        let store = &self.session.store;
        let now = self.session.clock();
        for document in observed {
            if let Some(reference) = &document.reference {
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
