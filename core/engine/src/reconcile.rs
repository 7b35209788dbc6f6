//! Stage 6: reads the sinks back and lets the model compare expected, planned, sent and observed. What a person did at
//! the sink is recorded: that a draft was posted, and, where a person says so, that a document was voided.

mod accept;
mod named;
mod read_back;
mod retract;

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{RecordingId, RunId, SinkId};
use counterfoil_model::plan::{Abilities, LookBack, Plan};
use counterfoil_model::rate::{Completeness, Detail};
use counterfoil_model::reconcile::{ReconcileError as JudgeError, Reconciliation};
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

pub use self::accept::{AcceptError, accept_void};
pub use self::named::AcceptedVoid;
use self::read_back::{PAGES_MAX, Reader};
pub use self::retract::{RetractError, Stands, retract_void};
use crate::buyers::buyers;
use crate::config::SinkConfig;
use crate::connect::Connectors;
use crate::filter::Narrow;
use crate::notify::NotifyReport;
use crate::plan::{PlanError, plan_for};
use crate::progress::Progress;
use crate::rating::{PeriodRated, billed_until, rate_period};
use crate::session::{Session, Wired};
use crate::sinks::{self, FindError, SinkError};
use crate::terms::{Keep, TermsError, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ReconcileReport {
    pub pipeline: String,
    pub billing_period: String,
    /// The one customer that is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What a person accepted as void just before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedVoid>,
    /// Of what a person retracted that just before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retracted: Vec<AcceptedVoid>,
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
            Self::ReadBack { .. } => Some("run it again when the sink answers".to_owned()),
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

/// What a sink is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparing<'a> {
    pub(crate) versions: &'a Versions,
    /// The period that is compared.
    pub(crate) rated: &'a PeriodRated,
    /// Periods that are too old to be corrected with it, of which the plan is to tell what differs.
    pub(crate) older: &'a [PeriodRated],
    pub(crate) cutoff: RecordingId,
    pub(crate) narrow: &'a Narrow,
    pub(crate) run: RunId,
}

/// What one sink should hold, and what stands there.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) plan: Plan,
    pub(crate) report: SinkReport,
    pub(crate) abilities: Abilities,
}

/// Plans one period for one sink, reads the sink back, and records what a person did there.
pub(crate) async fn compare_sink(
    session: &Session,
    connectors: &Connectors,
    (wired, id, config): (&Wired<'_>, SinkId, &SinkConfig),
    of: Comparing<'_>,
    progress: &dyn Progress,
) -> Result<Compared, ReconcileError> {
    let sink = sinks::open(session, connectors, id, config, of.run).await?;
    let period = &of.rated.period;
    let reader = Reader {
        session,
        wired,
        sink: &sink,
        period,
        narrow: of.narrow,
        end: billed_until(wired, of.versions, period),
    };
    let terms = (of.versions, buyers(wired, &sink, of.versions));
    let within = [(of.rated, LookBack::Within)];
    let asked = (period, of.cutoff);
    let mut plan = plan_for(session, wired, &sink, terms.clone(), asked, &within).await?;
    if !of.older.is_empty() {
        let older = of.older.iter().map(|one| (one, LookBack::Beyond));
        let all: Vec<_> = older.chain(within).collect();
        let looking_back = plan_for(session, wired, &sink, terms, asked, &all).await?;
        plan.older = looking_back.older;
    }
    let report = reader.compare(&plan, &of.rated.rated, progress).await?;
    Ok(Compared {
        plan,
        report,
        abilities: sink.abilities,
    })
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
        let of = Comparing {
            versions: &versions,
            rated: &rated,
            older: &[],
            cutoff,
            narrow,
            run,
        };
        let compared = compare_sink(session, connectors, (wired, *id, config), of, progress);
        reports.push(compared.await?.report);
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
        accepted: Vec::new(),
        retracted: Vec::new(),
        sinks: reports,
        completeness: rated.rated.completeness,
        findings: rated.rated.findings,
        notifications: NotifyReport::default(),
    })
}
