//! What the command line gives a shell and a reader: completions, manual pages, help, plain output, filters with near misses.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::small::{Company, machines};

fn runs(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

#[test]
fn completions_are_scripts_of_their_shells() -> Result<()> {
    let company = Company::new()?;
    for (shell, expected) in [
        ("bash", "complete -F _counterfoil"),
        ("zsh", "#compdef counterfoil"),
        ("fish", "complete -c counterfoil"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = company.place.expect(0, &["completions", shell])?.stdout;
        assert!(script.contains(expected), "{shell}: {script}");
        assert!(script.contains("reconcile"), "{shell}: {script}");
        if ["bash", "zsh", "fish"].contains(&shell) && runs(shell) {
            let mut check = Command::new(shell)
                .arg("-n")
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let mut input = check.stdin.take().context("it reads")?;
            input.write_all(script.as_bytes())?;
            drop(input);
            let output = check.wait_with_output()?;
            assert!(output.status.success(), "{shell}: {output:?}");
        }
    }
    let answer = company.place.expect(2, &["completions", "tcsh"])?;
    assert!(
        answer.stderr.contains("possible values"),
        "{}",
        answer.stderr
    );
    Ok(())
}

#[test]
fn there_is_a_manual_page_for_every_command() -> Result<()> {
    let company = Company::new()?;
    let page = company.place.expect(0, &["man"])?.stdout;
    assert!(page.contains(".TH counterfoil 1"), "{page}");
    assert!(page.contains("Exit codes"), "{page}");
    company.place.expect(0, &["man", "pages"])?;
    let pages = company.place.folder.join("pages");
    let path = pages.join("counterfoil-inventory-list.1");
    let page = std::fs::read_to_string(&path)?;
    assert!(page.contains("known"), "{page}");
    if runs("man") {
        let shown = Command::new("man").arg("-l").arg(&path).output()?;
        assert!(shown.status.success(), "{shown:?}");
        assert!(String::from_utf8_lossy(&shown.stdout).contains("SYNOPSIS"));
    }
    Ok(())
}

#[test]
fn listings_are_narrowed_and_unknown_names_are_refused() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    let mut later = machines(4);
    later.push("VM-LATE,blue,2".to_owned());
    company.export("2026-03-20", &later)?;
    company.place.expect(0, &["discover"])?;
    let ids = |options: &[&str]| -> Result<Vec<String>> {
        let list = ["inventory", "list", "--as-of", "2026-03-25"];
        let shown = company.place.json(&[&list, options].concat())?;
        let rows = shown["resources"].as_array().context("a list")?.iter();
        Ok(rows
            .filter_map(|row| row["external_id"].as_str().map(str::to_owned))
            .collect())
    };
    assert_eq!(ids(&[])?.len(), 5);
    let blue = ids(&["--customer", "blue"])?;
    assert!(
        blue.contains(&"VM-LATE".to_owned()) && blue.len() < 5,
        "{blue:?}"
    );
    assert_eq!(ids(&["--since", "2026-03-20"])?, ["VM-LATE"]);
    assert_eq!(ids(&["--kind", "virtual-machine"])?.len(), 5);
    let delta = [
        "inventory",
        "delta",
        "2026-03-10",
        "2026-03-25",
        "--customer",
        "acme",
    ];
    let delta = company.place.json(&delta)?;
    assert_eq!(
        delta["changes"].as_array().map(Vec::len),
        Some(0),
        "{delta:#}"
    );
    let classified =
        company
            .place
            .json(&["classify", "--customer", "acme", "--at", "2026-03-25"])?;
    let classified = classified["resources"].as_array().context("a list")?.len();
    assert_eq!(classified + blue.len(), 5);
    let coverage = company
        .place
        .json(&["inventory", "coverage", "--since", "2026-03-20"])?;
    assert_eq!(coverage["listings"].as_array().map(Vec::len), Some(1));
    for (options, expected) in [
        (
            ["inventory", "list", "--customer", "bleu"],
            "did you mean `blue`?",
        ),
        (
            ["inventory", "list", "--kind", "virtual-machin"],
            "did you mean `virtual-machine`?",
        ),
        (
            ["inventory", "list", "--kind", "toaster"],
            "there are virtual-machine",
        ),
    ] {
        let answer = company.place.expect(2, &options)?;
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
        assert_eq!(answer.stdout, "");
    }
    let answer = company
        .place
        .expect(2, &["classify", "--customer", "initech"])?;
    assert!(
        answer.stderr.contains("there are acme, blue"),
        "{}",
        answer.stderr
    );
    Ok(())
}

#[test]
fn a_reader_that_goes_away_is_no_failure_and_a_full_disk_is() -> Result<()> {
    let company = Company::new()?;
    let mut command = company.place.command(&["man"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("it writes")?);
    let mut first = String::new();
    lines.read_line(&mut first)?;
    drop(lines);
    let mut errors = String::new();
    child
        .stderr
        .take()
        .context("it tells")?
        .read_to_string(&mut errors)?;
    assert!(child.wait()?.success(), "{errors}");
    assert_eq!(errors, "");
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let output = company.place.command(&["man"]).stdout(full).output()?;
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            told.contains("write to standard output: No space left"),
            "{told}"
        );
    }
    Ok(())
}

#[test]
fn what_goes_to_a_file_has_neither_colours_nor_bars() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    let mut command = company.place.command(&["discover"]);
    let output = command.env_remove("NO_COLOR").output()?;
    for text in [output.stdout, output.stderr] {
        assert!(!text.contains(&0x1b), "{}", String::from_utf8_lossy(&text));
    }
    Ok(())
}
