//! A month that was billed, and what can have happened to it at the sink.

use std::collections::BTreeMap;

use super::*;
use crate::charge::Charge;
use crate::document::{Delivery, Reference};
use crate::effect::sample::observed;
use crate::effect::{ObservedDocument, ObservedLine};
use crate::finding::FindingCode;
use crate::money::Money;
use crate::plan::sample::{able, apply_all, charge, input, rated};
use crate::plan::{Abilities, Confirmed, Finalize, PlannedDelivery, RemoteState, plan};
use crate::time::Instant;

/// An invoice and, after a re-rating, its credit note.
struct Month {
    charges: Vec<Charge>,
    planned: Vec<PlannedDelivery>,
    sent: Vec<Sent>,
    observed: Vec<ObservedDocument>,
    suspended: Vec<Money>,
    open_effects: BTreeMap<Reference, Open>,
    abilities: Abilities,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn month() -> Month {
    let first = input(vec![
        charge("vcpu", "15", "10"),
        charge("disk", "100", "0.5"),
    ]);
    let mut next = first.clone();
    apply_all(&mut next.confirmed, &plan(first).unwrap());
    let charges = vec![charge("vcpu", "12", "10"), charge("disk", "100", "0.5")];
    next.periods = vec![rated("2026-03", charges.clone())];
    let correction = plan(next.clone()).unwrap();
    apply_all(&mut next.confirmed, &correction);
    let again = plan(next.clone()).unwrap();
    let sent = |confirmed: Confirmed| Sent {
        confirmed,
        since: at("2026-04-01T06:00:00Z"),
    };
    Month {
        charges,
        planned: again.deliveries,
        observed: next
            .confirmed
            .iter()
            .map(|one| observed(&one.delivery))
            .collect(),
        sent: next.confirmed.into_iter().map(sent).collect(),
        suspended: Vec::new(),
        open_effects: BTreeMap::new(),
        abilities: able(),
    }
}

impl Month {
    fn reconcile(&self) -> Reconciliation {
        let ends = BTreeMap::from([("2026-03".to_owned(), at("2026-04-01T00:00:00Z"))]);
        reconcile(&ReconcileInput {
            expected: &self.charges,
            suspended: &self.suspended,
            planned: &self.planned,
            sent: &self.sent,
            observed: &self.observed,
            open_effects: &self.open_effects,
            period_ends: &ends,
            not_ended: None,
            abilities: &self.abilities,
            now: at("2026-04-02T00:00:00Z"),
        })
        .unwrap()
    }

    /// The only finding: its code, value and message.
    fn finding(&self) -> (FindingCode, String, String) {
        let result = self.reconcile();
        let [finding] = result.findings.as_slice() else {
            panic!("{:#?}", result.findings)
        };
        assert!(!finding.next_step.is_empty());
        let mut message = finding.message.clone();
        for sent in &self.sent {
            message = message.replace(&sent.confirmed.delivery.reference.0, "REF");
        }
        (finding.code, finding.value.unwrap().amount(), message)
    }

