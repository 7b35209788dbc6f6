//! `counterfoil init`: every starter passes `check`, the printed steps work as they are printed, and nothing is overwritten.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, binary};
use counterfoil_tests::page;

use crate::small::APRIL;

/// The environment that the printed steps ask for.
fn with_secrets(folder: &std::path::Path) -> Workplace {
    let mut place = Workplace::new(folder, APRIL);
    for name in ["NAUTOBOT_TOKEN", "ODOO_API_KEY"] {
        place.set(name, "not used");
    }
    place
}

#[test]
fn every_starter_passes_check() -> Result<()> {
    for source in ["spreadsheet", "nautobot"] {
        for sink in ["practice", "odoo"] {
            for approval in ["manual", "automatic"] {
                let folder = tempfile::tempdir()?;
                let mut place = with_secrets(folder.path());
                let flags = [
                    "init",
                    "new",
                    "--yes",
                    "--company",
                    "Ström & \"Söner\"",
                    "--timezone",
                    "asia/tokyo",
                    "--currency",
                    "jpy",
                    "--source",
                    source,
                    "--sink",
                    sink,
                    "--approval",
                    approval,
                ];
                place.expect(0, &flags)?;
                place.folder = folder.path().join("new");
                let answer = place.expect(0, &["check"])?;
                assert!(
                    answer
                        .stdout
                        .starts_with("the configuration is right: main"),
                    "{source} {sink}: {}",
                    answer.stdout
                );
                let text = std::fs::read_to_string(place.folder.join("counterfoil.toml"))?;
                let written: toml::Table = text.parse()?;
                let pipeline = &written["pipeline"]["main"];
                assert_eq!(pipeline["issuer"].as_str(), Some("Ström & \"Söner\""));
                assert_eq!(pipeline["timezone"].as_str(), Some("Asia/Tokyo"));
                assert_eq!(pipeline["approval"].as_str(), Some(approval));
            }
        }
    }
    Ok(())
}

/// Offline, the schema that each file names stands where the file says.
#[test]
fn the_files_keep_to_the_schemas_that_are_written_with_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    place.expect(0, &["init"])?;
    for file in ["counterfoil", "rules", "accounts", "price-book"] {
        let text = std::fs::read_to_string(folder.path().join(format!("{file}.toml")))?;
        let head = text.lines().next().unwrap_or_default();
        let schema = head
            .strip_prefix("#:schema ")
            .context("the first line names a schema")?;
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.path().join(schema))?)?;
        let validator = jsonschema::validator_for(&schema)?;
        let table: toml::Table = text.parse()?;
        let document = serde_json::to_value(dates_as_text(toml::Value::Table(table)))?;
        let problems: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(problems.is_empty(), "{file}: {problems:?}");
    }
    Ok(())
}

fn dates_as_text(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(date) => toml::Value::String(date.to_string()),
        toml::Value::Array(items) => items
            .into_iter()
            .map(dates_as_text)
            .collect::<Vec<_>>()
            .into(),
        toml::Value::Table(table) => {
            let fields = table
                .into_iter()
                .map(|(key, value)| (key, dates_as_text(value)));
            toml::Value::Table(fields.collect())
        }
        other => other,
    }
}

/// The steps are taken from what was printed, and typed into a shell.
#[test]
fn the_printed_steps_bill_the_sample_month() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    let answer = place.expect(0, &["init", "bill ing", "--yes"])?;
    let (_, steps) = answer
        .stdout
        .split_once("next:\n")
        .context("steps are printed")?;
    assert_eq!(steps.lines().count(), 10, "{steps}");
    // The practice API's port is a free one here.
    let blocks = steps
        .lines()
        .map(|step| format!("```sh\n{}\n```\n", step.trim()));
    let sed = "```sh\nsed -i 's/127.0.0.1:[0-9]*/127.0.0.1:8080/' counterfoil.toml\n```\n";
    let page: Vec<String> = blocks.collect();
    let page = format!("{}{sed}{}", page[0], page[1..].concat());
    let played = page::play(&place, &page)?;
    let failed = page::differences(&played);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let printed = |command: &str| {
        let found = played
            .iter()
            .find(|block| block.commands.starts_with(command));
        found.map(|block| block.printed.clone()).unwrap_or_default()
    };
    assert!(
        printed("counterfoil plan").contains("create invoice"),
        "{played:#?}"
    );
    assert!(printed("counterfoil apply").contains("CF-"), "{played:#?}");
    assert!(
        printed("counterfoil check --connect").contains("reached"),
        "{played:#?}"
    );
    // VM-1 and VM-2 of Example Ltd: 6 vCPU at 8.00 and 20 GB at 2.15, for the whole of March.
    assert!(
        printed("counterfoil reconcile").contains("91.00  91.00     91.00  to the cent"),
        "{played:#?}"
    );
    Ok(())
}

