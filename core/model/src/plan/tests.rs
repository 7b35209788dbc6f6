//! What a plan makes of single cases.

use super::sample::*;
use super::*;
use crate::document::DocumentKind;
use crate::finding::{FindingCode, Severity};
use crate::time::Instant;

fn planned(input: PlanInput) -> Plan {
    plan(input).unwrap()
}

/// The same input with what was confirmed before and other charges.
fn again(first: &PlanInput, charges: Vec<crate::charge::Charge>) -> PlanInput {
    let mut next = first.clone();
    apply_all(&mut next.confirmed, &planned(first.clone()));
    next.periods = vec![rated("2026-03", charges)];
    next.issue_date = date(5, 2);
    next
}

#[test]
fn an_invoice_has_a_line_for_each_charge_and_its_dates() {
    let plan = planned(input(vec![
        charge("vcpu", "15", "10"),
        charge("backup", "5200/31", "0.50"),
        charge("nothing", "0", "3"),
    ]));
    let [invoice] = plan.deliveries.as_slice() else {
        panic!("{:?}", plan.deliveries)
    };
    assert_eq!(invoice.action, PlannedAction::Create);
    assert_eq!(invoice.delivery.kind, DocumentKind::Invoice);
    assert_eq!(
        shown(invoice),
        [
            "backup gold: 167.741935 x 0.5 = 83.87",
            "vcpu gold: 15 x 10 = 150.00"
        ]
    );
    assert_eq!(invoice.delivery.due_date, Some(date(5, 1)));
    assert_eq!(invoice.delivery.last_day, date(3, 31));
    assert_eq!(plan.accounts[0].amount.difference.amount(), "233.87");
    assert!(plan.findings.is_empty());
}

#[test]
fn tv_83_a_repricing_takes_back_and_adds_in_two_lines() {
    let first = input(vec![charge("api", "15", "10")]);
    let next = again(&first, vec![charge("api", "16", "5")]);
    let plan = planned(next.clone());
    let effects: Vec<_> = plan.effects().collect();
    let [credit] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(credit.delivery.kind, DocumentKind::CreditNote);
    assert_eq!(credit.delivery.slot.correction, 1);
    assert_eq!(
        shown(credit),
        [
            "Taken back: api gold: 15 x 10 = 150.00",
            "Corrected: api gold: -16 x 5 = -80.00"
        ]
    );
    assert_eq!(credit.amount.difference.amount(), "-70.00");
    let original = &next.confirmed[0];
    assert_eq!(
        credit.delivery.corrects.as_ref(),
        Some(&original.delivery.reference)
    );
    assert_eq!(
        credit.corrects_remote.as_deref(),
        Some(original.remote.id.as_str())
    );
    assert_eq!(
        (credit.delivery.issue_date, credit.delivery.first_day),
        (date(5, 2), date(3, 1))
    );
    // A second correction takes back what the first one added.
    let third = again(&next, vec![charge("api", "20", "5")]);
    let plan = planned(third);
    let supplement = plan.effects().next().unwrap();
    assert_eq!(supplement.delivery.kind, DocumentKind::Invoice);
    assert_eq!(supplement.delivery.slot.correction, 2);
    assert_eq!(
        shown(supplement),
        [
            "Taken back: api gold: -16 x 5 = -80.00",
            "Corrected: api gold: 20 x 5 = 100.00"
        ]
    );
}

#[test]
fn tv_86_a_late_fact_corrects_its_own_month() {
    let mut first = input(vec![]);
    first.periods = vec![
        rated("2026-03", vec![charge("disk", "100", "0.50")]),
        rated("2026-04", vec![charge_in("2026-04", "disk", "100", "0.50")]),
    ];
    let mut next = again(&first, vec![charge("disk", "150", "0.50")]);
    next.periods.push(rated(
        "2026-04",
        vec![charge_in("2026-04", "disk", "100", "0.50")],
    ));
    let plan = planned(next.clone());
    let effects: Vec<_> = plan.effects().collect();
    let [correction] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(correction.delivery.slot.billing_period, "2026-03");
    assert_eq!(correction.amount.difference.amount(), "25.00");
    apply_all(&mut next.confirmed, &plan);
    assert_eq!(
        net_of(&next.confirmed, &charge("disk", "1", "1").key),
        75_00
    );
    assert_eq!(planned(next).effects().count(), 0);
}

