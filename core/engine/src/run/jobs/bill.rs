//! Bills: plans the periods that have ended, applies what is approved of them, and reconciles.

use counterfoil_model::effect::State;
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Date, Instant};
use counterfoil_store::StoreError;
use counterfoil_store::scheduling::JobOutcome;
use tracing::Instrument;

use super::words::{Sendable, applied, sendable};
use super::{Done, JobError, Work};
use crate::apply::{ApplyError, apply};
use crate::approve::Decision;
use crate::plan::{Reviewed, plan};
use crate::progress::Silent;

/// Periods that one bill catches up at most; the oldest come first, and another bill follows at once.
const PERIODS_MAX: usize = 36;

impl Work<'_> {
    pub(super) async fn bill(&self, covered_until: Instant) -> Result<Done, JobError> {
        let mut done = Done::new(JobOutcome::Complete, String::new());
        let mut messages = Vec::new();
        let store_error = |source| JobError::Store { source };
        let (periods, is_behind) = self.periods_to_bill(covered_until)?;
        done.is_behind = is_behind;
        for period in periods {
            if self.session.stop.is_asked() {
                done.outcome = JobOutcome::Stopped;
                break;
            }
            // What a process that died had begun is settled first: what is unknown would keep a new plan from approval.
            let settled = self.settle_begun(&period).await?;
            if let Some(sent) = settled.filter(|sent| sent.outcome == JobOutcome::Stopped) {
                done.outcome = sent.outcome;
                messages.push(format!("{}: {}", period.id(), sent.message));
                break;
            }
            let planning = plan(
                self.session,
                self.connectors,
                self.wired,
                &period,
                Reviewed::Nothing,
                &Silent,
            )
            .instrument(stage_span!("plan"))
            .await;
            self.tell("plan", &planning).await;
            let planned = planning?;
            done.covered_until = Some(period.period().to());
            let (outcome, message) = match sendable(&planned) {
                Sendable::Nothing => self.nothing_to_send(&period).await?,
                Sendable::Waits(words) => (JobOutcome::Waiting, words),
                Sendable::Approved => {
                    let sent = self.apply_and_reconcile(&period).await?;
                    (sent.outcome, sent.message)
                }
            };
            done.outcome = done.outcome.max(outcome);
            messages.push(format!("{}: {message}", period.id()));
        }
        if messages.is_empty() {
            messages.push("no period to bill".to_owned());
        }
        done.message = messages.join("; ");
        // Counted before it is looked: a decision that comes between the two is taken account of later.
        let decisions = self.session.store.decision_count(self.wired.id).await;
        let decisions = decisions.map_err(store_error)?;
        if !self.has_pending().await.map_err(store_error)? {
            done.decisions = Some(decisions);
        }
        Ok(done)
    }

    /// Goes on with deliveries of a period that were begun, under the plan in force. Where that does not hold any more,
    /// the next plan settles them.
    async fn settle_begun(&self, period: &BillingPeriod) -> Result<Option<Sent>, JobError> {
        let store = &self.session.store;
        let unsettled = store.unsettled(self.wired.id).await;
        let unsettled = unsettled.map_err(|source| JobError::Store { source })?;
        let is_begun = unsettled
            .iter()
            .any(|delivery| delivery.billing_period == period.id() && delivery.state != "planned");
        if !is_begun {
            return Ok(None);
        }
        match self.apply_and_reconcile(period).await {
            Ok(sent) => Ok(Some(sent)),
            Err(JobError::Apply(ApplyError::Refused { .. } | ApplyError::NoPlan { .. })) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What was sent of the period before is compared all the same: a process may have died before it did.
    async fn nothing_to_send(
        &self,
        period: &BillingPeriod,
    ) -> Result<(JobOutcome, String), JobError> {
        let store = &self.session.store;
        let billed = store.billed_periods(self.wired.id).await;
        let billed = billed.map_err(|source| JobError::Store { source })?;
        if !billed.contains(&period.id()) {
            return Ok((JobOutcome::Complete, "nothing to send".to_owned()));
        }
        let (outcome, words) = self.reconcile(period).await?;
        Ok((outcome, format!("nothing to send, {words}")))
    }

    /// Waits something approved in any plan in force?
    async fn has_pending(&self) -> Result<bool, StoreError> {
        for id in self.session.store.planned_periods(self.wired.id).await? {
            let zone = self.wired.pipeline.zone.clone();
            // A period that cannot be read has no plan that could be applied.
            if let Ok(period) = BillingPeriod::parse(&id, zone)
                && self.has_approved(&period).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Applies each period that something approved waits in, or a delivery that was begun.
    pub(super) async fn apply_pending(&self) -> Result<Done, JobError> {
        let store_error = |source| JobError::Store { source };
        let store = &self.session.store;
        let decisions = store.decision_count(self.wired.id).await;
        let decisions = decisions.map_err(store_error)?;
        let begun = store.unsettled(self.wired.id).await.map_err(store_error)?;
        let mut done = Done::new(JobOutcome::Complete, String::new());
        done.decisions = Some(decisions);
        let mut messages = Vec::new();
        for id in store
            .planned_periods(self.wired.id)
            .await
            .map_err(store_error)?
        {
            // What was put off and may still be sent is among what is approved.
            let is_begun = begun
                .iter()
                .any(|delivery| delivery.billing_period == id && delivery.state != "planned");
            let period = self.period(&id)?;
            if !is_begun && !self.has_approved(&period).await.map_err(store_error)? {
                continue;
            }
            if self.session.stop.is_asked() {
                done.outcome = JobOutcome::Stopped;
                done.decisions = None;
                break;
            }
            let sent = match self.apply_and_reconcile(&period).await {
                // Later periods do not wait until somebody plans this one again.
                Err(JobError::Apply(
                    error @ (ApplyError::Refused { .. } | ApplyError::NoPlan { .. }),
                )) => {
                    done.is_refused |= is_begun;
                    Sent::refused(&error)
                }
                sent => sent?,
            };
            if sent.is_paused {
                done.decisions = None;
            }
            done.outcome = done.outcome.max(sent.outcome);
            messages.push(format!("{id}: {}", sent.message));
        }
        if messages.is_empty() {
            messages.push("nothing to send".to_owned());
        }
        done.message = messages.join("; ");
        Ok(done)
    }

    fn periods_to_bill(
        &self,
        covered_until: Instant,
    ) -> Result<(Vec<BillingPeriod>, bool), JobError> {
        let pipeline = self.wired.pipeline;
        let current = BillingPeriod::containing(self.session.now, pipeline.zone.clone());
        current
            .and_then(|current| ended_since(&current, pipeline.config.bill_from, covered_until))
            .map_err(|source| JobError::Period { source })
    }

    /// Is there something approved in the plans in force that was not sent?
    async fn has_approved(&self, period: &BillingPeriod) -> Result<bool, StoreError> {
        let store = &self.session.store;
        for (sink, _) in &self.wired.sinks {
            let Some(stored) = store
                .newest_plan(self.wired.id, *sink, &period.id())
                .await?
            else {
                continue;
            };
            let decided = crate::approve::decisions(self.session, self.wired, &stored.plan).await?;
            for planned in stored.plan.effects() {
                let delivery = &planned.delivery;
                let decision = decided.get(&delivery.slot.account);
                if !matches!(decision, Some(Decision::Approved { .. })) {
                    continue;
                }
                let effect = store.effect(*sink, &delivery.reference).await?;
                let is_settled = effect.is_some_and(|stored_effect| {
                    use State::{Confirmed, Parked, Rejected, Verified};
                    let state = stored_effect.effect.state;
                    stored_effect.plan == stored.plan.id
                        && matches!(state, Confirmed | Verified | Rejected | Parked)
                });
                if !is_settled {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn apply_and_reconcile(&self, period: &BillingPeriod) -> Result<Sent, JobError> {
        let turn = self.turns.apply.lock().await;
        let sending = apply(self.session, self.connectors, self.wired, period, &Silent)
            .instrument(stage_span!("apply"))
            .await;
        drop(turn);
        self.tell("apply", &sending).await;
        let report = match sending {
            Ok(report) => report,
            Err(error @ ApplyError::Paused { .. }) => return Ok(Sent::waits(&error, true)),
            Err(error @ ApplyError::NothingApproved) => return Ok(Sent::waits(&error, false)),
            Err(error) => return Err(error.into()),
        };
        let (outcome, message) = applied(&report);
        if outcome == JobOutcome::Stopped {
            return Ok(Sent {
                outcome,
                message,
                is_paused: true,
            });
        }
        let (compared, compared_words) = self.reconcile(period).await?;
        Ok(Sent {
            outcome: outcome.max(compared),
            message: format!("{message}, {compared_words}"),
            is_paused: false,
        })
    }
}

/// The last period that has ended, and those before it that ended since the last bill; none before `bill_from`. And
/// whether there are more than one bill catches up.
fn ended_since(
    current: &BillingPeriod,
    bill_from: Option<Date>,
    covered_until: Instant,
) -> Result<(Vec<BillingPeriod>, bool), BillingPeriodError> {
    let mut period = current.previous()?;
    let is_billed = |period: &BillingPeriod| bill_from.is_none_or(|day| period.last_day() >= day);
    let mut periods = Vec::new();
    while is_billed(&period) && (periods.is_empty() || period.period().to() > covered_until) {
        let before = period.previous()?;
        periods.push(std::mem::replace(&mut period, before));
    }
    periods.reverse();
    let is_behind = periods.len() > PERIODS_MAX;
    periods.truncate(PERIODS_MAX);
    Ok((periods, is_behind))
}

struct Sent {
    outcome: JobOutcome,
    message: String,
    /// What was decided is not done: it goes on later.
    is_paused: bool,
}

impl Sent {
    fn refused(error: &ApplyError) -> Self {
        let hint = error.hint().unwrap_or_default();
        Self {
            outcome: JobOutcome::Partial,
            message: format!("{error}; hint: {hint}"),
            is_paused: false,
        }
    }

    fn waits(error: &ApplyError, is_paused: bool) -> Self {
        Self {
            outcome: JobOutcome::Waiting,
            message: error.to_string(),
            is_paused,
        }
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_model::time::TimeZone;

    use super::*;

    fn month(id: &str) -> BillingPeriod {
        BillingPeriod::parse(id, TimeZone::UTC).unwrap()
    }

    #[test]
    fn years_are_caught_up_in_bills_that_follow_one_another_and_leave_nothing_out() {
        let bill_from = Some("2020-01-15".parse().unwrap());
        let mut covered_until = month("2019-12").period().to();
        let mut billed = Vec::new();
        let mut bills = 0;
        loop {
            let (periods, is_behind) =
                ended_since(&month("2026-05"), bill_from, covered_until).unwrap();
            covered_until = periods.last().unwrap().period().to();
            billed.extend(periods.iter().map(BillingPeriod::id));
            bills += 1;
            if !is_behind {
                break;
            }
        }
        assert_eq!((bills, billed.len()), (3, 76));
        assert_eq!(
            (&*billed[0], &*billed[36], &*billed[75]),
            ("2020-01", "2023-01", "2026-04")
        );
        assert!(billed.is_sorted_by(|one, next| one < next));
    }
}
