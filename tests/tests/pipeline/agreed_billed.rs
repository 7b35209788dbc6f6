//! What accounts agreed on, billed through the whole pipeline: from the configuration to the invoice and its correction.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::delivered::correct;
use crate::small::{APRIL, Company};

const ITEM: &str = r#"
[[price_book.standard.item]]
name = "consulting"
description = "Consulting"
unit = "HUR"
meter = { manual = true }
proration = "none"
price = [{ currency = "EUR", amount = 20.00 }]
"#;

pub(crate) const AGREED: &str = r#"
[[account.acme.quantity]]
item = "consulting"
quantity = 1.5
from = 2026-03-05
to = 2026-04-01
owner = "anna"
reason = "migration"

[[account.acme.commitment]]
name = "base"
amount = 100.00

[[account.blue.commitment]]
name = "reached"
amount = 40.00
items = ["cpu"]
"#;

pub(crate) fn company(agreed: &str, cpu: &str) -> Result<Company> {
    let company = Company::new()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(path, format!("{text}{ITEM}{agreed}"))?;
    export(&company, cpu)?;
    Ok(company)
}

pub(crate) fn export(company: &Company, cpu: &str) -> Result<()> {
    let rows = [format!("VM-1,acme,{cpu}"), "VM-2,blue,4".to_owned()];
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)
}

fn lines(rated: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = rated["lines"].as_array().into_iter().flatten();
    lines
        .map(|line| format!("{} {}", text(&line["item"]), text(&line["net"]["amount"])))
        .collect()
}

fn findings<'v>(report: &'v Value, code: &str) -> Vec<&'v Value> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter(|finding| finding["code"] == code).collect()
}

#[test]
fn a_true_up_is_billed_and_a_late_fact_lowers_it() -> Result<()> {
    let mut company = company(AGREED, "2")?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.posted_nets()?, ["100.00", "40.00"]);
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(
        lines(&rated),
        [
            "commitment 50.00",
            "consulting 30.00",
            "cpu 20.00",
            "cpu 40.00"
        ]
    );
    assert_eq!(rated["lines"][1]["manual"][0]["reason"], "migration");
    assert_eq!(
        company.planned_effects()?,
        0,
        "running twice delivers nothing new"
    );
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    export(&company, "12")?;
    company.place.call(&["discover"])?;
    correct(&company)?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(
        lines(&rated),
        ["consulting 30.00", "cpu 120.00", "cpu 40.00"]
    );
    let nets = company.posted_nets()?;
    assert_eq!(
        nets,
        ["100.00", "40.00", "50.00"],
        "120 and 30, less 100 that were billed"
    );
    assert_eq!(company.planned_effects()?, 0);
    company.place.expect(0, &["reconcile"])?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn the_explanation_of_a_line_names_who_answers_and_what_counted() -> Result<()> {
    let company = company(AGREED, "2")?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let posted = company.posted()?;
    let (reference, _) = posted
        .iter()
        .find(|(_, net)| net == "100.00")
        .context("acme's")?;
    let told = |line: &str| -> Result<String> {
        let asked = ["explain", reference, "--line", line];
        Ok(company.place.expect(0, &asked)?.stdout)
    };
    let all = ["1", "2", "3"]
        .map(told)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let all = all.join("\n");
    for expected in [
        "by hand: 1.5 consulting, until 2026-04-01, answered for by anna: migration (counterfoil.toml:",
        "commitment base: 100 EUR a period, 100 due for the time in which it holds, 50 billed of all items",
        "price: commitment base of account acme (counterfoil.toml:",
    ] {
        assert!(all.contains(expected), "{expected}\n{all}");
    }
    Ok(())
}

#[test]
fn a_period_that_is_not_over_tells_what_would_be_due() -> Result<()> {
    let mut company = company(AGREED, "2")?;
    company.place.now = "2026-03-31T12:00:00Z".to_owned();
    company.place.call(&["discover"])?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(
        lines(&rated),
        ["consulting 30.00", "cpu 20.00", "cpu 40.00"]
    );
    let [short] = findings(&rated, "commitment-short")[..] else {
        anyhow::bail!("{rated:#}");
    };
    assert_eq!(short["severity"], "note");
    assert_eq!(short["value"]["amount"], "50.00");
    Ok(())
}

