//! Stage 4 with its inputs gathered: rates the period and those in the look-back, and asks the model what to deliver.

mod accounts;
mod corrected;
mod ended;
mod narrow;
mod periods;
pub(crate) mod review;
mod void;

use std::collections::BTreeMap;

use counterfoil_model::approval::Judgement;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{AccountId, AccountKey, RecordingId, RunId};
use counterfoil_model::plan::{
    BuyerTerms, Finalize, LookBack, OpenEffect, Plan, PlanInput, RatedPeriod,
};
use counterfoil_model::rate::{Completeness, Detail, Rated};
use counterfoil_model::time::{BillingPeriod, BillingPeriodError};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::approve::PolicyError;
use crate::approve::policy::approve_by_policy;
use crate::buyers::{OtherBuyer, buyers, mapped_twice, other_buyers};
use crate::close::{ClosedPeriod, closed, ending};
use crate::config;
use crate::connect::Connectors;
use crate::grace;
use crate::left_out::LeftOutError;
use crate::notify::NotifyReport;
use crate::progress::Progress;
use crate::rating::{PeriodRated, account_terms, billed_until, rate_period};
use crate::session::{Session, Wired};
use crate::sinks::{self, OpenSink, SinkError};
use crate::terms::{Keep, TermsError, Versions, versions};
use ended::ended;
pub(crate) use periods::older;

pub use review::{ReviewReport, Reviewed, ReviewedAccount};

/// What would be sent for a billing period, and what a person has to look at.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanReport {
    pub pipeline: String,
    /// A month such as `2026-03`.
    pub billing_period: String,
    /// The one customer that is told of; what is planned is of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What was recorded until here is planned; newer facts are for the next plan.
    pub cutoff: RecordingId,
    /// By which certificate the period is closed: what is planned of it changes what was certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedPeriod>,
    /// One for each sink.
    pub plans: Vec<SinkPlan>,
    /// Everything that was discovered is billed, deliberately not billed, or in suspense.
    pub completeness: Completeness,
    /// Which bills differ from those of the period before by more than is tolerated, and why. Absent where there is
    /// nothing before, or nobody looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewReport>,
    /// What was found before planning; each plan has findings of its own, too.
    pub findings: Vec<Finding>,
    /// Who was told of it; filled in by whoever tells.
    #[serde(skip_serializing_if = "NotifyReport::is_empty")]
    pub notifications: NotifyReport,
}

/// The plan for one sink, and what is approved of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SinkPlan {
    pub sink: String,
    pub plan: Plan,
    /// The state of approval by the account's key of now.
    pub approval: BTreeMap<String, crate::approve::Decision>,
    /// What would be sent to another buyer than the account is now: a correction goes to the buyer of its original.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_buyers: Vec<OtherBuyer>,
    /// The keys of now of the accounts of all deliveries.
    #[serde(skip)]
    pub(crate) keys: BTreeMap<AccountId, AccountKey>,
    /// Where a tolerance decides: every account against its last bill.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub judgements: Vec<Judgement>,
}

#[derive(Debug, Error)]
pub enum PlanError {
    #[error("the period {period} has not ended: it ends at {end}")]
    NotEnded { period: String, end: String },
    #[error("the pipeline has no sink")]
    NoSink,
    #[error("find the periods to look back at")]
    Period { source: BillingPeriodError },
    #[error("compare with the period before")]
    Review {
        source: counterfoil_model::money::MoneyError,
    },
    #[error("sum the opening positions")]
    Opening {
        source: counterfoil_model::money::MoneyError,
    },
    #[error("plan the deliveries")]
    Model {
        source: counterfoil_model::plan::PlanError,
    },
    #[error(transparent)]
    LeftOut(#[from] LeftOutError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("approve by policy")]
    Policy { source: PolicyError },
    #[error("keep the plan")]
    Store { source: StoreError },
}

impl PlanError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terms(error) => error.hint(),
            Self::NotEnded { .. } => {
                Some("plan it when it is over, or name an earlier one with --period".to_owned())
            }
            Self::NoSink => Some("add a table [[pipeline.NAME.sink]]".to_owned()),
            Self::Sink(error) => error.hint(),
            Self::LeftOut(_)
            | Self::Model { .. }
            | Self::Opening { .. }
            | Self::Review { .. }
            | Self::Period { .. }
            | Self::Policy { .. }
            | Self::Store { .. } => None,
        }
    }
}

