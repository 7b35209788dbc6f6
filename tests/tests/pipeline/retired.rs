//! What is gone from the configuration or goes by another name keeps its past: closed periods stay as they were billed.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{ANNEX, Company, machines};

/// March is billed and posted.
fn billed(company: &Company) -> Result<()> {
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.bill()?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

/// The configuration file with a text in it replaced.
fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

fn nets(plan: &Value) -> Vec<String> {
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let made = deliveries
        .into_iter()
        .flatten()
        .filter(|delivery| delivery["action"] == "create");
    made.map(|delivery| {
        let net = delivery["delivery"]["net"]["amount"].as_str();
        net.unwrap_or_default().to_owned()
    })
    .collect()
}

#[test]
fn a_retired_source_is_billed_until_then_and_its_closed_months_stay() -> Result<()> {
    let mut company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    company.write_with("", "", ANNEX)?;
    for day in ["2026-03-01", "2026-03-31"] {
        let rows = "Id,Owner,CPU\nAX-1,acme,3\n";
        std::fs::write(
            company.place.folder.join(format!("annex/vms-{day}.csv")),
            rows,
        )?;
    }
    billed(&company)?;

    let retire = ["inventory", "retire", "source", "annex", "--by", "anna"];
    let refused = company.place.expect(2, &retire)?.stderr;
    let (why, hint) = (
        "retire the source `annex`: it stands in the configuration",
        "take the source out of the configuration first",
    );
    assert!(refused.contains(why) && refused.contains(hint), "{refused}");
    let mut unknown = retire;
    unknown[3] = "anex";
    let refused = company.place.expect(2, &unknown)?.stderr;
    assert!(refused.contains("no source is;"), "{refused}");

    company.write()?;
    company.place.now = "2026-04-09T22:00:00Z".to_owned();
    let refused = company.place.expect(2, &unknown)?.stderr;
    assert!(refused.contains("name one of: annex"), "{refused}");
    let refused = company.place.expect(2, &["plan", "--period", "2026-03"])?;
    let hint = "counterfoil inventory retire source annex";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    let retired =
        company
            .place
            .json(&["inventory", "retire", "source", "annex", "--by", "anna"])?;
    assert_eq!(retired["ended"], 1);
    assert_eq!(company.planned_effects()?, 0, "March stays as it was");
    let explained =
        company
            .place
            .json(&["explain", "--resource", "AX-1", "--period", "2026-03"])?;
    assert!(explained.to_string().contains("annex"), "{explained:#}");

    company.export("2026-04-30", &machines(4))?;
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.resources_at("2026-04-08")?, 5);
    assert_eq!(company.resources_at("2026-04-10")?, 4);
    let april = company.place.json(&["plan", "--period", "2026-04"])?;
    let mut nets = nets(&april);
    nets.sort();
    // Two machines of 2 CPUs at 10.00 each, and of the annex 3 CPUs for 9 of 30 days: nothing else, nothing of March.
    assert_eq!(nets, ["40.00", "49.00"], "{april:#}");
    Ok(())
}

#[test]
fn a_source_that_returns_is_billed_from_its_next_listing() -> Result<()> {
    let mut company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    company.write_with("", "", ANNEX)?;
    let annex = company.place.folder.join("annex");
    for day in ["2026-03-01", "2026-03-31"] {
        std::fs::write(
            annex.join(format!("vms-{day}.csv")),
            "Id,Owner,CPU\nAX-1,acme,3\n",
        )?;
    }
    billed(&company)?;
    company.write()?;
    company.place.now = "2026-04-09T22:00:00Z".to_owned();
    company.place.expect(
        0,
        &["inventory", "retire", "source", "annex", "--by", "anna"],
    )?;
    company.write_with("", "", ANNEX)?;
    std::fs::write(
        annex.join("vms-2026-04-21.csv"),
        "Id,Owner,CPU\nAX-1,acme,3\n",
    )?;
    company.export("2026-04-30", &machines(4))?;
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    for (day, count) in [("2026-04-08", 5), ("2026-04-15", 4), ("2026-04-22", 5)] {
        assert_eq!(company.resources_at(day)?, count, "{day}");
    }
    Ok(())
}

#[test]
fn a_retired_account_stops_neither_plan_nor_reconcile_nor_explain() -> Result<()> {
    let mut company = Company::new()?;
    billed(&company)?;
    edit(
        &company,
        "[account.blue]\nname = \"Blue\"\ncurrency = \"EUR\"\n",
        "",
    )?;
    company.place.expect(
        0,
        &["inventory", "retire", "account", "blue", "--by", "anna"],
    )?;
    assert_eq!(company.planned_effects()?, 0);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    let explained =
        company
            .place
            .json(&["explain", "--resource", "VM-002", "--period", "2026-03"])?;
    assert!(explained.to_string().contains("blue"), "{explained:#}");

    company.export("2026-04-30", &machines(4))?;
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    let april = company.place.json(&["plan", "--period", "2026-04"])?;
    assert_eq!(nets(&april), ["40.00"], "only Acme's: {april:#}");
    Ok(())
}

#[test]
fn renamed_from_may_be_dropped_once_the_rename_is_known() -> Result<()> {
    let company = Company::new()?;
    // The account has a price of its own, under its key.
    let own = "price = [{ currency = \"EUR\", amount = 10.00, account = \"acme\" }, { currency = \"EUR\", amount = 7.00 }]";
    edit(
        &company,
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        own,
    )?;
    billed(&company)?;
    let renamed = "[account.acme-group]\nrenamed_from = \"acme\"\ncustomer = \"acme\"\n";
    edit(&company, "[account.acme]\n", renamed)?;
    edit(&company, "account = \"acme\"", "account = \"acme-group\"")?;
    assert_eq!(company.planned_effects()?, 0, "with `renamed_from`");
    edit(&company, "renamed_from = \"acme\"\n", "")?;
    assert_eq!(company.planned_effects()?, 0, "without it");
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    company
        .place
        .json(&["explain", "--resource", "VM-001", "--period", "2026-03"])?;

    // Older versions mean the renamed account by its former key: nobody else may have it.
    edit(
        &company,
        "[account.blue]\n",
        "[account.acme]\nname = \"Another\"\ncurrency = \"EUR\"\n\n[account.blue]\n",
    )?;
    let refused = company.place.expect(2, &["plan", "--period", "2026-03"])?;
    let (_, hint) = refused.stderr.split_once("hint:").context("a hint")?;
    assert!(hint.contains("choose another name"), "{hint}");
    Ok(())
}
