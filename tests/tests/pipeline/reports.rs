//! Questions of the field on a small company: the amounts were computed by hand.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::Company;

const LAB: &str = "[[pipeline.main.rule]]\nname = \"lab\"\nwhen = { name = \"VM-007\" }\n\
    set = { non_billable = { reason = \"lab\", owner = \"ops\" } }\n";

/// A month in which everything happens that a report can tell. A CPU is 10.00 EUR a month.
pub(crate) fn company() -> Result<Company> {
    let mut company = Company::new()?;
    company.set_rules(LAB)?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &rows(day, 2))?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

/// What is there on a day of March; `late` is what VM-002 has on the 30th.
fn rows(day: u32, late: u32) -> Vec<String> {
    let mut rows = vec![
        format!("VM-001,acme,{}", if day < 16 { 2 } else { 4 }),
        format!("VM-002,blue,{}", if day == 30 { late } else { 2 }),
        format!("VM-006,{},1", if day < 26 { "acme" } else { "blue" }),
        "VM-007,,5".to_owned(),
    ];
    if day < 21 {
        rows.push("VM-003,acme,2".to_owned());
    }
    if day >= 11 {
        rows.push("VM-004,acme,4".to_owned());
    }
    if day >= 6 {
        rows.push("VM-005,nobody,3".to_owned());
    }
    rows
}

pub(crate) fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>> {
    value[key]
        .as_array()
        .with_context(|| format!("no list `{key}` in {value:#}"))
}

