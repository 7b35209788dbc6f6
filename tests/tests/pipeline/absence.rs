//! Absence is not deletion: what does not prove that a resource is gone ends none.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{Company, machines};

fn thirty_then(second_day: &str) -> Result<Company> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(30))?;
    company.export_raw("2026-03-02", second_day)?;
    company.place.call(&["discover"])?;
    Ok(company)
}

#[test]
fn an_export_without_rows_ends_nothing() -> Result<()> {
    let company = thirty_then("Id,Owner,CPU\n")?;
    assert_eq!(company.resources_at("2026-03-02")?, 30);
    Ok(())
}

#[test]
fn an_export_that_lost_two_fifths_of_its_rows_ends_nothing_until_a_person_says_so() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(30))?;
    company.export("2026-03-02", &machines(18))?;
    company.place.expect(3, &["discover"])?;
    assert_eq!(company.resources_at("2026-03-02")?, 30);
    let withheld = company.place.json_with(3, &["inventory", "withheld"])?;
    let id = withheld["withheld"][0]["id"].to_string();
    let refused = company.place.call(&[
        "inventory",
        "approve-withheld",
        &id,
        "--ceiling",
        "5",
        "--by",
        "test",
    ])?;
    assert!(
        !refused.status.success(),
        "a ceiling below the number of endings is refused"
    );
    assert_eq!(company.resources_at("2026-03-02")?, 30);
    company.place.expect(
        0,
        &[
            "inventory",
            "approve-withheld",
            &id,
            "--ceiling",
            "12",
            "--by",
            "test",
        ],
    )?;
    assert_eq!(company.resources_at("2026-03-02")?, 18);
    assert_eq!(company.resources_at("2026-03-01")?, 30);
    Ok(())
}

#[test]
fn a_half_written_export_ends_nothing() -> Result<()> {
    let whole = format!("Id,Owner,CPU\n{}\n", machines(30).join("\n"));
    let company = thirty_then(&whole[..whole.len() - 40])?;
    assert_eq!(company.resources_at("2026-03-02")?, 30);
    let coverage = company.place.json(&["inventory", "coverage"])?;
    assert_eq!(coverage["listings"][1]["completeness"], "partial");
    Ok(())
}

#[test]
fn a_row_that_is_gone_from_a_complete_export_ends() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(30))?;
    company.export("2026-03-02", &machines(29))?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.resources_at("2026-03-01")?, 30);
    assert_eq!(company.resources_at("2026-03-02")?, 29);
    Ok(())
}

const RIGHT: &str = "VM-001,acme,2\nVM-002,blue,4\nVM-003,acme,3\n";

/// The company whose exports of 10 and of 31 March are these.
fn march(tenth: &str, last: &str) -> Result<Company> {
    let company = Company::new()?;
    for (day, rows) in [("01", RIGHT), ("10", tenth), ("31", last)] {
        company.export_raw(&format!("2026-03-{day}"), &format!("Id,Owner,CPU\n{rows}"))?;
    }
    Ok(company)
}

/// The money of March, charge by charge.
fn charges(company: &Company) -> Result<Vec<(String, String)>> {
    // Where a row of the newest listing cannot be read, it says so by its exit code.
    let rated = company
        .place
        .call(&["rate", "--period", "2026-03", "--json"])?;
    let rated: Value = serde_json::from_str(&rated.stdout)?;
    let charges = rated["lines"].as_array().context("a list of lines")?;
    let charge = |charge: &Value| (charge["account"].to_string(), charge["net"].to_string());
    Ok(charges.iter().map(charge).collect())
}

#[test]
fn a_mistyped_id_that_is_another_rows_changes_no_bill() -> Result<()> {
    let right = march(RIGHT, RIGHT)?;
    right.place.expect(0, &["discover"])?;
    let expected = charges(&right)?;
    assert_eq!(expected.len(), 2, "{expected:?}");
    // The id of Blue's machine was typed as that of the last one, or of the first: behind its own row, or before it.
    for mistyped in [
        "VM-001,acme,2\nVM-003,blue,4\nVM-003,acme,3\n",
        "VM-001,acme,2\nVM-001,blue,4\nVM-003,acme,3\n",
    ] {
        let company = march(mistyped, RIGHT)?;
        company.compiled_by(&right)?;
        let told = company.place.expect(3, &["discover"])?.stdout;
        let reason = "vms-2026-03-10.csv is partial: rows with an id that another row has: 1";
        assert!(told.contains(reason), "{told}");
        assert_eq!(charges(&company)?, expected, "{mistyped}");
        company.plan_and_approve()?;
        // In the newest export it stays with the resources that are known, and blocks the bill until it is mended.
        let company = march(RIGHT, mistyped)?;
        company.compiled_by(&right)?;
        company.place.expect(3, &["discover"])?;
        assert_eq!(charges(&company)?, expected, "{mistyped}");
        let broken = company.place.call(&["inventory", "broken"])?.stdout;
        assert!(
            broken.contains("until then nothing that this listing lacks ends"),
            "{broken}"
        );
        let plan = company
            .place
            .expect(3, &["plan", "--period", "2026-03"])?
            .stdout;
        assert!(
            plan.contains("the row that is as it was, which counts"),
            "{plan}"
        );
    }
    Ok(())
}

#[test]
fn an_export_that_is_put_back_counts_again() -> Result<()> {
    let company = march(RIGHT, RIGHT)?;
    company.place.expect(0, &["discover"])?;
    let expected = charges(&company)?;
    for mistaken in [
        "VM-001,acme,2\nVM-003,acme,3\n",
        "VM-001,acme,2\nVM-002,blue,400\nVM-003,acme,3\n",
        "VM-001,acme,2\nVM-001,blue,4\nVM-003,acme,3\n",
    ] {
        for day in ["10", "31"] {
            let export = |rows: &str| {
                company.export_raw(&format!("2026-03-{day}"), &format!("Id,Owner,CPU\n{rows}"))
            };
            export(mistaken)?;
            company.place.call(&["discover"])?;
            export(RIGHT)?;
            let told = company.place.expect(0, &["discover"])?.stdout;
            assert!(
                told.contains("1 listing taken in"),
                "{day} {mistaken}: {told}"
            );
            assert_eq!(charges(&company)?, expected, "{day} {mistaken}");
            company.place.expect(0, &["plan", "--period", "2026-03"])?;
            let broken = company.place.expect(0, &["inventory", "broken"])?.stdout;
            assert!(!broken.contains("VM-001"), "{broken}");
        }
    }
    let told = company.place.expect(0, &["discover"])?.stdout;
    assert!(told.contains("0 listings taken in"), "{told}");
    Ok(())
}
