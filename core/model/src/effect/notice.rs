//! The findings of effects: why one stopped, and what to do next.

use super::state::{Effect, EffectAction, ParkReason, State};
use crate::finding::{Finding, FindingCode, Severity};
use crate::time::Instant;

pub(super) fn rejected(effect: &Effect) -> Finding {
    let reference = &effect.reference;
    refusal(
        effect,
        FindingCode::Rejected,
        format!("The sink refused {reference}; nothing was applied."),
        "Mend what the sink complains of, then run `counterfoil plan`, `counterfoil approve` and `counterfoil apply` \
         again."
            .to_owned(),
    )
}

/// It is to be changed or withdrawn as a draft, and is none any more.
pub(super) fn issued(effect: &Effect) -> Finding {
    let reference = &effect.reference;
    let what = intended(effect);
    refusal(
        effect,
        FindingCode::Rejected,
        format!("{reference} was to be {what} and was posted at the sink meanwhile; nothing was sent."),
        "Run `counterfoil reconcile`, which records that it was posted, then `counterfoil plan`: what is wrong with it \
         becomes a correction."
            .to_owned(),
    )
}

pub(super) fn edited(effect: &Effect) -> Finding {
    let reference = &effect.reference;
    let what = intended(effect);
    refusal(
        effect,
        FindingCode::Mismatched,
        format!(
            "{reference} was to be {what} and was edited at the sink meanwhile; nothing was sent."
        ),
        format!(
            "Set it back at the sink (`counterfoil explain {reference}` shows what was sent), then run `counterfoil \
             apply` again."
        ),
    )
}

/// Somebody at the sink took back that it is void.
pub(super) fn revived(effect: &Effect) -> Finding {
    let reference = &effect.reference;
    refusal(
        effect,
        FindingCode::Unexpected,
        format!(
            "What {reference} is to replace is recorded as void and stands at the sink again; nothing was sent."
        ),
        "Run `counterfoil reconcile`, which names it; void it at the sink again, then run `counterfoil apply` again. Or, where \
         it stands there by right, withdraw the approval and run `counterfoil reconcile --retract-void` for it."
            .to_owned(),
    )
}

fn refusal(effect: &Effect, code: FindingCode, message: String, next_step: String) -> Finding {
    Finding {
        code,
        severity: Severity::Blocking,
        subject: effect.reference.to_string(),
        message,
        next_step,
        value: Some(effect.value),
        since: None,
    }
}

fn intended(effect: &Effect) -> &'static str {
    match effect.action {
        EffectAction::Create => "created",
        EffectAction::Update => "changed",
        EffectAction::Void => "withdrawn",
    }
}

/// The sink puts it off again and again.
pub(super) fn put_off(effect: &Effect) -> Finding {
    let reference = &effect.reference;
    let (code, what) = match effect.state {
        State::Unknown => (FindingCode::UnknownEffect, "its outcome is not known"),
        State::Planned
        | State::Sending
        | State::Confirmed
        | State::Verified
        | State::Rejected
        | State::Parked => (FindingCode::NotSent, "nothing was sent"),
    };
    Finding {
        code,
        severity: Severity::Warning,
        subject: reference.to_string(),
        message: format!(
            "The sink has put off {reference} {} times; {what}.",
            effect.deferrals
        ),
        next_step: "Look at the state of the sink; `counterfoil apply` tries it again.".to_owned(),
        value: Some(effect.value),
        since: effect.unknown_since,
    }
}

pub(super) fn parked(effect: &Effect, reason: ParkReason, now: Instant) -> Finding {
    let reference = &effect.reference;
    let release = format!("`counterfoil release {reference} --by NAME --reason TEXT`");
    let (code, message, next_step) = match reason {
        ParkReason::ForeignContent => (
            FindingCode::ForeignContent,
            format!("Under {reference} stands something at the sink that we did not write."),
            format!(
                "Compare it with `counterfoil plan --lines`; delete or void it at the sink, or correct it there, then run \
                 {release}."
            ),
        ),
        ParkReason::Duplicate => (
            FindingCode::Duplicate,
            format!("More than one document stands at the sink under {reference}."),
            format!("Delete or void all but one at the sink, then run {release}."),
        ),
        ParkReason::Vanished => (
            FindingCode::Missing,
            format!(
                "{reference} was to be changed and is not at the sink any more, or void there."
            ),
            format!(
                "Restore it at the sink, or leave it away; then run {release} and `counterfoil apply`. If it is still \
                 not there, its absence is recorded, and the next plan bills it anew."
            ),
        ),
        ParkReason::Voided => (
            FindingCode::Missing,
            format!("{reference} arrived and is void at the sink; nothing of it was recorded yet."),
            format!(
                "Ask who voided it, then run {release} and `counterfoil apply`: it is recorded as void, and the next plan \
                 bills it anew under another reference."
            ),
        ),
        ParkReason::Revived => (
            FindingCode::Unexpected,
            format!(
                "{reference} stands at the sink as a draft, and what it is to replace, recorded as void, stands there again; \
                 it was not issued."
            ),
            format!(
                "Run `counterfoil reconcile`, which names it; void it at the sink again, then run {release} and `counterfoil \
                 apply`. Or, where it stands there by right, delete or void {reference} at the sink instead, run {release} and \
                 `counterfoil apply`, and then `counterfoil reconcile --retract-void` for the one that stands."
            ),
        ),
        ParkReason::NoLookUp => (
            FindingCode::Parked,
            format!("It is not known whether {reference} arrived, and the sink cannot be asked."),
            format!("Look for it at the sink by hand; only if it is not there, run {release}."),
        ),
        ParkReason::TooManyAttempts => (
            FindingCode::Parked,
            format!(
                "{reference} was sent again {} times and never arrived.",
                effect.resends
            ),
            format!("Look at the state of the sink, then run {release}."),
        ),
    };
    Finding {
        code,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message,
        next_step,
        value: Some(effect.value),
        since: Some(effect.unknown_since.unwrap_or(now)),
    }
}
