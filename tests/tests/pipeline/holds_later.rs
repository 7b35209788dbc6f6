//! A rule that comes after a month's documents were issued: every command says the same of it, and what makes it count.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::reports::list;
use crate::small::Company;

const STRAY: &str = r#"
[[pipeline.main.rule]]
name = "stray"
when = { name = "VM-003" }
set = { customer = "blue" }
"#;

/// March was billed, all but VM-003, which nobody owned; then a rule says that it is Blue's.
fn company() -> Result<Company> {
    let mut company = Company::new()?;
    let rows = ["VM-001,acme,2", "VM-002,blue,2", "VM-003,,3"].map(str::to_owned);
    for day in ["2026-03-01", "2026-03-31", "2026-04-01"] {
        company.export(day, &rows)?;
    }
    company.bill()?;
    company.set_rules(STRAY)?;
    Ok(company)
}

fn found<'a>(findings: &'a Value, code: &str) -> Result<&'a Value> {
    let findings = findings.as_array().context("findings are a list")?;
    let finding = findings.iter().find(|finding| finding["code"] == code);
    finding.with_context(|| format!("{code} in {findings:?}"))
}

#[test]
fn every_command_says_that_a_rule_came_too_late() -> Result<()> {
    let company = company()?;
    let place = &company.place;
    let plan = place.json(&["plan", "--period", "2026-03"])?;
    let suspended = &plan["completeness"]["suspense"]["resources"];
    assert_eq!(suspended[0]["name"], "VM-003");
    let later = &suspended[0]["later"];
    assert_eq!(
        *later,
        json!({
            "what": later["what"],
            "holds_from": "2026-04-01",
            "issued": "2026-03",
            "billing_period": "2026-03",
            "needed_from": "2026-03-01",
        })
    );
    let what = later["what"].as_str().context("what it is")?;
    assert!(
        what.starts_with("rule `stray` (counterfoil.toml:"),
        "{what}"
    );
    let finding = found(&plan["findings"], "holds-later")?;
    assert_eq!(
        finding["message"],
        "It covers 1 resource (VM-003) in suspense in 2026-03, but holds only from 2026-04-01, since documents of 2026-03 \
         were issued before it was added."
    );
    assert_eq!(
        finding["next_step"],
        "give it `from = \"2026-03-01\"` to bill 2026-03 too: a correction where the customer's invoice of it was sent already"
    );
    assert_eq!(finding["value"]["amount"], "30.00");

    let rate = place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(found(&rate["findings"], "holds-later")?, finding);

    let unbilled = place.json(&["report", "unbilled"])?;
    assert_eq!(list(&unbilled, "resources")?.len(), 0);
    let left = &unbilled["left_behind"][0];
    assert_eq!(left["external_id"], "VM-003");
    assert_eq!(left["value"]["amount"], "30.00");
    assert_eq!(left["later"], *later);

    let now = place.json_with(3, &["classify"])?;
    let owned = now["resources"].as_array().context("resources")?;
    assert!(
        owned.iter().all(|one| one["suspended"] == false),
        "{owned:?}"
    );
    assert_eq!(now["left_behind"][0]["later"], *later);
    let then = place.json_with(
        3,
        &["classify", "--at", "2026-03-15", "--resource", "VM-003"],
    )?;
    assert_eq!(then["resources"][0]["later"], *later);

    let explained = place.json(&["explain", "--resource", "VM-003", "--period", "2026-03"])?;
    assert_eq!(explained["stretches"][0]["standing"]["later"], *later);
    Ok(())
}

#[test]
fn people_read_it_wherever_they_look() -> Result<()> {
    let company = company()?;
    let place = &company.place;
    let sentence =
        "holds only from 2026-04-01, since documents of 2026-03 were issued before it was added";
    let looks: [(i32, &[&str]); 6] = [
        (0, &["plan", "--period", "2026-03"]),
        (0, &["rate", "--period", "2026-03"]),
        (0, &["report", "unbilled"]),
        (3, &["classify"]),
        (3, &["classify", "--at", "2026-03-15"]),
        (
            0,
            &["explain", "--resource", "VM-003", "--period", "2026-03"],
        ),
    ];
    for (code, arguments) in looks {
        let answer = place.expect(code, arguments)?;
        assert!(
            answer.stdout.contains(sentence),
            "{arguments:?}: {}",
            answer.stdout
        );
        assert!(
            answer.stdout.contains("from = \"2026-03-01\""),
            "{arguments:?}: {}",
            answer.stdout
        );
    }
    let checked = place.json(&["check"])?;
    let problem = &checked["problems"][0];
    assert_eq!(problem["severity"], "warning");
    assert_eq!(
        problem["message"],
        "the rule `stray` holds only from 2026-04-01: documents of 2026-03 were issued before it was added"
    );
    Ok(())
}

