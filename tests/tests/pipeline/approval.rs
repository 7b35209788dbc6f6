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
