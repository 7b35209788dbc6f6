//! What can be wrong with value added tax, for each category: the rules BR-S-01, BR-Z-01 and so on.

use counterfoil_model::einvoice::{Breakdown, EInvoice, VatCategory};

use super::mismatch::{Breaks, Case, Official, PEPPOL};
use super::sample::{decimal, invoice, money};
use Official::{Other, Same, Takes};
use VatCategory::{AE, E, G, K, L, M, O, S, Z};

pub(super) const CATEGORIES: [VatCategory; 9] = [S, Z, E, AE, K, G, O, L, M];

/// As the rules are numbered.
fn named(category: VatCategory) -> &'static str {
    match category {
        S => "S",
        Z => "Z",
        E => "E",
        AE => "AE",
        K => "IC",
        G => "G",
        O => "O",
        L => "AF",
        M => "AG",
    }
}

fn case(of: VatCategory, number: &str, official: Official, breaks: Breaks) -> Case {
    Case {
        of,
        ours: format!("BR-{}-{number}", named(of)),
        official,
        breaks,
    }
}

/// By the full number of a rule.
fn of_all(ours: &str, official: Official, breaks: Breaks) -> Case {
    Case {
        of: S,
        ours: ours.to_owned(),
        official,
        breaks,
    }
}

/// The lines of another category, with its breakdown.
fn added(it: &mut EInvoice, category: VatCategory) {
    let other = invoice(category);
    let net = other.totals.without_tax;
    it.lines.extend(other.lines);
    it.lines[2].id = String::from("3");
    it.lines[3].id = String::from("4");
    it.breakdown.extend(other.breakdown);
    for total in [
        &mut it.totals.lines,
        &mut it.totals.without_tax,
        &mut it.totals.with_tax,
        &mut it.totals.payable,
    ] {
        *total = total.checked_add(net).expect("a sum");
    }
}

fn split(it: &mut EInvoice) {
    let group = &mut it.breakdown[0];
    group.taxable = money("50.00");
    let mut other: Breakdown = group.clone();
    other.tax.reason = Some("Another reason".to_owned());
    it.lines[1].tax = Some(other.tax.clone());
    it.breakdown.push(other);
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        of_all("BR-CO-18", Same, |it| it.breakdown.clear()),
        of_all("BR-CO-17", Same, |it| {
            it.breakdown[0].amount = money("9.00");
        }),
        of_all(
            "BR-CO-17",
            Takes("it lets an amount be wrong by just under one unit"),
            |it| {
                it.breakdown[0].amount = money("25.01");
                it.totals.tax = money("25.01");
                it.totals.with_tax = money("125.01");
                it.totals.payable = money("125.01");
            },
        ),
        case(O, "12", Same, |it| added(it, Z)),
        Case {
            of: E,
            ours: "BR-CL-22".to_owned(),
            official: Same,
            breaks: |it| set_code(it, "VATEX-EU-0"),
        },
    ];
    cases.extend(of_reasons());
    for category in CATEGORIES {
        cases.push(case(category, "01", Same, |it| it.breakdown.clear()));
        cases.push(case(category, "08", Same, |it| {
            it.breakdown[0].taxable = money("90.00");
        }));
        if ![S, L, M].contains(&category) {
            cases.push(case(category, "09", Same, |it| {
                it.breakdown[0].amount = money("9.00");
            }));
        }
        cases.push(of_rate(category));
        cases.push(of_reason(category));
        cases.extend(of_sides(category));
        if [E, AE, K, G].contains(&category) {
            cases.push(case(category, "08", Same, split));
        }
    }
    cases
}

/// Reasons of other categories.
fn of_reasons() -> Vec<Case> {
    let reasons: [(&str, VatCategory, Breaks); 8] = [
        ("P0104", E, |it| set_code(it, "VATEX-EU-G")),
        ("P0105", E, |it| set_code(it, "VATEX-EU-O")),
        ("P0106", E, |it| set_code(it, "VATEX-EU-IC")),
        ("P0107", E, |it| set_code(it, "VATEX-EU-AE")),
        ("P0108", G, |it| set_code(it, "VATEX-EU-D")),
        ("P0109", G, |it| set_code(it, "VATEX-EU-F")),
        ("P0110", G, |it| set_code(it, "VATEX-EU-I")),
        ("P0111", G, |it| set_code(it, "VATEX-EU-J")),
    ];
    let cases = reasons.map(|(number, of, breaks)| Case {
        of,
        ours: format!("PEPPOL-EN16931-{number}"),
        official: Takes(PEPPOL),
        breaks,
    });
    cases.into()
}

fn set_code(it: &mut EInvoice, code: &str) {
    it.breakdown[0].tax.reason_code = Some(code.to_owned());
    for line in &mut it.lines {
        line.tax.as_mut().expect("one").reason_code = Some(code.to_owned());
    }
}

fn of_rate(category: VatCategory) -> Case {
    match category {
        S => case(S, "05", Same, |it| set_rate(it, "0")),
        L | M => case(category, "05", Same, |it| set_rate(it, "-7")),
        O => case(
            O,
            "05",
            Takes("what is not subject to VAT has no rate in the file, whatever it is"),
            |it| set_rate(it, "5"),
        ),
        Z | E | AE | K | G => case(category, "05", Same, |it| set_rate(it, "5")),
    }
}

pub(super) fn set_rate(it: &mut EInvoice, percent: &str) {
    it.breakdown[0].tax.percent = decimal(percent);
    for line in &mut it.lines {
        line.tax.as_mut().expect("one").percent = decimal(percent);
    }
}

fn of_reason(category: VatCategory) -> Case {
    match category {
        S | Z | L | M => case(category, "10", Same, |it| {
            set_reason(it, Some("no reason at all"));
        }),
        E | AE | K | G | O => case(category, "10", Same, |it| set_reason(it, None)),
    }
}

fn set_reason(it: &mut EInvoice, reason: Option<&str>) {
    it.breakdown[0].tax.reason = reason.map(str::to_owned);
    for line in &mut it.lines {
        line.tax.as_mut().expect("one").reason = reason.map(str::to_owned);
    }
}

fn of_sides(category: VatCategory) -> Vec<Case> {
    let seller = case(category, "02", Same, |it| it.seller.vat_id = None);
    match category {
        S | Z | E | G | L | M => vec![seller],
        AE => vec![
            seller,
            case(AE, "02", Same, |it| {
                (it.buyer.vat_id, it.buyer.legal_id) = (None, None);
            }),
        ],
        K => vec![
            seller,
            case(K, "02", Same, |it| it.buyer.vat_id = None),
            Case {
                of: K,
                ours: "BR-11".to_owned(),
                official: Other("BR-IC-12"),
                breaks: |it| it.buyer.address.as_mut().expect("one").country = None,
            },
        ],
        O => vec![
            case(O, "02", Same, |it| {
                it.seller.vat_id = Some("SE556677889901".to_owned());
            }),
            case(O, "02", Same, |it| {
                it.buyer.vat_id = Some("SE556000123401".to_owned());
            }),
        ],
    }
}