#[test]
fn with_a_date_it_reaches_the_month_and_all_agree() -> Result<()> {
    let mut company = company()?;
    company.place.json(&["plan", "--period", "2026-03"])?;
    company.set_rules(&STRAY.replace(
        "name = \"stray\"",
        "name = \"stray\"\nfrom = \"2026-03-01\"",
    ))?;
    let place = &company.place;
    let plan = place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(plan["completeness"]["suspense"]["resources"], json!([]));
    assert_eq!(plan["findings"], json!([]));
    assert_eq!(company.planned_effects()?, 1);
    let unbilled = place.json(&["report", "unbilled"])?;
    assert_eq!(unbilled["left_behind"], json!([]));
    assert_eq!(place.json(&["classify"])?["left_behind"], json!([]));
    assert_eq!(place.json(&["check"])?["problems"], json!([]));
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.posted_nets()?, ["20.00", "20.00", "30.00"]);
    Ok(())
}

#[test]
fn advice_to_add_a_rule_names_the_date_that_it_needs() -> Result<()> {
    let mut company = company()?;
    company.set_rules("")?;
    let rate = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(
        found(&rate["findings"], "suspense")?["next_step"],
        "add a rule that names their customer, or one that says why they are not billed; give it `from = \"2026-03-01\"`: \
         without one it holds only from 2026-04-01, since documents of 2026-03 were issued"
    );
    Ok(())
}

#[test]
fn a_rule_that_begins_later_by_its_own_date_is_named_too() -> Result<()> {
    let mut company = company()?;
    company.set_rules(&STRAY.replace(
        "name = \"stray\"",
        "name = \"stray\"\nfrom = \"2026-04-01\"",
    ))?;
    let rate = company.place.json(&["rate", "--period", "2026-03"])?;
    let message = found(&rate["findings"], "holds-later")?["message"].clone();
    assert_eq!(
        message,
        "It covers 1 resource (VM-003) in suspense in 2026-03, but holds only from 2026-04-01, as its `from` says."
    );
    Ok(())
}

/// A mistaken price before it is told of as well, and is none of those that hold.
#[test]
fn a_price_that_came_too_late_is_named_where_it_stands() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-01", &["VM-001,acme,2".to_owned()])?;
    company.export("2026-03-31", &["VM-001,acme,2".to_owned()])?;
    company.bill()?;
    company.set_price(
        "price = [\n\
         { currency = \"USD\", amount = 9.00, amuont = 9.00 },\n\
         { currency = \"EUR\", amount = 10.00 },\n\
         { currency = \"SEK\", amount = 100.00 },\n\
         ]",
    )?;
    let checked = company.place.json_with(2, &["check"])?;
    let problems = list(&checked, "problems")?;
    let of = |severity: &str| {
        let mut found = problems.iter();
        found
            .find(|problem| problem["severity"] == severity)
            .with_context(|| format!("one of {severity} in {problems:?}"))
    };
    let late = of("warning")?;
    let message = late["message"].as_str().context("a message")?;
    assert!(message.starts_with("the price of `"), "{message}");
    let [mistaken, late] = [of("error")?, late].map(|problem| problem["line"].as_u64());
    assert_eq!(late, mistaken.map(|line| line + 2), "{problems:?}");
    Ok(())
}

/// The month before is no part of an answer about a customer; of a resource it is, where that one was in suspense.
#[test]
fn what_was_left_behind_is_told_of_the_resource_that_is_asked_for() -> Result<()> {
    let company = company()?;
    let place = &company.place;
    let of = |id: &'static str| ["classify", "--resource", id];
    let asked = place.json_with(3, &of("VM-003"))?;
    assert_eq!(asked["left_behind"][0]["external_id"], "VM-003");
    assert_eq!(place.json(&of("VM-001"))?["left_behind"], json!([]));
    let customer = place.json(&["classify", "--customer", "blue"])?;
    assert_eq!(customer["left_behind"], json!([]));
    let unbilled = place.json(&["report", "unbilled", "--customer", "blue"])?;
    assert_eq!(unbilled["left_behind"], json!([]));
    assert_eq!(unbilled["findings"], json!([]));
    Ok(())
}
