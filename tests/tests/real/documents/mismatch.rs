//! Does our pre-flight find what the official validator finds? A valid document is broken in each way that the pre-flight
//! knows, and both are asked; where only one of them refuses it, the table says why.

use std::collections::BTreeSet;

use anyhow::Result;
use counterfoil_model::einvoice::{EInvoice, Kind, VatCategory, check, to_xml};
use counterfoil_tests::binary::repository;

use super::mismatch_taxes;
use super::sample::{day, decimal, in_currency, invoice, money};
use super::ubl;

pub(super) type Breaks = fn(&mut EInvoice);

/// One thing that is broken.
pub(super) struct Case {
    pub(super) of: VatCategory,
    /// The rule by which the pre-flight refuses it.
    pub(super) ours: String,
    pub(super) official: Official,
    pub(super) breaks: Breaks,
}

/// What the official validator says of it.
pub(super) enum Official {
    /// It refuses it by the same rule.
    Same,
    /// It refuses it by another one: XML cannot say the same of an element that is empty, say.
    Other(&'static str),
    /// It takes it.
    Takes(&'static str),
}

use Official::{Other, Same, Takes};

pub(super) const PEPPOL: &str = "a rule of Peppol, whose validator is another one";

fn case(ours: &str, official: Official, breaks: Breaks) -> Case {
    Case {
        of: VatCategory::S,
        ours: ours.to_owned(),
        official,
        breaks,
    }
}

fn of_document() -> Vec<Case> {
    vec![
        case("BR-02", Same, |it| it.number.clear()),
        case("BR-16", Same, |it| it.lines.clear()),
        case("BR-CL-04", Same, |it| {
            it.currency = "XTK/2".parse().expect("a currency");
        }),
        case("BR-29", Same, |it| it.last_day = day("2026-02-01")),
        case(
            "BR-55",
            Takes("it asks for the number of a reference, and for no reference"),
            |it| (it.kind, it.due_date) = (Kind::CreditNote, None),
        ),
        case(
            "BR-CO-25",
            Takes("these versions of the official rules leave it out"),
            |it| {
                it.payment.invoice_terms = None;
                it.due_date = None;
            },
        ),
        case("DUE-DATE", Takes("no rule compares the two dates"), |it| {
            it.due_date = Some(day("2026-03-31"));
        }),
        case("PEPPOL-EN16931-R003", Takes(PEPPOL), |it| {
            it.order_reference = None;
        }),
        case(
            "BR-61",
            Takes("an account that is empty is left out of the file, and so nobody could pay"),
            |it| it.payment.iban = Some(" ".to_owned()),
        ),
    ]
}

fn of_sides() -> Vec<Case> {
    vec![
        case("BR-06", Same, |it| it.seller.name.clear()),
        case("BR-07", Same, |it| it.buyer.name = String::from(" ")),
        case("BR-08", Same, |it| it.seller.address = None),
        case("BR-09", Same, |it| {
            it.seller.address.as_mut().expect("one").country = None;
        }),
        case("BR-10", Same, |it| it.buyer.address = None),
        case("BR-11", Same, |it| {
            it.buyer.address.as_mut().expect("one").country = Some(String::new());
        }),
        case("BR-CL-14", Same, |it| {
            it.buyer.address.as_mut().expect("one").country = Some("Sweden".to_owned());
        }),
        case("BR-CO-09", Same, |it| {
            it.buyer.vat_id = Some("5560001234".to_owned());
        }),
        case("BR-CO-09", Same, |it| {
            it.seller.vat_id = Some("se556677889901".to_owned());
        }),
        case("BR-CL-11", Same, |it| {
            it.buyer.legal_id_scheme = Some("orgnr".to_owned());
        }),
        case("BR-CO-26", Same, |it| {
            (it.seller.legal_id, it.seller.vat_id) = (None, None);
        }),
        case("BR-62", Other("BR-CL-25"), |it| {
            it.seller.endpoint.as_mut().expect("one").scheme.clear();
        }),
        case("BR-63", Other("BR-CL-25"), |it| {
            it.buyer.endpoint.as_mut().expect("one").scheme.clear();
        }),
        case("BR-CL-25", Same, |it| {
            it.buyer.endpoint.as_mut().expect("one").scheme = String::from("mail");
        }),
        case("PEPPOL-EN16931-R008", Takes(PEPPOL), |it| {
            it.buyer.endpoint.as_mut().expect("one").id.clear();
        }),
        case("PEPPOL-EN16931-R010", Takes(PEPPOL), |it| {
            it.buyer.endpoint = None;
        }),
        case("PEPPOL-EN16931-R020", Takes(PEPPOL), |it| {
            it.seller.endpoint = None;
        }),
    ]
}

/// Of registers, and of Sweden.
fn of_numbers() -> Vec<Case> {
    let numbers: [(&str, Breaks); 13] = [
        ("PEPPOL-COMMON-R040", |it| {
            number(it, "0088", "7300010000002");
        }),
        ("PEPPOL-COMMON-R041", |it| number(it, "0192", "974760674")),
        ("PEPPOL-COMMON-R042", |it| number(it, "0184", "DK1234567")),
        ("PEPPOL-COMMON-R043", |it| number(it, "0208", "0202239952")),
        ("PEPPOL-COMMON-R049", |it| number(it, "0007", "5560001234")),
        ("PEPPOL-COMMON-R050", |it| number(it, "0151", "51824753557")),
        ("SE-R-001", |it| {
            it.seller.vat_id = Some("SE5566778899".to_owned());
        }),
        ("SE-R-002", |it| {
            it.seller.vat_id = Some("SE556677-88990".to_owned());
        }),
        ("SE-R-003", |it| {
            it.seller.legal_id = Some("556677-8899".to_owned());
        }),
        ("SE-R-004", |it| {
            it.seller.legal_id = Some("165566778899".to_owned());
        }),
        ("SE-R-005", |it| {
            it.seller.tax_registration = Some("F-skatt".to_owned());
        }),
        ("SE-R-013", |it| {
            it.seller.legal_id = Some("5566778890".to_owned());
        }),
        ("SE-R-006", |it| {
            mismatch_taxes::set_rate(it, "24");
            it.breakdown[0].amount = money("24.00");
            it.totals.tax = money("24.00");
            it.totals.with_tax = money("124.00");
            it.totals.payable = money("124.00");
        }),
    ];
    let cases = numbers.map(|(rule, breaks)| case(rule, Takes(PEPPOL), breaks));
    cases.into()
}

fn number(it: &mut EInvoice, scheme: &str, id: &str) {
    let endpoint = it.buyer.endpoint.as_mut().expect("one");
    (endpoint.scheme, endpoint.id) = (scheme.to_owned(), id.to_owned());
}

fn of_lines() -> Vec<Case> {
    vec![
        case("BR-21", Same, |it| it.lines[0].id.clear()),
        case("BR-23", Same, |it| it.lines[0].unit.clear()),
        case("BR-CL-23", Same, |it| {
            it.lines[0].unit = String::from("gigabytes");
        }),
        case("BR-25", Same, |it| it.lines[0].name.clear()),
        case("BR-27", Same, |it| {
            it.lines[0].price = decimal("-2.5");
            it.lines[0].quantity = decimal("-20");
        }),
        case("PEPPOL-EN16931-R121", Takes(PEPPOL), |it| {
            it.lines[0].base_quantity = decimal("0");
        }),
        case("PEPPOL-EN16931-R120", Takes(PEPPOL), |it| {
            it.lines[0].price = decimal("2.51");
        }),
        case("BR-30", Same, |it| {
            it.lines[0].last_day = day("2026-02-28");
        }),
        case("PEPPOL-EN16931-R110", Takes(PEPPOL), |it| {
            it.lines[0].first_day = day("2026-02-28");
        }),
        case("PEPPOL-EN16931-R111", Takes(PEPPOL), |it| {
            it.lines[0].last_day = day("2026-04-01");
        }),
        case("BR-CO-04", Same, |it| it.lines[0].tax = None),
        case("BR-DEC-23", Same, |it| {
            it.lines[0].net = in_currency("50.001", "KWD");
        }),
    ]
}

fn of_totals() -> Vec<Case> {
    vec![
        case("BR-CO-10", Same, |it| it.totals.lines = money("101.00")),
        case("BR-CO-13", Same, |it| {
            it.totals.without_tax = money("101.00");
        }),
        case("BR-CO-14", Same, |it| it.totals.tax = money("11.00")),
        case("BR-CO-15", Same, |it| it.totals.with_tax = money("11.00")),
        case("BR-CO-16", Same, |it| it.totals.payable = money("11.00")),
        case("BR-CO-16", Same, |it| it.totals.rounding = money("0.40")),
        case("BR-DEC-09", Same, |it| {
            it.totals.lines = in_currency("100.001", "KWD");
        }),
        case("BR-DEC-12", Same, |it| {
            it.totals.without_tax = in_currency("100.001", "KWD");
        }),
        case("BR-DEC-13", Other("UBL-DT-01"), |it| {
            it.totals.tax = in_currency("25.001", "KWD");
        }),
        case("BR-DEC-14", Same, |it| {
            it.totals.with_tax = in_currency("125.001", "KWD");
        }),
        case("BR-DEC-17", Same, |it| {
            it.totals.rounding = in_currency("0.001", "KWD");
        }),
        case("BR-DEC-18", Same, |it| {
            it.totals.payable = in_currency("125.001", "KWD");
        }),
        case("BR-DEC-19", Same, |it| {
            it.breakdown[0].taxable = in_currency("100.001", "KWD");
        }),
        case("BR-DEC-20", Same, |it| {
            it.breakdown[0].amount = in_currency("25.001", "KWD");
        }),
    ]
}

fn cases() -> Vec<Case> {
    let mut cases = of_document();
    cases.extend(of_sides());
    cases.extend(of_numbers());
    cases.extend(of_lines());
    cases.extend(of_totals());
    cases.extend(mismatch_taxes::cases());
    cases
}

fn rules(invoice: &EInvoice) -> Vec<String> {
    let faults = check::check(invoice).into_iter();
    faults.map(|fault| fault.rule).collect()
}

#[test]
#[ignore = "needs the official validators: cargo xtask test --documents"]
fn real_pre_flight_finds_what_the_official_validator_finds() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut invoices: Vec<(String, EInvoice)> = Vec::new();
    for category in mismatch_taxes::CATEGORIES {
        invoices.push((format!("valid {}", category.code()), invoice(category)));
    }
    let valid = invoices.len();
    let cases = cases();
    for case in &cases {
        let mut broken = invoice(case.of);
        (case.breaks)(&mut broken);
        invoices.push((case.ours.clone(), broken));
    }
    let mut files = Vec::new();
    for (index, (_, one)) in invoices.iter().enumerate() {
        let path = folder.path().join(format!("{index}.xml"));
        std::fs::write(&path, to_xml(one))?;
        files.push(path);
    }
    let official = ubl::faults(&files)?;
    let mut problems = Vec::new();
    for (index, ((name, invoice), official)) in invoices.iter().zip(&official).enumerate() {
        let ours = rules(invoice);
        let fatal: Vec<&str> = official
            .iter()
            .filter(|(_, is_fatal)| *is_fatal)
            .map(|(rule, _)| rule.as_str())
            .collect();
        let is_right = match index.checked_sub(valid).map(|index| &cases[index]) {
            None => ours.is_empty() && official.is_empty(),
            Some(case) => {
                ours.contains(&case.ours)
                    && match case.official {
                        Same => fatal.contains(&case.ours.as_str()),
                        Other(rule) => fatal.contains(&rule),
                        Takes(why) => fatal.is_empty() && !why.is_empty(),
                    }
            }
        };
        if !is_right {
            problems.push(format!("{name}: ours {ours:?}, official {official:?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// A rule that the pre-flight states is in the table above.
#[test]
fn every_rule_of_the_pre_flight_is_compared() -> Result<()> {
    let folder = repository().join("core/model/src/einvoice");
    let mut stated: BTreeSet<String> = BTreeSet::new();
    for file in [
        "check.rs",
        "check/lines.rs",
        "check/numbers.rs",
        "check/parties.rs",
        "check/taxes.rs",
        "check/totals.rs",
    ] {
        let text = std::fs::read_to_string(folder.join(file))?;
        let quoted = text.split('"').skip(1).step_by(2);
        let rules = quoted.filter(|word| {
            let starts = ["BR-", "PEPPOL-", "SE-R-"];
            starts.iter().any(|start| word.starts_with(start)) || *word == "DUE-DATE"
        });
        stated.extend(rules.filter(|word| !word.contains('{')).map(str::to_owned));
    }
    assert!(stated.len() > 40, "{stated:?}");
    let compared: BTreeSet<String> = cases().into_iter().map(|case| case.ours).collect();
    let missing: Vec<&String> = stated.difference(&compared).collect();
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}
