//! What a job came to, in one line.

use std::collections::BTreeMap;

use counterfoil_model::counted::counted;
use counterfoil_model::effect::State;
use counterfoil_model::finding::Severity;
use counterfoil_store::scheduling::JobOutcome;

use crate::apply::ApplyReport;
use crate::approve::Decision;
use crate::discover::{DiscoverReport, ListingReport};
use crate::plan::PlanReport;
use crate::reconcile::ReconcileReport;

/// What may be sent of a plan.
pub(super) enum Sendable {
    Nothing,
    Waits(String),
    Approved,
}

pub(super) fn sendable(report: &PlanReport) -> Sendable {
    let mut accounts = BTreeMap::new();
    for of_sink in &report.plans {
        for planned in of_sink.plan.effects() {
            let account = of_sink.account_of(&planned.delivery).to_owned();
            let decision = of_sink.approval_of(&planned.delivery);
            let is_approved = matches!(decision, Some(Decision::Approved { .. }));
            *accounts.entry(account).or_insert(false) |= is_approved;
        }
    }
    let blocking = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Blocking)
        .count();
    if accounts.values().any(|is_approved| *is_approved) {
        Sendable::Approved
    } else if accounts.is_empty() && blocking == 0 {
        Sendable::Nothing
    } else {
        let blocked = match blocking {
            0 => String::new(),
            1 => ", 1 finding blocks".to_owned(),
            count => format!(", {count} findings block"),
        };
        Sendable::Waits(format!(
            "{} {} for approval{blocked}",
            counted(accounts.len(), "account"),
            if accounts.len() == 1 { "waits" } else { "wait" }
        ))
    }
}

pub(super) fn discovered(report: &DiscoverReport, left_alone: &[&str]) -> String {
    let sum = |of: fn(&ListingReport) -> u64| -> u64 { report.listings.iter().map(of).sum() };
    let mut parts = vec![format!(
        "{} taken in, {} known already: {}, {} new, {} changed, {} ended",
        counted(report.taken_in(), "listing"),
        report.known,
        counted(sum(|listing| listing.seen), "row"),
        sum(|listing| listing.new),
        sum(|listing| listing.changed),
        sum(|listing| listing.ended),
    )];
    for (count, word) in [
        (sum(|listing| listing.withheld), "withheld"),
        (sum(|listing| listing.broken), "broken"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let doubted = report.listings.iter();
    let doubted = doubted
        .filter(|listing| !listing.failed && !listing.is_complete())
        .count();
    if doubted > 0 {
        parts.push(format!("{} not complete", counted(doubted, "listing")));
    }
    for failure in &report.failures {
        parts.push(match &failure.listing {
            Some(listing) => format!("{} {listing} could not be read", failure.source),
            None => format!("{} failed", failure.source),
        });
    }
    if !left_alone.is_empty() {
        parts.push(format!(
            "{} failed lately and left alone",
            left_alone.join(", ")
        ));
    }
    if report.stopped {
        parts.push("stopped; what was taken in is kept".to_owned());
    }
    parts.join(", ")
}

pub(super) fn applied(report: &ApplyReport) -> (JobOutcome, String) {
    let states = [
        (State::Confirmed, "confirmed"),
        (State::Verified, "verified"),
        (State::Planned, "not sent"),
        (State::Sending, "being sent"),
        (State::Unknown, "of unknown outcome"),
        (State::Rejected, "rejected"),
        (State::Parked, "parked"),
    ];
    let count_of = |state: State| {
        let deliveries = report.deliveries.iter();
        deliveries
            .filter(|delivery| delivery.state == state)
            .count()
    };
    let words: Vec<String> = states
        .iter()
        .map(|(state, word)| (count_of(*state), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let settled = count_of(State::Confirmed) + count_of(State::Verified);
    let outcome = if report.stopped {
        JobOutcome::Stopped
    } else if settled == report.deliveries.len() {
        JobOutcome::Complete
    } else {
        JobOutcome::Partial
    };
    let message = if words.is_empty() {
        "nothing to send".to_owned()
    } else {
        format!("deliveries: {}", words.join(", "))
    };
    (outcome, message)
}

pub(super) fn reconciled(report: &ReconcileReport) -> (JobOutcome, String) {
    let results = || report.sinks.iter().map(|sink| &sink.result);
    let matched: usize = results().map(|result| result.matched.len()).sum();
    let findings: usize = results().map(|result| result.findings.len()).sum();
    if results().all(counterfoil_model::reconcile::Reconciliation::is_clean) {
        return (
            JobOutcome::Complete,
            format!("{} reconciled to the cent", counted(matched, "document")),
        );
    }
    (
        JobOutcome::Partial,
        format!(
            "{} reconciled, {} to look at",
            counted(matched, "document"),
            counted(findings, "finding")
        ),
    )
}
