//! Facts in files, rated without a store: the published vectors, each in CSV, in JSON and in another order.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, repository};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::facts_rounded::is_rounded;
use crate::small::APRIL;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// What is given, and what must come of it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The published vectors that it shows.
    #[serde(default)]
    pub(crate) tv: Vec<u32>,
    period: String,
    #[serde(default)]
    timezone: Option<String>,
    /// The price book.
    #[serde(default)]
    book: Option<String>,
    /// Instead of one: the keys of an item that meters `n` of things.
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    rounding: Option<String>,
    facts: String,
    #[serde(default)]
    samples: Option<String>,
    #[serde(default)]
    accounts: Option<String>,
    /// Of all lines: the charge period, the first and the last day.
    #[serde(default)]
    periods: Option<Vec<String>>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    exit: i32,
    nets: Vec<String>,
    #[serde(default)]
    total: Option<String>,
    #[serde(default)]
    exact: Option<Vec<String>>,
    #[serde(default)]
    quantities: Option<Vec<String>>,
    /// Of all lines.
    #[serde(default)]
    allocated: Option<Vec<String>>,
    /// Of all lines: quantity, time, weighted quantity.
    #[serde(default)]
    contributed: Option<Vec<String>>,
    /// Of all lines: tier, quantity, amount.
    #[serde(default)]
    parts: Option<Vec<String>>,
    /// Of all lines: "2026-03-01 to 2026-03-31", both included.
    #[serde(default)]
    days: Option<Vec<String>>,
    #[serde(default)]
    levels: Option<Vec<String>>,
    #[serde(default)]
    presumed: Option<Vec<i64>>,
    /// Of all lines together, each resource once.
    #[serde(default)]
    presumed_seconds: Option<i64>,
    #[serde(default)]
    suspended: Option<Vec<String>>,
    #[serde(default)]
    findings: Vec<String>,
    /// Of all findings.
    #[serde(default)]
    values: Option<Vec<String>>,
}

/// The columns that are no attributes: the keys of facts in JSON.
fn words() -> Result<BTreeSet<String>> {
    let path = repository().join("schemas/facts.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let tables = ["ResourceFacts", "SampleFacts", "AccountFacts"].into_iter();
    let keys = tables.filter_map(|table| schema["$defs"][table]["properties"].as_object());
    let mut words: BTreeSet<String> = keys.flat_map(Map::keys).cloned().collect();
    anyhow::ensure!(
        words.remove("attributes"),
        "attributes have a key of their own"
    );
    Ok(words)
}

pub(crate) fn cases() -> Result<Vec<Case>> {
    let folder = repository().join("tests/tests/facts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let read: Cases = toml::from_str(&text).with_context(|| file.display().to_string())?;
        cases.extend(read.case);
    }
    Ok(cases)
}

/// The same rows in JSON.
fn as_json(table: &str) -> Result<Vec<Value>> {
    let mut reader = csv::Reader::from_reader(table.trim_start().as_bytes());
    let head = reader.headers()?.clone();
    let words = words()?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let mut row = Map::new();
        let mut attributes = Map::new();
        let filled = head
            .iter()
            .zip(&record)
            .filter(|(_, cell)| !cell.is_empty());
        for (name, cell) in filled {
            if words.contains(name) {
                row.insert(name.to_owned(), json!(cell));
            } else {
                let name = name.strip_prefix("attribute.").unwrap_or(name);
                attributes.insert(name.to_owned(), json!(cell));
            }
        }
        if !attributes.is_empty() {
            row.insert("attributes".to_owned(), Value::Object(attributes));
        }
        rows.push(Value::Object(row));
    }
    Ok(rows)
}

/// The same rows in another order.
fn reversed(table: &str) -> String {
    let mut lines: Vec<&str> = table.trim().lines().collect();
    lines[1..].reverse();
    lines.join("\n")
}

