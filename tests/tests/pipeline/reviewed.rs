//! What a plan tells of bills that differ from the month before: the amounts were computed by hand.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::corrected::{MAY, billed, export};
use crate::reports::{list, texts};
use crate::small::Company;

/// A CPU is 10.00 EUR in February and 11.00 in March.
const PRICE: &str = "price = [{ currency = \"EUR\", amount = 10.00 }, { currency = \"EUR\", from = 2026-03-01, amount = 11.00 }]";

pub(crate) fn company(review: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price(PRICE)?;
    company.write_with(review, "", "")?;
    let february = [
        "VM-001,acme,2",
        "VM-002,acme,4",
        "VM-003,blue,1",
        "VM-004,blue,20",
    ];
    let march = [
        "VM-001,acme,7",
        "VM-003,acme,1",
        "VM-004,blue,20",
        "VM-005,acme,3",
    ];
    company.export("2026-02-01", &february.map(str::to_owned))?;
    company.export("2026-03-01", &march.map(str::to_owned))?;
    company.export("2026-03-31", &march.map(str::to_owned))?;
    company.place.call(&["discover"])?;
    Ok(company)
}

fn causes(review: &Value) -> Result<Vec<String>> {
    let accounts = list(review, "accounts")?.iter();
    let causes = accounts.map(|account| {
        let all = account["by_cause"].as_object().into_iter().flatten();
        let all = all.map(|(cause, money)| format!("{cause} {}", money["amount"]));
        let all: Vec<String> = all.collect();
        format!("{} {}", account["account_key"], all.join(", ")).replace('"', "")
    });
    Ok(causes.collect())
}

#[test]
fn a_plan_says_whose_bill_differs_and_why() -> Result<()> {
    let company = company("review = { percent = 10 }")?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let review = &plan["review"];
    assert_eq!(review["previous_period"], "2026-02");
    let keys = [
        "/account_key",
        "/before/amount",
        "/now/amount",
        "/difference/amount",
        "/percent",
    ];
    // Blue: 21 × 10, then 20 × 11, which is less than a tenth more.
    assert_eq!(
        texts(list(review, "accounts")?, &keys),
        ["acme 60.00 121.00 61.00 101.67"]
    );
    assert_eq!(review["within"], 1);
    // 5 more at 10.00 and 7 × 1.00 dearer; 4 gone; 3 new and 1 from blue at 11.00.
    assert_eq!(
        causes(review)?,
        ["acme changed 50.00, gone -40.00, new 33.00, reclassified 11.00, repriced 7.00"]
    );
    let resources = list(&review["accounts"][0], "resources")?;
    assert_eq!(
        texts(resources, &["/name", "/cause", "/difference/amount"]),
        [
            "VM-001 changed 57.00",
            "VM-002 gone -40.00",
            "VM-005 new 33.00",
            "VM-003 reclassified 11.00"
        ]
    );
    let all = ["plan", "--period", "2026-03", "--all"];
    let plan = company.place.json(&all)?;
    assert_eq!(
        causes(&plan["review"])?[1],
        "blue reclassified -10.00, repriced 20.00"
    );
    assert_eq!(plan["review"]["accounts"][1]["is_within"], true);
    let one = ["plan", "--period", "2026-03", "--customer", "blue"];
    let plan = company.place.json(&one)?;
    assert_eq!(plan["review"]["accounts"], Value::Array(Vec::new()));
    // What is planned is the same, whoever looks.
    let told = company.place.expect(0, &["plan", "--period", "2026-03"])?;
    assert!(
        told.stdout
            .contains("1 account within 10 % (--all shows it)"),
        "{}",
        told.stdout
    );
    Ok(())
}

#[test]
fn limits_in_money_count_and_both_have_to_hold() -> Result<()> {
    let company = company("review = { percent = 200, amount = { EUR = 61 } }")?;
    let plan = || company.place.json(&["plan", "--period", "2026-03"]);
    assert_eq!(plan()?["review"]["within"], 2, "61.00 is within 61.00");
    company.write_with(
        "review = { percent = 200, amount = { EUR = 60.99 } }",
        "",
        "",
    )?;
    assert_eq!(plan()?["review"]["within"], 1);
    company.write_with("review = { percent = 101, amount = { EUR = 100 } }", "", "")?;
    assert_eq!(plan()?["review"]["within"], 1);
    company.write_with("review = { percent = \"a tenth\" }", "", "")?;
    let refused = company.place.expect(2, &["check"])?;
    let all = refused.stdout + &refused.stderr;
    assert!(all.contains("`a tenth` is no percentage"), "{all}");
    Ok(())
}

