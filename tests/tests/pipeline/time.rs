//! What decides money has validity: undated edits leave closed periods alone, explicit ones correct them, and renaming
//! bills nothing twice.

use anyhow::Result;
use counterfoil_tests::practice::PracticeServer;
use serde_json::json;

use crate::small::{Company, machines};

const MAY: &str = "2026-05-01T06:00:00Z";

/// March is billed and posted.
fn billed() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.bill()?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(company)
}

#[test]
fn a_price_edited_without_a_date_changes_no_closed_period() -> Result<()> {
    let mut company = billed()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 12.00 }]")?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_rule_edited_without_a_date_changes_no_closed_period() -> Result<()> {
    let mut company = billed()?;
    company.set_rules(
        "[[pipeline.main.rule]]\nname = \"vm-1\"\nwhen = { id = \"VM-001\" }\nset = { plan = \"gold\" }\n",
    )?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_price_with_an_earlier_from_gives_a_correction_and_then_nothing() -> Result<()> {
    let mut company = billed()?;
    company.set_price(
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    company.place.now = MAY.to_owned();
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let corrections: Vec<_> = deliveries
        .iter()
        .filter(|delivery| delivery["action"] == "create")
        .collect();
    assert_eq!(corrections.len(), 2, "one for each account: {plan:#}");
    for correction in corrections {
        assert_eq!(correction["delivery"]["kind"], "credit-note");
        // Two machines of 2 CPUs at 2.00 less.
        assert_eq!(correction["delivery"]["net"]["amount"], "8.00");
        assert_eq!(correction["delivery"]["slot"]["billing_period"], "2026-03");
    }
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn the_zone_and_the_opening_stay_once_something_is_issued() -> Result<()> {
    let company = billed()?;
    company.write_with("bill_from = 2026-03-15", "", "")?;
    let refused = company.place.expect(1, &["plan", "--period", "2026-03"])?;
    assert!(
        refused.stderr.contains("`bill_from` was absent"),
        "{}",
        refused.stderr
    );
    company.write()?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace("Europe/Stockholm", "Asia/Tokyo"))?;
    let refused = company.place.expect(1, &["plan", "--period", "2026-03"])?;
    assert!(
        refused
            .stderr
            .contains("set `timezone` back to Europe/Stockholm"),
        "{}",
        refused.stderr
    );
    company.write()?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn what_was_approved_is_not_sent_under_other_settings() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    company.plan_and_approve()?;
    let elsewhere = PracticeServer::start(&company.place.folder, None)?;
    let here = company.server.url();
    let apply = ["apply", "--period", "2026-03"];
    company.place.set("PRACTICE_URL", &elsewhere.url());
    let refused = company.place.expect(1, &apply)?;
    assert!(
        refused.stderr.contains("changed since"),
        "{}",
        refused.stderr
    );
    assert_eq!(elsewhere.get("/api/v1/documents")?["items"], json!([]));
    company.place.set("PRACTICE_URL", &here);
    company.write_with("", "", "payment_terms_days = 90")?;
    company.place.expect(1, &apply)?;
    company.write()?;
    company.place.expect(0, &apply)?;
    Ok(())
}

#[test]
fn a_late_fact_corrects_a_closed_period() -> Result<()> {
    let company = billed()?;
    let mut rows = machines(4);
    rows.push("VM-005,acme,4".to_owned());
    company.export("2026-03-31", &rows)?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.planned_effects()?, 1);
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}

#[test]
fn renaming_is_refused_without_renamed_from_and_bills_nothing_twice_with_it() -> Result<()> {
    for (position, key) in ["pipeline", "source", "sink"].into_iter().enumerate() {
        let mut company = billed()?;
        let former = company.names[position].clone();
        company.names[position] = format!("{former}-2");
        company.write()?;
        let refused = company.place.expect(2, &["plan", "--period", "2026-03"])?;
        assert!(
            refused.stderr.contains("renamed_from"),
            "{key}: {}",
            refused.stderr
        );
        let line = format!("renamed_from = \"{former}\"");
        let mut lines = ["", "", ""];
        lines[position] = &line;
        company.write_with(lines[0], lines[1], lines[2])?;
        assert_eq!(company.planned_effects()?, 0, "{key}");
    }
    Ok(())
}

/// Discovers, plans, approves and sends March, each command with a clock of its own.
fn billed_by(clocks: [&str; 5]) -> Result<Company> {
    let mut company = Company::new()?;
    for day in ["2026-03-01", "2026-03-15", "2026-03-31"] {
        company.export(day, &machines(4))?;
    }
    let period = ["--period", "2026-03"];
    let approve = ["approve", "--all", "--by", "test"];
    let commands: [&[&str]; 5] = [
        &["discover"],
        &["plan"],
        &approve,
        &["apply"],
        &["reconcile"],
    ];
    for (command, now) in commands.into_iter().zip(clocks) {
        now.clone_into(&mut company.place.now);
        let arguments = match command {
            ["discover"] => command.to_vec(),
            _ => [command, &period].concat(),
        };
        company.place.expect(0, &arguments)?;
    }
    Ok(company)
}

#[test]
fn a_clock_that_jumps_between_commands_changes_no_bill() -> Result<()> {
    let right = billed_by(["2026-04-01T06:00:00Z"; 5])?;
    for clocks in [
        // Set back by hours, days and years after it was ahead.
        [
            "2031-01-01T00:00:00Z",
            "2026-04-02T00:00:00Z",
            "2026-03-30T00:00:00Z",
            "2020-01-01T00:00:00Z",
            "2026-04-01T00:00:00Z",
        ],
        // Ahead by a decade in the middle, and back.
        [
            "2026-04-01T06:00:00Z",
            "2036-04-01T06:00:00Z",
            "2026-04-01T06:00:01Z",
            "2036-04-01T06:00:00Z",
            "2026-04-01T06:00:02Z",
        ],
    ] {
        let mut company = billed_by(clocks)?;
        assert_eq!(company.posted_nets()?, right.posted_nets()?, "{clocks:?}");
        for now in [
            "2026-04-01T05:00:00Z",
            "2040-01-01T00:00:00Z",
            "2026-04-01T07:00:00Z",
        ] {
            now.clone_into(&mut company.place.now);
            company.place.expect(0, &["discover"])?;
            assert_eq!(company.planned_effects()?, 0, "{clocks:?} at {now}");
        }
        company.place.expect(0, &["verify"])?;
    }
    Ok(())
}
