//! Absence is not deletion: what does not prove that a resource is gone ends none.

use anyhow::Result;

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
