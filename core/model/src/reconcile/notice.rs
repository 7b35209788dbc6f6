//! The findings of reconcile: what exactly changed, what it is worth, since when, and what to do.

use super::input::{Open, Sent};
use super::output::CurrencyTotals;
use crate::document::{Delivery, Reference};
use crate::effect::{Comparison, ObservedDocument};
use crate::finding::{Finding, FindingCode, Severity};
use crate::money::Money;
use crate::plan::{PlannedAction, PlannedDelivery};
use crate::time::Instant;

/// So many differences are told; the rest is counted.
const CHANGES_TOLD_MAX: usize = 20;

pub(super) fn missing(sent: &Sent, value: Money, voided: Option<&ObservedDocument>) -> Finding {
    let reference = &sent.confirmed.delivery.reference;
    let (message, since) = match voided {
        Some(document) => (
            format!("{reference} was sent and is void at the sink."),
            document.changed.unwrap_or(sent.since),
        ),
        None => (
            format!("{reference} was sent and is not to be seen at the sink."),
            sent.since,
        ),
    };
    Finding {
        code: FindingCode::Missing,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message,
        next_step: format!(
            "Ask who removed it. If it stays so: `counterfoil reconcile --accept-void {reference} --by NAME --reason TEXT`; \
             the next plan bills it anew under another reference. If not: restore it at the sink as `counterfoil explain \
             {reference}` shows it."
        ),
        value: Some(value),
        since: Some(since),
    }
}

/// Not compared before its outcome is known.
pub(super) fn open(reference: &Reference, open: &Open, found: &[&ObservedDocument]) -> Finding {
    let (what, next_step) = if open.is_parked {
        (
            "is parked",
            format!(
                "Look at it at the sink, then run `counterfoil release {reference} --by NAME --reason TEXT` and `counterfoil \
                 apply`."
            ),
        )
    } else {
        (
            "has an outcome that is not known",
            "Run `counterfoil apply`: it looks the reference up before anything is sent."
                .to_owned(),
        )
    };
    let standing = found.iter().map(|document| {
        let state = document.state.word();
        let net = document.net.to_string();
        let net = Money::parse(&net, document.currency).map_or(net, Money::amount);
        format!(
            "{} ({state}, net {net} {})",
            name(document),
            document.currency
        )
    });
    let standing: Vec<String> = standing.collect();
    let standing = match standing.as_slice() {
        [] => "nothing is to be seen at the sink under it".to_owned(),
        some => format!("at the sink stands {}", some.join(", ")),
    };
    Finding {
        code: FindingCode::UnknownEffect,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message: format!("{reference} {what}; {standing}."),
        next_step,
        value: Some(open.value),
        since: Some(open.since),
    }
}

pub(super) fn duplicate(sent: &Sent, value: Money, live: &[&ObservedDocument]) -> Finding {
    let reference = &sent.confirmed.delivery.reference;
    let names: Vec<&str> = live.iter().map(|document| name(document)).collect();
    Finding {
        code: FindingCode::Duplicate,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message: format!(
            "{} documents stand at the sink under {reference}: {}.",
            live.len(),
            names.join(", ")
        ),
        next_step: format!(
            "Delete or credit all but {} at the sink.",
            sent.confirmed
                .remote
                .number
                .as_deref()
                .unwrap_or(&sent.confirmed.remote.id)
        ),
        value: Some(value),
        since: Some(sent.since),
    }
}

pub(super) fn void_and_there(sent: &Sent, value: Money, document: &ObservedDocument) -> Finding {
    let reference = &sent.confirmed.delivery.reference;
    Finding {
        code: FindingCode::Unexpected,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message: format!(
            "{reference} is recorded as void and stands at the sink as {} ({}).",
            name(document),
            document.state.word()
        ),
        next_step: format!(
            "Void it at the sink: what it billed is billed under another reference, or not at all. Or, where it stands there \
             by right and nothing bills it anew: `counterfoil reconcile --retract-void {reference} --by NAME --reason TEXT`."
        ),
        value: Some(value),
        since: Some(document.changed.unwrap_or(sent.since)),
    }
}

pub(super) fn mismatched(
    delivery: &Delivery,
    document: &ObservedDocument,
    comparison: &Comparison,
    value: Money,
    since: Instant,
) -> Finding {
    let reference = &delivery.reference;
    Finding {
        code: FindingCode::Mismatched,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message: format!(
            "{} holds other amounts than were sent: {}.",
            name(document),
            told(comparison)
        ),
        next_step: format!(
            "Set it back at the sink (`counterfoil explain {reference}` shows what was sent). If the change was meant, \
             set it back all the same and then change the price or the rule: the correction follows from what was sent."
        ),
        value: Some(value),
        since: Some(since),
    }
}

