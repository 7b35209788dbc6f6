//! Approval is of the plan that was looked at, and one remote may serve two pipelines.

use anyhow::{Context, Result};

use crate::small::{Company, machines};

#[test]
fn a_plan_that_is_not_the_newest_is_not_approved() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-30", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    let id = || -> Result<String> {
        let plan = company.place.json(&["plan", "--period", "2026-03"])?;
        let id = plan["plans"][0]["plan"]["id"].as_str();
        Ok(id.context("a plan has an id")?[..12].to_owned())
    };
    let looked_at = id()?;
    company.export("2026-03-31", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    let newest = id()?;
    assert_ne!(looked_at, newest);
    let approve = |plan: &str, code: i32| {
        let arguments = [
            "approve", "--period", "2026-03", "--all", "--by", "anna", "--plan", plan,
        ];
        company.place.expect(code, &arguments)
    };
    let refused = approve(&looked_at, 1)?;
    assert!(
        refused
            .stderr
            .contains(&format!("is {newest}, not {looked_at}")),
        "{}",
        refused.stderr
    );
    let approved = approve(&newest, 0)?;
    // Two machines of 2 CPUs for 2 and for 1 of 31 days: 40.00 × 3/31 for each account's pair.
    assert!(approved.stdout.contains("1.94 EUR"), "{}", approved.stdout);
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    Ok(())
}

#[test]
fn what_another_pipeline_delivered_is_not_foreign() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    let start = text
        .find("[pipeline.main]")
        .context("there is a pipeline")?;
    let end = text.find("[account.acme]").context("there are accounts")?;
    let second = text[start..end].replace("pipeline.main", "pipeline.second");
    std::fs::write(&file, format!("{text}\n{second}"))?;
    for pipeline in ["main", "second"] {
        let month = [pipeline, "--period", "2026-03"];
        company.place.expect(0, &["discover", pipeline])?;
        company.place.expect(0, &[&["plan"], &month[..]].concat())?;
        company.place.expect(
            0,
            &[&["approve"], &month[..], &["--all", "--by", "anna"]].concat(),
        )?;
        company
            .place
            .expect(0, &[&["apply"], &month[..]].concat())?;
    }
    for pipeline in ["main", "second"] {
        company
            .place
            .expect(0, &["reconcile", pipeline, "--period", "2026-03"])?;
    }
    Ok(())
}

fn action_count(answer: &str, action: &str) -> usize {
    answer.lines().filter(|line| line.contains(action)).count()
}

#[test]
fn a_hold_stands_on_later_plans_until_the_account_is_approved_by_name() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    let place = &company.place;
    place.expect(0, &["discover"])?;
    let month = ["--period", "2026-03"];
    let call =
        |arguments: &[&str], code: i32| place.expect(code, &[arguments, &month[..]].concat());
    call(&["plan"], 0)?;
    call(
        &[
            "approve", "--hold", "acme", "--reason", "disputed", "--by", "anna",
        ],
        0,
    )?;
    // Newer facts make another plan.
    let mut rows = machines(2);
    rows.push("VM-003,blue,4".to_owned());
    company.export("2026-03-31", &rows)?;
    place.expect(0, &["discover"])?;
    call(&["plan"], 0)?;
    let approved = call(&["approve", "--all", "--by", "bob"], 0)?;
    assert!(
        approved.stdout.contains("held      anna"),
        "{}",
        approved.stdout
    );
    let applied = call(&["apply"], 0)?;
    assert_eq!(
        action_count(&applied.stdout, "confirmed"),
        1,
        "{}",
        applied.stdout
    );
    assert!(!applied.stdout.contains("acme"), "{}", applied.stdout);
    call(&["approve", "--account", "acme", "--by", "bob"], 0)?;
    let applied = call(&["apply"], 0)?;
    assert!(applied.stdout.contains("acme"), "{}", applied.stdout);
    call(&["reconcile"], 0)?;
    Ok(())
}

#[test]
fn what_blocks_a_plan_keeps_it_from_approval_unless_a_reason_is_given() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price("price = [{ currency = \"SEK\", amount = 10.00 }]")?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    company.place.expect(3, &["plan", "--period", "2026-03"])?;
    let approve = ["approve", "--period", "2026-03", "--all", "--by", "anna"];
    let refused = company.place.expect(1, &approve)?;
    assert!(refused.stderr.contains("is blocked"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("--despite REASON"),
        "{}",
        refused.stderr
    );
    let despite = [&approve[..], &["--despite", "free until May"]].concat();
    company.place.expect(0, &despite)?;
    Ok(())
}

#[test]
fn a_row_that_never_could_be_read_blocks_and_a_month_left_out_is_named() -> Result<()> {
    let mut company = Company::new()?;
    let mut rows = machines(2);
    rows.push("VM-003,blue,many".to_owned());
    for day in ["2026-03-31", "2026-05-31"] {
        company.export(day, &rows)?;
    }
    company.place.expect(3, &["discover"])?;
    let blocked = company.place.expect(3, &["plan", "--period", "2026-03"])?;
    assert!(
        blocked
            .stdout
            .contains("1 row of the latest listing is no resource"),
        "{}",
        blocked.stdout
    );
    company.export("2026-05-31", &machines(2))?;
    company.place.now = "2026-06-01T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let may = company.place.expect(0, &["plan", "--period", "2026-05"])?;
    assert!(
        may.stdout
            .contains("nothing was billed for 2026-04 before 2026-05"),
        "{}",
        may.stdout
    );
    Ok(())
}

#[test]
fn discover_runs_once_at_a_time() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    let lock = company.place.folder.join("counterfoil.db.discover-lock");
    let held = std::fs::File::create(&lock)?;
    held.lock()?;
    let refused = company.place.expect(1, &["discover"])?;
    assert!(
        refused.stderr.contains("another process is discovering"),
        "{}",
        refused.stderr
    );
    drop(held);
    company.place.expect(0, &["discover"])?;
    Ok(())
}

#[test]
fn a_plan_that_nobody_can_apply_any_more_is_not_approved() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    company.set_price("price = [{ currency = \"EUR\", amount = 11.00 }]")?;
    for which in [&["--all"][..], &["--account", "acme"]] {
        let approve = ["approve", "--period", "2026-03", "--by", "anna"];
        let refused = company.place.expect(1, &[&approve[..], which].concat())?;
        for said in [
            "the plan of 2026-03 does not hold any more: the configuration was changed since",
            "nothing was approved: run `counterfoil plan --period 2026-03` again",
        ] {
            assert!(refused.stderr.contains(said), "{}", refused.stderr);
        }
    }
    // To keep something back is never too late.
    let hold = ["approve", "--period", "2026-03", "--hold", "acme"];
    let hold = [&hold[..], &["--reason", "disputed", "--by", "anna"]].concat();
    company.place.expect(0, &hold)?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let approve = ["approve", "--period", "2026-03", "--all", "--by", "anna"];
    company.place.expect(0, &approve)?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    Ok(())
}
