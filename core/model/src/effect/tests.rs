//! Single transitions, and what a look-up makes of what it finds.

use super::sample::observed;
use super::*;
use crate::counterfoil::{Action, Counterfoil, RemoteDocument};
use crate::decimal::Decimal;
use crate::document::{Delivery, Reference};
use crate::finding::FindingCode;
use crate::money::Money;
use crate::plan::sample::{able, charge, input};
use crate::plan::{Abilities, RemoteState, plan};
use crate::time::Instant;

fn at(secs: i64) -> Instant {
    Instant::from_seconds(1_000_000 + secs).unwrap()
}

fn effect(action: EffectAction) -> Effect {
    let value = Money::from_minor(1000, "EUR".parse().unwrap());
    Effect::planned(Reference("CF-X".to_owned()), action, value)
}

fn lagging() -> Abilities {
    Abilities {
        find_lag_ms: 9_500,
        ..able()
    }
}

fn go(effect: &Effect, event: &Event, secs: i64) -> Transition {
    advance(effect, event, &lagging(), &Limits::default(), at(secs)).unwrap()
}

#[test]
fn a_create_is_looked_up_before_its_intent_and_sent_after_it() {
    let planned = effect(EffectAction::Create);
    assert_eq!(next_step(&planned, &lagging(), at(0)), Step::LookUp);
    let absent = go(&planned, &Event::LookedUp(LookUp::NotFound), 0);
    assert_eq!(absent.step, Step::WriteIntent);
    let sending = go(&absent.effect, &Event::IntentWritten, 0);
    assert_eq!(
        (sending.effect.state, sending.step),
        (State::Sending, Step::Push)
    );
    assert!(sending.effect.is_open());
    let created = go(&sending.effect, &Event::Outcome(Outcome::Created), 1);
    assert_eq!(created.step, Step::RecordCounterfoil(Action::Created));
    let verified = go(&created.effect, &Event::LookedUp(LookUp::Same), 2);
    assert_eq!(verified.effect.state, State::Verified);
}

#[test]
fn not_found_counts_after_the_lag_and_twice() {
    let sending = go(&effect(EffectAction::Update), &Event::IntentWritten, 0);
    let unknown = go(&sending.effect, &Event::Outcome(Outcome::Indeterminate), 0);
    assert_eq!(unknown.step, Step::LookUp);
    let older = Event::LookedUp(LookUp::Older);
    let early = go(&unknown.effect, &older, 3);
    assert_eq!(early.step, Step::WaitUntil(at(11)));
    assert_eq!(early.effect.absences, 0);
    let once = go(&early.effect, &older, 11);
    assert_eq!(once.step, Step::WaitUntil(at(22)));
    let twice = go(&once.effect, &older, 22);
    assert_eq!(
        (twice.step, twice.effect.resends, twice.effect.is_open()),
        (Step::WriteIntent, 1, false)
    );
    let found = go(&once.effect, &Event::LookedUp(LookUp::Same), 22);
    assert_eq!(found.step, Step::RecordCounterfoil(Action::Updated));
}

#[test]
fn foreign_content_duplicates_and_vanished_documents_park() {
    let create = effect(EffectAction::Create);
    let sending = go(&effect(EffectAction::Update), &Event::IntentWritten, 0);
    let unknown = go(&sending.effect, &Event::ConnectorTrapped, 0).effect;
    let once = go(&unknown, &Event::LookedUp(LookUp::NotFound), 50).effect;
    for (effect, seen, reason, code) in [
        (
            &create,
            LookUp::Other,
            ParkReason::ForeignContent,
            FindingCode::ForeignContent,
        ),
        (
            &create,
            LookUp::Void,
            ParkReason::Voided,
            FindingCode::Missing,
        ),
        (
            &unknown,
            LookUp::Other,
            ParkReason::ForeignContent,
            FindingCode::ForeignContent,
        ),
        (
            &unknown,
            LookUp::Duplicate,
            ParkReason::Duplicate,
            FindingCode::Duplicate,
        ),
        (
            &once,
            LookUp::NotFound,
            ParkReason::Vanished,
            FindingCode::Missing,
        ),
    ] {
        let parked = go(effect, &Event::LookedUp(seen), 90);
        assert_eq!(parked.effect.state, State::Parked);
        assert_eq!(parked.effect.parked, Some(reason));
        assert_eq!(parked.finding.unwrap().code, code);
    }
    let released = go(
        &go(&create, &Event::LookedUp(LookUp::Other), 0).effect,
        &Event::Released,
        9,
    );
    assert_eq!(released.step, Step::LookUp);
}

