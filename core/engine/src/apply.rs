//! Stage 5: deliveries become effects at the sinks, at most once or parked. The state machine decides; this module acts,
//! and makes every step durable before the next.

mod drive;
mod gate;
mod preconditions;
mod replaced;
mod told;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use counterfoil_model::effect::{Effect, EffectAction, State};
use counterfoil_model::ids::{AccountId, RunId};
use counterfoil_model::plan::{PlannedAction, PlannedDelivery};
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::{StoreError, StoredEffect, StoredPlan};
use thiserror::Error;

use self::drive::Driver;
use self::gate::Gate;
use self::preconditions::still_holds;
pub(crate) use self::preconditions::{Refusal, may_be_approved};
use self::replaced::Replaced;
pub use self::told::{ApplyReport, DeliveryReport};
use crate::approve::{Decision, decisions};
use crate::connect::Connectors;
use crate::progress::Progress;
use crate::session::{Session, Wired};
use crate::sinks::{self, OpenSink, SinkError};
use crate::terms::{TermsError, versions};

#[derive(Debug, Error)]
pub enum ApplyError {
    #[error("the pipeline is paused by {by}: {reason}")]
    Paused { by: String, reason: String },
    #[error("there is no plan of {period} for the sink `{sink}`")]
    NoPlan { period: String, sink: String },
    #[error("the plan of {period} does not hold any more: {refusal}")]
    Refused { period: String, refusal: Refusal },
    #[error("nothing of the plan is approved")]
    NothingApproved,
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("keep the effects")]
    Store { source: StoreError },
}

impl ApplyError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Paused { .. } => {
                Some("`counterfoil pause PIPELINE --resume --by NAME` lets it go on".to_owned())
            }
            Self::NoPlan { period, .. } => {
                Some(format!("run `counterfoil plan --period {period}` first"))
            }
            Self::Refused { period, .. } => Some(format!(
                "run `counterfoil plan --period {period}` again, look at it, and approve it"
            )),
            Self::NothingApproved => {
                Some("run `counterfoil approve --all --by NAME`, or name one --account".to_owned())
            }
            Self::Sink(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::Store { .. } => None,
        }
    }
}

/// Sends what is approved of a period's newest plans, after settling what an earlier run left open.
pub async fn apply(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    progress: &dyn Progress,
) -> Result<ApplyReport, ApplyError> {
    let store_error = |source| ApplyError::Store { source };
    if let Some(pause) = session.store.pause(wired.id).await.map_err(store_error)? {
        return Err(ApplyError::Paused {
            by: pause.by,
            reason: pause.reason,
        });
    }
    // One process applies at a time: whatever is `sending` now was left by one that died.
    let _lease = session.store.begin_apply().map_err(store_error)?;
    let run = session
        .store
        .begin_run(wired.id, "apply", None, session.now)
        .await
        .map_err(store_error)?;
    tracing::Span::current().record("run.id", run.0);
    let outcome = apply_in(session, connectors, wired, (period, run), progress).await;
    let (report, has_effects) = session.ended(run, outcome).await?;
    // The run looked, found nothing that may be sent, and has not failed.
    if has_effects && report.deliveries.is_empty() && !report.stopped {
        return Err(ApplyError::NothingApproved);
    }
    Ok(report)
}

/// What was done, and whether the plans had something to send.
async fn apply_in(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, run): (&BillingPeriod, RunId),
    progress: &dyn Progress,
) -> Result<(ApplyReport, bool), ApplyError> {
    let store_error = |source| ApplyError::Store { source };
    let current = versions(session, wired, crate::terms::Keep::Stored).await?;
    let mut report = ApplyReport::default();
    let mut work = Vec::new();
    for (sink_id, sink) in &wired.sinks {
        let sink = sinks::open(session, connectors, *sink_id, sink, run).await?;
        let plan = session
            .store
            .newest_plan(wired.id, *sink_id, &period.id())
            .await
            .map_err(store_error)?;
        let Some(plan) = plan else {
            return Err(ApplyError::NoPlan {
                period: period.id(),
                sink: sink.config.name.clone(),
            });
        };
        still_holds(session, wired, &sink, &plan.plan, &current)
            .await
            .map_err(store_error)?
            .map_err(|refusal| ApplyError::Refused {
                period: period.id(),
                refusal,
            })?;
        if session
            .store
            .has_facts_after(plan.plan.basis.cutoff)
            .await
            .map_err(store_error)?
        {
            report.warnings.push(
                "newer facts were recorded since the plan; the next plan will have them".to_owned(),
            );
        }
        work.push((sink, plan));
    }
    report.warnings.dedup();
    for (sink, plan) in &work {
        Applier {
            session,
            wired,
            sink,
            plan,
            report: &mut report,
        }
        .all(progress)
        .await
        .map_err(store_error)?;
    }
    let head = session
        .store
        .chain_head(wired.id)
        .await
        .map_err(store_error)?;
    report.head = head.map(|link| format!("{}:{}", link.number, link.digest));
    let settled = report.deliveries.iter();
    let settled = settled.filter(|one| is_settled(one.state)).count();
    let status = if settled == report.deliveries.len() && !report.stopped {
        counterfoil_store::RunStatus::Complete
    } else {
        counterfoil_store::RunStatus::Partial
    };
    let detail = serde_json::json!({
        "period": period.id(),
        "deliveries": report.deliveries.len(),
        "confirmed": settled,
        "findings": report.findings.len(),
    });
    let end = counterfoil_store::RunEnd {
        run,
        status,
        detail,
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    let has_effects = work
        .iter()
        .any(|(_, plan)| plan.plan.effects().next().is_some());
    Ok((report, has_effects))
}

struct Applier<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    sink: &'a OpenSink<'a>,
    plan: &'a StoredPlan,
    report: &'a mut ApplyReport,
}

