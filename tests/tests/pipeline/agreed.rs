//! What accounts agreed on, rated from files: minimum commitments and quantities that no source shows.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use serde_json::Value;

use crate::small::APRIL;

/// Things are 62.00 a month and per `n`, others 10.00; consulting is by the hour, seats are by the day.
const BOOK: &str = r#"
[[item]]
name = "thing"
description = "Thing"
unit = "C62"
kind = "thing"
meter = { attribute = "n" }
price = [{ currency = "EUR", amount = 62.00 }, { currency = "JPY", amount = 62 }]

[[item]]
name = "other"
description = "Other"
unit = "C62"
kind = "other"
meter = { count = 1 }
price = [{ currency = "EUR", amount = 10.00 }, { currency = "JPY", amount = 10 }]

[[item]]
name = "consulting"
description = "Consulting"
unit = "HUR"
meter = { manual = true }
proration = "none"
price = [{ currency = "EUR", amount = 100.00 }]

[[item]]
name = "seats"
description = "{resource}"
unit = "C62"
meter = { manual = true, round = "up" }
proration = "actual-day"
dimensions = ["resource"]
price = [{ currency = "EUR", amount = 31.00, allowance = 2 }]
"#;

/// What the files come to in January: account, item and net of each line. JSON stands beside it.
fn rated(files: &[(&str, &str)]) -> Result<(Vec<String>, Value)> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    let mut arguments = vec!["rate"];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text)?;
        arguments.extend(["--facts", name]);
    }
    arguments.extend(["--price-book", "book.toml", "--period", "2026-01"]);
    arguments.extend(["--timezone", "UTC", "--currency", "EUR", "--detail"]);
    let place = Workplace::new(folder.path(), APRIL);
    let report = place.json(&arguments)?;
    let lines = report["lines"].as_array().context("lines")?.iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &Value| {
        let (account, item) = (text(&line["account"]), text(&line["item"]));
        format!("{account} {item} {}", text(&line["net"]["amount"]))
    };
    Ok((lines.map(line).collect(), report))
}

fn assert_rated(cases: &[(&str, &str, &str, &[&str])]) -> Result<()> {
    for (name, facts, accounts, expected) in cases {
        let files = [("facts.csv", *facts), ("accounts.csv", *accounts)];
        let (lines, report) = rated(&files).with_context(|| (*name).to_owned())?;
        assert_eq!(lines, *expected, "{name}: {report:#}");
    }
    Ok(())
}

#[test]
fn tv_51_a_minimum_commitment_is_made_up_in_a_line_of_its_own() -> Result<()> {
    let usage_50 = "resource,kind,n\na,thing,\nb,other,\nc,other,\nd,other,\ne,other,\nf,other,\n";
    let usage_50 = usage_50.replace("a,thing,\n", "");
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        (
            "TV-51: a minimum of 100, and 50 used",
            &usage_50,
            "account,commitment\ncustomer,100\n",
            &["customer commitment 50.00", "customer other 50.00"],
        ),
        (
            "reached to the cent: no line",
            &usage_50,
            "account,commitment\ncustomer,50.00\n",
            &["customer other 50.00"],
        ),
        (
            "exceeded: no line, and nothing given back",
            &usage_50,
            "account,commitment\ncustomer,49.99\n",
            &["customer other 50.00"],
        ),
        (
            "missed by a cent",
            &usage_50,
            "account,commitment\ncustomer,50.01\n",
            &["customer commitment 0.01", "customer other 50.00"],
        ),
        (
            "an account without any resource owes all of it",
            "resource,kind,n,customer\na,other,,acme\n",
            "account,commitment\nacme,\nidle,75.50\n",
            &["acme other 10.00", "idle commitment 75.50"],
        ),
        (
            "in a currency without decimals",
            "resource,kind,n,account\na,other,,tokyo\n",
            "account,currency,commitment\ntokyo,JPY,100.4\n",
            &["tokyo commitment 90", "tokyo other 10"],
        ),
    ];
    assert_rated(&cases)
}

#[test]
fn only_the_items_of_a_commitment_count_towards_it() -> Result<()> {
    let facts = "resource,kind,n,customer\na,thing,1,acme\nb,other,,acme\nc,thing,9,baltic\n";
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        (
            "one item of two",
            facts,
            "account,commitment,commitment_items\nacme,70,thing\n",
            &[
                "acme commitment 8.00",
                "acme other 10.00",
                "acme thing 62.00",
                "baltic thing 558.00",
            ],
        ),
        (
            "both together",
            facts,
            "account,commitment,commitment_items\nacme,80,thing | other\n",
            &[
                "acme commitment 8.00",
                "acme other 10.00",
                "acme thing 62.00",
                "baltic thing 558.00",
            ],
        ),
        (
            "two commitments, each with items of its own",
            facts,
            "account,commitment,commitment_items,commitment_name\nacme,70,thing,first\nacme,15,other,second\n",
            &[
                "acme commitment 8.00",
                "acme commitment 5.00",
                "acme other 10.00",
                "acme thing 62.00",
                "baltic thing 558.00",
            ],
        ),
    ];
    assert_rated(&cases)
}

