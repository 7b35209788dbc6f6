//! The state machine: an effect, what happened, and what follows. The clock is an argument.
//!
//! Everything is looked up before it is first sent; `seen` says what follows from what stands there.

use super::notice;
use super::state::{
    Effect, EffectAction, EffectError, Event, Limits, LookUp, Outcome, ParkReason, State, Step,
};
use crate::counterfoil::Action;
use crate::finding::Finding;
use crate::plan::Abilities;
use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    pub effect: Effect,
    pub step: Step,
    pub finding: Option<Finding>,
}

/// What to do with an effect that was read from the store.
pub fn next_step(effect: &Effect, sink: &Abilities, now: Instant) -> Step {
    if let Some(until) = effect.wait_until
        && now < until
    {
        return Step::WaitUntil(until);
    }
    match effect.state {
        State::Planned if sink.find && !effect.looked_up => Step::LookUp,
        State::Planned => Step::WriteIntent,
        State::Sending => Step::AwaitOutcome,
        State::Unknown => Step::LookUp,
        State::Confirmed | State::Verified | State::Rejected | State::Parked => Step::Nothing,
    }
}

/// What a person has to do about an effect that is parked.
pub fn standing(effect: &Effect, now: Instant) -> Option<Finding> {
    let reason = effect.parked?;
    Some(notice::parked(effect, reason, now))
}

/// Applies what happened.
pub fn advance(
    effect: &Effect,
    event: &Event,
    sink: &Abilities,
    limits: &Limits,
    now: Instant,
) -> Result<Transition, EffectError> {
    let run = Run {
        effect: effect.clone(),
        sink,
        limits,
        now,
    };
    match (effect.state, event) {
        (State::Planned, Event::IntentWritten) => Ok(run.sending()),
        (State::Planned, Event::LookedUp(seen)) => Ok(run.before_sending(*seen)),
        (State::Planned | State::Unknown, Event::LookUpFailed { retry_after_ms }) => {
            Ok(run.deferred(*retry_after_ms))
        }
        (State::Planned, Event::ProcessDied) => Ok(run.taken_up()),
        (State::Sending, Event::Outcome(outcome)) => Ok(run.outcome(*outcome)),
        (State::Sending, Event::ConnectorTrapped | Event::ProcessDied) => Ok(run.unknown()),
        (State::Unknown, Event::LookedUp(seen)) => Ok(run.after_unknown(*seen)),
        (State::Confirmed, Event::LookedUp(LookUp::Same)) => Ok(run.into_state(State::Verified)),
        (State::Parked, Event::Released) => Ok(run.released()),
        // There is nothing to lose with the process.
        (_, Event::ProcessDied) => {
            let step = next_step(effect, sink, now);
            Ok(run.with(step))
        }
        // Whatever is seen of a settled effect is for reconcile to judge.
        (
            State::Confirmed | State::Verified | State::Rejected | State::Parked,
            Event::LookedUp(_) | Event::LookUpFailed { .. },
        ) => Ok(run.with(Step::Nothing)),
        (state, event) => Err(EffectError {
            state,
            event: event.clone(),
        }),
    }
}

pub(super) struct Run<'a> {
    pub(super) effect: Effect,
    pub(super) sink: &'a Abilities,
    limits: &'a Limits,
    pub(super) now: Instant,
}