#[test]
fn deferrals_back_off_are_told_and_never_park() {
    let mut effect = effect(EffectAction::Update);
    let mut waits = Vec::new();
    let mut told = Vec::new();
    for _ in 0..20 {
        let sending = go(&effect, &Event::IntentWritten, 0).effect;
        let outcome = Outcome::Deferred {
            retry_after_ms: Some(4_001),
        };
        let deferred = go(&sending, &Event::Outcome(outcome), 0);
        assert_eq!(deferred.effect.state, State::Planned);
        let Step::WaitUntil(until) = deferred.step else {
            panic!("{deferred:?}")
        };
        waits.push(until.seconds() - at(0).seconds());
        told.push(deferred.finding.map(|finding| finding.code));
        effect = deferred.effect;
    }
    assert_eq!(waits[..8], [5, 5, 8, 16, 32, 64, 128, 256]);
    assert_eq!(waits[19], 900);
    assert_eq!(told[6], None);
    assert_eq!(told[7], Some(FindingCode::NotSent));
    let next_run = go(&effect, &Event::ProcessDied, 1);
    assert_eq!(next_run.step, Step::LookUp, "the next apply tries at once");
}

#[test]
fn look_ups_that_fail_leave_an_unknown_outcome_unknown() {
    let sending = go(&effect(EffectAction::Create), &Event::IntentWritten, 0).effect;
    let mut unknown = go(&sending, &Event::ConnectorTrapped, 0).effect;
    let failed = Event::LookUpFailed {
        retry_after_ms: None,
    };
    let mut last = None;
    for _ in 0..20 {
        let moved = go(&unknown, &failed, 1);
        last = moved.finding.map(|finding| finding.code);
        unknown = moved.effect;
    }
    assert_eq!(unknown.state, State::Unknown);
    assert_eq!(last, Some(FindingCode::UnknownEffect));
}

#[test]
fn a_created_draft_that_should_be_posted_is_finished_as_an_update() {
    let create = effect(EffectAction::Create);
    let absent = go(&create, &Event::LookedUp(LookUp::NotFound), 0).effect;
    let sending = go(&absent, &Event::IntentWritten, 0).effect;
    let unknown = go(&sending, &Event::ProcessDied, 0).effect;
    let unposted = Event::LookedUp(LookUp::Unfinished);
    let once = go(&unknown, &unposted, 20).effect;
    let twice = go(&once, &unposted, 40);
    assert_eq!(twice.effect.action, EffectAction::Update);
    assert_eq!(twice.step, Step::WriteIntent);
}

#[test]
fn what_cannot_happen_is_an_error() {
    let confirmed = Effect {
        state: State::Confirmed,
        ..effect(EffectAction::Create)
    };
    let error = advance(
        &confirmed,
        &Event::IntentWritten,
        &able(),
        &Limits::default(),
        at(0),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "IntentWritten cannot happen to an effect that is Confirmed"
    );
}

fn sent() -> Delivery {
    let charges = vec![charge("vcpu", "15", "10"), charge("disk", "100", "0.5")];
    plan(input(charges)).unwrap().deliveries.remove(0).delivery
}

fn confirmed(delivery: &Delivery) -> Counterfoil {
    let document = observed(delivery);
    Counterfoil {
        number: 1,
        action: Action::Created,
        delivery: delivery.clone(),
        content_digest: delivery.content_digest(),
        remote: RemoteDocument {
            id: document.id,
            number: None,
            url: None,
            version: Some("1".to_owned()),
            lines: Vec::new(),
        },
        posted: delivery.post,
        plan: String::new(),
        confirmed: at(0),
    }
}

fn seen(delivery: &Delivery, older: Option<&Delivery>, document: ObservedDocument) -> LookUp {
    let older = older.map(confirmed);
    look_up(delivery, older.as_ref(), &[document], &able())
}

#[test]
fn a_look_up_tells_same_older_other_and_unfinished_apart() {
    let delivery = sent();
    let document = observed(&delivery);
    assert_eq!(seen(&delivery, None, document.clone()), LookUp::Same);
    let mut draft = document.clone();
    draft.state = RemoteState::Draft;
    assert_eq!(seen(&delivery, None, draft.clone()), LookUp::Unfinished);
    let mut changed = delivery.clone();
    changed.lines[0].description = "disk silver".to_owned();
    assert_eq!(
        seen(&changed, Some(&delivery), draft.clone()),
        LookUp::Older
    );
    assert_eq!(seen(&changed, None, document.clone()), LookUp::Other);
    // A draft of ours that somebody posted is issued; what was to be posted is the same.
    let unposted = Delivery {
        post: false,
        ..delivery.clone()
    };
    assert_eq!(
        seen(&unposted, Some(&unposted), document.clone()),
        LookUp::Issued
    );
    assert_eq!(
        seen(&delivery, Some(&unposted), document.clone()),
        LookUp::Same
    );
    let two = [document.clone(), document.clone()];
    assert_eq!(look_up(&delivery, None, &two, &able()), LookUp::Duplicate);
    let mut void = document.clone();
    void.state = RemoteState::Void;
    let beside = [void.clone(), document.clone()];
    assert_eq!(look_up(&delivery, None, &beside, &able()), LookUp::Same);
    let voids = [void.clone(), void];
    assert_eq!(look_up(&delivery, None, &voids, &able()), LookUp::Void);
    // A digest that was left in place does not vouch for edited lines, and another digest is other content.
    let mut edited = document.clone();
    edited.content_digest = Some(delivery.content_digest().to_string());
    assert_eq!(seen(&delivery, None, edited.clone()), LookUp::Same);
    if let Some(digest) = &mut edited.content_digest {
        digest.truncate(16);
    }
    assert_eq!(seen(&delivery, None, edited.clone()), LookUp::Same);
    edited.lines[1].net = Decimal::ONE;
    assert_eq!(seen(&delivery, None, edited), LookUp::Other);
    let mut other = document;
    other.content_digest = Some(changed.content_digest().to_string());
    assert_eq!(seen(&delivery, None, other), LookUp::Other);
}