#[test]
fn a_first_month_has_nothing_to_be_compared_with() -> Result<()> {
    let company = company("bill_from = 2026-03-01")?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(plan["review"], Value::Null);
    Ok(())
}

#[test]
fn who_shares_an_allowance_is_reviewed_with_those_who_share_it() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00, allowance = 10, allowance_per = \"customer\" }]",
    )?;
    company.write_with("review = { percent = 60 }", "", "")?;
    let file = company.configuration();
    let mut text = std::fs::read_to_string(&file)?;
    for name in ["Acme", "Blue"] {
        let head = format!("name = \"{name}\"\n");
        text = text.replace(&head, &format!("{head}customer = \"group\"\n"));
    }
    // A customer of two accounts: the rule names the account.
    text = text.replace(
        "set = { customer = { from = \"owner\" } }",
        "set = { customer = \"group\", account = { from = \"owner\" } }",
    );
    std::fs::write(&file, text)?;
    let february = ["VM-001,acme,10", "VM-004,blue,10"];
    let march = ["VM-001,acme,10", "VM-004,blue,30"];
    company.export("2026-02-01", &february.map(str::to_owned))?;
    company.export("2026-03-01", &march.map(str::to_owned))?;
    company.export("2026-03-31", &march.map(str::to_owned))?;
    company.place.call(&["discover"])?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let review = &plan["review"];
    let keys = ["/account_key", "/before/amount", "/now/amount"];
    // Ten units are free: five and five, then two and a half and seven and a half. Acme's half more is within.
    assert_eq!(
        texts(list(review, "accounts")?, &keys),
        ["blue 50.00 225.00"]
    );
    assert_eq!(review["within"], 1);
    assert_eq!(causes(review)?, ["blue changed 175.00"]);
    Ok(())
}

/// A correction of March waits: April is reviewed against what March comes to now, and its items against what is confirmed.
#[test]
fn what_is_rated_and_what_is_confirmed_of_the_month_before_are_told_apart() -> Result<()> {
    let price = "price = [{ currency = \"EUR\", amount = 10.00 }]";
    let mut company = billed(price, &["VM-001,acme,10"])?;
    MAY.clone_into(&mut company.place.now);
    export(&company, "2026-04", (1, 30), &["VM-001,acme,12"])?;
    company.place.expect(0, &["discover"])?;
    company.set_price(
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 9.00 }]",
    )?;
    let told = company
        .place
        .expect(0, &["plan", "--period", "2026-04"])?
        .stdout;
    let mut lines = told.lines();
    let mut row_below = |head: &str| -> Result<String> {
        let found = lines.find(|line| line.contains(head));
        found.with_context(|| format!("{head}: {told}"))?;
        Ok(lines.next().unwrap_or_default().to_owned())
    };
    let confirmed = row_below("CONFIRMED BEFORE")?;
    assert!(
        confirmed.contains("100.00") && confirmed.contains("108.00"),
        "{told}"
    );
    row_below("review against 2026-03 as it is rated now")?;
    let rated = row_below("RATED BEFORE")?;
    assert!(
        rated.contains("90.00") && rated.contains("108.00"),
        "{told}"
    );
    Ok(())
}

/// Under another name from the middle of March on: its second line begins a package of its own.
#[test]
fn a_package_that_a_rename_begins_is_a_change_of_the_resource() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "dimensions = [\"resource\"]\nmodel = \"package\"\nprice = [{ currency = \"EUR\", package = 10, amount = 10.00 }]",
    )?;
    let text = std::fs::read_to_string(company.configuration())?;
    let named = text.replace("id = \"Id\"", "id = \"Id\"\nname = \"Name\"");
    std::fs::write(company.configuration(), named)?;
    for (day, name) in [
        ("2026-02-01", "web"),
        ("2026-03-15", "web"),
        ("2026-03-16", "www"),
        ("2026-03-31", "www"),
    ] {
        company.export_raw(day, &format!("Id,Name,Owner,CPU\nVM-1,{name},acme,5\n"))?;
    }
    company.place.call(&["discover"])?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let review = &plan["review"];
    assert_eq!(causes(review)?, ["acme changed 10.00"]);
    let resources = list(&review["accounts"][0], "resources")?;
    let keys = ["/name", "/cause", "/before/amount", "/now/amount"];
    assert_eq!(texts(resources, &keys), ["www changed 10.00 20.00"]);
    Ok(())
}
