//! What is changed or withdrawn is looked up first, and what a person releases is looked up again.

use super::*;
use crate::counterfoil::Action;
use crate::document::Reference;
use crate::finding::FindingCode;
use crate::money::Money;
use crate::plan::Abilities;
use crate::plan::sample::able;
use crate::time::Instant;

fn at(secs: i64) -> Instant {
    Instant::from_seconds(1_000_000 + secs).unwrap()
}

fn effect(action: EffectAction) -> Effect {
    let value = Money::from_minor(1000, "EUR".parse().unwrap());
    Effect::planned(Reference("CF-X".to_owned()), action, value)
}

fn go(effect: &Effect, event: &Event, secs: i64) -> Transition {
    advance(effect, event, &able(), &Limits::default(), at(secs)).unwrap()
}

fn see(effect: &Effect, seen: LookUp, secs: i64) -> Transition {
    go(effect, &Event::LookedUp(seen), secs)
}

#[test]
fn only_our_draft_as_we_knew_it_is_changed_or_withdrawn() {
    for action in [EffectAction::Update, EffectAction::Void] {
        let planned = effect(action);
        assert_eq!(next_step(&planned, &able(), at(0)), Step::LookUp);
        let ours = see(&planned, LookUp::Older, 0);
        assert_eq!(ours.step, Step::WriteIntent, "{action:?}");
        for (seen, code) in [
            (LookUp::Issued, FindingCode::Rejected),
            (LookUp::Other, FindingCode::Mismatched),
        ] {
            let refused = see(&planned, seen, 0);
            assert_eq!(refused.effect.state, State::Rejected, "{action:?} {seen:?}");
            assert_eq!(refused.step, Step::Nothing);
            assert_eq!(refused.finding.unwrap().code, code);
        }
        let two = see(&planned, LookUp::Duplicate, 0);
        assert_eq!(two.effect.parked, Some(ParkReason::Duplicate));
    }
}

#[test]
fn without_a_look_up_it_is_left_to_the_sink() {
    let blind = Abilities {
        find: false,
        ..able()
    };
    let planned = effect(EffectAction::Void);
    assert_eq!(next_step(&planned, &blind, at(0)), Step::WriteIntent);
}

