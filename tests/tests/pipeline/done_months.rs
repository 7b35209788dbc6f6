//! Months that are done, issued or closed, and are looked at again with the next one.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{Company, machines};

const MAY: &str = "2026-05-01T06:00:00Z";
const JUNE: &str = "2026-06-01T06:00:00Z";

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.configuration();
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

/// Code and subject of the findings that a plan tells of a month.
fn told(plan: &Value, month: &str) -> Result<Vec<String>> {
    let findings = plan["findings"].as_array().context("findings")?.iter();
    let told = findings.map(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", text("severity"), text("code"), text("subject"))
    });
    Ok(told.filter(|one| one.contains(month)).collect())
}

/// March is issued, and April is over.
fn issued() -> Result<Company> {
    let mut company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    company.export("2026-03-31", &machines(2))?;
    company.bill()?;
    company.export("2026-04-30", &machines(2))?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    Ok(company)
}

/// What an edit leaves without a price in an issued month would be given back without a word.
#[test]
fn what_a_corrected_month_has_no_price_for_blocks() -> Result<()> {
    let mut company = issued()?;
    let plan = company.place.json(&["plan", "--period", "2026-04"])?;
    assert_eq!(told(&plan, "2026-03")?, Vec::<String>::new());
    company.set_price(
        "price = [{ currency = \"EUR\", from = 2026-03-01, to = 2026-03-11, amount = 10.00 }, \
         { currency = \"EUR\", from = 2026-04-01, amount = 10.00 }]",
    )?;
    let plan = company
        .place
        .json_with(3, &["plan", "--period", "2026-04"])?;
    let told = told(&plan, "2026-03")?;
    assert!(
        told.iter()
            .any(|one| one.starts_with("blocking missing-price")),
        "{told:?}"
    );
    Ok(())
}

/// The same of what an edit leaves to nobody.
#[test]
fn what_a_corrected_month_has_in_suspense_is_told() -> Result<()> {
    let company = issued()?;
    edit(
        &company,
        "name = \"owner\"\n",
        "name = \"owner\"\nto = 2026-03-11\n",
    )?;
    edit(
        &company,
        "[[pipeline.main.sink]]",
        "[[pipeline.main.rule]]\nname = \"since\"\nfrom = 2026-04-01\nwhen = { has = \"owner\" }\n\
         set = { customer = { from = \"owner\" } }\n\n[[pipeline.main.sink]]",
    )?;
    let plan = company.place.json(&["plan", "--period", "2026-04"])?;
    let told = told(&plan, "2026-03")?;
    assert!(
        told.iter().any(|one| one.starts_with("warning suspense")),
        "{told:?}"
    );
    Ok(())
}

/// A month without documents has nothing that was issued, and may still turn out to have something.
#[test]
fn a_month_that_was_closed_without_documents_is_billed_later() -> Result<()> {
    let mut company = Company::new()?;
    edit(
        &company,
        "[account.blue]\nname = \"Blue\"\n",
        "[account.blue]\nname = \"Blue\"\nbilling_period = \"quarter\"\n",
    )?;
    let blue = ["VM-002,blue,2".to_owned()];
    let both = ["VM-001,acme,4".to_owned(), "VM-002,blue,2".to_owned()];
    for day in ["2026-04-01", "2026-04-30"] {
        company.export(day, &blue)?;
    }
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let month = ["--period", "2026-04"];
    let by = ["--by", "test"];
    company.place.expect(0, &[&["plan"][..], &month].concat())?;
    company
        .place
        .expect(0, &[&["close"][..], &month, &by].concat())?;
    for day in ["2026-04-01", "2026-04-30", "2026-05-31"] {
        company.export(day, &both)?;
    }
    JUNE.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let month = ["--period", "2026-05"];
    company.place.expect(0, &[&["plan"][..], &month].concat())?;
    company
        .place
        .expect(0, &[&["approve"][..], &month, &["--all"], &by].concat())?;
    company
        .place
        .expect(0, &[&["apply"][..], &month].concat())?;
    assert_eq!(company.posted_nets()?, ["40.00", "40.00"]);
    Ok(())
}
