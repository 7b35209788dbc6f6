//! Tables, expressions and secrets through the real binary: what is billed by them, and what is never shown.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use counterfoil_tests::practice::TOKEN;
use serde_json::Value;

use super::small::Company;

/// The configuration with other texts in it.
fn rewrite(company: &Company, replaced: &[(&str, &str)]) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let mut text = std::fs::read_to_string(&path)?;
    for (from, to) in replaced {
        ensure!(text.contains(from), "{from} is not in the configuration");
        text = text.replace(from, to);
    }
    Ok(std::fs::write(path, text)?)
}

/// Machines of two customers, and what else is given, at both ends of March.
fn stocked(more: &[&str]) -> Result<Company> {
    let company = Company::new()?;
    let rows = ["VM-1,acme,2", "VM-2,blue,4"];
    let rows: Vec<String> = rows
        .iter()
        .chain(more)
        .map(|row| (*row).to_owned())
        .collect();
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    Ok(company)
}

fn resource<'a>(classified: &'a Value, id: &str) -> Result<&'a Value> {
    let resources = classified["resources"].as_array();
    let mut resources = resources.into_iter().flatten();
    resources
        .find(|resource| resource["external_id"] == id)
        .with_context(|| format!("{id} is not in {classified}"))
}

#[test]
fn tables_bill_as_toml_does() -> Result<()> {
    let company = stocked(&[])?;
    company.place.expect(0, &["discover"])?;
    let nets = |company: &Company| -> Result<Vec<String>> {
        let plan = company.place.json(&["plan", "--period", "2026-03"])?;
        let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
        let deliveries = deliveries.context("a plan has deliveries")?.iter();
        let mut nets: Vec<String> = deliveries
            .map(|delivery| delivery["delivery"]["net"]["amount"].to_string())
            .collect();
        nets.sort();
        Ok(nets)
    };
    let before = nets(&company)?;
    assert_eq!(before, ["\"20.00\"", "\"40.00\""]);
    let rule = "[[pipeline.main.rule]]\nname = \"owner\"\nwhen = { has = \"owner\" }\nset = { customer = { from = \"owner\" } }\n";
    rewrite(
        &company,
        &[
            (rule, ""),
            (
                "price_book = \"standard\"\n",
                "price_book = \"standard\"\nrule_table = \"rules.csv\"\n",
            ),
            (
                "price = [{ currency = \"EUR\", amount = 10.00 }]",
                "[price_book.standard]\ntable = \"prices.csv\"",
            ),
        ],
    )?;
    let folder = &company.place.folder;
    std::fs::write(
        folder.join("rules.csv"),
        "name;when.has;set.customer.from\nowner;owner;owner\n",
    )?;
    std::fs::write(
        folder.join("prices.csv"),
        "name;price.currency;price.amount\ncpu;EUR;10,00\n",
    )?;
    assert_eq!(nets(&company)?, before);
    let classified = company.place.json(&["classify", "--at", "2026-03-15"])?;
    let because = &resource(&classified, "VM-1")?["because"]["targets"]["customer"];
    assert_eq!(because["winner"]["rule"]["place"], "rules.csv row 2");
    // A changed cell is a changed configuration.
    std::fs::write(
        folder.join("prices.csv"),
        "name;price.currency;price.amount\ncpu;EUR;12,50\n",
    )?;
    assert_eq!(nets(&company)?, ["\"25.00\"", "\"50.00\""]);
    Ok(())
}

#[test]
fn an_expression_that_fails_is_told_and_bills_nobody() -> Result<()> {
    let mut company = stocked(&["VM-3,,8"])?;
    company.set_rules(
        "[[pipeline.main.rule]]\nname = \"large\"\nwhen = { cel = \"has(resource.cpu) && resource.cpu >= 8\" }\n\
         set = { customer = \"blue\" }\n\
         [[pipeline.main.rule]]\nname = \"plan\"\nwhen = { cel = \"resource.owner == 'acme'\" }\nset = { plan = \"gold\" }\n",
    )?;
    company.place.expect(0, &["check"])?;
    company.place.expect(0, &["discover"])?;
    let classified = company
        .place
        .json_with(3, &["classify", "--at", "2026-03-15"])?;
    let first = resource(&classified, "VM-1")?;
    assert_eq!(first["customers"], serde_json::json!(["acme"]));
    assert_eq!(first["plan"], "gold");
    // The decimal is compared as a number, and a rule that fails leaves the plan open.
    let third = resource(&classified, "VM-3")?;
    assert_eq!(third["suspended"], true);
    let reason = third["not_billed"].as_str().unwrap_or_default();
    ensure!(
        reason.contains("`plan` (counterfoil.toml:") && reason.contains("`owner` is absent"),
        "{reason}"
    );
    Ok(())
}

#[test]
fn a_secret_is_in_no_output_and_in_no_store() -> Result<()> {
    let mut company = stocked(&[])?;
    company.place.set("BOOKS_TOKEN", TOKEN);
    company.place.set("COUNTERFOIL_LOG", "debug");
    rewrite(&company, &[(TOKEN, "${env:BOOKS_TOKEN}")])?;
    let commands: &[&[&str]] = &[
        &["check"],
        &["check", "--connect"],
        &["discover"],
        &["inventory", "list"],
        &["classify"],
        &["plan", "--period", "2026-03"],
        &["approve", "--period", "2026-03", "--all", "--by", "anna"],
        &["apply", "--period", "2026-03"],
        &["reconcile", "--period", "2026-03"],
        &["explain", "--resource", "VM-1", "--period", "2026-03"],
        &["verify"],
    ];
    let mut applied = false;
    for arguments in commands {
        for json in [false, true] {
            let mut arguments = arguments.to_vec();
            arguments.extend(json.then_some("--json"));
            let answer = company.place.call(&arguments)?;
            for output in [&answer.stdout, &answer.stderr] {
                ensure!(
                    !output.contains(TOKEN),
                    "{arguments:?} shows the token:\n{output}"
                );
            }
            applied |= arguments[0] == "apply" && answer.status.success();
        }
    }
    ensure!(applied, "nothing was sent with the token");
    no_file_holds(&company.place.folder, TOKEN)?;
    // A wrong one neither: the sink's refusal is told without it.
    company.place.set("BOOKS_TOKEN", "wrong-hunter2");
    let refused = company.place.call(&["check", "--connect"])?;
    assert_eq!(refused.status.code(), Some(1));
    ensure!(refused.stdout.contains("NOT REACHED"), "{}", refused.stdout);
    ensure!(refused.stdout.contains("hint: "), "{}", refused.stdout);
    ensure!(!refused.stdout.contains("hunter2") && !refused.stderr.contains("hunter2"));
    no_file_holds(&company.place.folder, "hunter2")
}

fn no_file_holds(folder: &Path, secret: &str) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            no_file_holds(&path, secret)?;
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let is_there = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        ensure!(!is_there, "{} holds the secret", path.display());
    }
    Ok(())
}