impl Applier<'_> {
    async fn all(&mut self, progress: &dyn Progress) -> Result<(), StoreError> {
        let driver = Driver {
            session: self.session,
            pipeline: self.wired.id,
            sink: self.sink,
            gate: Gate {
                session: self.session,
                wired: self.wired,
                plan: self.plan,
            },
            patient: AtomicBool::new(true),
            replaced: Replaced::load(self.session, self.wired.id, self.sink.id).await?,
        };
        let decided = decisions(self.session, self.wired, &self.plan.plan).await?;
        let open = self
            .session
            .store
            .open_effects(self.wired.id, self.sink.id)
            .await?;
        let mut seen = std::collections::BTreeSet::new();
        progress.begin(
            &self.sink.config.name,
            Some((open.len() + self.plan.plan.effects().count()) as u64),
        );
        for stored in open {
            if self.is_stopped() {
                break;
            }
            progress.note(&stored.effect.reference.0);
            seen.insert(stored.effect.reference.clone());
            self.settle(&driver, stored).await?;
            progress.advance(1);
        }
        for planned in self.plan.plan.effects() {
            if self.is_stopped() {
                break;
            }
            progress.advance(1);
            if seen.contains(&planned.delivery.reference) || !is_approved(&decided, planned) {
                continue;
            }
            if let Some(reason) = driver.gate.paused().await? {
                self.leave(planned, reason);
                continue;
            }
            progress.note(&planned.delivery.reference.0);
            let stored = self.stored(planned).await?;
            self.settle(&driver, stored).await?;
        }
        progress.end();
        Ok(())
    }

    /// Between two deliveries it is safe to stop.
    fn is_stopped(&mut self) -> bool {
        self.report.stopped |= self.session.stop.is_asked();
        self.report.stopped
    }

    async fn settle(
        &mut self,
        driver: &Driver<'_>,
        stored: StoredEffect,
    ) -> Result<(), StoreError> {
        let settled_before = is_settled(stored.effect.state);
        let settled = driver.drive(stored).await?;
        let number = driver.number(&settled).await?;
        self.report.findings.extend(settled.findings);
        let hint = settled
            .hint
            .map(|hint| format!("{}: {hint}", self.sink.config.name));
        if let Some(hint) = hint.filter(|hint| !self.report.warnings.contains(hint)) {
            self.report.warnings.push(hint);
        }
        let effect = &settled.stored.effect;
        let delivery = &settled.stored.planned.delivery;
        self.report.deliveries.push(DeliveryReport {
            sink: self.sink.config.name.clone(),
            reference: effect.reference.to_string(),
            account: self.wired.known.key_of(delivery).to_string(),
            action: effect.action,
            state: effect.state,
            settled_before,
            kind: delivery.kind,
            net: delivery.signed_net(),
            number,
            message: settled.message,
            wait_until: effect.wait_until,
        });
        Ok(())
    }

    /// Nothing is done about it now.
    fn leave(&mut self, planned: &PlannedDelivery, reason: String) {
        let delivery = &planned.delivery;
        self.report.deliveries.push(DeliveryReport {
            sink: self.sink.config.name.clone(),
            reference: delivery.reference.to_string(),
            account: self.wired.known.key_of(delivery).to_string(),
            action: action_of(planned),
            state: State::Planned,
            settled_before: false,
            kind: delivery.kind,
            net: delivery.signed_net(),
            number: None,
            message: Some(reason),
            wait_until: None,
        });
    }

    /// The effect as an earlier run of this plan left it, or a new one. What was rejected starts anew: nothing of it
    /// was applied, and what the sink complained of may be mended.
    async fn stored(&self, planned: &PlannedDelivery) -> Result<StoredEffect, StoreError> {
        let store = &self.session.store;
        let before = store
            .effect(self.sink.id, &planned.delivery.reference)
            .await?;
        let goes_on = |stored: &StoredEffect| {
            stored.plan == self.plan.plan.id && stored.effect.state != State::Rejected
        };
        let is_accepted = before.as_ref().is_some_and(|stored| {
            stored.effect.state == State::Planned && stored.effect.absence_accepted
        });
        if let Some(stored) = before.filter(goes_on) {
            return Ok(stored);
        }
        let mut effect = Effect::planned(
            planned.delivery.reference.clone(),
            action_of(planned),
            planned.amount.difference,
        );
        // What a person said of a document that is gone or void holds for a newer plan of it too.
        effect.absence_accepted = is_accepted;
        store
            .plan_effect(
                self.wired.id,
                self.sink.id,
                self.plan.plan.id,
                planned,
                &effect,
                self.session.now,
            )
            .await
    }
}

fn is_settled(state: State) -> bool {
    matches!(state, State::Confirmed | State::Verified)
}

fn action_of(planned: &PlannedDelivery) -> EffectAction {
    match planned.action {
        PlannedAction::Create => EffectAction::Create,
        PlannedAction::Update => EffectAction::Update,
        PlannedAction::Void => EffectAction::Void,
        PlannedAction::Nothing => {
            unreachable!("`Plan::effects` leaves out what changes nothing")
        }
    }
}

fn is_approved(decided: &BTreeMap<AccountId, Decision>, planned: &PlannedDelivery) -> bool {
    match decided.get(&planned.delivery.slot.account) {
        Some(Decision::Approved { .. }) => true,
        Some(Decision::Held { .. } | Decision::Waiting { .. }) | None => false,
    }
}
