//! The grace after the end of a period: late facts change its drafts, nothing of it is posted, and bills wait for it.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::Company;

fn company(more: &str) -> Result<Company> {
    let company = Company::new()?;
    company.write_with(&format!("grace = {{ days = 3 }}\n{more}"), "", "")?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &["VM-001,acme,31".to_owned()])?;
    }
    Ok(company)
}

fn late(company: &Company, cpus: u32) -> Result<()> {
    company.export("2026-03-31", &[format!("VM-001,acme,{cpus}")])?;
    company.place.expect(0, &["discover"])?;
    Ok(())
}

/// What a plan of March would do: action, kind and net; and the findings of its grace.
fn planned(company: &Company) -> Result<(Vec<String>, Vec<String>)> {
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("a plan has deliveries")?.iter();
    let effects = deliveries.filter(|one| one["action"] != "nothing");
    let effects = effects.map(|one| {
        let delivery = &one["delivery"];
        format!(
            "{} {} {}{}",
            text(&one["action"]),
            text(&delivery["kind"]),
            text(&delivery["net"]["amount"]),
            if delivery["post"] == true {
                " post"
            } else {
                ""
            }
        )
    });
    let findings = plan["findings"].as_array().into_iter().flatten();
    let findings = findings.filter(|finding| finding["code"] == "in-grace");
    Ok((
        effects.collect(),
        findings.map(|finding| text(&finding["message"])).collect(),
    ))
}

fn send(company: &Company) -> Result<()> {
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}

#[test]
fn in_its_grace_a_period_is_drafted_anew_and_posted_after_it() -> Result<()> {
    let mut company = company("")?;
    company.place.expect(0, &["discover"])?;
    let (effects, told) = planned(&company)?;
    assert_eq!(effects, ["create invoice 310.00"]);
    assert_eq!(
        told,
        [
            "2026-03 is in its grace until 2026-04-03T22:00:00Z: late facts still change its drafts, and nothing of it is posted before."
        ]
    );
    send(&company)?;
    company.place.now = "2026-04-03T21:59:59Z".to_owned();
    late(&company, 62)?;
    assert_eq!(planned(&company)?.0, ["update invoice 320.00"]);
    send(&company)?;
    assert_eq!(company.posted()?, []);
    company.place.now = "2026-04-03T22:00:00Z".to_owned();
    let (effects, told) = planned(&company)?;
    assert_eq!(effects, ["update invoice 320.00 post"]);
    assert_eq!(told, Vec::<String>::new());
    send(&company)?;
    assert_eq!(company.posted_nets()?, ["320.00"]);
    late(&company, 93)?;
    assert_eq!(planned(&company)?.0, ["create invoice 10.00 post"]);
    Ok(())
}

#[test]
fn a_bill_waits_until_the_grace_is_over() -> Result<()> {
    let mut company = company("bill = \"0 0 6 1 * *\"\napproval = \"automatic\"")?;
    company.place.expect(0, &["discover"])?;
    for (now, posted) in [
        ("2026-03-31T12:00:00Z", 0),
        ("2026-04-01T06:00:00Z", 0),
        ("2026-04-03T21:00:00Z", 0),
        ("2026-04-03T22:00:00Z", 1),
        ("2026-04-04T06:00:00Z", 1),
    ] {
        company.place.now = now.to_owned();
        company.place.call(&["run", "--once"])?;
        assert_eq!(company.posted()?.len(), posted, "at {now}");
    }
    Ok(())
}

#[test]
fn a_grace_of_months_is_refused() -> Result<()> {
    let company = Company::new()?;
    company.write_with("grace = { days = 32 }", "", "")?;
    let refused = company.place.expect(2, &["check"])?;
    let said = refused.stdout + &refused.stderr;
    assert!(
        said.contains("a grace of 32 days: at most 31 are possible"),
        "{said}"
    );
    Ok(())
}
