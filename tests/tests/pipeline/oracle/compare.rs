//! Asks the binary, and tells where it and the oracle differ.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use counterfoil_tests::binary::Workplace;
use serde_json::Value;

use super::calendar::Month;
use super::rater::{Line, rate};
use super::world::{Case, World};
use super::written::files;
use crate::small::APRIL;

/// The words of the binary about files of facts under `book.toml`.
pub(crate) fn answered(files: &[(&str, String)], world: &World, more: &[&str]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text)?;
    }
    let names = files
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "book.toml");
    let mut arguments = arguments(world, names);
    arguments.extend(more);
    let answer = Workplace::new(folder.path(), APRIL).call(&arguments)?;
    // Findings are told by 3: of gauges without a sample, say.
    ensure!(
        matches!(answer.status.code(), Some(0 | 3)),
        "ended with {}\n{}\n{}",
        answer.status,
        answer.stdout,
        answer.stderr
    );
    Ok(answer.stdout)
}

/// What the engine makes of a world, by all that tells lines apart.
pub(crate) fn asked(world: &World, month: &Month) -> Result<BTreeMap<String, Line>> {
    let text = answered(&files(world, month), world, &[])?;
    let report: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
    ensure!(
        report["facts"]["rows_kept_out"] == 0,
        "rows were kept out\n{text}"
    );
    let mut lines = BTreeMap::new();
    for line in report["lines"].as_array().context("there are no lines")? {
        let known = lines.insert(name(line), self::line(line));
        ensure!(known.is_none(), "{} is there twice", name(line));
    }
    Ok(lines)
}

fn arguments<'a>(world: &'a World, facts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut arguments = vec!["rate", "--price-book", "book.toml", "--json"];
    arguments.extend(["--period", world.month, "--timezone", world.zone]);
    arguments.extend(facts.flat_map(|name| ["--facts", name]));
    arguments
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}

fn name(line: &Value) -> String {
    let named = ["account", "agreement", "item"];
    let mut words: Vec<String> = named.map(|key| text(&line[key])).into();
    let dimensions = line["dimensions"].as_object().into_iter().flatten();
    words.extend(dimensions.map(|(name, value)| format!("{name}={}", text(value))));
    words.extend([text(&line["period"]["from"]), text(&line["period"]["to"])]);
    words.join(" ")
}

fn line(line: &Value) -> Line {
    Line {
        net: text(&line["net"]["amount"]),
        net_exact: text(&line["net_exact"]),
        quantity_exact: text(&line["quantity_exact"]),
    }
}

/// How many lines there were, and the cases of which they differ.
pub(crate) fn differing(world: &World, month: &Month) -> Result<(usize, BTreeSet<usize>)> {
    differing_from(asked(world, month)?, world, month)
}

/// The same of lines that the engine made of this world, or of one that is almost like it.
pub(crate) fn differing_from(
    mut found: BTreeMap<String, Line>,
    world: &World,
    month: &Month,
) -> Result<(usize, BTreeSet<usize>)> {
    let mut differing = BTreeSet::new();
    let mut count = 0;
    for case in &world.cases {
        let expected = rate(world, case, month);
        count += expected.len();
        let prefix = format!("{}-", case.account(0).trim_end_matches("-0"));
        let own: Vec<String> = found
            .keys()
            .filter(|name| name.starts_with(&prefix))
            .cloned()
            .collect();
        let own: BTreeMap<String, Line> = own
            .into_iter()
            .filter_map(|name| found.remove_entry(&name))
            .collect();
        if own != expected {
            differing.insert(case.number);
        }
    }
    ensure!(found.is_empty(), "lines of nobody: {found:?}");
    Ok((count, differing))
}

/// Does the case still come out otherwise, alone?
pub(crate) fn differs(world: &World, case: &Case, month: &Month) -> bool {
    let alone = World {
        cases: vec![case.clone()],
        ..world.clone()
    };
    differing(&alone, month).is_ok_and(|(_, differing)| !differing.is_empty())
}

/// Everything that another person needs to see it.
pub(crate) fn told(world: &World, case: &Case, month: &Month) -> Result<String> {
    let alone = World {
        cases: vec![case.clone()],
        ..world.clone()
    };
    let mut text = String::new();
    for (name, content) in files(&alone, month) {
        text.push_str(&format!("\n# {name}\n{content}"));
    }
    text.push_str(&format!(
        "\ncounterfoil {}\n",
        arguments(
            world,
            ["facts.csv", "samples.csv", "accounts.csv"].into_iter()
        )
        .join(" ")
    ));
    let (expected, found) = (rate(&alone, case, month), asked(&alone, month)?);
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for name in names
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name))
    {
        text.push_str(&format!(
            "\n{name}\n  oracle: {:?}\n  engine: {:?}\n",
            expected.get(name),
            found.get(name)
        ));
    }
    Ok(text)
}
