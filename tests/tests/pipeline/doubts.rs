//! What makes a bill doubtful is told with its money: a price that reaches back, a meter that reads nothing, a resource
//! at two sources, listings that were never complete.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{ANNEX, Company, machines};

const RAM: &str = r#"price = [{ currency = "EUR", amount = 10.00 }]

[[price_book.standard.item]]
name = "support"
description = "Support"
unit = "C62"
kind = "virtual-machine"
meter = { count = 1 }
proration = "actual-day"
"#;

/// Machines are the same where their owner is.
fn correlated_annex() -> String {
    format!("{ANNEX}correlation = {{ virtual-machine = [[\"owner\"]] }}\n")
}

fn march(company: &Company) -> Result<Value> {
    company.place.json(&["plan", "--period", "2026-03"])
}

/// A plan in which something blocks.
fn doubtful_march(company: &Company) -> Result<Value> {
    company.place.json_with(3, &["plan", "--period", "2026-03"])
}

fn finding<'a>(plan: &'a Value, code: &str) -> Option<&'a Value> {
    let findings = plan["findings"].as_array()?;
    findings.iter().find(|finding| finding["code"] == code)
}

fn blocking(plan: &Value, code: &str) -> Result<String> {
    let finding = finding(plan, code).with_context(|| format!("no {code} in {plan:#}"))?;
    assert_eq!(finding["severity"], "blocking");
    Ok(finding["value"]["amount"]
        .as_str()
        .unwrap_or("none")
        .to_owned())
}

fn approved(plan: &Value) -> bool {
    plan["plans"][0]["approval"]
        .as_object()
        .is_some_and(|keys| {
            keys.values()
                .all(|decision| decision["state"] == "approved")
        })
}

fn automatic(company: &Company, of_sink: &str) -> Result<()> {
    company.write_with("approval = \"automatic\"", "", of_sink)
}

#[test]
fn a_new_item_is_charged_for_a_closed_month_where_its_price_says_so() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.bill()?;
    company.set_price(&format!(
        "{RAM}price = [{{ currency = \"EUR\", amount = 3.00 }}]"
    ))?;
    assert_eq!(company.planned_effects()?, 0, "an undated one is for later");
    company.set_price(&format!(
        "{RAM}price = [{{ currency = \"EUR\", from = 2026-03-01, amount = 3.00 }}]"
    ))?;
    let plan = march(&company)?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let created: Vec<&Value> = deliveries
        .into_iter()
        .flatten()
        .filter(|delivery| delivery["action"] == "create")
        .collect();
    assert_eq!(created.len(), 2, "{plan:#}");
    for delivery in created {
        // Two machines at 3.00 each.
        assert_eq!(delivery["delivery"]["net"]["amount"], "6.00");
        assert_eq!(delivery["delivery"]["slot"]["billing_period"], "2026-03");
    }
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_meter_that_reads_nothing_stops_automatic_approval() -> Result<()> {
    let company = Company::new()?;
    automatic(&company, "")?;
    let mut rows = machines(2);
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &rows)?;
    }
    company.place.expect(0, &["discover"])?;
    assert!(approved(&march(&company)?), "nothing is in doubt");

    rows.push("VM-003,acme,".to_owned());
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.expect(0, &["discover"])?;
    let plan = doubtful_march(&company)?;
    assert_eq!(
        blocking(&plan, "unreadable-quantity")?,
        "20.00",
        "as much as the others"
    );
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let optional = "meter = { attribute = \"cpu\", optional = true }";
    std::fs::write(
        &path,
        text.replace("meter = { attribute = \"cpu\" }", optional),
    )?;
    let plan = march(&company)?;
    assert!(finding(&plan, "unreadable-quantity").is_none(), "{plan:#}");
    assert!(approved(&plan));
    Ok(())
}

