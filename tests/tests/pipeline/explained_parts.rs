//! What an explanation says line by line: each line's part of its charge, and who pays where a resource changes hands.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::effects::APPLY;
use crate::reports::{list, texts};
use crate::small::{Company, machines};
use crate::voided::text;

/// Ten at 10.00, the rest at 5.00, less ten percent, and at least 100.00.
const TIERS: &str = "model = \"graduated\"\nprice = [{ currency = \"EUR\", tiers = [{ up_to = 4, amount = 10.00 }, \
    { amount = 5.00 }], discount_percent = 10, minimum = 100.00 }]";

fn cents(money: &Value) -> Result<i64> {
    Ok(text(money, "amount")?.replace('.', "").parse()?)
}

/// The lines' parts of what is rated again, and what the document comes to.
fn summed(explained: &Value) -> Result<(i64, i64)> {
    let mut sum = 0;
    for line in list(explained, "lines")? {
        sum += cents(&line["rated_again"])?;
    }
    Ok((sum, cents(&explained["net"])?))
}

#[test]
fn the_lines_of_a_charge_sum_to_what_it_comes_to_when_it_is_rated_again() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(TIERS)?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(8))?;
    }
    company.bill()?;
    // Eight units: 40.00 + 20.00 less 6.00, up to 100.00.
    let first = company.place.json(&["explain", "INV/2026/00001"])?;
    let keys = ["/rated_again/amount", "/charge_rated_again/amount"];
    let shown = texts(list(&first, "lines")?, &keys);
    assert_eq!(
        shown,
        [
            "40.00 100.00",
            "20.00 100.00",
            "-6.00 100.00",
            "46.00 100.00"
        ]
    );
    assert_eq!(summed(&first)?, (10_000, 10_000));

    // A late fact: twenty units at each of them, so that the charge is corrected.
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    let more: Vec<String> = machines(8)
        .iter()
        .map(|row| row.replace(",2", ",9"))
        .collect();
    company.export("2026-03-01", &more)?;
    company.export("2026-03-31", &more)?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &APPLY)?;
    let total = company
        .place
        .json(&["explain", "--account", "acme", "--period", "2026-03"])?;
    let documents = list(&list(&total, "accounts")?[0], "documents")?;
    let reference = text(documents.last().context("a correction")?, "reference")?;
    let corrected = company.place.json(&["explain", reference])?;
    let (sum, net) = summed(&corrected)?;
    assert_eq!(sum, net, "{corrected:#}");
    let taken_back = list(&corrected, "lines")?.iter();
    let taken_back: Vec<&Value> = taken_back
        .filter(|line| line["taken_back_from"].is_string())
        .collect();
    assert_eq!(taken_back.len(), 4, "{corrected:#}");
    for line in taken_back {
        assert_eq!(line["charge_rated_again"]["amount"], "-100.00");
    }
    Ok(())
}

#[test]
fn who_pays_for_another_is_told_with_the_policy() -> Result<()> {
    let company = Company::new()?;
    company.write_with("handover = \"start-of-period\"\n", "", "")?;
    company.export("2026-03-01", &["VM-001,acme,2".to_owned()])?;
    company.export("2026-03-16", &["VM-001,blue,2".to_owned()])?;
    company.export("2026-03-31", &["VM-001,blue,2".to_owned()])?;
    company.place.call(&["discover"])?;
    let asked = ["explain", "--resource", "VM-001", "--period", "2026-03"];
    let told = company.place.expect(0, &asked)?.stdout;
    let said = "it is that of blue, and who has it first in the period pays: handover = \"start-of-period\"";
    assert_eq!(told.matches(said).count(), 1, "{told}");
    let explained = company.place.json(&asked)?;
    let keys = [
        "/standing/customers/0",
        "/handover/policy",
        "/handover/owners/0",
    ];
    assert_eq!(
        texts(list(&explained, "stretches")?, &keys),
        ["acme null null", "acme start-of-period blue"]
    );
    // Where each pays for his own time there is nothing to tell.
    company.write()?;
    let explained = company.place.json(&asked)?;
    assert_eq!(
        texts(list(&explained, "stretches")?, &keys),
        ["acme null null", "blue null null"]
    );
    Ok(())
}

fn learn(company: &Company, owner: &str, cpus: u8) -> Result<()> {
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &[format!("VM-001,{owner},{cpus}")])?;
    }
    company.bill()
}

/// Twenty vCPU at 10.00 by two documents.
fn billed_by_two() -> Result<Company> {
    let company = Company::new()?;
    learn(&company, "acme", 10)?;
    learn(&company, "acme", 20)?;
    Ok(company)
}

fn differences(company: &Company, number: &str) -> Result<Vec<String>> {
    let keys = [
        "/line/billed/amount",
        "/rated_again/amount",
        "/charge_rated_again/amount",
        "/difference/billed_before/amount",
        "/difference/billed_by/0/document",
        "/difference/billed_by/1/billed/amount",
        "/difference/rated_now/amount",
        "/difference/elsewhere/0/billed/amount",
    ];
    let explained = company.place.json(&["explain", number])?;
    let (sum, net) = summed(&explained)?;
    assert_eq!(sum, net, "{explained:#}");
    Ok(texts(list(&explained, "lines")?, &keys))
}

/// Each of two credit notes gives back a part of the difference, and says "200.00 EUR before, 130.00 EUR now" or the like.
#[test]
fn a_line_of_a_difference_is_explained_by_what_was_billed_and_what_is_rated() -> Result<()> {
    let company = billed_by_two()?;
    learn(&company, "acme", 3)?;
    assert_eq!(
        differences(&company, "CRN/2026/00001")?,
        ["-70.00 70.00 30.00 200.00 INV/2026/00001 100.00 30.00 -100.00"]
    );
    assert_eq!(
        differences(&company, "CRN/2026/00002")?,
        ["-100.00 100.00 30.00 200.00 INV/2026/00001 100.00 30.00 -70.00"]
    );
    let asked = ["explain", "CRN/2026/00002", "--line", "1"];
    let told = company.place.expect(0, &asked)?.stdout;
    for said in [
        "  billed before: 200.00 EUR: 100.00 EUR by INV/2026/00001, 100.00 EUR by INV/2026/00002",
        "  rated now: 30.00 EUR",
        "  difference: -170.00 EUR, of which -100.00 EUR by this line, -70.00 EUR by CRN/2026/00001",
        "the charge comes to 30.00 EUR: unit rounded half up, from the exact 30",
        "3 × 10 = 30",
    ] {
        assert!(told.contains(said), "{said}\n\n{told}");
    }
    Ok(())
}

#[test]
fn a_line_of_a_difference_to_nothing_says_that_no_fact_leads_to_its_charge() -> Result<()> {
    let company = billed_by_two()?;
    learn(&company, "blue", 20)?;
    assert_eq!(
        differences(&company, "CRN/2026/00001")?,
        ["-100.00 100.00 null 200.00 INV/2026/00001 100.00 0.00 -100.00"]
    );
    let asked = ["explain", "CRN/2026/00001", "--line", "1"];
    let told = company.place.expect(0, &asked)?.stdout;
    for said in [
        "  billed before: 200.00 EUR: 100.00 EUR by INV/2026/00001, 100.00 EUR by INV/2026/00002",
        "  rated now: 0.00 EUR\n  difference: -200.00 EUR, of which -100.00 EUR by this line, -100.00 EUR by CRN/2026/00002",
        "no fact leads to its charge any more",
    ] {
        assert!(told.contains(said), "{said}\n\n{told}");
    }
    Ok(())
}
