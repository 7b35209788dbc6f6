//! What follows from what stands at the sink: before anything is sent, and after an unknown outcome.
//!
//! "Not there" and "not applied" count only once the sink's declared lag is over, and have to be seen twice.

use super::machine::{Run, Transition, after};
use super::notice;
use super::state::{EffectAction, LookUp, ParkReason};
use crate::counterfoil::Action;

/// So many look-ups have to miss it before it counts as not applied.
const ABSENCES_NEEDED: u32 = 2;

impl Run<'_> {
    /// Only what stands there as it was known is changed or withdrawn.
    pub(super) fn before_sending(mut self, seen: LookUp) -> Transition {
        match (self.effect.action, seen) {
            (EffectAction::Create, LookUp::NotFound)
            | (EffectAction::Update, LookUp::Older | LookUp::Unfinished)
            | (EffectAction::Void, LookUp::Older | LookUp::Unfinished | LookUp::Same) => {
                self.may_go()
            }
            (EffectAction::Create, LookUp::Same) => self.confirmed(Action::Adopted),
            (EffectAction::Update, LookUp::Same) => self.confirmed(Action::Updated),
            (EffectAction::Void, LookUp::Void) => self.confirmed(Action::Voided),
            // An earlier life of this store began it: it goes on as an update of what stands there.
            (EffectAction::Create, LookUp::Unfinished) if self.sink.update => {
                self.effect.action = EffectAction::Update;
                self.may_go()
            }
            (EffectAction::Create, LookUp::Void) => self.voided(),
            (EffectAction::Create | EffectAction::Update, LookUp::Revived { begun: true }) => {
                self.parked(ParkReason::Revived)
            }
            (
                EffectAction::Create | EffectAction::Update | EffectAction::Void,
                LookUp::Revived { .. },
            ) => self.revived(),
            (
                EffectAction::Create,
                LookUp::Unfinished | LookUp::Older | LookUp::Issued | LookUp::Other,
            ) => self.parked(ParkReason::ForeignContent),
            (EffectAction::Update, LookUp::NotFound) => self.missed(Run::vanished),
            (EffectAction::Update, LookUp::Void) => self.vanished(),
            (EffectAction::Void, LookUp::NotFound) => {
                self.missed(|run| run.confirmed(Action::Voided))
            }
            (EffectAction::Update | EffectAction::Void, LookUp::Issued) => self.issued(),
            (EffectAction::Update | EffectAction::Void, LookUp::Other) => {
                let finding = notice::edited(&self.effect);
                self.rejected(finding)
            }
            (
                EffectAction::Create | EffectAction::Update | EffectAction::Void,
                LookUp::Duplicate,
            ) => self.parked(ParkReason::Duplicate),
        }
    }

    pub(super) fn after_unknown(self, seen: LookUp) -> Transition {
        match (self.effect.action, seen) {
            (EffectAction::Create, LookUp::Same) => self.confirmed(Action::Adopted),
            (EffectAction::Update, LookUp::Same) => self.confirmed(Action::Updated),
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
            (EffectAction::Update, LookUp::NotFound) => self.absent(Run::vanished),
            (EffectAction::Update, LookUp::Void) => self.vanished(),
            (EffectAction::Update | EffectAction::Void, LookUp::Issued) => self.absent(Run::issued),
            (EffectAction::Create, LookUp::Void) => self.voided(),
            (EffectAction::Create | EffectAction::Update, LookUp::Revived { begun: true }) => {
                self.parked(ParkReason::Revived)
            }
            (
                EffectAction::Create | EffectAction::Update | EffectAction::Void,
                LookUp::Revived { .. },
            ) => self.absent(Run::revived),
            (EffectAction::Create, LookUp::Older | LookUp::Issued | LookUp::Other)
            | (EffectAction::Update | EffectAction::Void, LookUp::Other) => {
                self.parked(ParkReason::ForeignContent)
            }
            (
                EffectAction::Create | EffectAction::Update | EffectAction::Void,
                LookUp::Duplicate,
            ) => self.parked(ParkReason::Duplicate),
        }
    }

    fn may_go(mut self) -> Transition {
        self.effect.looked_up = true;
        self.effect.absences = 0;
        self.go_on()
    }

    /// A person posted what was a draft: from there on only another document may correct it.
    fn issued(self) -> Transition {
        let finding = notice::issued(&self.effect);
        self.rejected(finding)
    }

    /// What was to be changed is not there: a person says whether that is as it should be.
    fn vanished(self) -> Transition {
        if self.effect.absence_accepted {
            self.confirmed(Action::Voided)
        } else {
            self.parked(ParkReason::Vanished)
        }
    }

    /// It arrived, and somebody voided it before that was recorded: a person says whether it stays so. Then it is
    /// recorded as void, and what it billed is billed under another reference.
    fn voided(self) -> Transition {
        if self.effect.absence_accepted {
            self.confirmed(Action::Voided)
        } else {
            self.parked(ParkReason::Voided)
        }
    }

    /// Sent beside what it replaces, it would bill the same twice.
    fn revived(self) -> Transition {
        let finding = notice::revived(&self.effect);
        self.rejected(finding)
    }

    /// It was seen not to have been applied; believed only after the lag, and the second time.
    fn absent(mut self, then: impl FnOnce(Self) -> Transition) -> Transition {
        let since = self.effect.unknown_since.unwrap_or(self.now);
        let visible = after(since, self.lag_secs());
        if self.now < visible {
            self.effect.wait_until = Some(visible);
            return self.go_on();
        }
        self.missed(then)
    }

    /// Between two look-ups passes the lag.
    fn missed(mut self, then: impl FnOnce(Self) -> Transition) -> Transition {
        self.effect.absences += 1;
        if self.effect.absences < ABSENCES_NEEDED {
            self.effect.wait_until = Some(after(self.now, self.lag_secs()));
            return self.go_on();
        }
        then(self)
    }
}
