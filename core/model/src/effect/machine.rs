//! The state machine: an effect, what happened, and what follows. The clock is an argument.
//!
//! A create is looked up before its first push. After an unknown outcome, "not there" counts only once the sink's
//! declared lag is over, and has to be seen twice before anything is sent again.

use super::notice;
use super::state::{
    Effect, EffectAction, EffectError, Event, Limits, LookUp, Outcome, ParkReason, State, Step,
};
use crate::counterfoil::Action;
use crate::finding::Finding;
use crate::plan::Abilities;
use crate::time::Instant;

/// So many look-ups have to miss it before it counts as not applied.
const ABSENCES_NEEDED: u32 = 2;

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
        State::Planned => {
            let first_create = effect.action == EffectAction::Create && !effect.looked_up;
            if first_create && sink.find {
                Step::LookUp
            } else {
                Step::WriteIntent
            }
        }
        State::Sending => Step::AwaitOutcome,
        State::Unknown => Step::LookUp,
        State::Confirmed | State::Verified | State::Rejected | State::Parked => Step::Nothing,
    }
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
        (State::Planned, Event::LookedUp(seen)) => Ok(run.before_first_create(*seen)),
        (State::Planned | State::Unknown, Event::LookUpFailed { retry_after_ms }) => {
            Ok(run.deferred(*retry_after_ms))
        }
        (State::Sending, Event::Outcome(outcome)) => Ok(run.outcome(*outcome)),
        (State::Sending, Event::ConnectorTrapped | Event::ProcessDied) => Ok(run.unknown()),
        (State::Unknown, Event::LookedUp(seen)) => Ok(run.after_unknown(*seen)),
        (State::Confirmed, Event::LookedUp(LookUp::Same)) => Ok(run.into_state(State::Verified)),
        (State::Parked, Event::Released) => Ok(run.released()),
        // Nothing was in flight: there is nothing to lose with the process.
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

struct Run<'a> {
    effect: Effect,
    sink: &'a Abilities,
    limits: &'a Limits,
    now: Instant,
}

impl Run<'_> {
    fn before_first_create(mut self, seen: LookUp) -> Transition {
        match seen {
            LookUp::NotFound => {
                self.effect.looked_up = true;
                self.go_on()
            }
            LookUp::Same => self.confirmed(Action::Adopted),
            // An earlier life of this store began it: it goes on as an update of what stands there.
            LookUp::Unfinished if self.sink.update => {
                self.effect.looked_up = true;
                self.effect.action = EffectAction::Update;
                self.go_on()
            }
            LookUp::Unfinished | LookUp::Older | LookUp::Other | LookUp::Void => {
                self.parked(ParkReason::ForeignContent)
            }
            LookUp::Duplicate => self.parked(ParkReason::Duplicate),
        }
    }

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
                let mut transition = self.into_state(State::Rejected);
                transition.finding = Some(finding);
                transition
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

    fn after_unknown(self, seen: LookUp) -> Transition {
        let action = self.effect.action;
        match (action, seen) {
            (EffectAction::Create | EffectAction::Update, LookUp::Same) => {
                let action = match action {
                    EffectAction::Create => Action::Adopted,
                    EffectAction::Update | EffectAction::Void => Action::Updated,
                };
                self.confirmed(action)
            }
            (EffectAction::Void, LookUp::Void) => self.confirmed(Action::Voided),
            (EffectAction::Create, LookUp::NotFound)
            | (EffectAction::Update, LookUp::Older)
            | (EffectAction::Void, LookUp::Same | LookUp::Unfinished | LookUp::Older) => {
                self.absent(Run::send_again)
            }
            (EffectAction::Create | EffectAction::Update, LookUp::Unfinished) => {
                self.absent(Run::finish)
            }
            (EffectAction::Void, LookUp::NotFound) => {
                self.absent(|run| run.confirmed(Action::Voided))
            }
            (EffectAction::Update, LookUp::NotFound) => {
                self.absent(|run| run.parked(ParkReason::Vanished))
            }
            (EffectAction::Create, LookUp::Older | LookUp::Other | LookUp::Void)
            | (EffectAction::Update, LookUp::Other | LookUp::Void)
            | (EffectAction::Void, LookUp::Other) => self.parked(ParkReason::ForeignContent),
            (
                EffectAction::Create | EffectAction::Update | EffectAction::Void,
                LookUp::Duplicate,
            ) => self.parked(ParkReason::Duplicate),
        }
    }

    /// It was seen not to have been applied; believed only after the lag, and the second time.
    fn absent(mut self, then: impl FnOnce(Self) -> Transition) -> Transition {
        let since = self.effect.unknown_since.unwrap_or(self.now);
        let visible = after(since, self.lag_secs());
        if self.now < visible {
            self.effect.wait_until = Some(visible);
            return self.go_on();
        }
        self.effect.absences += 1;
        if self.effect.absences < ABSENCES_NEEDED {
            self.effect.wait_until = Some(after(self.now, self.lag_secs()));
            return self.go_on();
        }
        then(self)
    }

    fn send_again(mut self) -> Transition {
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
    fn finish(mut self) -> Transition {
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

    fn deferred(mut self, retry_after_ms: Option<u32>) -> Transition {
        if self.effect.deferrals >= self.limits.deferrals_max {
            return self.parked(ParkReason::TooManyAttempts);
        }
        let doubled = 1_u32
            .checked_shl(self.effect.deferrals)
            .and_then(|factor| self.limits.back_off_first_secs.checked_mul(factor))
            .unwrap_or(u32::MAX)
            .min(self.limits.back_off_most_secs);
        let asked = retry_after_ms.map_or(0, |wait| wait.div_ceil(1000));
        self.effect.deferrals += 1;
        self.effect.wait_until = Some(after(self.now, doubled.max(asked)));
        self.go_on()
    }

    fn confirmed(mut self, action: Action) -> Transition {
        self.effect.state = State::Confirmed;
        self.effect.unknown_since = None;
        self.effect.wait_until = None;
        self.with(Step::RecordCounterfoil(action))
    }

    fn parked(mut self, reason: ParkReason) -> Transition {
        self.effect.state = State::Parked;
        self.effect.parked = Some(reason);
        self.effect.wait_until = None;
        let finding = notice::parked(&self.effect, reason, self.now);
        let mut transition = self.with(Step::Nothing);
        transition.finding = Some(finding);
        transition
    }

    /// A person vouches for it; where the sink can be asked, it is asked all the same.
    fn released(mut self) -> Transition {
        let was_sent = self.effect.unknown_since.is_some();
        self.effect.parked = None;
        self.effect.deferrals = 0;
        self.effect.resends = 0;
        self.effect.absences = 0;
        self.effect.looked_up = false;
        self.effect.state = if was_sent && self.sink.find {
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

    fn go_on(self) -> Transition {
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
    fn lag_secs(&self) -> u32 {
        self.sink.find_lag_ms.div_ceil(1000) + 1
    }
}

fn after(instant: Instant, secs: u32) -> Instant {
    Instant::from_seconds(instant.seconds() + i64::from(secs)).unwrap_or(instant)
}