/// Plans a period for every sink, and keeps the plans for approval.
pub async fn plan(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    which: Reviewed,
    progress: &dyn Progress,
) -> Result<PlanReport, PlanError> {
    let store_error = |source| PlanError::Store { source };
    ended(period, period.period().to(), session.now)?;
    if wired.sinks.is_empty() {
        return Err(PlanError::NoSink);
    }
    let run = session
        .store
        .begin_run(wired.id, "plan", None, session.now)
        .await
        .map_err(store_error)?;
    tracing::Span::current().record("run.id", run.0);
    let outcome = plan_in(session, connectors, wired, (period, run, which), progress).await;
    session.ended(run, outcome).await
}

async fn plan_in(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, run, which): (&BillingPeriod, RunId, Reviewed),
    progress: &dyn Progress,
) -> Result<PlanReport, PlanError> {
    let store_error = |source| PlanError::Store { source };
    let versions = versions(session, wired, Keep::Stored).await?;
    ended(period, billed_until(wired, &versions, period), session.now)?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let periods = periods::periods(session, wired, period).await?;
    progress.begin("rating", Some(periods.len() as u64));
    let mut rated = Vec::new();
    for (period, look_back) in periods {
        progress.note(&period.id());
        rated.push((
            rate_period(session, wired, &versions, &period, cutoff, Detail::Lines).await?,
            look_back,
        ));
        progress.advance(1);
    }
    let review = review::of(session, wired, (&versions, cutoff), which, (period, &rated)).await?;
    progress.end();
    let asked = rated.iter().find(|(rated, _)| rated.period == *period);
    let asked = &asked
        .expect("the period that was asked for is rated")
        .0
        .rated;
    let mut findings = findings(session, wired, (&versions, period), asked, &rated).await?;
    let mut uncharged = Vec::new();
    let views: Vec<_> = rated
        .iter()
        .map(|(rated, look_back)| (rated, *look_back))
        .collect();
    let mut plans = Vec::new();
    for (id, config) in &wired.sinks {
        let sink = sinks::open(session, connectors, *id, config, run).await?;
        let buyers = buyers(wired, &sink, &versions);
        let terms = (&versions, buyers.clone());
        let planned = plan_for(session, wired, &sink, terms, (period, cutoff), &views);
        let mut planned = planned.await?;
        let blocks = |finding: &&Finding| finding.severity == Severity::Blocking;
        planned.findings.extend(
            crate::plan::void::findings(session, &sink, &planned)
                .await
                .map_err(store_error)?,
        );
        let own = corrected::uncharged(&planned, &rated, period);
        let blocking = findings.iter().chain(&own).filter(blocks);
        planned.blocked_by = blocking.cloned().collect();
        uncharged.extend(own);
        let before = session
            .store
            .newest_plan(wired.id, sink.id, &period.id())
            .await
            .map_err(store_error)?;
        session
            .store
            .put_plan(wired.id, sink.id, &planned, session.now)
            .await
            .map_err(store_error)?;
        let judgements = approve_by_policy(session, wired, &planned, before.as_ref())
            .await
            .map_err(|source| PlanError::Policy { source })?;
        let approval = crate::approve::by_key(session, wired, &planned)
            .await
            .map_err(store_error)?;
        let deliveries = planned.deliveries.iter().map(|planned| &planned.delivery);
        let keys = deliveries.map(|one| (one.slot.account, wired.known.key_of(one)));
        plans.push(SinkPlan {
            sink: config.name.clone(),
            other_buyers: other_buyers(wired, &buyers, &planned),
            keys: keys.collect(),
            plan: planned,
            approval,
            judgements,
        });
    }
    corrected::add(&mut findings, uncharged);
    let end = counterfoil_store::RunEnd {
        run,
        status: counterfoil_store::RunStatus::Complete,
        detail: counts(period, &plans, &findings),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    Ok(PlanReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        customer: None,
        cutoff,
        closed: closed(&session.store, wired.id, &period.id())
            .await
            .map_err(store_error)?,
        plans,
        completeness: asked.completeness.clone(),
        review,
        findings,
        notifications: NotifyReport::default(),
    })
}

