//! Corrections that come to nothing, and which of them are sent.

use super::super::sample::*;
use super::super::*;
use crate::finding::Severity;

/// The plan of other charges, once the first ones are posted.
fn corrected(first: &PlanInput, charges: Vec<crate::charge::Charge>) -> Plan {
    let mut next = first.clone();
    apply_all(&mut next.confirmed, &plan(first.clone()).unwrap());
    next.periods = vec![rated("2026-03", charges)];
    plan(next).unwrap()
}

fn with_code(mut charge: crate::charge::Charge, code: &str) -> crate::charge::Charge {
    charge.account_code = Some(code.to_owned());
    charge
}

/// A plan, a tier or a minimum moves an amount from one line to another.
#[test]
fn a_correction_that_comes_to_nothing_is_sent_only_where_it_decides_anything() {
    let moved = |from: crate::charge::Charge, to: crate::charge::Charge, able: Abilities| {
        let mut first = input(vec![from, charge("disk", "2", "10")]);
        first.abilities = able;
        let plan = corrected(&first, vec![to, charge("disk", "2", "10")]);
        let sent: Vec<String> = plan
            .effects()
            .map(|one| one.delivery.net.amount())
            .collect();
        (sent, plan.findings)
    };
    let differences = Abilities {
        negative_lines: false,
        ..able()
    };
    for able in [able(), differences.clone()] {
        let (sent, findings) = moved(charge("vcpu", "3", "10"), charge("ram", "3", "10"), able);
        assert_eq!(sent, [""; 0]);
        assert_eq!(
            findings[0].message,
            "2 charges are rated otherwise in 2026-03, and come to the same together, with the same tax, account code and dimensions but the plan."
        );
        assert_eq!(findings[0].severity, Severity::Note);
    }
    // The books or the VAT are others: a document says so, though nobody pays for it.
    let (code, other) = (
        with_code(charge("vcpu", "3", "10"), "3010"),
        with_code(charge("ram", "3", "10"), "3020"),
    );
    assert_eq!(moved(code, other, able()).0, ["0.00"]);
    let mut taxed = charge("ram", "3", "10");
    taxed.tax_category = Some("reduced".to_owned());
    assert_eq!(moved(charge("vcpu", "3", "10"), taxed, able()).0, ["0.00"]);
    let moved_service = |able| {
        let (from, to) = (
            of(charge("vcpu", "3", "10"), ("service", "db")),
            of(charge("ram", "3", "10"), ("service", "web")),
        );
        moved(from, to, able).0
    };
    assert_eq!(moved_service(able()), ["0.00"]);
    assert_eq!(moved_service(differences), ["30.00", "30.00"]);
}

fn of(mut charge: crate::charge::Charge, (name, value): (&str, &str)) -> crate::charge::Charge {
    let dimensions = &mut charge.key.dimensions;
    dimensions.insert(name.to_owned(), value.to_owned());
    charge
}

/// What a buyer books apart is told also where it is no service; which plan it has is nobody's department.
#[test]
fn what_goes_from_one_dimension_to_another_is_sent_and_a_plan_is_none() {
    let disk = |dimensions: &[(&str, &str)]| {
        let disk = charge("disk", "50", "10");
        dimensions.iter().copied().fold(disk, of)
    };
    let sent = |from: crate::charge::Charge, to: crate::charge::Charge| {
        let plan = corrected(&input(vec![from]), vec![to]);
        plan.effects().count()
    };
    let centre = |centre| {
        disk(&[
            ("service", "web"),
            ("plan", "gold"),
            ("cost_center", centre),
        ])
    };
    assert_eq!(sent(centre("100"), centre("200")), 1);
    // What had none gets one.
    let none = || disk(&[("service", "web"), ("plan", "gold")]);
    assert_eq!(sent(none(), centre("100")), 1);
    let by_name = |name| disk(&[("resource", name)]);
    assert_eq!(sent(by_name("vm-1"), by_name("vm-2")), 1);
    let silver = disk(&[("service", "web"), ("plan", "silver")]);
    assert_eq!(sent(none(), silver), 0);
    // The rest of a commitment is of them all.
    let rest = of(charge("commitment", "50", "10"), ("commitment", "base"));
    assert_eq!(sent(rest.clone(), centre("100")), 0);
    assert_eq!(sent(none(), rest), 0);
}