#[test]
fn a_draft_is_updated_under_its_reference_and_withdrawn_when_nothing_is_left() {
    let mut first = input(vec![charge("vcpu", "15", "10")]);
    first.finalize = Finalize::Draft;
    let same = again(&first, vec![charge("vcpu", "15", "10")]);
    assert_eq!(planned(same.clone()).effects().count(), 0);
    let other = again(&first, vec![charge("vcpu", "14", "10")]);
    let plan = planned(other.clone());
    let update = plan.effects().next().unwrap();
    assert_eq!(update.action, PlannedAction::Update);
    assert_eq!(
        update.delivery.reference,
        same.confirmed[0].delivery.reference
    );
    assert_eq!(update.delivery.issue_date, date(5, 2));
    assert!(update.known.is_some());
    let mut gone = again(&other, vec![]);
    let plan = planned(gone.clone());
    assert_eq!(plan.effects().next().unwrap().action, PlannedAction::Void);
    gone.abilities.void = false;
    let plan = planned(gone);
    let emptied = plan.effects().next().unwrap();
    assert_eq!(emptied.action, PlannedAction::Update);
    assert!(emptied.delivery.lines.is_empty());
    assert_eq!(plan.findings[0].code, FindingCode::Adapted);
}

#[test]
fn a_draft_correction_is_updated_and_not_followed_by_a_second_one() {
    let first = input(vec![charge("vcpu", "15", "10")]);
    let mut second = again(&first, vec![charge("vcpu", "14", "10")]);
    second.finalize = Finalize::Draft;
    let third = again(&second, vec![charge("vcpu", "12", "10")]);
    let plan = planned(third);
    let effects: Vec<_> = plan.effects().collect();
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].action, PlannedAction::Update);
    assert_eq!(effects[0].delivery.slot.correction, 1);
    assert_eq!(effects[0].amount.now.amount(), "-30.00");
}

#[test]
fn an_unknown_effect_blocks_its_account_and_period() {
    let mut next = again(
        &input(vec![charge("vcpu", "15", "10")]),
        vec![charge("vcpu", "14", "10")],
    );
    let delivery = &next.confirmed[0].delivery;
    let since: Instant = "2026-04-01T00:00:00Z".parse().unwrap();
    next.open_effects.push(OpenEffect {
        slot: delivery.slot.clone(),
        reference: delivery.reference.clone(),
        charges: Vec::new(),
        since,
        is_parked: false,
    });
    let mut parked = next.clone();
    let plan = planned(next);
    assert_eq!(plan.effects().count(), 0);
    assert_eq!(plan.findings[0].code, FindingCode::UnknownEffect);
    assert_eq!(plan.findings[0].severity, Severity::Blocking);
    assert_eq!(plan.findings[0].value.unwrap().amount(), "-10.00");
    assert!(plan.findings[0].next_step.contains("counterfoil apply"));
    parked.open_effects[0].is_parked = true;
    let plan = planned(parked);
    assert_eq!(plan.effects().count(), 0);
    assert!(plan.findings[0].next_step.contains("counterfoil release"));
}

