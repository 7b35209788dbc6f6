//! The findings of effects: why one stopped, and what to do next.

use super::state::{Effect, ParkReason};
use crate::finding::{Finding, FindingCode, Severity};
use crate::time::Instant;

pub(super) fn rejected(effect: &Effect) -> Finding {
    Finding {
        code: FindingCode::Rejected,
        severity: Severity::Blocking,
        subject: effect.reference.to_string(),
        message: format!(
            "The sink refused {}; nothing was applied.",
            effect.reference
        ),
        next_step: "Mend what the sink complains of, then plan and apply again.".to_owned(),
        value: Some(effect.value),
        since: None,
    }
}

pub(super) fn parked(effect: &Effect, reason: ParkReason, now: Instant) -> Finding {
    let reference = &effect.reference;
    let (code, message, next_step) = match reason {
        ParkReason::ForeignContent => (
            FindingCode::ForeignContent,
            format!("Under {reference} stands something at the sink that we did not write."),
            "Compare it with the plan; delete it at the sink, or correct it there, then release the effect.",
        ),
        ParkReason::Duplicate => (
            FindingCode::Duplicate,
            format!("More than one document stands at the sink under {reference}."),
            "Delete all but one at the sink, then release the effect.",
        ),
        ParkReason::Vanished => (
            FindingCode::Missing,
            format!("{reference} was to be changed and is not at the sink any more."),
            "Restore it at the sink, or reconcile so that its absence is recorded.",
        ),
        ParkReason::NoLookUp => (
            FindingCode::Parked,
            format!("It is not known whether {reference} arrived, and the sink cannot be asked."),
            "Look for it at the sink by hand; release the effect only if it is not there.",
        ),
        ParkReason::TooManyAttempts => (
            FindingCode::Parked,
            format!(
                "{reference} was put off {} times and sent again {} times without success.",
                effect.deferrals, effect.resends
            ),
            "Look at the sink's state and the run's exchanges, then release the effect.",
        ),
    };
    Finding {
        code,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message,
        next_step: next_step.to_owned(),
        value: Some(effect.value),
        since: Some(effect.unknown_since.unwrap_or(now)),
    }
}
