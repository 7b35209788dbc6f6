//! A sum over a gauge in the real run: samples that say the same are one level in the store, and count by time all the same.

use anyhow::{Result, ensure};

use crate::reports::{list, texts};
use crate::small::Company;

const ITEM: &str = r#"
[[price_book.standard.item]]
name = "gigabyte-hours"
description = "Gigabyte hours"
unit = "E34"
kind = "virtual-machine"
meter = { gauge = "used", aggregate = "sum", sample = "1h" }
"#;
const PRICE: &str = "price = [{ currency = \"EUR\", amount = 0.01 }]\n";

/// A disk that is listed on these days.
fn listed(days: &[(&str, u32)], price: &str) -> Result<Company> {
    let company = Company::new()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let cpu = "cpu = { column = \"CPU\", type = \"decimal\" } }";
    ensure!(text.contains(cpu), "the attributes are written otherwise");
    let gauge =
        "used = { column = \"Used\", type = \"decimal\", unit = \"E34\", class = \"gauge\" }, ";
    std::fs::write(
        &path,
        format!(
            "{}{ITEM}{price}",
            text.replace(cpu, &format!("{gauge}{cpu}"))
        ),
    )?;
    for (day, used) in days {
        let export = format!("Id,Owner,CPU,Used\nVM-1,acme,1,{used}\n");
        company.export_raw(day, &export)?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

/// What the hours of March come to.
fn hours(days: &[(&str, u32)]) -> Result<(String, String, String)> {
    let company = listed(days, PRICE)?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let lines = rated["lines"].as_array().into_iter().flatten();
    let mut lines = lines.filter(|line| line["item"] == "gigabyte-hours");
    let Some(line) = lines.next() else {
        anyhow::bail!("{rated:#}");
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok((
        text(&line["quantity"]),
        text(&line["net"]["amount"]),
        text(&line["measured"]),
    ))
}

#[test]
fn equal_samples_count_for_the_time_that_they_held_however_often_they_were_taken() -> Result<()> {
    let end = ("2026-03-31", 20);
    let seldom = hours(&[("2026-03-01", 10), ("2026-03-03", 20), end])?;
    let often = hours(&[
        ("2026-03-01", 10),
        ("2026-03-02", 10),
        ("2026-03-03", 20),
        ("2026-03-04", 20),
        ("2026-03-05", 20),
        end,
    ])?;
    // 48 hours of 10, and of 20 the other 695 that March has in Stockholm.
    let (quantity, net, measured) = &often;
    assert_eq!((quantity.as_str(), net.as_str()), ("14380", "143.80"));
    assert_eq!(
        measured,
        "the sum of the levels, each once for every 3600 s that it lasted"
    );
    assert_eq!(seldom, often);
    Ok(())
}

/// What the disk is told to have changed by between the 2nd and the 31st.
fn changes(days: &[(&str, u32)], price: &str) -> Result<Vec<String>> {
    let company = listed(days, price)?;
    let asked = ["report", "changes", "2026-03-02", "2026-03-31"];
    let report = company.place.json(&asked)?;
    let keys = [
        "/cause",
        "/attributes/0/attribute",
        "/attributes/0/before",
        "/attributes/0/after",
        "/difference/amount",
    ];
    let told = texts(list(&report, "changes")?, &keys);
    let sum = &list(&report, "customers")?[0]["by_cause"];
    let sum = sum.as_object().into_iter().flatten();
    let causes: Vec<&str> = sum.map(|(cause, _)| cause.as_str()).collect();
    ensure!(
        causes.len() == 1 && told[0].starts_with(causes[0]),
        "{report:#}"
    );
    let shown = company.place.expect(0, &asked)?.stdout;
    let is_used = causes == ["usage"];
    for said in ["used 10 → 20", "USAGE"] {
        ensure!(shown.contains(said) == is_used, "{said}: {shown}");
    }
    Ok(told)
}

#[test]
fn what_is_used_more_is_no_other_price() -> Result<()> {
    let more = [("2026-03-01", 10), ("2026-03-03", 20), ("2026-03-31", 20)];
    assert_eq!(changes(&more, PRICE)?, ["usage used 10 20 74.30"]);
    let repriced = "price = [{ name = \"old\", currency = \"EUR\", to = 2026-03-10, amount = 0.01 }, \
        { name = \"new\", currency = \"EUR\", from = 2026-03-10, amount = 0.02 }]\n";
    let same = [("2026-03-01", 10), ("2026-03-31", 10)];
    assert_eq!(changes(&same, repriced)?, ["repriced null null null 74.30"]);
    Ok(())
}