#[test]
fn systems_that_are_not_there_are_named_by_check_connect() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut place = with_secrets(folder.path());
    let flags = [
        "init",
        "--yes",
        "--source",
        "nautobot",
        "--source-url",
        "http://127.0.0.1:9/nautobot/",
        "--sink",
        "odoo",
        "--sink-url",
        "http://127.0.0.1:9",
    ];
    let answer = place.expect(0, &flags)?;
    for step in [
        "export NAUTOBOT_TOKEN=…",
        "export ODOO_API_KEY=…",
        "counterfoil inventory list",
    ] {
        assert!(answer.stdout.contains(step), "{}", answer.stdout);
    }
    let answer = place.expect(1, &["check", "--connect"])?;
    assert_eq!(
        answer.stdout.matches("NOT REACHED").count(),
        2,
        "{}",
        answer.stdout
    );
    // Without the token, the step that sets it is what is missing.
    place
        .environment
        .retain(|(name, _)| name != "NAUTOBOT_TOKEN");
    let answer = place.expect(2, &["check"])?;
    assert!(
        answer.stdout.contains("NAUTOBOT_TOKEN"),
        "{}",
        answer.stdout
    );
    Ok(())
}

#[test]
fn nothing_is_overwritten() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    std::fs::write(folder.path().join("price-book.toml"), "mine")?;
    let answer = place.expect(1, &["init", "--yes"])?;
    assert!(
        answer
            .stderr
            .contains("price-book.toml is there already, and is not overwritten"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("hint: name another folder"),
        "{}",
        answer.stderr
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("price-book.toml"))?,
        "mine"
    );
    Ok(())
}

#[test]
fn wrong_flags_are_told_before_anything_is_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    for (flags, expected) in [
        (
            ["--timezone", "Europe/Stokholm"],
            "did you mean `Europe/Stockholm`?",
        ),
        (["--currency", "EURO"], "EURO"),
        (["--source", "netbox"], "spreadsheet, nautobot"),
        (["--sink-url", "odoo.example.net"], "is no address"),
    ] {
        let answer = place.expect(2, &[["init", "new"], flags].concat())?;
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    let answer = place.expect(
        1,
        &[
            "init",
            "new",
            "--source-url",
            "https://nautobot.example.net",
        ],
    )?;
    assert!(
        answer.stderr.contains("a folder of exports has no address"),
        "{}",
        answer.stderr
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

/// A terminal of its own, as `script` makes one.
fn at_a_terminal(folder: &std::path::Path, answers: &str) -> Result<String> {
    let answers_file = folder.join("answers");
    std::fs::write(&answers_file, answers)?;
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{} init --now {APRIL}", binary().display()))
        .arg("/dev/null")
        .current_dir(folder)
        .stdin(Stdio::from(std::fs::File::open(&answers_file)?))
        .output()
        .context("running `script`, which every Linux has")?;
    std::fs::remove_file(answers_file)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_terminal_is_asked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let answers = "new\nHosting AB\nUTC\nsek\n2\nhttps://nautobot.example.net\n\n\nautomatic\n";
    let shown = at_a_terminal(folder.path(), answers)?;
    assert!(shown.contains("Time zone of days and months ["), "{shown}");
    assert!(shown.contains("  2. nautobot: Nautobot"), "{shown}");
    let text = std::fs::read_to_string(folder.path().join("new/counterfoil.toml"))?;
    for expected in [
        "\"Hosting AB\"",
        "\"UTC\"",
        "\"SEK\"",
        "https://nautobot.example.net",
        "\"practice\"",
        "\"automatic\"",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    Ok(())
}

#[test]
fn an_interrupted_conversation_writes_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    // The terminal turns this character into SIGINT.
    at_a_terminal(folder.path(), "new\nHosting AB\n\u{3}")?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
