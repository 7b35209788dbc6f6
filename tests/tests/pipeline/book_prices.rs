//! The numbers in the tables of the page on prices are what the binary makes of the facts below them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, repository};
use serde_json::Value;

use crate::small::APRIL;

/// A table of the page by its rows, the header first, and the facts that follow it.
struct Table {
    rows: Vec<Vec<String>>,
    facts: String,
}

fn table(first: &str) -> Result<Table> {
    let page = std::fs::read_to_string(repository().join("docs/src/admin/prices.md"))?;
    let start = page.find(&format!("| {first} |"));
    let rest = &page[start.with_context(|| format!("no table of {first}"))?..];
    let lines = rest.lines().take_while(|line| line.starts_with('|'));
    let cells = |line: &str| -> Vec<String> {
        let inside = line.trim().trim_matches('|').split('|');
        inside
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    let rows: Vec<Vec<String>> = lines
        .filter(|line| !line.starts_with("|--"))
        .map(cells)
        .collect();
    let facts = rest.split("```csv\n").nth(1).context("facts in CSV")?;
    let facts = facts.split("```").next().context("an end of the facts")?;
    Ok(Table {
        rows,
        facts: facts.to_owned(),
    })
}

/// What a price book makes of the facts: net and quantity by account.
fn rated(facts: &str, item: &str, period: &str) -> Result<BTreeMap<String, (String, String)>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("facts.csv"), facts)?;
    let book = format!(
        "[[price_book.standard.item]]\nname = \"one\"\ndescription = \"One\"\nunit = \"C62\"\n{item}\n"
    );
    std::fs::write(folder.path().join("book.toml"), book)?;
    let place = Workplace::new(folder.path(), APRIL);
    let rated = place.json(&[
        "rate",
        "--facts",
        "facts.csv",
        "--price-book",
        "book.toml",
        "--period",
        period,
        "--timezone",
        "Europe/Stockholm",
    ])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = rated["lines"].as_array().context("lines")?.iter();
    let line = |line: &Value| {
        let comes_to = (text(&line["net"]["amount"]), text(&line["quantity"]));
        (text(&line["account"]), comes_to)
    };
    Ok(lines.map(line).collect())
}

/// The values that the schema of price books has for a key of items.
pub(crate) fn known(definition: &str) -> Result<Vec<String>> {
    let schema = std::fs::read(repository().join("schemas/price-book.schema.json"))?;
    let schema: Value = serde_json::from_slice(&schema)?;
    let values = schema.pointer(definition).and_then(Value::as_array);
    let values = values.with_context(|| format!("no {definition}"))?.iter();
    let word = |value: &Value| {
        value["const"]
            .as_str()
            .or(value.as_str())
            .map(str::to_owned)
    };
    let mut words: Vec<String> = values.filter_map(word).collect();
    words.sort();
    Ok(words)
}

fn named(rows: &[Vec<String>]) -> Vec<String> {
    let mut names: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    names.sort();
    names
}

#[test]
fn prorations() -> Result<()> {
    let table = table("proration")?;
    let (head, rows) = table.rows.split_first().context("a header")?;
    assert_eq!(
        named(rows),
        known("/$defs/ItemConfig/properties/proration/enum")?
    );
    for row in rows {
        let item = format!(
            "kind = \"virtual-machine\"\nmeter = {{ attribute = \"vcpu\" }}\nproration = \"{}\"\n\
             price = [{{ currency = \"EUR\", amount = \"{}\" }}]",
            row[0], row[2]
        );
        let rated = rated(&table.facts, &item, "2026-03")?;
        let nets = head[3..].iter().zip(&row[3..]);
        let told: BTreeMap<String, &String> = nets.map(|(name, net)| (name.clone(), net)).collect();
        let rated: BTreeMap<String, &String> = rated
            .iter()
            .map(|(name, (net, _))| (name.clone(), net))
            .collect();
        assert_eq!(told, rated, "{}", row[0]);
    }
    Ok(())
}

#[test]
fn aggregates() -> Result<()> {
    let table = table("aggregate")?;
    let (_, rows) = table.rows.split_first().context("a header")?;
    assert_eq!(named(rows), known("/$defs/Aggregate/oneOf")?);
    for row in rows {
        let item = format!(
            "kind = \"disk\"\nmeter = {{ attribute = \"gb\", aggregate = \"{}\" }}\n\
             price = [{{ currency = \"EUR\", amount = \"1.00\" }}]",
            row[0]
        );
        let rated = rated(&table.facts, &item, "2026-04")?;
        assert_eq!(rated["acme"].1, row[2], "{}", row[0]);
    }
    Ok(())
}