#[test]
fn a_quantity_that_expires_is_told_until_it_is_renewed_or_gone() -> Result<()> {
    let mut company = company(AGREED, "2")?;
    company.place.call(&["discover"])?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let [expires] = findings(&rated, "quantity-expires")[..] else {
        anyhow::bail!("{rated:#}");
    };
    assert_eq!(expires["severity"], "warning");
    assert_eq!(expires["subject"], "quantity consulting, account acme");
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    let rated = company.place.json(&["rate", "--period", "2026-04"])?;
    assert!(
        lines(&rated)
            .iter()
            .all(|line| !line.starts_with("consulting"))
    );
    assert_eq!(
        findings(&rated, "quantity-expires").len(),
        1,
        "it expired before"
    );
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let renewed = "\n[[account.acme.quantity]]\nitem = \"consulting\"\nquantity = 2\nfrom = 2026-04-01\n\
                   to = 2027-04-01\nowner = \"anna\"\nreason = \"support\"\n";
    std::fs::write(&path, format!("{text}{renewed}"))?;
    let rated = company.place.json(&["rate", "--period", "2026-04"])?;
    assert!(
        lines(&rated).contains(&"consulting 40.00".to_owned()),
        "{rated:#}"
    );
    assert_eq!(
        findings(&rated, "quantity-expires").len(),
        0,
        "another one goes on"
    );
    Ok(())
}

#[test]
fn a_table_of_quantities_bills_as_toml_does() -> Result<()> {
    let mut company = company("", "2")?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, format!("account_table = \"hours.csv\"\n{text}"))?;
    std::fs::write(
        company.place.folder.join("hours.csv"),
        "key;quantity.item;quantity.quantity;quantity.from;quantity.to;quantity.owner;quantity.reason\n\
         acme;consulting;1,5;2026-03-05;2026-04-01;anna;migration\n\
         acme;consulting;0,5;2026-03-09;2026-04-01;bo;training\n\
         blue;consulting;2;2026-03-09;2026-04-01;bo;training\n",
    )?;
    company.place.call(&["discover"])?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(
        lines(&rated),
        [
            "consulting 40.00",
            "cpu 20.00",
            "consulting 40.00",
            "cpu 40.00"
        ],
        "{rated:#}"
    );
    let places: Vec<&Value> = rated["lines"][0]["manual"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| &part["place"])
        .collect();
    assert_eq!(places, ["hours.csv row 2", "hours.csv row 3"]);
    company.place.now = APRIL.to_owned();
    Ok(())
}

#[test]
fn an_agreement_that_holds_for_a_part_of_the_month_prorates_the_commitment() -> Result<()> {
    let agreed = AGREED.replace(
        "amount = 100.00",
        "amount = 310.00\nproration = \"actual-day\"",
    );
    let company = company(&agreed, "2")?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let named = "name = \"Acme\"\ncurrency = \"EUR\"\n";
    let dated = format!("{named}agreement = [{{ from = 2026-03-11 }}]\n");
    std::fs::write(&path, text.replace(named, &dated))?;
    company.place.call(&["discover"])?;
    let rated = company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    // 21 of 31 days: 210 due; 20 × 21/31 = 13.55 of the machine, and the hours, which count in full.
    assert_eq!(
        lines(&rated),
        [
            "commitment 166.45",
            "consulting 30.00",
            "cpu 13.55",
            "cpu 40.00"
        ],
        "{rated:#}"
    );
    let missing = findings(&rated, "quantity-not-charged");
    assert_eq!(
        missing.len(),
        1,
        "from the 5th to the 11th nobody agreed: {rated:#}"
    );
    assert_eq!(missing[0]["severity"], "blocking");
    Ok(())
}

#[test]
fn a_quantity_by_hand_that_is_gone_is_named_in_a_difference() -> Result<()> {
    let quantity = |name: &str, quantity: u8, to: &str| {
        format!(
            "[[account.acme.quantity]]\nitem = \"consulting\"\nname = \"{name}\"\nquantity = {quantity}\nfrom = 2026-02-01\n\
             to = {to}\nowner = \"anna\"\nreason = \"as agreed\"\n\n"
        )
    };
    let agreed = quantity("audit", 3, "2026-03-01") + &quantity("help", 1, "2026-04-01");
    let company = company(&agreed, "2")?;
    company.place.call(&["discover"])?;
    let asked = [
        "explain",
        "--account",
        "acme",
        "--period",
        "2026-03",
        "--against",
        "2026-02",
    ];
    let explained = company.place.json(&asked)?;
    let resources = explained["accounts"][0]["resources"].as_array();
    let by_hand = resources.context("a list")?.iter();
    let by_hand: Vec<&Value> = by_hand.filter(|one| one["kind"] == "manual").collect();
    assert_eq!(by_hand.len(), 1, "{explained:#}");
    let gone = by_hand[0];
    assert_eq!(
        (&gone["cause"], &gone["resource"]),
        (&"gone".into(), &Value::Null)
    );
    assert_eq!(
        (&gone["external_id"], &gone["name"]),
        (&"consulting".into(), &"audit".into())
    );
    assert_eq!(gone["difference"]["amount"], "-60.00");
    let said = company.place.expect(0, &asked)?.stdout;
    let row = said
        .lines()
        .find(|line| line.contains("-60.00 EUR") && line.contains("audit"));
    assert!(row.is_some_and(|row| row.contains("manual")), "{said}");
    Ok(())
}