#[test]
fn a_machine_at_two_sources_is_told_until_a_rule_says_which_counts() -> Result<()> {
    let company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    automatic(&company, &correlated_annex())?;
    let path = company.place.folder.join("counterfoil.toml");
    let first = "config]\nfiles = \"vms-*.csv\"\n";
    let with_keys = format!("{first}correlation = {{ virtual-machine = [[\"owner\"]] }}\n");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text.replacen(first, &with_keys, 1))?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &["VM-1,acme,2".to_owned()])?;
        let rows = "Id,Owner,CPU\nuuid-1,acme,3\n";
        std::fs::write(
            company.place.folder.join(format!("annex/vms-{day}.csv")),
            rows,
        )?;
    }
    company.place.expect(0, &["discover"])?;
    let plan = doubtful_march(&company)?;
    assert_eq!(blocking(&plan, "billed-twice")?, "30.00", "{plan:#}");
    assert!(!approved(&plan));
    // Nothing is issued: the rule holds for March as well. It stands ahead of the one that names the customer.
    let text = std::fs::read_to_string(&path)?;
    let owner = "[[pipeline.main.rule]]\nname = \"owner\"\n";
    let counts = concat!(
        "[[pipeline.main.rule]]\nname = \"exports counts\"\n",
        "when = { source = \"annex\", kind = \"virtual-machine\" }\n",
        "set = { non_billable = { reason = \"exports counts\", owner = \"operations\" } }\n\n"
    );
    std::fs::write(&path, text.replacen(owner, &format!("{counts}{owner}"), 1))?;
    let plan = march(&company)?;
    assert!(finding(&plan, "billed-twice").is_none(), "{plan:#}");
    let made = &plan["plans"][0]["plan"]["deliveries"][0]["delivery"];
    assert_eq!(made["net"]["amount"], "20.00", "{plan:#}");
    Ok(())
}

#[test]
fn what_was_never_listed_completely_stops_automatic_approval() -> Result<()> {
    let company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    automatic(&company, &correlated_annex())?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(2))?;
    }
    company
        .place
        .expect(0, &["discover", "--source", "exports"])?;
    let plan = doubtful_march(&company)?;
    assert_eq!(
        finding(&plan, "stale").map(|one| &one["subject"]),
        Some(&"annex".into())
    );
    assert_eq!(blocking(&plan, "stale")?, "none");
    assert!(!approved(&plan));

    // A file that ends in the middle of a row is never a complete listing.
    std::fs::write(
        company.place.folder.join("annex/vms-2026-03-01.csv"),
        "Id,Owner,CPU\nAX-1,acme,3\nAX-2,ac",
    )?;
    company.place.call(&["discover"])?;
    let plan = doubtful_march(&company)?;
    assert_eq!(blocking(&plan, "stale")?, "30.00", "{plan:#}");
    assert!(!approved(&plan));
    Ok(())
}

#[test]
fn endings_that_wait_show_what_they_are_worth() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(30))?;
    company.export("2026-03-31", &machines(18))?;
    company.place.expect(3, &["discover"])?;
    let plan = march(&company)?;
    let waiting = finding(&plan, "withheld-endings").context("a finding")?;
    // 12 machines of 2 CPUs at 10.00.
    assert_eq!(waiting["value"]["amount"], "240.00");
    let withheld = company.place.json_with(3, &["inventory", "withheld"])?;
    assert_eq!(withheld["withheld"][0]["per_month"]["amount"], "240.00");
    let shown = company.place.expect(3, &["inventory", "withheld"])?;
    assert!(shown.stdout.contains("240.00"), "{}", shown.stdout);
    let id = withheld["withheld"][0]["id"].to_string();
    let ceiling = ["--ceiling", "12", "--by", "test"];
    let mut approve = vec!["inventory", "approve-withheld", &id];
    approve.extend(ceiling);
    let approved = company.place.json(&approve)?;
    assert_eq!(approved["per_month"]["amount"], "240.00");
    Ok(())
}
