//! Quantities that no bill can hold: each is a finding at `rate` and at `plan`, which blocks, and never a line.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::Company;

/// Blue's machine of two CPUs is beside it: its line stays as it is.
const ABSURD: [(&str, &str); 5] = [
    ("-5", "VM-1 has `cpu` = -5, which is negative"),
    ("-0.000001", "VM-1 has `cpu` = -0.000001, which is negative"),
    // In cents beyond 64 bits: alone, with a price of ten, and in digits that no source may have.
    (
        "99999999999999999999",
        "The charge of `cpu` to account `acme` is too large",
    ),
    (
        "9300000000000000",
        "The charge of `cpu` to account `acme` is too large",
    ),
    (
        "9999999999999999999999999999999999",
        "has more than 28 digits",
    ),
];

fn told(answer: &Value) -> Result<Vec<String>> {
    let findings = answer["findings"].as_array();
    let findings = findings.with_context(|| format!("{answer:#}"))?.iter();
    let blocking = findings.filter(|one| one["severity"] == "blocking");
    Ok(blocking.map(|one| one["message"].to_string()).collect())
}

#[test]
fn a_quantity_that_no_bill_can_hold_is_a_finding_and_no_line() -> Result<()> {
    let mut before: Option<Company> = None;
    for (quantity, said) in ABSURD {
        let company = Company::new()?;
        if let Some(before) = &before {
            company.compiled_by(before)?;
        }
        let rows = [format!("VM-1,acme,{quantity}"), "VM-2,blue,2".to_owned()];
        company.export("2026-03-01", &rows)?;
        company.export("2026-03-31", &rows)?;
        company.place.call(&["discover"])?;
        let rated = company
            .place
            .json_with(3, &["rate", "--period", "2026-03"])?;
        let messages = told(&rated)?;
        assert!(
            messages.iter().any(|one| one.contains(said)),
            "{quantity}: {messages:#?}"
        );
        let lines = rated["lines"].as_array().context("lines")?;
        let accounts: Vec<&Value> = lines.iter().map(|line| &line["account"]).collect();
        assert_eq!(accounts, ["blue"], "{quantity}");
        assert_eq!(lines[0]["net"]["amount"], "20.00", "{quantity}");
        let plan = company
            .place
            .json_with(3, &["plan", "--period", "2026-03"])?;
        let messages = told(&plan)?;
        assert!(
            messages.iter().any(|one| one.contains(said)),
            "{quantity}: {messages:#?}"
        );
        let approve = ["approve", "--period", "2026-03", "--all", "--by", "test"];
        let refused = company.place.call(&approve)?;
        assert!(!refused.status.success(), "{quantity}: {}", refused.stdout);
        company.place.call(&["apply", "--period", "2026-03"])?;
        assert_eq!(company.posted()?, [], "{quantity}");
        before = Some(company);
    }
    Ok(())
}

/// One resource that no line can hold leaves the others billed, and says where its quantity stands.
#[test]
fn an_absurd_quantity_is_named_and_kept_out_alone() -> Result<()> {
    let company = Company::new()?;
    let rows = [
        "VM-1,acme,99999999999999999999".to_owned(),
        "VM-2,acme,2".to_owned(),
    ];
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    let rated = company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    let messages = told(&rated)?;
    let named = "Most of it is that of VM-1, 99999999999999999999 (";
    let too_large = messages.iter().filter(|one| one.contains("is too large"));
    let too_large: Vec<&String> = too_large.collect();
    assert!(
        matches!(too_large.as_slice(), [one] if one.contains(named)),
        "{messages:#?}"
    );
    let lines = rated["lines"].as_array().context("lines")?;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["net"]["amount"], "20.00");
    let kind = &rated["kinds"]["virtual-machine"]["seconds"];
    assert_eq!(kind["unpriced"], kind["billed"], "{kind}");
    Ok(())
}