#[test]
fn a_draft_that_was_posted_while_its_withdrawal_was_unknown_stays() {
    let sending = go(&effect(EffectAction::Void), &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    let once = see(&unknown, LookUp::Issued, 20).effect;
    assert_eq!(once.state, State::Unknown);
    assert_eq!(see(&once, LookUp::Issued, 40).effect.state, State::Rejected);
}

#[test]
fn a_withdrawal_of_what_is_gone_is_done_once_that_was_seen_twice() {
    let planned = effect(EffectAction::Void);
    let void = see(&planned, LookUp::Void, 0);
    assert_eq!(void.step, Step::RecordCounterfoil(Action::Voided));
    let once = see(&planned, LookUp::NotFound, 0);
    assert!(matches!(once.step, Step::WaitUntil(_)), "{once:?}");
    // Also where another run takes it up.
    let taken_up = go(&once.effect, &Event::ProcessDied, 0);
    assert!(matches!(taken_up.step, Step::WaitUntil(_)), "{taken_up:?}");
    let twice = see(&taken_up.effect, LookUp::NotFound, 20);
    assert_eq!(twice.step, Step::RecordCounterfoil(Action::Voided));
}

#[test]
fn a_draft_that_vanished_parks_and_its_absence_is_recorded_when_a_person_says_so() {
    let planned = effect(EffectAction::Update);
    let once = see(&planned, LookUp::NotFound, 0).effect;
    let parked = see(&once, LookUp::NotFound, 20);
    assert_eq!(parked.effect.parked, Some(ParkReason::Vanished));
    assert!(
        parked
            .finding
            .unwrap()
            .next_step
            .contains("counterfoil release CF-X ")
    );
    let released = go(&parked.effect, &Event::Released, 30);
    assert_eq!(released.step, Step::LookUp);
    let once = see(&released.effect, LookUp::NotFound, 30).effect;
    let twice = see(&once, LookUp::NotFound, 60);
    assert_eq!(twice.step, Step::RecordCounterfoil(Action::Voided));
    let restored = see(&released.effect, LookUp::Older, 30);
    assert_eq!(restored.step, Step::WriteIntent, "it is changed after all");
}

#[test]
fn what_was_voided_before_it_was_recorded_is_recorded_as_void_when_a_person_says_so() {
    let create = effect(EffectAction::Create);
    let sending = go(&create, &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    for before in [create, unknown] {
        let parked = see(&before, LookUp::Void, 20);
        assert_eq!(parked.effect.parked, Some(ParkReason::Voided));
        let next_step = parked.finding.unwrap().next_step;
        assert!(
            next_step.contains("counterfoil release CF-X "),
            "{next_step}"
        );
        let released = go(&parked.effect, &Event::Released, 30);
        assert_eq!(released.step, Step::LookUp);
        let recorded = see(&released.effect, LookUp::Void, 30);
        assert_eq!(recorded.step, Step::RecordCounterfoil(Action::Voided));
        let restored = see(&released.effect, LookUp::Same, 30);
        assert_eq!(restored.step, Step::RecordCounterfoil(Action::Adopted));
    }
}

#[test]
fn what_replaces_a_void_document_is_not_sent_beside_it() {
    let create = effect(EffectAction::Create);
    let refused = see(&create, LookUp::Revived { begun: false }, 0);
    assert_eq!(refused.effect.state, State::Rejected);
    assert_eq!(refused.finding.unwrap().code, FindingCode::Unexpected);
    let sending = go(&create, &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    let once = see(&unknown, LookUp::Revived { begun: false }, 20).effect;
    assert_eq!(once.state, State::Unknown, "it may have arrived");
    assert_eq!(
        see(&once, LookUp::Revived { begun: false }, 40)
            .effect
            .state,
        State::Rejected
    );
}

#[test]
fn our_own_draft_beside_what_it_replaces_parks_since_something_was_applied() {
    let seen = LookUp::Revived { begun: true };
    let create = effect(EffectAction::Create);
    let sending = go(&create, &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    for before in [create, unknown, effect(EffectAction::Update)] {
        let parked = see(&before, seen, 20);
        assert_eq!(parked.effect.parked, Some(ParkReason::Revived));
        let next_step = parked.finding.unwrap().next_step;
        assert!(
            next_step.contains("counterfoil release CF-X "),
            "{next_step}"
        );
        let released = go(&parked.effect, &Event::Released, 30).effect;
        assert!(!released.absence_accepted);
        assert_eq!(see(&released, seen, 60).effect.state, State::Parked);
    }
}

#[test]
fn what_is_released_is_looked_up_before_anything_is_sent() {
    let create = effect(EffectAction::Create);
    let foreign = see(&create, LookUp::Other, 0).effect;
    let released = go(&foreign, &Event::Released, 5);
    assert_eq!(
        (released.effect.state, released.step),
        (State::Planned, Step::LookUp)
    );

    let sending = go(&create, &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    let double = see(&unknown, LookUp::Duplicate, 20).effect;
    let released = go(&double, &Event::Released, 30);
    assert_eq!(
        (released.effect.state, released.step),
        (State::Unknown, Step::LookUp)
    );
    let once = see(&released.effect, LookUp::NotFound, 40);
    assert_eq!(once.effect.state, State::Unknown, "once is not enough");

    let blind = Abilities {
        find: false,
        ..able()
    };
    let step = |effect: &Effect, event: &Event| {
        advance(effect, event, &blind, &Limits::default(), at(50)).unwrap()
    };
    let lost = step(&sending, &Event::ConnectorTrapped).effect;
    assert_eq!(lost.parked, Some(ParkReason::NoLookUp));
    let vouched = step(&lost, &Event::Released);
    assert_eq!(vouched.step, Step::WriteIntent, "a person vouches for it");
}

#[test]
fn what_an_earlier_run_saw_does_not_let_a_later_one_send() {
    let seen = see(&effect(EffectAction::Void), LookUp::Older, 0);
    assert_eq!(seen.step, Step::WriteIntent);
    let later = go(&seen.effect, &Event::ProcessDied, 9_000);
    assert_eq!(later.step, Step::LookUp);
}
