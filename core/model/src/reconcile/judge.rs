//! Judges each reference: sent against observed, planned and not sent, and observed without having been sent.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{ReconcileInput, Sent};
use super::output::{Reconciliation, StateChange, Young};
use super::{ReconcileError, notice, totals};
use crate::document::Reference;
use crate::effect::{ObservedDocument, Weight, compare};
use crate::plan::{PlannedAction, RemoteState};
use crate::time::Instant;

/// What tells our references from others' in the field where they stand.
const PREFIX: &str = "CF-";

type Observed<'a> = BTreeMap<&'a Reference, Vec<&'a ObservedDocument>>;

/// A document that was both looked up and listed is one document.
fn by_reference<'a>(input: &ReconcileInput<'a>) -> Observed<'a> {
    let mut observed: Observed<'a> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for document in input.observed {
        if let Some(reference) = &document.reference
            && ids.insert(&document.id)
        {
            observed.entry(reference).or_default().push(document);
        }
    }
    observed
}

pub(super) fn sent(
    input: &ReconcileInput<'_>,
    result: &mut Reconciliation,
) -> Result<(), ReconcileError> {
    let observed = by_reference(input);
    let mut sent: Vec<&Sent> = input.sent.iter().collect();
    sent.sort_by(|a, b| {
        let slot = |sent: &Sent| sent.confirmed.delivery.slot.clone();
        slot(a).cmp(&slot(b))
    });
    for sent in sent {
        let reference = &sent.confirmed.delivery.reference;
        if input.open_effects.contains_key(reference) {
            continue;
        }
        let found = observed.get(reference).map_or(&[][..], Vec::as_slice);
        let live: Vec<&ObservedDocument> = found
            .iter()
            .copied()
            .filter(|document| document.state != RemoteState::Void)
            .collect();
        one(input, sent, found, &live, result)?;
    }
    Ok(())
}

fn one(
    input: &ReconcileInput<'_>,
    sent: &Sent,
    found: &[&ObservedDocument],
    live: &[&ObservedDocument],
    result: &mut Reconciliation,
) -> Result<(), ReconcileError> {
    let reference = &sent.confirmed.delivery.reference;
    match (sent.confirmed.state, live) {
        (RemoteState::Void, []) => result.matched.push(reference.clone()),
        (RemoteState::Void, [document, ..]) => {
            let value = totals::observed_amount(document)?;
            let finding = notice::void_and_there(sent, value, document);
            result.findings.push(finding);
        }
        (RemoteState::Draft | RemoteState::Posted, []) => {
            let value = totals::sent_amount(&sent.confirmed)?;
            let lag = i64::from(input.abilities.find_lag_ms.div_ceil(1000));
            let last = sent.since.seconds().saturating_add(lag);
            if found.is_empty() && input.now.seconds() <= last {
                result.waiting.push(reference.clone());
                let judged_from = Instant::from_seconds(last.saturating_add(1));
                result.young.push(Young {
                    reference: reference.clone(),
                    number: sent.confirmed.remote.number.clone(),
                    amount: value,
                    sent: sent.since,
                    judged_from: judged_from.unwrap_or(input.now),
                });
            } else {
                let voided = found.first().copied();
                result.findings.push(notice::missing(sent, value, voided));
            }
        }
        (RemoteState::Draft | RemoteState::Posted, [document]) => {
            differences(input, sent, document, result)?;
        }
        (RemoteState::Draft | RemoteState::Posted, [_, _, ..]) => {
            let value = totals::sent_amount(&sent.confirmed)?;
            let finding = notice::duplicate(sent, value, live);
            result.findings.push(finding);
        }
    }
    Ok(())
}

fn differences(
    input: &ReconcileInput<'_>,
    sent: &Sent,
    document: &ObservedDocument,
    result: &mut Reconciliation,
) -> Result<(), ReconcileError> {
    let delivery = &sent.confirmed.delivery;
    let comparison = compare(delivery, document, input.abilities);
    let before = totals::sent_amount(&sent.confirmed)?;
    let now = totals::observed_amount(document)?;
    // A document in another currency has no difference that could be told in one.
    let value = now.checked_sub(before).unwrap_or(before);
    let since = document.changed.unwrap_or(sent.since);
    match comparison.weight() {
        Some(Weight::Money) => {
            let finding = notice::mismatched(delivery, document, &comparison, value, since);
            result.findings.push(finding);
        }
        Some(Weight::Words) => {
            let finding = notice::drift(delivery, document, &comparison, since);
            result.findings.push(finding);
        }
        None => {}
    }
    match (sent.confirmed.state, document.state) {
        (RemoteState::Draft, RemoteState::Posted) => result.state_changes.push(StateChange {
            reference: delivery.reference.clone(),
            from: RemoteState::Draft,
            to: RemoteState::Posted,
            number: document.number.clone(),
        }),
        (RemoteState::Posted, RemoteState::Draft) => {
            result.findings.push(notice::reopened(delivery, since));
            return Ok(());
        }
        (RemoteState::Draft | RemoteState::Posted | RemoteState::Void, _) => {}
    }
    if comparison.is_same() {
        result.matched.push(delivery.reference.clone());
    }
    Ok(())
}

/// What is open is told with what stands under it.
pub(super) fn open(input: &ReconcileInput<'_>, result: &mut Reconciliation) {
    let observed = by_reference(input);
    for (reference, open) in input.open_effects {
        let found = observed.get(reference).map_or(&[][..], Vec::as_slice);
        result.findings.push(notice::open(reference, open, found));
    }
}

pub(super) fn not_sent(input: &ReconcileInput<'_>, result: &mut Reconciliation) {
    for planned in input.planned {
        if planned.action != PlannedAction::Nothing {
            let period = &planned.delivery.slot.billing_period;
            let since = input.period_ends.get(period).copied();
            result.findings.push(notice::not_sent(planned, since));
        }
    }
}

/// Documents that carry our prefix and that we know nothing of.
pub(super) fn not_ours(
    input: &ReconcileInput<'_>,
    result: &mut Reconciliation,
) -> Result<(), ReconcileError> {
    let sent: BTreeSet<&Reference> = input
        .sent
        .iter()
        .map(|sent| &sent.confirmed.delivery.reference)
        .collect();
    let planned: BTreeSet<&Reference> = input
        .planned
        .iter()
        .map(|planned| &planned.delivery.reference)
        .collect();
    for (reference, documents) in by_reference(input) {
        let is_known = sent.contains(reference) || input.open_effects.contains_key(reference);
        if is_known || !reference.0.starts_with(PREFIX) {
            continue;
        }
        for document in documents {
            if document.state == RemoteState::Void {
                continue;
            }
            let value = totals::observed_amount(document)?;
            result.findings.push(if planned.contains(reference) {
                notice::unexpected(reference, document, value)
            } else {
                notice::foreign(reference, document, value)
            });
        }
    }
    Ok(())
}
