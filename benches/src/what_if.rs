//! Twenty-four months of what-if beside the same months rated once each: how much dearer is it to rate them all twice?
//!
//! The workload's days are taken as the first days of months, so that a month changes as much as a day of the workload does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_benches::measure::{self, Cost};
use counterfoil_benches::workload::Workload;

use crate::arguments::Arguments;
use crate::contest::FEW;
use crate::reader::{files, pairs};
use crate::rivals::Rivals;
use crate::table;

const MONTHS: u32 = 24;
const FIRST_YEAR: u32 = 2024;
/// Of the first year.
const FIRST_MONTH: u32 = 4;
const NOW: &str = "2026-04-01T06:00:00Z";
const STORE: &str = "month.db";
const CANDIDATE: &str = "candidate.toml";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workload = Workload {
        data: Rivals::data(arguments, arguments.resources, arguments.days)?,
        rules: FEW.to_owned(),
    };
    let folder = arguments
        .work
        .join(format!("what-if-{}", arguments.resources));
    prepare(arguments, &workload, &folder)?;
    let months = months();
    let (first, last) = (&months[0], &months[months.len() - 1]);
    let asked = |candidate: &[&str]| {
        let mut words = vec!["what-if", "--from", first, "--to", last];
        words.extend(candidate);
        command(arguments, &folder, &words)
    };
    let prices = asked(&["--price-book", CANDIDATE]);
    let rules = asked(&["--rules", "rules.toml"]);
    let rate = || {
        let mut all = Cost::default();
        for month in &months {
            let one = command(arguments, &folder, &["rate", "--period", month]);
            all = all + measure::run(&one)?.1;
        }
        Ok(all)
    };
    for (name, what_if) in [("what-if, prices", prices), ("what-if, rules", rules)] {
        let replay = || {
            let (answer, cost) = measure::run(&what_if)?;
            compared_all(&answer.stdout)?;
            Ok(cost)
        };
        let pairs = pairs(arguments.pairs, replay, rate)?;
        println!(
            "{}",
            table::of_pairs([name, "rate, month by month"], &pairs)
        );
    }
    Ok(())
}

/// "2024-04" and those after it.
fn months() -> Vec<String> {
    let month = |number: u32| {
        let number = FIRST_MONTH - 1 + number;
        format!("{}-{:02}", FIRST_YEAR + number / 12, number % 12 + 1)
    };
    (0..MONTHS).map(month).collect()
}

fn command(arguments: &Arguments, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(&arguments.binary);
    command.args(words).args(["--json", "--now", NOW]);
    command.env("COUNTERFOIL_CONNECTORS", &arguments.connectors);
    command.current_dir(folder);
    command
}

/// The store is made once and kept, as the data are.
fn prepare(arguments: &Arguments, workload: &Workload, folder: &Path) -> Result<()> {
    let granted = folder.join("exports");
    fs::create_dir_all(&granted).context("make the folder of exports")?;
    workload.write_pipeline_over(&granted, folder)?;
    candidate(folder)?;
    if folder.join(STORE).exists() {
        return Ok(());
    }
    let days = files(&workload.snapshots())?;
    if days.len() < MONTHS as usize {
        bail!("{} days are no {MONTHS} months", days.len());
    }
    let exports: Vec<PathBuf> = months()
        .iter()
        .map(|month| granted.join(format!("{month}-01.csv")))
        .collect();
    for (day, export) in days.iter().zip(&exports) {
        fs::copy(day, export).context("copy an export")?;
    }
    println!("discovering {MONTHS} months …");
    measure::run(&command(arguments, folder, &["discover"])).map(|_| ())
}

/// The price book with a tenth off every price of everything.
fn candidate(folder: &Path) -> Result<()> {
    let text = fs::read_to_string(folder.join("price-book.toml")).context("read the prices")?;
    let mut book: toml::Table = toml::from_str(&text).context("understand the prices")?;
    let items = book["price_book"]["month"]["item"].as_array_mut();
    for item in items.context("a price book has items")? {
        let prices = item["price"].as_array_mut();
        for price in prices.context("an item has prices")? {
            let price = price.as_table_mut().context("a price is a table")?;
            price.insert("discount_percent".to_owned(), toml::Value::Integer(10));
        }
    }
    let text = toml::to_string(&book).context("write TOML")?;
    fs::write(folder.join(CANDIDATE), text).context("write the candidate")
}

/// Nothing else may have been measured.
fn compared_all(answer: &[u8]) -> Result<()> {
    let answer: serde_json::Value = serde_json::from_slice(answer).context("read the answer")?;
    let billed = answer["totals"][0]["change"]["before"]["amount"].as_str();
    if answer["periods_rated"] != MONTHS || billed.is_none_or(|amount| amount == "0.00") {
        bail!("{MONTHS} months with money in them were expected");
    }
    Ok(())
}