#[test]
fn tiers_are_lines_whose_nets_sum_to_the_charge() {
    let stripe = graduated(
        "seats",
        &[("1-5", "5", "7"), ("6-10", "5", "6.5"), ("11+", "10", "6")],
    );
    let plan = planned(input(vec![stripe]));
    assert_eq!(
        shown(&plan.deliveries[0]),
        [
            "seats gold (1-5): 5 x 7 = 35.00",
            "seats gold (6-10): 5 x 6.5 = 32.50",
            "seats gold (11+): 10 x 6 = 60.00"
        ]
    );
    let thirds = graduated(
        "odd",
        &[
            ("a", "1/3", "0.05"),
            ("b", "1/3", "0.05"),
            ("c", "1/3", "0.05"),
        ],
    );
    let plan = planned(input(vec![thirds]));
    let nets: Vec<i64> = plan.deliveries[0]
        .delivery
        .lines
        .iter()
        .map(|line| minor(line.net))
        .collect();
    assert_eq!(nets, [2, 2, 1]);
    assert_eq!(plan.findings[0].code, FindingCode::Adapted);
}

#[test]
fn what_a_sink_cannot_carry_is_adapted_by_rule() {
    let mut two_decimals = input(vec![charge("energy", "11408179/15625", "12.345")]);
    two_decimals.abilities.quantity_decimals = Some(2);
    let plan = planned(two_decimals);
    assert_eq!(
        shown(&plan.deliveries[0]),
        ["energy gold: 11408179/15625 E34 × 12.345 = 9013.37 EUR: 1 x 9013.37 = 9013.37"]
    );
    assert_eq!(plan.deliveries[0].delivery.lines[0].unit, "C62");

    let mut parted = input(vec![
        charge("a", "1", "1"),
        charge("b", "1", "2"),
        charge("c", "1", "3"),
    ]);
    parted.abilities.lines_max = Some(2);
    let plan = planned(parted);
    let parts: Vec<(u32, u32, usize)> = plan
        .deliveries
        .iter()
        .map(|one| {
            (
                one.delivery.slot.part,
                one.delivery.parts,
                one.delivery.lines.len(),
            )
        })
        .collect();
    assert_eq!(parts, [(1, 2, 2), (2, 2, 1)]);

    let mut positive = again(
        &input(vec![charge("a", "10", "1"), charge("b", "10", "2")]),
        vec![charge("a", "8", "1"), charge("b", "13", "2")],
    );
    positive.abilities.negative_lines = false;
    let plan = planned(positive.clone());
    let texts: Vec<Vec<String>> = plan.effects().map(shown).collect();
    assert_eq!(
        texts,
        [
            ["Corrected: a gold: 10.00 EUR before, 8.00 EUR now: 1 x 2 = 2.00"],
            ["Corrected: b gold: 20.00 EUR before, 26.00 EUR now: 1 x 6 = 6.00"]
        ]
    );
    positive.abilities.credit_note = false;
    let plan = planned(positive);
    assert_eq!(plan.effects().count(), 0);
    assert_eq!(plan.findings[0].severity, Severity::Blocking);
}

#[test]
fn a_supplement_of_something_new_is_linked_to_the_original() {
    let next = again(
        &input(vec![charge("a", "10", "1")]),
        vec![charge("a", "10", "1"), charge("new", "2", "4")],
    );
    let plan = planned(next);
    let supplement = plan.effects().next().unwrap();
    assert_eq!(shown(supplement), ["new gold: 2 x 4 = 8.00"]);
    assert!(supplement.delivery.corrects.is_some());
    assert_eq!(supplement.delivery.kind, DocumentKind::Invoice);
}

#[test]
fn a_charge_stays_in_the_invoice_group_that_billed_it() {
    let mut next = again(
        &input(vec![charge("a", "10", "1")]),
        vec![charge("a", "10", "1")],
    );
    for terms in next.buyers.values_mut() {
        terms.invoice_group = "moved".to_owned();
    }
    assert_eq!(planned(next).effects().count(), 0);
}