    fn delivery(&self, index: usize) -> &Delivery {
        &self.sent[index].confirmed.delivery
    }
}

#[test]
fn what_agrees_balances_to_the_cent() {
    let mut month = month();
    month.suspended = vec![Money::from_minor(500, "EUR".parse().unwrap())];
    let result = month.reconcile();
    assert!(result.is_clean(), "{result:#?}");
    assert_eq!(result.matched.len(), 2);
    let totals = result.totals[0];
    assert_eq!(totals.rated.amount(), "170.00");
    assert_eq!(totals.observed.amount(), "170.00");
    assert_eq!(totals.discovered.amount(), "175.00");
}

#[test]
fn an_edited_amount_is_told_line_by_line() {
    let mut month = month();
    let document = &mut month.observed[0];
    document.number = Some("INV/7".to_owned());
    document.lines[1].net = "95.00".parse().unwrap();
    document.net = "145.00".parse().unwrap();
    document.changed = Some(at("2026-04-01T12:00:00Z"));
    assert_eq!(
        month.finding(),
        (
            FindingCode::Mismatched,
            "-55.00".to_owned(),
            "INV/7 holds other amounts than were sent: line 2 `vcpu gold`: net 150.00 → 95.00; \
             total net 200.00 → 145.00."
                .to_owned()
        )
    );
    let result = month.reconcile();
    assert_eq!(result.findings[0].since, month.observed[0].changed);
    assert!(!result.totals[0].balanced);
}

#[test]
fn other_words_are_drift_and_balance() {
    let mut month = month();
    month.observed[0].lines[0].description = "disks".to_owned();
    let (code, value, _) = month.finding();
    assert_eq!((code, value.as_str()), (FindingCode::Drift, "0.00"));
    assert!(month.reconcile().totals[0].balanced);
}

#[test]
fn a_removed_line_and_an_added_one_are_money() {
    let mut month = month();
    let removed = month.observed[0].lines.remove(0);
    month.observed[0].lines.push(ObservedLine {
        id: "x".to_owned(),
        line: Some("other".to_owned()),
        description: "by hand".to_owned(),
        ..removed
    });
    let (code, value, _) = month.finding();
    assert_eq!((code, value.as_str()), (FindingCode::Mismatched, "0.00"));
}

#[test]
fn a_document_that_is_gone_void_or_doubled_is_found() {
    let mut gone = month();
    gone.observed.remove(0);
    assert_eq!(gone.finding().0, FindingCode::Missing);
    gone.abilities.find_lag_ms = 86_400_000;
    let result = gone.reconcile();
    assert_eq!((result.waiting.len(), result.findings.len()), (1, 0));
    let young = &result.young[0];
    assert_eq!(
        young.judged_from.seconds() - young.sent.seconds(),
        86_400 + 1
    );

    let mut voided = month();
    voided.observed[0].state = RemoteState::Void;
    let (code, value, message) = voided.finding();
    assert_eq!((code, value.as_str()), (FindingCode::Missing, "200.00"));
    assert_eq!(message, "REF was sent and is void at the sink.");

    let mut doubled = month();
    let mut second = doubled.observed[0].clone();
    doubled.observed.push(second.clone());
    assert!(
        doubled.reconcile().is_clean(),
        "listed and looked up is one"
    );
    second.id = "other".to_owned();
    doubled.observed.push(second);
    assert_eq!(doubled.finding().0, FindingCode::Duplicate);
}

#[test]
fn what_we_never_sent_is_unexpected_or_foreign() {
    let mut forgotten = month();
    let lost = forgotten.sent.remove(0).confirmed.delivery;
    forgotten
        .planned
        .retain(|one| one.delivery.reference == lost.reference);
    forgotten.charges.clear();
    let codes: Vec<FindingCode> = forgotten
        .reconcile()
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert!(codes.contains(&FindingCode::Unexpected), "{codes:?}");

    let mut foreign = month();
    let mut document = foreign.observed[0].clone();
    document.id = "copy".to_owned();
    document.reference = Some(Reference("CF-SOMEBODYELSE".to_owned()));
    foreign.observed.push(document.clone());
    assert_eq!(foreign.finding().0, FindingCode::ForeignContent);
    document.reference = Some(Reference("PO-17".to_owned()));
    foreign.observed.pop();
    foreign.observed.push(document);
    assert!(foreign.reconcile().is_clean());
}

#[test]
fn an_open_effect_is_told_with_what_stands_under_it_and_not_judged() {
    let parked = Open {
        since: at("2026-04-01T06:00:00Z"),
        value: Money::from_minor(20_000, "EUR".parse().unwrap()),
        is_parked: true,
    };
    let mut open = month();
    let reference = open.delivery(0).reference.clone();
    open.open_effects.insert(reference.clone(), parked);
    open.observed[0].lines[0].description = "other".to_owned();
    open.observed[0].number = Some("INV/7".to_owned());
    let (code, value, message) = open.finding();
    assert_eq!(
        (code, value.as_str()),
        (FindingCode::UnknownEffect, "200.00")
    );
    assert_eq!(
        message,
        "REF is parked; at the sink stands INV/7 (posted, net 200.00 EUR)."
    );
    // It was created, and never confirmed: what stands there is observed all the same.
    open.sent.remove(0);
    let totals = open.reconcile().totals[0];
    assert_eq!(totals.sent.amount(), "-30.00");
    assert_eq!(totals.observed.amount(), "170.00");

    open.observed.remove(0);
    let told = open.reconcile().findings[0].message.clone();
    assert!(
        told.ends_with("nothing is to be seen at the sink under it."),
        "{told}"
    );
    let unknown = Open {
        is_parked: false,
        ..parked
    };
    open.open_effects.insert(reference, unknown);
    let next_step = open.reconcile().findings[0].next_step.clone();
    assert!(next_step.contains("`counterfoil apply`"), "{next_step}");
}

#[test]
fn what_is_recorded_as_void_and_stands_again_blocks() {
    let mut month = month();
    let correction = month.sent.len() - 1;
    month.sent[correction].confirmed.state = RemoteState::Void;
    let result = month.reconcile();
    let revived = result
        .findings
        .iter()
        .find(|finding| finding.code == FindingCode::Unexpected)
        .unwrap();
    assert!(
        revived.message.contains("is recorded as void and stands"),
        "{revived:?}"
    );
    assert!(!result.totals[0].balanced);
}

#[test]
fn a_draft_that_a_person_posted_is_recorded() {
    let mut first = input(vec![charge("vcpu", "15", "10")]);
    first.finalize = Finalize::Draft;
    let mut confirmed = Vec::new();
    let planned = plan(first.clone()).unwrap();
    apply_all(&mut confirmed, &planned);
    let mut month = month();
    month.charges = first.periods[0].charges.clone();
    month.planned.clear();
    month.observed = vec![observed(&confirmed[0].delivery)];
    month.observed[0].number = Some("INV/1".to_owned());
    month.sent = confirmed
        .into_iter()
        .map(|confirmed| Sent {
            confirmed,
            since: at("2026-04-01T06:00:00Z"),
        })
        .collect();
    let result = month.reconcile();
    assert!(result.is_clean(), "{result:#?}");
    assert_eq!(result.state_changes[0].to, RemoteState::Posted);
    assert_eq!(result.state_changes[0].number.as_deref(), Some("INV/1"));
    // The other way round it is a finding.
    month.sent[0].confirmed.state = RemoteState::Posted;
    month.observed[0].state = RemoteState::Draft;
    assert_eq!(month.finding().0, FindingCode::Drift);
}

#[test]
fn what_is_rated_and_not_sent_is_told_with_its_age() {
    let mut late = month();
    let input = input(vec![charge("vcpu", "15", "10")]);
    late.charges = input.periods[0].charges.clone();
    late.planned = plan(input).unwrap().deliveries;
    late.sent.clear();
    late.observed.clear();
    let result = late.reconcile();
    assert_eq!(result.findings.len(), 1);
    let finding = &result.findings[0];
    assert_eq!(finding.code, FindingCode::NotSent);
    assert_eq!(finding.value.unwrap().amount(), "150.00");
    assert_eq!(finding.since, Some(at("2026-04-01T00:00:00Z")));
    assert!(!result.totals[0].balanced);
    // With nothing planned for it, the remainder has no explanation.
    late.planned.clear();
    let unbalanced = late.reconcile().findings.remove(0);
    assert_eq!(unbalanced.code, FindingCode::Unbalanced);
    assert_eq!(
        unbalanced.message,
        "150.00 EUR are rated, 0.00 EUR are sent and 0.00 EUR are to be sent, which leaves 150.00 EUR."
    );
}
