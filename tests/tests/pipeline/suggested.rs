//! Rules that are suggested for what is in suspense: pasted as they are told, they pass `check`, and suspense falls by what was
//! promised and by nothing else.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::reports::list;
use crate::small::Company;
use crate::voided::text;

/// Names and owners: acme has the shop, blue the bank; some machines of each say nothing of whose they are.
fn company() -> Result<Company> {
    let company = Company::new()?;
    let rows = [
        "shop-web-1,acme,2",
        "shop-web-2,acme,2",
        "bank-web-1,blue,2",
        "bank-web-2,blue,2",
        "shop-web-3,,4",
        "shop-db-1,,8",
        "bank-db-1,,2",
        "blue-test,,1",
        "lab-7,,1",
        "lab-8,,1",
        "lonely,,16",
    ]
    .map(str::to_owned);
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

/// Cents a month of what is in suspense, and how many resources that are.
fn suspended(company: &Company) -> Result<(i64, usize)> {
    let report = company.place.json(&["report", "unbilled"])?;
    let mut sum = 0;
    let resources = list(&report, "resources")?;
    for one in resources {
        assert_eq!(one["reason"], "suspense");
        sum += cents(&one["per_month"])?;
    }
    Ok((sum, resources.len()))
}

fn cents(money: &Value) -> Result<i64> {
    Ok(text(money, "amount")?.replace('.', "").parse()?)
}

#[test]
fn suggested_rules_pass_check_and_take_out_of_suspense_what_they_promise() -> Result<()> {
    let company = company()?;
    let (before, waiting) = suspended(&company)?;
    let report = company.place.json(&["report", "suggestions"])?;
    assert_eq!(report["suspended"], waiting);
    assert_eq!(cents(&report["per_month"][0])?, before);
    let rules = list(&report, "rules")?;
    let told: Vec<Value> = rules
        .iter()
        .map(|one| {
            json!([
                one["customer"],
                one["rule"]["when"]["name"],
                one["resources"],
                one["owned"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["acme", "shop-*", 2, 2]),
            json!(["blue", "bank-*", 1, 2]),
            json!(["blue", "blue-*", 1, 0]),
        ]
    );
    assert_eq!(report["unknown"][0]["name"], "lab-*");
    let mut promised = (0, 0);
    for one in rules {
        promised.0 += cents(&one["per_month"])?;
        promised.1 += usize::try_from(one["resources"].as_u64().context("a count")?)?;
    }

    let owned = company.place.json_with(3, &["classify"])?;
    let pasted = company.place.expect(0, &["report", "suggestions"])?.stdout;
    assert!(
        pasted.contains("# names begin with `shop-`, as of 2 resources that are acme's"),
        "{pasted}"
    );
    assert!(pasted.contains("# Nothing tells whose 2 resources of the kind virtual-machine are that are called `lab-*`"), "{pasted}");
    company.append(&pasted)?;
    company.place.expect(0, &["check"])?;
    assert_eq!(
        suspended(&company)?,
        (before - promised.0, waiting - promised.1)
    );
    // What was owned is owned as before.
    let after = company.place.json_with(3, &["classify"])?;
    for (was, is) in list(&owned, "resources")?
        .iter()
        .zip(list(&after, "resources")?)
    {
        if was["suspended"] == false {
            assert_eq!(
                (&was["customers"], &was["service"]),
                (&is["customers"], &is["service"])
            );
        }
    }
    // Nothing is suggested twice.
    let again = company.place.json(&["report", "suggestions"])?;
    assert_eq!(list(&again, "rules")?.len(), 0, "{again:#}");
    Ok(())
}

#[test]
fn a_suggestion_for_what_was_issued_says_from_when_it_holds() -> Result<()> {
    let company = company()?;
    company.bill()?;
    let said = company.place.expect(0, &["report", "suggestions"])?.stdout;
    assert!(
        said.contains("# Without a `from` they hold from 2026-04-01 on"),
        "{said}"
    );
    Ok(())
}