impl Case {
    fn book(&self) -> String {
        let rounding = self
            .rounding
            .as_ref()
            .map_or_else(String::new, |mode| format!("rounding = \"{mode}\""));
        let item = self.item.as_deref().unwrap_or_default();
        self.book.clone().unwrap_or_else(|| {
            format!(
                "{rounding}\n[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\n\
                 meter = {{ attribute = \"n\" }}\n{item}\n"
            )
        })
    }

    fn play(&self, files: &[(&str, String)]) -> Result<Value> {
        let folder = tempfile::tempdir()?;
        let place = Workplace::new(folder.path(), APRIL);
        std::fs::write(folder.path().join("book.toml"), self.book())?;
        let zone = self.timezone.as_deref().unwrap_or("UTC");
        let mut arguments = vec![
            "rate",
            "--price-book",
            "book.toml",
            "--period",
            &self.period,
            "--timezone",
            zone,
            "--detail",
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text)?;
            arguments.extend(["--facts", name]);
        }
        arguments.extend(self.arguments.iter().map(String::as_str));
        place.json_with(self.exit, &arguments)
    }

    fn tables(&self, order: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
        let samples = self
            .samples
            .as_ref()
            .map(|samples| ("samples.csv", order(samples)));
        let accounts = self.accounts.as_ref();
        let accounts = accounts.map(|accounts| ("accounts.csv", order(accounts)));
        std::iter::once(("facts.csv", order(&self.facts)))
            .chain(samples)
            .chain(accounts)
            .collect()
    }

    fn check(&self, answer: &Value) {
        let name = &self.name;
        let lines = list(&answer["lines"]);
        let of_lines =
            |value: &dyn Fn(&Value) -> String| lines.iter().map(value).collect::<Vec<_>>();
        assert_eq!(
            of_lines(&|line| amount(&line["net"])),
            self.nets,
            "{name}: nets"
        );
        let findings = list(&answer["findings"]).iter();
        let findings: Vec<&str> = findings.map(|finding| text(&finding["code"])).collect();
        assert_eq!(findings, self.findings, "{name}: findings");
        for line in lines {
            assert!(is_rounded(line), "{name}: {line:#}");
        }
        let values = list(&answer["findings"]).iter();
        let values = values.map(|finding| match &finding["value"] {
            Value::Null => "none".to_owned(),
            value => amount(value),
        });
        if let Some(expected) = &self.values {
            assert_eq!(values.collect::<Vec<_>>(), *expected, "{name}: values");
        }
        if let Some(total) = &self.total {
            let currency = &total[total.len() - 3..];
            let found = format!("{} {currency}", amount(&answer["totals"][currency]));
            assert_eq!(found, *total, "{name}: total");
        }
        let expect = |expected: &Option<Vec<String>>, found: Vec<String>, what: &str| {
            if let Some(expected) = expected {
                assert_eq!(found, *expected, "{name}: {what}");
            }
        };
        expect(
            &self.exact,
            of_lines(&|line| text(&line["net_exact"]).to_owned()),
            "exact",
        );
        expect(
            &self.quantities,
            of_lines(&|line| text(&line["quantity"]).to_owned()),
            "quantities",
        );
        expect(&self.levels, of_lines(&level), "levels");
        let days = |line: &Value| {
            format!(
                "{} to {}",
                text(&line["first_day"]),
                text(&line["last_day"])
            )
        };
        expect(&self.days, of_lines(&days), "days");
        let periods = |line: &Value| {
            let key = |key: &str| text(&line[key]).to_owned();
            format!(
                "{} {} {}",
                key("charge_period"),
                key("first_day"),
                key("last_day")
            )
        };
        expect(&self.periods, of_lines(&periods), "periods");
        let suspended = list(&answer["suspended"]).iter();
        expect(
            &self.suspended,
            suspended.map(|line| amount(&line["net"])).collect(),
            "suspended",
        );
        let below = |key: &str, value: &dyn Fn(&Value) -> String| -> Vec<String> {
            lines
                .iter()
                .flat_map(|line| list(&line[key]))
                .map(value)
                .collect()
        };
        expect(
            &self.allocated,
            below("contributions", &|one| amount(&one["allocated"])),
            "allocated",
        );
        expect(
            &self.contributed,
            below("contributions", &contributed),
            "contributed",
        );
        expect(&self.parts, below("parts", &part), "parts");
        if let Some(seconds) = self.presumed_seconds {
            assert_eq!(answer["presumed_seconds"], seconds, "{name}: presumed");
        }
        if let Some(presumed) = &self.presumed {
            let found = lines
                .iter()
                .filter_map(|line| line["presumed_seconds"].as_i64());
            assert_eq!(found.collect::<Vec<_>>(), *presumed, "{name}: presumed");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn amount(money: &Value) -> String {
    text(&money["amount"]).to_owned()
}

/// Tier, quantity and amount.
fn part(part: &Value) -> String {
    let tier = part["tier"].as_str().unwrap_or("all");
    format!(
        "{tier} {} {}",
        text(&part["quantity"]),
        amount(&part["amount"])
    )
}

/// Quantity, time and weighted quantity.
fn contributed(one: &Value) -> String {
    let [from, to] = ["from", "to"].map(|key| text(&one["period"][key]).replace("T00:00:00Z", ""));
    let [quantity, weighted] = ["quantity", "weighted"].map(|key| text(&one[key]));
    format!("{quantity} {from}/{to} {weighted}")
}

/// The level of the price that won, and what it beat.
fn level(line: &Value) -> String {
    let level = text(&line["price"]["level"]);
    let beaten: Vec<&str> = list(&line["price"]["overruled"]).iter().map(text).collect();
    match beaten.as_slice() {
        [] => level.to_owned(),
        beaten => format!("{level} over {}", beaten.join(", ")),
    }
}

/// Without what says from which row of which file it is.
fn placeless(mut answer: Value) -> Value {
    answer["facts"] = Value::Null;
    for line in answer["lines"].as_array_mut().into_iter().flatten() {
        for one in line["contributions"].as_array_mut().into_iter().flatten() {
            one["place"] = Value::Null;
        }
    }
    for finding in answer["findings"].as_array_mut().into_iter().flatten() {
        let message = text(&finding["message"]);
        let places = [" (facts.", " See "];
        let place = places.iter().filter_map(|place| message.find(place)).min();
        let place = place.unwrap_or(message.len());
        finding["message"] = json!(message[..place]);
    }
    answer
}

/// In CSV, in JSON and in any order it comes to what is expected.
pub(crate) fn show(case: &Case) -> Result<()> {
    let told = || case.name.clone();
    let answer = case.play(&case.tables(str::to_owned)).with_context(told)?;
    case.check(&answer);
    let expected = placeless(answer);
    let other_order = case.play(&case.tables(reversed)).with_context(told)?;
    assert_eq!(
        placeless(other_order),
        expected,
        "{}: in another order",
        case.name
    );
    let samples = case.samples.as_deref().map(as_json).transpose()?;
    let accounts = case.accounts.as_deref().map(as_json).transpose()?;
    let document = json!({
        "resources": as_json(&case.facts)?,
        "samples": samples.unwrap_or_default(),
        "accounts": accounts.unwrap_or_default(),
    });
    let in_json = case
        .play(&[("facts.json", document.to_string())])
        .with_context(told)?;
    assert_eq!(placeless(in_json), expected, "{}: in JSON", case.name);
    Ok(())
}

/// Those that are no published vectors; `vectors` has a test for each of these.
#[test]
fn cases_come_out_in_csv_and_in_json_and_in_any_order() -> Result<()> {
    let own = cases()?.into_iter().filter(|case| case.tv.is_empty());
    let own: Vec<Case> = own.collect();
    assert!(own.len() >= 15, "{} cases", own.len());
    own.iter().try_for_each(show)
}