/// What a person has to look at, whatever the sink.
pub(crate) async fn findings(
    session: &Session,
    wired: &Wired<'_>,
    (versions, period): (&Versions, &BillingPeriod),
    asked: &Rated,
    rated: &[(PeriodRated, LookBack)],
) -> Result<Vec<Finding>, PlanError> {
    let mut findings = asked.findings.clone();
    findings.extend(
        crate::staleness::findings(session, wired, versions, period, rated)
            .await
            .map_err(|source| PlanError::Store { source })?,
    );
    findings.extend(crate::left_out::findings(session, wired, period).await?);
    let accounts = account_terms(wired, versions);
    for (one, _) in rated.iter().filter(|(_, back)| *back == LookBack::Within) {
        let charges = &one.rated.charges;
        let exceeding = counterfoil_model::opening::exceeding(charges, &accounts);
        let exceeding = exceeding.map_err(|source| PlanError::Opening { source })?;
        let id = one.period.id();
        // What cannot be read of a month that is corrected would be given back.
        let unread = one.rated.findings.iter().filter(|finding| {
            id != period.id()
                && finding.code == FindingCode::UnreadableQuantity
                && finding.severity == Severity::Blocking
        });
        let more = exceeding.into_iter().chain(unread.cloned());
        findings.extend(more.map(|mut finding| {
            if id != period.id() {
                finding.subject = format!("{}, {id}", finding.subject);
            }
            finding
        }));
    }
    findings.extend(mapped_twice(wired, versions));
    findings.extend(grace::finding(wired.pipeline, period, session.now));
    findings.extend(ending(period, &asked.completeness.non_billable));
    Ok(findings)
}

fn counts(period: &BillingPeriod, plans: &[SinkPlan], findings: &[Finding]) -> serde_json::Value {
    serde_json::json!({
        "period": period.id(),
        "plans": plans.iter().map(|plan| plan.plan.id).collect::<Vec<_>>(),
        "deliveries": plans.iter().map(|plan| plan.plan.effects().count()).sum::<usize>(),
        "findings": findings.len(),
    })
}

/// What one sink should hold; nothing is kept.
pub(crate) async fn plan_for(
    session: &Session,
    wired: &Wired<'_>,
    sink: &OpenSink<'_>,
    (versions, buyers): (&Versions, BTreeMap<AccountId, BuyerTerms>),
    (period, cutoff): (&BillingPeriod, RecordingId),
    rated: &[(&PeriodRated, LookBack)],
) -> Result<Plan, PlanError> {
    let store_error = |source| PlanError::Store { source };
    let previous = period
        .previous()
        .map_err(|source| PlanError::Period { source })?;
    let counterfoils = session
        .store
        .counterfoils_of(wired.id, sink.id)
        .await
        .map_err(store_error)?;
    let open = session
        .store
        .open_effects(wired.id, sink.id)
        .await
        .map_err(store_error)?;
    let open_effects = open.into_iter().map(|stored| OpenEffect {
        slot: stored.planned.delivery.slot.clone(),
        reference: stored.effect.reference.clone(),
        charges: stored
            .planned
            .delivery
            .lines
            .iter()
            .map(|line| {
                let mut key = line.charge.clone();
                versions.read(wired, &mut key);
                key
            })
            .collect(),
        since: stored.effect.unknown_since.unwrap_or(stored.updated),
        is_parked: stored.effect.state == counterfoil_model::effect::State::Parked,
    });
    let input = PlanInput {
        store: session.store.identity().to_owned(),
        tenant: session.store.tenant(),
        pipeline: wired.id,
        sink: sink.id,
        billing_period: period.id(),
        previous_period: Some(previous.id()),
        periods: rated
            .iter()
            .map(|(rated, look_back)| RatedPeriod {
                billing_period: rated.period.id(),
                first_day: rated.period.first_day(),
                last_day: rated.period.last_day(),
                look_back: *look_back,
                is_in_grace: grace::lasts(wired.pipeline, &rated.period, session.now),
                charges: rated.rated.charges.clone(),
            })
            .collect(),
        confirmed: versions.confirmed(wired, &counterfoils),
        open_effects: open_effects.collect(),
        buyers,
        abilities: sink.abilities.clone(),
        finalize: match sink.config.finalize {
            config::Finalize::Draft => Finalize::Draft,
            config::Finalize::Post => Finalize::Post,
        },
        issue_date: session.now.date(&wired.pipeline.zone),
        cutoff,
        config: sink.basis(versions),
        head: session
            .store
            .chain_head(wired.id)
            .await
            .map_err(store_error)?,
    };
    counterfoil_model::plan::plan(input).map_err(|source| PlanError::Model { source })
}
