//! The example `nautobot-to-odoo` as its README runs it, with a snapshot of what is printed and a count of what Odoo holds.

use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_tests::binary::{Workplace, binary};
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

use crate::rig::System;

/// What differs from run to run.
const STEADY: [(&str, &str); 4] = [
    (r"CF-[A-Z2-7]{16}", "CF-REFERENCE-------"),
    (r"\b\d+:[0-9a-f]{64}", "HEAD"),
    (r"\bplan [0-9a-f]{12}\b", "plan DIGEST"),
    (r"Nautobot \d+\.\d+\.\d+", "Nautobot VERSION"),
];

/// Shows each call, and goes on after findings, as a person would.
const SHOWN: &str = r#"set -eu
counterfoil() {
    echo "\$ counterfoil $*"
    code=0
    "$COUNTERFOIL" "$@" || code=$?
    case $code in 0) ;; 3) echo "(exit code 3)" ;; *) return $code ;; esac
}
"#;

/// The blocks of shell of a README, without what a person fills in.
fn commands(readme: &str) -> String {
    let mut inside = false;
    let mut commands = String::new();
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside && !line.starts_with("export ") {
            commands.push_str(line);
            commands.push('\n');
        }
    }
    commands
}

/// Runs the README's blocks in the example's folder; answers what they print.
fn played(place: &Workplace) -> Result<String> {
    let readme = std::fs::read_to_string(place.folder.join("README.md"))?;
    let mut bash = Command::new("bash");
    bash.arg("-c")
        .arg(format!("{SHOWN}{}", commands(&readme)))
        .current_dir(&place.folder)
        .env("COUNTERFOIL", binary())
        .stdin(std::process::Stdio::null());
    // The environment that the binary gets from a test, and nothing else of the command.
    for (name, value) in place.command(&[]).get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let output = bash.output().context("running bash")?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "the README's commands ended with {}\n{stdout}\n{stderr}",
            output.status
        );
    }
    Ok(stdout)
}

/// The customer invoices that Odoo holds: state and net by the partner's reference.
fn invoices(odoo: &Rest) -> Result<Vec<(String, String, String)>> {
    let body = json!({
        "domain": [["move_type", "in", ["out_invoice", "out_refund"]]],
        "fields": ["partner_id", "ref", "state", "amount_untaxed"],
        "order": "id",
    });
    let moves = odoo.post("/json/2/account.move/search_read", &body)?;
    let mut invoices = Vec::new();
    for one in moves.as_array().context("a search answers a list")? {
        let reference = one["ref"].as_str().unwrap_or_default();
        assert!(reference.starts_with("CF-"), "{one:#}");
        let partner = one["partner_id"][1].as_str().unwrap_or_default().to_owned();
        let state = one["state"].as_str().unwrap_or_default().to_owned();
        invoices.push((partner, state, one["amount_untaxed"].to_string()));
    }
    invoices.sort();
    Ok(invoices)
}

#[test]
#[ignore = "needs Nautobot and Odoo: cargo xtask test --real"]
fn real_example_nautobot_to_odoo_runs_as_its_readme_says() -> Result<()> {
    let nautobot = System::reset("nautobot")?;
    let odoo = System::reset("odoo")?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("pipeline");
    let mut place = Workplace::of_example("nautobot-to-odoo", &copy, "2026-04-01T06:00:00Z")?;
    place.set("COUNTERFOIL_STATE", &folder.path().to_string_lossy());
    for (system, name) in [
        (&nautobot, "NAUTOBOT_URL"),
        (&nautobot, "NAUTOBOT_TOKEN"),
        (&odoo, "ODOO_URL"),
        (&odoo, "ODOO_API_KEY"),
    ] {
        place.set(name, system.value(name)?);
    }
    let story = played(&place)?;
    insta::with_settings!({ filters => STEADY }, {
        insta::assert_snapshot!("nautobot_to_odoo", story);
    });

    let key = odoo.value("ODOO_API_KEY")?;
    let odoo = Rest::new(odoo.value("ODOO_URL")?, format!("bearer {key}"));
    let held = invoices(&odoo)?;
    let draft = |name: &str, net: &str| (name.to_owned(), "draft".to_owned(), net.to_owned());
    let expected = [
        draft("Acme Retail AB", "370.38"),
        draft("Baltic Logistics OÜ", "439.18"),
        draft("Cirrus Games AB", "298.34"),
    ];
    assert_eq!(held, expected);
    // A second run goes on and bills nothing twice.
    let march = ["--period", "2026-03"];
    place.expect(0, &["discover"])?;
    let plan: Value = place.json(&["plan", march[0], march[1]])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("a plan has deliveries")?;
    assert_eq!(deliveries.len(), 3);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery["action"] == "nothing")
    );
    place.expect(0, &["apply", march[0], march[1]])?;
    assert_eq!(invoices(&odoo)?, expected);
    Ok(())
}
