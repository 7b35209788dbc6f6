//! Price versions of a running pipeline: what a signing keeps, what an exchange rate that changes later corrects, and
//! quantities that no line can hold.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::Company;

const CITRON: &str = r#"
[account.citron]
name = "Citron"
currency = "EUR"
agreement = [{ name = "frame", signed = 2025-06-01, from = 2025-07-01 }]
"#;

fn export_march(company: &Company, rows: &[&str]) -> Result<()> {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    for day in ["2026-03-01", "2026-03-31", "2026-04-01"] {
        company.export(day, &rows)?;
    }
    Ok(())
}

fn nets(rated: &Value) -> Result<Vec<&str>> {
    let lines = rated["lines"].as_array().context("lines")?;
    let nets = lines.iter().map(|line| line["net"]["amount"].as_str());
    nets.collect::<Option<_>>().context("nets")
}

#[test]
fn the_price_of_the_signing_outlives_its_version() -> Result<()> {
    let mut company = Company::new()?;
    company.set_rules(CITRON)?;
    company.set_price(
        "price_at = \"agreement-signing\"\nprice = [\n\
         { currency = \"EUR\", to = 2026-01-01, amount = 10.00 },\n\
         { currency = \"EUR\", from = 2026-01-01, amount = 15.00 },\n]",
    )?;
    export_march(&company, &["VM-001,citron,2"])?;
    company.bill()?;
    assert_eq!(company.posted_nets()?, ["20.00"]);
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let price = &rated["lines"][0]["price"];
    assert_eq!(price["policy"], "agreement-signing");
    assert_eq!(price["signed"], "2025-06-01");
    let passed_over = price["passed_over"][0]
        .as_str()
        .context("what does not count")?;
    assert!(
        passed_over.starts_with("list from 2026-01-01 (counterfoil.toml:"),
        "{passed_over}"
    );
    let detail = company
        .place
        .expect(0, &["rate", "--period", "2026-03", "--detail"])?;
    assert!(
        detail
            .stdout
            .contains("list, the version of the signing (signed 2025-06-01) (counterfoil.toml:"),
        "{}",
        detail.stdout
    );
    Ok(())
}

#[test]
fn a_signing_counts_in_a_charge_period_that_begins_before_the_month() -> Result<()> {
    let mut company = Company::new()?;
    company.set_rules(
        "[account.citron]\nname = \"Citron\"\ncurrency = \"EUR\"\nagreement = [\n\
         { name = \"old\", signed = 2025-06-01, from = 2025-06-01, to = 2026-02-01 },\n\
         { name = \"new\", signed = 2026-01-20, from = 2026-02-01 },\n]\n",
    )?;
    company.set_price(
        "per = \"quarter\"\nprice_at = \"agreement-signing\"\nprice = [\n\
         { currency = \"EUR\", amount = 90.00 },\n\
         { currency = \"EUR\", from = 2026-01-01, amount = 180.00 },\n]",
    )?;
    for day in ["2026-01-01", "2026-03-31", "2026-04-01"] {
        company.export(day, &["VM-001,citron,1".to_owned()])?;
    }
    company.place.call(&["discover"])?;
    // 31 and 59 of 90 days.
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let mut nets = nets(&rated)?;
    nets.sort_unstable();
    assert_eq!(nets, ["118.00", "31.00"], "{rated:#}");
    Ok(())
}

#[test]
fn an_agreement_without_a_day_is_told_and_not_billed() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "price_at = \"agreement-signing\"\nprice = [{ currency = \"EUR\", amount = 10.00 }]",
    )?;
    export_march(&company, &["VM-001,acme,2"])?;
    company.place.call(&["discover"])?;
    let check = company.place.expect(2, &["check"])?;
    let told = format!("{}{}", check.stdout, check.stderr);
    assert!(
        told.contains("standard of acme, standard of blue"),
        "{told}"
    );
    let rated = company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    assert_eq!(nets(&rated)?, Vec::<&str>::new());
    assert_eq!(
        rated["findings"][0]["next_step"],
        "give the agreement a `signed` day, or a `from`"
    );
    Ok(())
}

