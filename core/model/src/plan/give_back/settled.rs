//! Odd turns of advances that have to come to an end all the same.

use super::super::sample::*;
use super::super::*;
use super::tests::fee;
use super::turned::growth;
use crate::charge::Charge;
use crate::finding::Severity;

fn of_item(item: &str, mut charge: Charge) -> Charge {
    charge.key.item = item.into();
    charge
}

/// In euros: the fee of an item, due with March.
fn billed(item: &str, amount: i32) -> Charge {
    of_item(item, fee(&format!("{amount}/12")))
}

/// In euros: more of it from a day of a month on, or less.
fn more(item: &str, month: &str, day: i64, amount: i32) -> Charge {
    of_item(item, growth(month, day, &format!("{amount}/12")))
}

fn usage(month: &str) -> Charge {
    charge_in(month, "vcpu", "10", "10")
}

/// Plans and applies until nothing is left to do, three times at most. What stands there is what is rated then.
fn settle(input: &mut PlanInput, months: Vec<(&str, Vec<Charge>)>) {
    let with_usage = |(month, mut charges): (&str, Vec<Charge>)| {
        charges.push(usage(month));
        rated(month, charges)
    };
    input.periods = months.into_iter().map(with_usage).collect();
    let is_settled = (0..4).any(|_| {
        let plan = plan(input.clone()).unwrap();
        apply_all(&mut input.confirmed, &plan);
        plan.effects().count() == 0
    });
    assert!(is_settled);
}

fn assert_billed(input: &PlanInput) {
    for charge in input.periods.iter().flat_map(|period| &period.charges) {
        let key = &charge.key;
        assert_eq!(net_of(&input.confirmed, key), charge.net.minor(), "{key:?}");
    }
}

/// April bills more of a fee, and gives back most of what March bills in the same plan: that is taken off March's.
#[test]
fn what_is_given_back_at_once_is_no_line_of_an_invoice_that_only_bills_more() {
    let mut input = input(vec![]);
    settle(&mut input, vec![("2026-03", vec![])]);
    let of_its_own = || {
        let mut fee = of_item("care", charge_in("2026-04", "support", "50", "12"));
        fee.key.billing_period = "2026-05/2027-05".to_owned();
        fee
    };
    let known = || {
        let april = vec![
            more("support", "2026-04", 5, 90),
            more("support", "2026-04", 10, -560),
            of_its_own(),
        ];
        vec![
            ("2026-03", vec![billed("support", 570)]),
            ("2026-04", april),
        ]
    };
    settle(&mut input, known());
    assert_billed(&input);
    let mut gone = more("care", "2026-05", 10, -600);
    gone.key.billing_period = of_its_own().key.billing_period;
    let mut months = known();
    months.push(("2026-05", vec![gone]));
    settle(&mut input, months);
    assert_billed(&input);
}

#[test]
fn an_advance_that_was_given_back_and_is_renamed_and_cheaper_is_settled() {
    let renamed = |mut charge: Charge| {
        charge.key.agreement = "frame".into();
        charge
    };
    for given_back in [-100, -50] {
        let mut input = input(vec![]);
        settle(&mut input, vec![("2026-03", vec![billed("support", 270)])]);
        let back = vec![more("support", "2026-04", 10, -270)];
        settle(
            &mut input,
            vec![("2026-03", vec![billed("support", 270)]), ("2026-04", back)],
        );
        let march = vec![renamed(billed("support", 100))];
        let back = vec![renamed(more("support", "2026-04", 10, given_back))];
        settle(&mut input, vec![("2026-03", march), ("2026-04", back)]);
        assert_billed(&input);
    }
}

/// Nothing is sent of what March bills for one of them and not for the other.
#[test]
fn what_is_billed_for_another_item_by_now_is_given_back_of_that() {
    let mut input = input(vec![]);
    let march = || {
        (
            "2026-03",
            vec![billed("backup", 190), billed("support", 600)],
        )
    };
    settle(&mut input, vec![march()]);
    let may = || ("2026-05", vec![more("support", "2026-05", 10, -600)]);
    settle(&mut input, vec![march(), may()]);
    let late = vec![
        (
            "2026-03",
            vec![billed("backup", 420), billed("support", 370)],
        ),
        ("2026-04", vec![more("support", "2026-04", 10, 230)]),
        may(),
        ("2026-06", vec![more("backup", "2026-06", 10, -420)]),
    ];
    settle(&mut input, late);
    let key = more("backup", "2026-06", 10, -420).key;
    assert_eq!(net_of(&input.confirmed, &key), -42_000);
}

#[test]
fn a_move_to_another_document_is_sent_whole() {
    let mut input = input(vec![]);
    let march = |backup| {
        (
            "2026-03",
            vec![billed("backup", backup), billed("support", 50)],
        )
    };
    let june = || ("2026-06", vec![more("backup", "2026-06", 10, 50)]);
    let back = |item| more(item, "2026-05", 10, -10);
    settle(&mut input, vec![march(50)]);
    settle(
        &mut input,
        vec![march(50), ("2026-05", vec![back("backup")]), june()],
    );
    let both = vec![back("backup"), back("support")];
    settle(&mut input, vec![march(0), ("2026-05", both), june()]);
    assert_billed(&input);
}

/// Its invoice is void: what else the month bills is sent all the same.
#[test]
fn what_only_a_credit_names_waits() {
    let mut input = input(vec![]);
    let march = || ("2026-03", vec![billed("support", 50)]);
    settle(&mut input, vec![march()]);
    let back = || more("support", "2026-04", 10, -10);
    settle(&mut input, vec![march(), ("2026-04", vec![back()])]);
    input.confirmed[0].state = RemoteState::Void;
    let april = vec![
        back(),
        more("support", "2026-04", 20, -5),
        charge_in("2026-04", "disk", "1", "7"),
    ];
    input.periods = vec![rated("2026-04", april)];
    let plan = plan(input.clone()).unwrap();
    let waiting = plan
        .findings
        .iter()
        .find(|one| one.message.contains("waits"));
    assert_eq!(waiting.unwrap().value.unwrap().amount(), "-5.00");
    assert!(
        plan.findings
            .iter()
            .all(|one| one.severity != Severity::Blocking)
    );
}
