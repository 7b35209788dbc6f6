//! Agreements that begin or end within a month, the gap between two of them, and accounts that get several invoices.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::Company;

fn company(acme: &str) -> Result<Company> {
    let company = Company::new()?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    let head = "name = \"Acme\"\ncurrency = \"EUR\"\n";
    anyhow::ensure!(text.contains(head), "the account is there");
    std::fs::write(&file, text.replace(head, &format!("{head}{acme}\n")))?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &["VM-001,acme,31".to_owned()])?;
    }
    company.place.expect(0, &["discover"])?;
    Ok(company)
}

#[test]
fn an_agreement_that_begins_or_ends_within_the_month_is_prorated() -> Result<()> {
    for (agreement, net) in [
        (
            "agreement = [{ name = \"a\", from = 2026-03-11 }]",
            "210.00",
        ),
        ("agreement = [{ name = \"a\", to = 2026-03-11 }]", "100.00"),
        (
            "agreement = [{ name = \"a\", from = 2026-03-11, to = 2026-03-21 }]",
            "100.00",
        ),
    ] {
        let company = company(agreement)?;
        let rated = company.place.json(&["rate", "--period", "2026-03"])?;
        assert_eq!(rated["totals"]["EUR"]["amount"], net, "{agreement}");
    }
    Ok(())
}

#[test]
fn between_two_agreements_a_resource_is_in_suspense_with_its_value() -> Result<()> {
    let company = company(
        "agreement = [{ name = \"old\", to = 2026-03-11 }, { name = \"new\", from = 2026-03-21 }]",
    )?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let lines = plan["plans"][0]["plan"]["deliveries"][0]["delivery"]["lines"].as_array();
    let nets: Vec<&Value> = lines
        .into_iter()
        .flatten()
        .map(|line| &line["net"]["amount"])
        .collect();
    assert_eq!(nets, ["110.00", "100.00"]);
    let kind = &plan["completeness"]["kinds"]["virtual-machine"]["seconds"];
    assert_eq!(kind["suspended"], 10 * 86_400);
    assert_eq!(
        kind["discovered"],
        kind["billed"].as_i64().context("a number")? + 10 * 86_400
    );
    let findings = plan["findings"].as_array().into_iter().flatten();
    let told: Vec<_> = findings
        .filter(|finding| finding["code"] == "suspense")
        .map(|finding| &finding["value"]["amount"])
        .collect();
    assert_eq!(told, [&json!("100.00")]);
    let why = company.place.expect(
        0,
        &["explain", "--resource", "VM-001", "--period", "2026-03"],
    )?;
    assert!(why.stdout.contains("in suspense: "), "{}", why.stdout);
    assert!(why.stdout.contains("no agreement"), "{}", why.stdout);
    Ok(())
}

/// Agreements of the configuration follow one another: each has its days, and what is due once is due once.
#[test]
fn a_renewal_within_the_month_cuts_the_line_and_nothing_else() -> Result<()> {
    let renewed =
        "agreement = [{ name = \"old\", to = 2026-03-16 }, { name = \"new\", from = 2026-03-16 }]";
    let company = company(renewed)?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    let lines = || -> Result<Vec<String>> {
        let rated = company.place.json(&["rate", "--period", "2026-03"])?;
        let lines = rated["lines"].as_array().context("lines")?.iter();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |line: &Value| {
            let keys = ["agreement", "first_day", "last_day"].map(|key| word(&line[key]));
            format!("{} {}", keys.join(" "), word(&line["net"]["amount"]))
        };
        Ok(lines.map(line).collect())
    };
    assert_eq!(
        lines()?,
        [
            "new 2026-03-16 2026-03-31 160.00",
            "old 2026-03-01 2026-03-15 150.00"
        ]
    );
    let price = "amount = 10.00";
    anyhow::ensure!(text.contains(price), "the price is there: {text}");
    let with_minimum = text.replace(price, "amount = 10.00, minimum = 620.00");
    std::fs::write(&file, &with_minimum)?;
    assert_eq!(
        lines()?,
        [
            "new 2026-03-16 2026-03-31 320.00",
            "old 2026-03-01 2026-03-15 300.00"
        ]
    );
    // The plans that the agreements bring are terms of theirs.
    let plans = with_minimum
        .replace("name = \"old\"", "name = \"old\", plan = \"bronze\"")
        .replace("name = \"new\"", "name = \"new\", plan = \"silver\"");
    std::fs::write(&file, plans)?;
    assert_eq!(
        lines()?,
        [
            "new 2026-03-16 2026-03-31 320.00",
            "old 2026-03-01 2026-03-15 300.00"
        ]
    );
    // A renewal with the month cuts nothing.
    std::fs::write(&file, with_minimum.replace("2026-03-16", "2026-03-01"))?;
    assert_eq!(lines()?, ["new 2026-03-01 2026-03-31 620.00"]);
    Ok(())
}

/// What an account was billed stays in the group that billed it; only a new month has documents of the new one.
#[test]
fn an_invoice_group_has_documents_of_its_own() -> Result<()> {
    let company = company("invoice_group = \"north\"")?;
    company.bill()?;
    let groups = |period: &str| -> Result<Vec<Value>> {
        let plan = company.place.json(&["plan", "--period", period])?;
        let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
        let deliveries = deliveries.context("a plan has deliveries")?.iter();
        Ok(deliveries
            .map(|one| one["delivery"]["slot"]["invoice_group"].clone())
            .collect())
    };
    assert_eq!(groups("2026-03")?, ["north"]);
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace("\"north\"", "\"south\""))?;
    assert_eq!(groups("2026-03")?, ["north"]);
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn shares_that_do_not_sum_to_one_are_a_mistake() -> Result<()> {
    let company = company("")?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    for (share, words) in [
        ("1/3", "the shares sum to 5/6; expected exactly 1"),
        ("0.499999999999", "expected exactly 1"),
        ("half", "`half` is no share"),
    ] {
        let set = format!(
            "set = {{ owners = [{{ customer = \"acme\", share = \"{share}\" }}, {{ customer = \"blue\", share = \"1/2\" }}] }}"
        );
        std::fs::write(
            &file,
            text.replace("set = { customer = { from = \"owner\" } }", &set),
        )?;
        let refused = company.place.expect(2, &["check"])?;
        let said = refused.stdout + &refused.stderr;
        assert!(said.contains(words), "{share}: {said}");
    }
    Ok(())
}