#[test]
fn a_draft_that_is_half_replaced_is_unfinished_and_an_edited_one_is_not() {
    let older = sent();
    let mut delivery = older.clone();
    let gone = delivery.lines.pop().unwrap();
    delivery.net = delivery.lines[0].net;
    let mut half = observed(&older);
    half.state = RemoteState::Draft;
    half.content_digest = Some(delivery.content_digest().to_string());
    for (line, sent) in half.lines.iter_mut().zip(&older.lines) {
        line.line = Some(sent.id.clone());
    }
    let look = |document: ObservedDocument| seen(&delivery, Some(&older), document);
    assert_eq!(look(half.clone()), LookUp::Unfinished);
    assert_eq!(seen(&delivery, None, half.clone()), LookUp::Other);
    let mut posted = half.clone();
    posted.state = RemoteState::Posted;
    assert_eq!(look(posted), LookUp::Other);
    let mut of_others = half.clone();
    of_others.content_digest = Some("0".repeat(64));
    assert_eq!(look(of_others), LookUp::Other);
    // Somebody's work on a line that is kept, on one that is to go, and on a new one.
    for edit in 0..3 {
        let mut edited = half.clone();
        match edit {
            0 => edited.lines[0].description.push('!'),
            1 => edited.lines[1].description.push('!'),
            _ => edited.lines[1].line = None,
        }
        assert_eq!(look(edited), LookUp::Other, "{edit}");
    }
    assert_eq!(half.lines[1].description, gone.description);
}

#[test]
fn an_edit_that_was_set_back_is_no_edit_and_neither_is_what_nobody_touched() {
    let older = sent();
    let mut wanted = older.clone();
    wanted.post = false;
    wanted.lines[0].description = "disk silver".to_owned();
    let mut draft = observed(&older);
    draft.state = RemoteState::Draft;
    draft.version = Some("3".to_owned());
    assert_eq!(seen(&wanted, Some(&older), draft.clone()), LookUp::Older);
    draft.lines[0].net = Decimal::ONE;
    assert_eq!(seen(&wanted, Some(&older), draft.clone()), LookUp::Other);
    // The version that was confirmed: this is how the sink shows what was sent.
    draft.version = Some("1".to_owned());
    assert_eq!(seen(&wanted, Some(&older), draft), LookUp::Older);
}

#[test]
fn differences_are_told_line_by_line() {
    let delivery = sent();
    let mut document = observed(&delivery);
    document.lines.reverse();
    assert!(compare(&delivery, &document, &able()).is_same());
    document.lines[0].net = "95.00".parse().unwrap();
    document.lines[1].quantity = Some("99".parse().unwrap());
    document.net = "145.00".parse().unwrap();
    document.lines.push(ObservedLine {
        id: "new".to_owned(),
        line: None,
        description: "by hand".to_owned(),
        quantity: None,
        unit_price: None,
        net: Decimal::ZERO,
    });
    let comparison = compare(&delivery, &document, &able());
    let texts: Vec<&str> = comparison
        .changes
        .iter()
        .map(|change| change.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "line 1 `disk gold`: quantity 100 → 99",
            "line 2 `vcpu gold`: net 150.00 → 95.00",
            "added line `by hand`: net 0.00",
            "total net 200.00 → 145.00"
        ]
    );
    assert_eq!(comparison.weight(), Some(Weight::Money));
}

#[test]
fn a_quantity_is_compared_under_the_rounding_of_the_sink() {
    let delivery = plan(input(vec![charge("backup", "5200/31", "0.50")]))
        .unwrap()
        .deliveries
        .remove(0)
        .delivery;
    let mut document = observed(&delivery);
    document.lines[0].quantity = Some("167.74".parse().unwrap());
    let two_decimals = Abilities {
        quantity_decimals: Some(2),
        ..able()
    };
    assert!(compare(&delivery, &document, &two_decimals).is_same());
    assert!(!compare(&delivery, &document, &able()).is_same());
}