pub(super) fn drift(
    delivery: &Delivery,
    document: &ObservedDocument,
    comparison: &Comparison,
    since: Instant,
) -> Finding {
    let reference = &delivery.reference;
    Finding {
        code: FindingCode::Drift,
        severity: Severity::Warning,
        subject: reference.to_string(),
        message: format!(
            "{} was changed at the sink, with the same money: {}.",
            name(document),
            told(comparison)
        ),
        next_step: "Set it back at the sink, or change the description where it comes from."
            .to_owned(),
        value: Some(Money::zero(delivery.net.currency())),
        since: Some(since),
    }
}

pub(super) fn reopened(delivery: &Delivery, since: Instant) -> Finding {
    let reference = &delivery.reference;
    Finding {
        code: FindingCode::Drift,
        severity: Severity::Warning,
        subject: reference.to_string(),
        message: format!("{reference} was posted and was reset to a draft at the sink."),
        next_step: "Post it again at the sink.".to_owned(),
        value: Some(delivery.net),
        since: Some(since),
    }
}

pub(super) fn not_sent(planned: &PlannedDelivery, since: Option<Instant>) -> Finding {
    let delivery = &planned.delivery;
    let what = match planned.action {
        PlannedAction::Create => "is rated and not sent",
        PlannedAction::Update => "stands at the sink as a draft that is out of date",
        PlannedAction::Void => "stands at the sink as a draft that nothing is left of",
        PlannedAction::Nothing => "stands at the sink as it should",
    };
    Finding {
        code: FindingCode::NotSent,
        severity: Severity::Warning,
        subject: delivery.reference.to_string(),
        message: format!(
            "{} for {} of {} {what}.",
            delivery.reference, delivery.buyer.name, delivery.slot.billing_period
        ),
        next_step: "Run `counterfoil plan`, approve it and apply it.".to_owned(),
        value: Some(planned.amount.difference),
        since,
    }
}

pub(super) fn unexpected(
    reference: &Reference,
    document: &ObservedDocument,
    value: Money,
) -> Finding {
    Finding {
        code: FindingCode::Unexpected,
        severity: Severity::Blocking,
        subject: reference.to_string(),
        message: format!(
            "{} stands at the sink under {reference}, which this store never sent.",
            name(document)
        ),
        next_step: "If the store was restored from a copy, apply: what has the same content is adopted. Else compare."
            .to_owned(),
        value: Some(value),
        since: document.changed,
    }
}

pub(super) fn foreign(reference: &Reference, document: &ObservedDocument, value: Money) -> Finding {
    Finding {
        code: FindingCode::ForeignContent,
        severity: Severity::Warning,
        subject: reference.to_string(),
        message: format!(
            "{} carries {reference}, which is no reference of this store.",
            name(document)
        ),
        next_step:
            "Find out which store, pipeline or person made it; a copy of an invoice keeps its reference."
                .to_owned(),
        value: Some(value),
        since: document.changed,
    }
}

/// What is neither sent nor planned nor held back for a reason that a plan tells.
pub(super) fn unbalanced(totals: &CurrencyTotals, not_ended: Option<Instant>) -> Option<Finding> {
    let left = totals
        .rated
        .checked_sub(totals.sent)
        .and_then(|left| left.checked_sub(totals.to_send));
    let left = left.ok().filter(|left| !left.is_zero())?;
    Some(Finding {
        code: FindingCode::Unbalanced,
        severity: Severity::Blocking,
        subject: totals.rated.currency().to_string(),
        message: format!(
            "{} are rated, {} are sent and {} are to be sent, which leaves {left}.",
            totals.rated, totals.sent, totals.to_send
        ),
        next_step: match not_ended {
            None => "Look at the findings of `counterfoil plan`: something is blocked, unmapped or too old."
                .to_owned(),
            Some(end) => format!(
                "Look at the findings of `counterfoil rate` and at the mapping of customers; `counterfoil plan` tells from {end} on \
                 what is blocked."
            ),
        },
        value: Some(left),
        since: None,
    })
}

fn name(document: &ObservedDocument) -> &str {
    document.number.as_deref().unwrap_or(&document.id)
}

fn told(comparison: &Comparison) -> String {
    let changes = &comparison.changes;
    let mut texts: Vec<String> = changes
        .iter()
        .take(CHANGES_TOLD_MAX)
        .map(|change| change.text.clone())
        .collect();
    if changes.len() > CHANGES_TOLD_MAX {
        texts.push(format!("and {} more", changes.len() - CHANGES_TOLD_MAX));
    }
    texts.join("; ")
}