fn in_dollars(rates: &[(&str, &str)]) -> String {
    let rates = rates.iter().map(|(date, rate)| {
        format!(
            "\n[[price_book.standard.exchange_rate]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = {rate}\ndate = {date}\n\
             source = \"ECB\"\n"
        )
    });
    let price = "convert_from = \"USD\"\nprice = [{ currency = \"USD\", amount = 10.00 }]\n";
    format!("{price}{}", rates.collect::<String>())
}

#[test]
fn a_rate_that_changes_after_the_month_was_billed_is_a_correction() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(&in_dollars(&[("2026-03-31", "0.90")]))?;
    export_march(&company, &["VM-001,acme,2"])?;
    company.bill()?;
    assert_eq!(company.posted_nets()?, ["18.00"]);
    assert_eq!(company.planned_effects()?, 0);
    // A newer day changes nothing in March.
    company.set_price(&in_dollars(&[
        ("2026-03-31", "0.90"),
        ("2026-04-01", "0.95"),
    ]))?;
    assert_eq!(company.planned_effects()?, 0);
    // To leave the rate out is an edit without a date.
    company.set_price(&in_dollars(&[("2026-04-01", "0.95")]))?;
    assert_eq!(company.planned_effects()?, 0);
    company.set_price(&in_dollars(&[
        ("2026-03-31", "0.92"),
        ("2026-04-01", "0.95"),
    ]))?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(nets(&rated)?, ["18.40"]);
    assert_eq!(company.planned_effects()?, 1);
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    assert!(
        company.posted_nets()?.len() > 1,
        "{:?}",
        company.posted_nets()?
    );
    Ok(())
}

#[test]
fn an_old_rate_blocks_what_it_converts() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(&in_dollars(&[("2026-03-20", "0.90")]))?;
    export_march(&company, &["VM-001,acme,2"])?;
    company.place.call(&["discover"])?;
    let rated = company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    assert_eq!(nets(&rated)?, ["18.00"]);
    assert_eq!(rated["findings"][0]["code"], "stale-exchange-rate");
    assert_eq!(rated["findings"][0]["severity"], "blocking");
    Ok(())
}

#[test]
fn what_no_line_can_hold_is_a_finding_of_the_plan() -> Result<()> {
    let company = Company::new()?;
    let rows = [
        "VM-001,acme,-2",
        "VM-002,blue,9999999999999999999",
        "VM-003,acme,1",
    ];
    export_march(&company, &rows)?;
    company.place.call(&["discover"])?;
    for command in ["rate", "plan"] {
        let answer = company
            .place
            .call(&[command, "--period", "2026-03", "--json"])?;
        assert!(
            answer.stderr.is_empty() || !answer.stderr.contains("panicked"),
            "{}",
            answer.stderr
        );
        let told: Value = serde_json::from_str(&answer.stdout)?;
        let findings = told["findings"].as_array().context("findings")?;
        let has = |code: &str| findings.iter().any(|finding| finding["code"] == code);
        assert!(
            has("negative-quantity") && has("amount-overflow"),
            "{command}: {findings:?}"
        );
        assert!(answer.stdout.contains("10.00"), "{command}");
    }
    Ok(())
}

#[test]
fn an_old_rate_blocks_a_percentage_whose_lines_are_not_converted() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00 }]\n\
         \n[[price_book.standard.item]]\nname = \"support\"\ndescription = \"Support\"\nunit = \"C62\"\n\
         model = \"percentage\"\nof = [\"cpu\"]\nconvert_from = \"USD\"\n\
         price = [{ currency = \"USD\", percent = 10, minimum = 10.00 }]\n\
         \n[[price_book.standard.exchange_rate]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = 0.90\ndate = 2026-03-20\n\
         source = \"ECB\"\n",
    )?;
    export_march(&company, &["VM-001,acme,2"])?;
    company.place.call(&["discover"])?;
    let rated = company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    assert_eq!(nets(&rated)?, ["20.00", "9.00"]);
    let findings = rated["findings"].as_array().context("findings")?;
    assert_eq!(findings.len(), 1, "{rated:#}");
    assert_eq!(findings[0]["code"], "stale-exchange-rate");
    assert_eq!(
        findings[0]["message"],
        "The newest exchange rate from USD to EUR on or before 2026-03-31 is of 2026-03-20, 11 days before: a percentage of \
         1 line."
    );
    Ok(())
}