pub(crate) fn texts(values: &[Value], keys: &[&str]) -> Vec<String> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    values
        .iter()
        .map(|row| {
            let cells = keys
                .iter()
                .map(|key| text(row.pointer(key).unwrap_or(&Value::Null)));
            cells.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn growth_is_told_in_money_and_in_an_attribute() -> Result<()> {
    let company = company()?;
    let between = ["--since", "2026-03-01", "--until", "2026-03-31"];
    let mut asked = vec!["report", "growth", "--by", "customer"];
    asked.extend(between);
    let report = company.place.json(&asked)?;
    let keys = [
        "/subject",
        "/value/before/amount",
        "/value/after/amount",
        "/value/difference/amount",
        "/value/percent",
        // 30.00 in thirty days less the hour of the summer time: 30 × 2628000 / 2588400.
        "/value/per_month/amount",
    ];
    assert_eq!(
        texts(&list(&report, "rows")?[..2], &keys),
        [
            "acme 50.00 80.00 30.00 60 30.46",
            "blue 20.00 30.00 10.00 50 10.15"
        ]
    );
    let mut asked = vec!["report", "growth", "--by", "resource", "--attribute", "cpu"];
    asked.extend(between);
    let report = company.place.json(&asked)?;
    let keys = [
        "/subject",
        "/quantity/before",
        "/quantity/after",
        "/quantity/percent",
        "/value/difference/amount",
    ];
    assert_eq!(
        texts(list(&report, "rows")?, &keys),
        [
            "VM-004 0 4 null 40.00",
            "VM-005 0 3 null null",
            "VM-001 2 4 100 20.00",
            "VM-002 2 2 0 0.00",
            "VM-006 1 1 0 0.00",
            "VM-007 5 5 0 null",
            "VM-003 2 0 -100 -20.00",
        ]
        .map(str::to_owned)
        .into_iter()
        .collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn a_comparison_with_the_time_before_the_first_listing_says_so() -> Result<()> {
    let company = company()?;
    let answer = company
        .place
        .expect(0, &["report", "growth", "--since", "1y"])?;
    let said = "from 2026-02-28T23:00:00Z (nothing was listed at 2025-04-01T06:00:00Z)";
    assert!(answer.stdout.contains(said), "{}", answer.stdout);
    let order = [
        "report",
        "growth",
        "--since",
        "2026-03-20",
        "--until",
        "2026-03-10",
    ];
    let refused = company.place.expect(2, &order)?;
    assert!(
        refused.stderr.contains("give the earlier time first"),
        "{}",
        refused.stderr
    );
    Ok(())
}

#[test]
fn a_misspelt_filter_is_told_with_what_is_near() -> Result<()> {
    let company = company()?;
    for (arguments, said, near) in [
        (
            ["growth", "--customer", "acmee"],
            "no customer or account `acmee`",
            "`acme`",
        ),
        (
            ["unbilled", "--kind", "virtual-machin"],
            "the kind `virtual-machin`",
            "`virtual-machine`",
        ),
        (
            ["growth", "--attribute", "cpus"],
            "an attribute `cpus`",
            "`cpu`",
        ),
    ] {
        let [question, option, value] = arguments;
        let refused = company
            .place
            .expect(2, &["report", question, option, value])?;
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert!(refused.stderr.contains(near), "{}", refused.stderr);
    }
    let unseen = company
        .place
        .expect(1, &["report", "delivered", "VM-999"])?;
    assert!(
        unseen.stderr.contains("nothing called `VM-999`"),
        "{}",
        unseen.stderr
    );
    Ok(())
}

#[test]
fn changes_are_valued_seen_and_delivered() -> Result<()> {
    let company = company()?;
    company.bill()?;
    let report = company
        .place
        .json(&["report", "changes", "2026-03-01", "2026-03-31"])?;
    let keys = [
        "/account_key",
        "/cause",
        "/external_id",
        "/before/amount",
        "/after/amount",
        "/difference/amount",
        "/since",
        "/seen/listing",
    ];
    assert_eq!(
        texts(list(&report, "changes")?, &keys),
        [
            "null new VM-005 null null null 2026-03-05T23:00:00Z vms-2026-03-06.csv",
            "acme new VM-004 0.00 40.00 40.00 2026-03-10T23:00:00Z vms-2026-03-11.csv",
            "acme gone VM-003 20.00 0.00 -20.00 2026-03-20T23:00:00Z vms-2026-03-21.csv",
            "acme changed VM-001 20.00 40.00 20.00 2026-03-15T23:00:00Z vms-2026-03-16.csv",
            "acme reclassified VM-006 10.00 0.00 -10.00 2026-03-25T23:00:00Z vms-2026-03-26.csv",
            "blue reclassified VM-006 0.00 10.00 10.00 2026-03-25T23:00:00Z vms-2026-03-26.csv",
        ]
    );
    let keys = [
        "/account_key",
        "/before/amount",
        "/by_cause/new/amount",
        "/by_cause/gone/amount",
        "/by_cause/changed/amount",
        "/by_cause/reclassified/amount",
        "/after/amount",
        "/difference/amount",
    ];
    assert_eq!(
        texts(list(&report, "customers")?, &keys),
        [
            "acme 50.00 40.00 -20.00 20.00 -10.00 80.00 30.00",
            "blue 20.00 null null null 10.00 30.00 10.00",
        ]
    );
    // What acme is charged no more, and what blue is charged, stand in each one's own invoice.
    for change in list(&report, "changes")?.iter().skip(1) {
        let delivered = list(change, "delivered")?;
        assert_eq!(delivered.len(), 1, "{change:#}");
        assert_eq!(delivered[0]["account"], change["account_key"]);
        assert_eq!(delivered[0]["billing_period"], "2026-03");
    }
    assert_eq!(
        report["changes"][0]["not_yet"]["because"],
        "nothing-charged"
    );
    let own = company.place.json(&[
        "report",
        "changes",
        "2026-03-01",
        "2026-03-31",
        "--customer",
        "blue",
    ])?;
    assert_eq!(texts(list(&own, "changes")?, &["/external_id"]), ["VM-006"]);
    Ok(())
}

#[test]
fn a_price_that_changed_is_one_row_of_its_own() -> Result<()> {
    let mut company = company()?;
    company.set_price(
        "price = [{ name = \"old\", currency = \"EUR\", to = 2026-03-28, amount = 10.00 }, \
         { name = \"new\", currency = \"EUR\", from = 2026-03-28, amount = 11.00 }]",
    )?;
    let report = company
        .place
        .json(&["report", "changes", "2026-03-27", "2026-03-31"])?;
    let keys = ["/account_key", "/cause", "/resources", "/difference/amount"];
    assert_eq!(
        texts(list(&report, "changes")?, &keys),
        ["acme repriced 2 8.00", "blue repriced 2 3.00"]
    );
    Ok(())
}

#[test]
fn what_was_known_when_an_invoice_was_issued_is_compared_with_now() -> Result<()> {
    let mut company = company()?;
    company.bill()?;
    let blue = company.place.json(&["report", "delivered", "VM-002"])?;
    let number = blue["events"][0]["delivered"][0]["number"]
        .as_str()
        .context("a number")?
        .to_owned();
    let asked = ["report", "known", &number];
    let same = company.place.json(&asked)?;
    assert_eq!(same["difference"]["amount"], "0.00");
    assert_eq!(list(&same, "charges")?.len(), 0);
    // Somebody mends the export of the 30th: two CPUs more on that day.
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    company.export("2026-03-30", &rows(30, 4))?;
    company.place.call(&["discover"])?;
    let late = company.place.json(&["report", "delivered", "VM-002"])?;
    assert_eq!(
        late["events"][1]["not_yet"]["because"], "learned-later",
        "{late:#}"
    );
    let changed = company.place.json(&asked)?;
    let amounts = |report: &Value| {
        let keys = ["then", "by_inventory", "by_terms", "now", "difference"];
        keys.map(|key| report[key]["amount"].as_str().unwrap_or("").to_owned())
    };
    // 62 + 6 CPU-days are 21.94; with two more 22.58.
    assert_eq!(
        amounts(&changed),
        ["21.94", "0.64", "0.00", "22.58", "0.64"]
    );
    assert_eq!(changed["resources"][0]["external_id"], "VM-002");
    assert_eq!(list(&changed["resources"][0], "then")?.len(), 1);
    assert_eq!(list(&changed["resources"][0], "now")?.len(), 3);
    // A report of what was known then has nothing of it.
    let change = |more: &[&str]| -> Result<usize> {
        let mut asked = vec!["report", "changes", "2026-03-29", "2026-03-30"];
        asked.extend(more);
        Ok(list(&company.place.json(&asked)?, "changes")?.len())
    };
    assert_eq!(change(&[])?, 1);
    assert_eq!(change(&["--known-at", "2026-04-01T06:00:00Z"])?, 0);
    company.set_price(
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 12.00 }]",
    )?;
    let both = company.place.json(&asked)?;
    // 70 CPU-days at 12.00 are 27.10.
    assert_eq!(amounts(&both), ["21.94", "0.64", "4.52", "27.10", "5.16"]);
    Ok(())
}

#[test]
fn products_are_told_when_they_are_seen_first() -> Result<()> {
    let company = company()?;
    let report = company.place.json(&[
        "report",
        "first-seen",
        "--since",
        "1y",
        "--attribute",
        "cpu",
    ])?;
    let keys = [
        "/what",
        "/value",
        "/since",
        "/external_id",
        "/resources_now",
        "/per_month",
    ];
    assert_eq!(
        texts(list(&report, "products")?, &keys),
        [
            "value 3 2026-03-05T23:00:00Z VM-005 1 []",
            "value 4 2026-03-10T23:00:00Z VM-004 2 [{\"amount\":\"80.00\",\"currency\":\"EUR\"}]",
        ]
    );
    let start = texts(list(&report, "from_the_start")?, &["/what"]);
    assert!(
        start.contains(&"kind".to_owned()) && start.contains(&"item".to_owned()),
        "{start:?}"
    );
    Ok(())
}