impl Run<'_> {
    fn outcome(self, outcome: Outcome) -> Transition {
        match outcome {
            Outcome::Created => self.confirmed(Action::Created),
            Outcome::Updated => self.confirmed(Action::Updated),
            Outcome::Voided => self.confirmed(Action::Voided),
            Outcome::Unchanged => {
                let action = match self.effect.action {
                    EffectAction::Create => Action::Adopted,
                    EffectAction::Update => Action::Updated,
                    EffectAction::Void => Action::Voided,
                };
                self.confirmed(action)
            }
            Outcome::Rejected => {
                let finding = notice::rejected(&self.effect);
                self.rejected(finding)
            }
            Outcome::Deferred { retry_after_ms } => {
                let mut run = self;
                run.effect.state = State::Planned;
                run.effect.looked_up = false;
                run.effect.unknown_since = None;
                run.deferred(retry_after_ms)
            }
            Outcome::Indeterminate => self.unknown(),
        }
    }

    /// Nothing of it was sent, so that what an earlier run saw and how long that one wanted to wait count no more; only
    /// the time between two absences does.
    fn taken_up(mut self) -> Transition {
        self.effect.looked_up = false;
        if self.effect.absences == 0 {
            self.effect.wait_until = None;
        }
        self.go_on()
    }

    pub(super) fn send_again(mut self) -> Transition {
        if self.effect.resends >= self.limits.resends_max {
            return self.parked(ParkReason::TooManyAttempts);
        }
        self.effect.resends += 1;
        self.effect.state = State::Planned;
        // It was looked up just now, twice.
        self.effect.looked_up = true;
        self.effect.unknown_since = None;
        self.effect.absences = 0;
        self.effect.wait_until = None;
        self.go_on()
    }

    /// What was begun is updated, so that nothing is created again.
    pub(super) fn finish(mut self) -> Transition {
        if !self.sink.update {
            return self.parked(ParkReason::ForeignContent);
        }
        self.effect.action = EffectAction::Update;
        self.send_again()
    }

    fn sending(mut self) -> Transition {
        self.effect.state = State::Sending;
        self.effect.unknown_since = Some(self.now);
        self.effect.wait_until = None;
        self.with(Step::Push)
    }

    fn unknown(mut self) -> Transition {
        self.effect.state = State::Unknown;
        self.effect.unknown_since = Some(self.now);
        self.effect.absences = 0;
        if self.sink.find {
            self.go_on()
        } else {
            self.parked(ParkReason::NoLookUp)
        }
    }

    /// However often: nothing was sent, or it is looked up first, so that trying again does no harm.
    fn deferred(mut self, retry_after_ms: Option<u32>) -> Transition {
        let doubled = 1_u32
            .checked_shl(self.effect.deferrals)
            .and_then(|factor| self.limits.back_off_first_secs.checked_mul(factor))
            .unwrap_or(u32::MAX)
            .min(self.limits.back_off_most_secs);
        let asked = retry_after_ms.map_or(0, |wait| wait.div_ceil(1000));
        self.effect.deferrals = self.effect.deferrals.saturating_add(1);
        self.effect.wait_until = Some(after(self.now, doubled.max(asked)));
        let is_told = self.effect.deferrals >= self.limits.deferrals_untold;
        let finding = is_told.then(|| notice::put_off(&self.effect));
        let mut transition = self.go_on();
        transition.finding = finding;
        transition
    }

    pub(super) fn confirmed(mut self, action: Action) -> Transition {
        self.effect.state = State::Confirmed;
        self.effect.unknown_since = None;
        self.effect.wait_until = None;
        self.with(Step::RecordCounterfoil(action))
    }

    pub(super) fn parked(mut self, reason: ParkReason) -> Transition {
        self.effect.state = State::Parked;
        self.effect.parked = Some(reason);
        self.effect.wait_until = None;
        let finding = notice::parked(&self.effect, reason, self.now);
        let mut transition = self.with(Step::Nothing);
        transition.finding = Some(finding);
        transition
    }

    pub(super) fn rejected(self, finding: Finding) -> Transition {
        let mut transition = self.into_state(State::Rejected);
        transition.finding = Some(finding);
        transition
    }

    /// A person vouches for it; where the sink can be asked, it is asked all the same.
    fn released(mut self) -> Transition {
        let was_sent = self.effect.unknown_since.is_some();
        let can_be_asked = self.effect.parked != Some(ParkReason::NoLookUp);
        self.effect.absence_accepted = matches!(
            self.effect.parked,
            Some(ParkReason::Vanished | ParkReason::Voided)
        );
        self.effect.parked = None;
        self.effect.deferrals = 0;
        self.effect.resends = 0;
        self.effect.absences = 0;
        self.effect.looked_up = false;
        self.effect.state = if was_sent && can_be_asked {
            State::Unknown
        } else {
            self.effect.unknown_since = None;
            State::Planned
        };
        self.go_on()
    }

    fn into_state(mut self, state: State) -> Transition {
        self.effect.state = state;
        self.effect.unknown_since = None;
        self.with(Step::Nothing)
    }

    pub(super) fn go_on(self) -> Transition {
        let step = next_step(&self.effect, self.sink, self.now);
        self.with(step)
    }

    fn with(self, step: Step) -> Transition {
        Transition {
            effect: self.effect,
            step,
            finding: None,
        }
    }

    /// Instants have whole seconds, so one is added for the fractions that were dropped.
    pub(super) fn lag_secs(&self) -> u32 {
        self.sink.find_lag_ms.div_ceil(1000) + 1
    }
}

pub(super) fn after(instant: Instant, secs: u32) -> Instant {
    Instant::from_seconds(instant.seconds() + i64::from(secs)).unwrap_or(instant)
}