/// A commitment from the 17th counts what is there since then, also where the account's charges are rated in a zone of its own,
/// and quantities by hand are for its days.
#[test]
fn what_is_agreed_is_for_the_days_of_the_account() -> Result<()> {
    let early = "resource,kind,n,to\na,thing,1,2026-01-17\n";
    let hours = "account,item,quantity,from,to,owner,reason\ncustomer,seats,3,2026-01-01,2026-02-01,anna,agreed\n";
    for zone in ["Asia/Tokyo", "America/New_York", "Europe/London"] {
        let accounts = format!(
            "account,timezone,commitment,commitment_items,commitment_from,commitment_proration\n\
             customer,{zone},310,thing,2026-01-17,actual-day\n"
        );
        let files = [
            ("facts.csv", early),
            ("accounts.csv", &accounts),
            ("hours.csv", hours),
        ];
        let (lines, _) = rated(&files)?;
        let (first, rest) = lines.split_first().context("lines")?;
        // What is there until midnight in UTC reaches into the 17th in Tokyo.
        let expected = if zone == "Asia/Tokyo" {
            "149.25"
        } else {
            "150.00"
        };
        assert_eq!(*first, format!("customer commitment {expected}"), "{zone}");
        assert!(
            rest.contains(&"customer seats 31.00".to_owned()),
            "{zone}: {rest:?}"
        );
    }
    Ok(())
}

#[test]
fn a_commitment_of_a_part_of_the_period_is_prorated() -> Result<()> {
    let steady = "resource,kind,n\na,thing,1\n";
    let late = "resource,kind,n,from\na,thing,1,2026-01-17\n";
    let early = "resource,kind,n,to\na,thing,1,2026-01-17\n";
    let half = "account,commitment,commitment_from,commitment_proration\ncustomer,310,2026-01-17";
    let day = format!("{half},actual-day\n");
    let none = format!("{half},none\n");
    let thirty = format!("{half},strict-30-360\n");
    let grown = "account,commitment,commitment_from,commitment_to,commitment_proration\n\
                 customer,31,,2026-01-17,actual-day\ncustomer,310,2026-01-17,,actual-day\n";
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        (
            "15 of 31 days: 150.00 due, of 62.00 count 30.00",
            steady,
            &day,
            &["customer commitment 120.00", "customer thing 62.00"],
        ),
        (
            "all that is billed is for these days",
            late,
            &day,
            &["customer commitment 120.00", "customer thing 30.00"],
        ),
        (
            "nothing that is billed is for these days",
            early,
            &day,
            &["customer commitment 150.00", "customer thing 32.00"],
        ),
        (
            "14 of 30 days: 144.67 due",
            steady,
            &thirty,
            &["customer commitment 114.67", "customer thing 62.00"],
        ),
        (
            "without proration all of it is due",
            steady,
            &none,
            &["customer commitment 280.00", "customer thing 62.00"],
        ),
        (
            "terms that change within: 16.00 and 150.00 are due",
            steady,
            grown,
            &["customer commitment 104.00", "customer thing 62.00"],
        ),
    ];
    assert_rated(&cases)
}

#[test]
fn a_quantity_by_hand_is_prorated_as_its_item_says_and_names_who_answers() -> Result<()> {
    let quantities = "customer,item,quantity,name,from,to,owner,reason\n\
        acme,consulting,12.5,,2026-01-05,2026-01-06,anna,migration\n\
        acme,seats,10,Editors,2026-01-17,2026-03-01,bo,counted on site\n\
        acme,seats,3,Viewers,,2026-02-01,bo,counted on site\n\
        acme,consulting,99,,2025-11-01,2025-12-01,anna,gone\n";
    let (lines, report) = rated(&[("hours.csv", quantities)])?;
    // Editors: 10 of 15 days of 31, above 2 of a month, in whole ones: ceil(4.84) - 2 = 3. Viewers: 1.
    assert_eq!(
        lines,
        [
            "acme consulting 1250.00",
            "acme seats 93.00",
            "acme seats 31.00"
        ],
        "{report:#}"
    );
    let manual = &report["lines"][0]["manual"][0];
    for (key, value) in [
        ("owner", "anna"),
        ("reason", "migration"),
        ("until", "2026-01-06"),
        ("place", "hours.csv row 2"),
    ] {
        assert_eq!(manual[key], value, "{manual:#}");
    }
    assert_eq!(
        report["lines"][0]["contributions"][0]["resource"],
        "consulting"
    );
    assert_eq!(
        report["kinds"],
        serde_json::json!({}),
        "it was discovered nowhere"
    );
    let findings = report["findings"].as_array().context("findings")?;
    let told: Vec<_> = findings
        .iter()
        .map(|finding| (finding["code"].clone(), finding["severity"].clone()))
        .collect();
    assert_eq!(
        told.len(),
        2,
        "what ends within the period and before it: {findings:#?}"
    );
    assert!(
        told.iter()
            .all(|one| *one == ("quantity-expires".into(), "warning".into()))
    );
    Ok(())
}

#[test]
fn json_says_the_same_and_what_is_by_hand_counts_towards_a_commitment() -> Result<()> {
    let json = r#"{
        "accounts": [{ "account": "acme", "commitment": 2000, "commitment_name": "base" }],
        "resources": [{ "resource": "a", "kind": "other", "customer": "acme" }],
        "quantities": [{ "customer": "acme", "item": "consulting", "quantity": "12.50", "to": "2026-02-01",
                         "owner": "anna", "reason": "migration" }]
    }"#;
    let (lines, report) = rated(&[("facts.json", json)])?;
    assert_eq!(
        lines,
        [
            "acme commitment 740.00",
            "acme consulting 1250.00",
            "acme other 10.00"
        ]
    );
    let commitment = &report["lines"][0]["commitment"];
    assert_eq!(commitment["name"], "base");
    assert_eq!(commitment["due_exact"], "2000");
    assert_eq!(commitment["billed_exact"], "1260");
    Ok(())
}
