//! What goes without anybody being asked: small differences, by the pipeline's policy; and what was approved before and
//! stayed the same.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{Company, machines};

const MAY: &str = "2026-05-01T06:00:00Z";

/// March is billed by hand: 40.00 EUR for Acme and for Blue, machines of two CPUs for the whole month.
fn billed_march(of_pipeline: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.write_with(of_pipeline, "", "")?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    for arguments in [
        &["plan"][..],
        &["approve", "--all", "--by", "anna"],
        &["apply"],
    ] {
        let call = [arguments, &["--period", "2026-03"]].concat();
        company.place.expect(0, &call)?;
    }
    MAY.clone_into(&mut company.place.now);
    Ok(company)
}

fn april(company: &Company, rows: &[String]) -> Result<Value> {
    company.export("2026-04-01", rows)?;
    company.export("2026-04-30", rows)?;
    company.place.expect(0, &["discover"])?;
    company.place.json(&["plan", "--period", "2026-04"])
}

fn state<'a>(plan: &'a Value, account: &str) -> &'a str {
    plan["plans"][0]["approval"][account]["state"]
        .as_str()
        .unwrap_or("none")
}

#[test]
fn small_differences_go_by_policy_and_the_others_wait() -> Result<()> {
    let company = billed_march(
        "approval = \"automatic-within-tolerance\"\ntolerance = { percent = 10, amount = { EUR = \"4.00\" } }",
    )?;
    // Acme gets no more; Blue gets half a CPU, which is 5.00 EUR of 40.00.
    let rows = [
        "VM-001,acme,2",
        "VM-002,blue,2.5",
        "VM-003,acme,2",
        "VM-004,blue,2",
    ];
    let plan = april(&company, &rows.map(str::to_owned))?;
    assert_eq!(state(&plan, "acme"), "approved", "{plan:#}");
    assert_eq!(state(&plan, "blue"), "waiting");
    let shown = company
        .place
        .expect(0, &["plan", "--period", "2026-04"])?
        .stdout;
    assert!(
        shown.contains("waits: differs by 5.00 EUR from 40.00 EUR"),
        "{shown}"
    );
    // Planned twice, and approved once.
    let history = company.place.json(&["approvals", "--period", "2026-04"])?;
    let decisions = history["decisions"].as_array().context("a list")?;
    assert_eq!(decisions.len(), 1, "{history:#}");
    let judgement = &decisions[0]["policy"]["judgement"];
    assert_eq!(decisions[0]["by"], "the pipeline's policy");
    assert_eq!(judgement["last"]["amount"], "40.00");
    assert_eq!(judgement["now"]["amount"], "40.00");
    assert_eq!(judgement["last_period"], "2026-03");
    assert_eq!(judgement["percent_max"], "10");
    assert_eq!(judgement["amount_max"]["amount"], "4.00");
    let applied = company
        .place
        .expect(0, &["apply", "--period", "2026-04"])?
        .stdout;
    assert!(
        applied.contains("acme") && !applied.contains("blue"),
        "{applied}"
    );
    Ok(())
}

#[test]
fn an_account_that_was_never_billed_waits_for_a_person() -> Result<()> {
    let company = Company::new()?;
    company.write_with(
        "approval = \"automatic-within-tolerance\"\ntolerance = { percent = 1000 }",
        "",
        "",
    )?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    let shown = company
        .place
        .expect(0, &["plan", "--period", "2026-03"])?
        .stdout;
    assert!(shown.contains("waits: never billed before"), "{shown}");
    Ok(())
}

#[test]
fn what_blocks_keeps_the_policy_from_everything() -> Result<()> {
    let company =
        billed_march("approval = \"automatic-within-tolerance\"\ntolerance = { percent = 10 }")?;
    let mut rows = machines(4);
    rows.push("VM-009,blue,many".to_owned());
    company.export("2026-04-30", &rows)?;
    company.place.call(&["discover"])?;
    let plan = company
        .place
        .json_with(3, &["plan", "--period", "2026-04"])?;
    assert_eq!(state(&plan, "acme"), "waiting", "{plan:#}");
    Ok(())
}

#[test]
fn an_approval_carries_over_where_the_delivery_stays_the_same() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    let place = &company.place;
    place.expect(0, &["discover"])?;
    place.expect(0, &["plan", "--period", "2026-03"])?;
    let approve = ["approve", "--period", "2026-03", "--all", "--by", "anna"];
    place.expect(0, &approve)?;
    // A day later there are newer facts, which concern Blue alone.
    let mut rows = machines(2);
    rows.push("VM-004,blue,2".to_owned());
    company.export("2026-03-31", &rows)?;
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(state(&plan, "acme"), "approved", "{plan:#}");
    assert_eq!(plan["plans"][0]["approval"]["acme"]["by"], "anna");
    assert_eq!(state(&plan, "blue"), "waiting");
    let history = company.place.expect(0, &["approvals"])?.stdout;
    assert!(history.contains("nothing of it changed"), "{history}");
    // What is withdrawn from the newest plan does not come back with the next one.
    let withdraw = [
        "approve",
        "--period",
        "2026-03",
        "--withdraw",
        "acme",
        "--reason",
        "wait",
        "--by",
        "bob",
    ];
    company.place.expect(0, &withdraw)?;
    rows.push("VM-006,blue,2".to_owned());
    company.export("2026-03-31", &rows)?;
    company.place.expect(0, &["discover"])?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(state(&plan, "acme"), "waiting", "{plan:#}");
    Ok(())
}