#[test]
fn an_old_period_is_reported_by_invoice_group_and_not_corrected() {
    let mut next = again(
        &input(vec![charge("a", "10", "1")]),
        vec![charge("a", "9", "1"), charge("b", "2", "1")],
    );
    next.periods[0].look_back = LookBack::Beyond;
    for terms in next.buyers.values_mut() {
        terms.invoice_group = "north".to_owned();
    }
    let plan = planned(next);
    assert!(plan.deliveries.is_empty());
    let told = plan.findings.iter().map(|one| &one.message[..29]);
    let groups = [
        "2026-03, invoice group all, w",
        "2026-03, invoice group north,",
    ];
    assert!(told.eq(groups), "{:?}", plan.findings);
    assert_eq!(plan.findings[0].code, FindingCode::NotSent);
    assert_eq!(plan.findings[0].value.unwrap().amount(), "-1.00");
}

#[test]
fn drafts_are_not_replaced_by_posted_documents_silently() {
    let mut only_post = input(vec![charge("a", "10", "1")]);
    only_post.finalize = Finalize::Draft;
    only_post.abilities.draft = false;
    let plan = planned(only_post);
    assert!(plan.deliveries.is_empty());
    assert_eq!(plan.findings[0].severity, Severity::Blocking);
    assert_eq!(plan.totals[0].difference.amount(), "10.00");
}

#[test]
fn two_charges_of_one_key_are_a_mistake_of_rating() {
    let twice = vec![charge("a", "10", "1"), charge("a", "11", "1")];
    assert!(matches!(
        plan(input(twice)),
        Err(PlanError::ConflictingCharges { .. })
    ));
}

#[test]
fn changes_are_told_against_the_month_before() {
    let mut february = input(vec![]);
    february.periods = vec![rated(
        "2026-02",
        vec![
            charge_in("2026-02", "a", "10", "1"),
            charge_in("2026-02", "b", "1", "1"),
        ],
    )];
    let march = again(
        &february,
        vec![charge("a", "12", "1"), charge("b", "1", "1")],
    );
    let plan = planned(march);
    let [change] = plan.changes.as_slice() else {
        panic!("{:?}", plan.changes)
    };
    assert_eq!(change.item.as_str(), "a");
    assert_eq!(change.difference.amount(), "2.00");
}

#[test]
fn a_correction_goes_to_the_buyer_of_its_original() {
    let mut later = input(vec![charge("vcpu", "15", "10")]);
    let issued = plan(later.clone()).unwrap();
    apply_all(&mut later.confirmed, &issued);
    let terms = later.buyers.get_mut(&AccountId(7)).unwrap();
    terms.buyer.remote_id = Some("9".to_owned());
    terms.buyer.account = "acme-ab".into();
    assert_eq!(plan(later.clone()).unwrap().effects().count(), 0);
    later.periods = vec![rated("2026-03", vec![charge("vcpu", "12", "10")])];
    let corrected = plan(later.clone()).unwrap();
    let buyer = |plan: &Plan| plan.effects().next().unwrap().delivery.buyer.clone();
    assert_eq!(buyer(&corrected).remote_id.as_deref(), Some("6"));
    assert_eq!(buyer(&corrected).account, "acme-ab".into());
    // Once the original is void there is nothing to correct: what is billed anew goes to the customer of now.
    later.confirmed[0].state = RemoteState::Void;
    let anew = plan(later).unwrap();
    assert_eq!(buyer(&anew).remote_id.as_deref(), Some("9"));
    assert_eq!(anew.effects().next().unwrap().delivery.corrects, None);
}

/// A sink without drafts would post what late facts still change.
#[test]
fn a_period_in_its_grace_is_drafted_or_waits() {
    let mut first = input(vec![charge("cpu", "2", "10")]);
    first.finalize = Finalize::Post;
    first.periods[0].is_in_grace = true;
    let drafted = planned(first.clone());
    assert!(!drafted.deliveries[0].delivery.post);
    first.abilities.draft = false;
    let waiting = planned(first.clone());
    assert_eq!(waiting.deliveries, []);
    assert_eq!(waiting.findings[0].code, FindingCode::InGrace);
    assert_eq!(waiting.findings[0].value.map(minor), Some(2_000));
    first.periods[0].is_in_grace = false;
    assert!(planned(first).deliveries[0].delivery.post);
}
