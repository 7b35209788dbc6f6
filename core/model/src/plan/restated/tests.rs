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
            "2 charges are rated otherwise in 2026-03, and come to the same together, with the same tax, account code and service."
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
    let serving = |item: &str, service: &str| {
        let mut serving = charge(item, "3", "10");
        let dimensions = &mut serving.key.dimensions;
        dimensions.insert("service".to_owned(), service.to_owned());
        serving
    };
    let moved_service = |able| moved(serving("vcpu", "db"), serving("ram", "web"), able).0;
    assert_eq!(moved_service(able()), ["0.00"]);
    assert_eq!(moved_service(differences), ["30.00", "30.00"]);
    // The rest of a minimum is of no service.
    let minimum = charge("minimum", "3", "10");
    assert_eq!(moved(minimum, serving("ram", "web"), able()).0, [""; 0]);
}
