//! Closing where accounts have calendars of their own beside monthly ones, and items have other charge periods: what is billed
//! with a month balances, and the certificate says which period of whom it covers.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::cycles::{IN_ADVANCE, PER_QUARTER, bill, company, exports};
use crate::small::Company;

const MONTHS: [(&str, u8); 3] = [("2026-01", 31), ("2026-02", 28), ("2026-03", 31)];
const TEN: &str = "price = [{ currency = \"EUR\", amount = 10.00 }]";

fn close(company: &Company, month: &str, code: i32) -> Result<Value> {
    let arguments = ["close", "--period", month, "--by", "anna"];
    company.place.json_with(code, &arguments)
}

fn closed(company: &Company, month: &str) -> Result<Value> {
    let report = close(company, month, 0)?;
    assert_eq!(report["outcome"], "closed", "{report:#}");
    let again = close(company, month, 0)?;
    assert_eq!(again["outcome"], "unchanged", "{again:#}");
    Ok(report["sealed"]["certificate"]["statement"].clone())
}

fn rows<'v>(statement: &'v Value, key: &str) -> Result<&'v Vec<Value>> {
    statement[key]
        .as_array()
        .with_context(|| format!("{key} of {statement:#}"))
}

/// Account, rated, confirmed and what is left, and the nets of charge periods.
fn money(statement: &Value) -> Result<Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| {
        let amounts = ["rated", "confirmed", "not_sent", "remainder"];
        let amounts = amounts.map(|key| text(&row["amounts"][key]["amount"]));
        let periods = row["charge_periods"].as_array().into_iter().flatten();
        let periods = periods.map(|one| {
            format!(
                " {} {}",
                text(&one["charge_period"]),
                text(&one["rated"]["amount"])
            )
        });
        format!(
            "{} {}:{}",
            text(&row["key"]),
            amounts.join(" "),
            periods.collect::<String>()
        )
    };
    Ok(rows(statement, "money")?.iter().map(row).collect())
}

fn machines_of_two(company: &Company) -> Result<()> {
    for (month, days) in MONTHS {
        exports(company, month, 1..=days, &["VM-1,acme,1", "VM-2,blue,1"])?;
    }
    company.place.call(&["discover"])?;
    Ok(())
}

#[test]
fn a_quarter_of_an_account_is_covered_by_the_month_that_it_is_billed_with() -> Result<()> {
    let company = company("2026-01-01", TEN, "billing_period = \"quarter\"")?;
    machines_of_two(&company)?;
    bill(&company, "2026-01")?;
    let january = closed(&company, "2026-01")?;
    // The equation in resources is the month's; its money is of who is billed with it.
    assert_eq!(money(&january)?, ["blue 10.00 10.00 0.00 0.00:"]);
    let of_account = &rows(&january, "accounts")?[0];
    assert_eq!(of_account["key"], "acme");
    assert_eq!(of_account["account_period"], "2026-Q1");
    assert_eq!(of_account["billed_with"], "2026-03");
    assert_eq!(of_account.get("kinds"), None);
    bill(&company, "2026-02")?;
    bill(&company, "2026-03")?;
    // Nobody said yet that nothing of February is unexplained, and the quarter has it.
    let refused = close(&company, "2026-03", 3)?;
    let open = rows(&refused, "reasons")?;
    assert_eq!(open.len(), 1, "{refused:#}");
    let finding = &open[0]["finding"];
    assert_eq!(finding["code"], "not-closed");
    assert_eq!(
        finding["message"],
        "2026-02 is not closed, and this close covers 2026-Q1 of acme."
    );
    closed(&company, "2026-02")?;
    let march = closed(&company, "2026-03")?;
    assert_eq!(
        money(&march)?,
        [
            "acme 30.00 30.00 0.00 0.00: 2026-01 10.00 2026-02 10.00 2026-03 10.00",
            "blue 10.00 10.00 0.00 0.00:"
        ]
    );
    let of_account = &rows(&march, "accounts")?[0];
    assert_eq!(of_account["spans"], json!(["2026-01", "2026-02"]));
    assert_eq!(of_account["period"]["from"], "2025-12-31T23:00:00Z");
    assert_eq!(of_account["period"]["to"], "2026-03-31T22:00:00Z");
    let seconds = &of_account["kinds"]["virtual-machine"]["seconds"];
    assert_eq!(seconds["discovered"], (90 * 24 - 1) * 3600);
    assert_eq!(seconds["billed"], seconds["discovered"]);
    let said = company
        .place
        .expect(0, &["close", "--period", "2026-03", "--show"])?;
    assert!(said.stdout.contains("2026-Q1"), "{}", said.stdout);
    assert!(said.stdout.contains("Europe/Stockholm"), "{}", said.stdout);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn a_month_of_new_york_is_closed_when_it_is_over_there_and_its_commitment_is_for_it() -> Result<()>
{
    let price = "price = [{ currency = \"EUR\", amount = 31.00 }]";
    let keys =
        "timezone = \"America/New_York\"\ncommitment = [{ name = \"base\", amount = 40.00 }]";
    let mut company = company("2026-02-01", price, keys)?;
    exports(&company, "2026-02", 1..=28, &["VM-1,blue,1", "VM-2,acme,1"])?;
    exports(&company, "2026-03", 1..=31, &["VM-1,blue,1", "VM-2,acme,1"])?;
    company.place.call(&["discover"])?;
    "2026-04-01T03:00:00Z".clone_into(&mut company.place.now);
    let early = close(&company, "2026-03", 3)?;
    let codes: Vec<&Value> = rows(&early, "reasons")?
        .iter()
        .map(|one| &one["finding"]["code"])
        .collect();
    assert!(codes.contains(&&json!("not-ended")), "{early:#}");
    "2026-04-01T04:00:00Z".clone_into(&mut company.place.now);
    bill(&company, "2026-02")?;
    bill(&company, "2026-03")?;
    closed(&company, "2026-02")?;
    let march = closed(&company, "2026-03")?;
    assert_eq!(
        money(&march)?,
        ["acme 40.00 40.00 0.00 0.00:", "blue 31.00 31.00 0.00 0.00:"]
    );
    let of_account = &rows(&march, "accounts")?[0];
    assert_eq!(of_account["timezone"], "America/New_York");
    assert_eq!(of_account["period"]["from"], "2026-03-01T05:00:00Z");
    assert_eq!(of_account["period"]["to"], "2026-04-01T04:00:00Z");
    assert_eq!(of_account.get("spans"), None);
    Ok(())
}

#[test]
fn a_true_up_of_new_york_weighs_its_own_days() -> Result<()> {
    let price = "price = [{ currency = \"EUR\", amount = 31.00 }]";
    let keys =
        "timezone = \"America/New_York\"\ncommitment = [{ name = \"base\", amount = 40.00 }]";
    let company = company("2026-02-01", price, keys)?;
    exports(&company, "2026-02", 1..=28, &["VM-2,acme,1"])?;
    exports(&company, "2026-03", 1..=31, &["VM-2,acme,1"])?;
    company.place.call(&["discover"])?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let lines = rated["lines"].as_array().context("lines")?;
    let commitment = lines.iter().find(|line| line["item"] == "commitment");
    let commitment = commitment.context("a true-up")?;
    assert_eq!(commitment["net"]["amount"], "9.00", "{commitment:#}");
    assert_eq!(commitment["first_day"], "2026-03-01");
    assert_eq!(commitment["last_day"], "2026-03-31");
    Ok(())
}

#[test]
fn what_is_billed_in_advance_balances_with_the_month_before_it() -> Result<()> {
    let mut company = company("2026-03-16", IN_ADVANCE, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    let march = closed(&company, "2026-03")?;
    assert_eq!(
        money(&march)?,
        ["acme 45.48 45.48 0.00 0.00: 2026-03 15.48 2026-04 30.00"]
    );
    exports(&company, "2026-04", 1..=15, &["VM-1,acme,1"])?;
    exports(&company, "2026-04", 16..=30, &["VM-1,acme,3"])?;
    company.export("2026-05-01", &["VM-1,acme,3".to_owned()])?;
    "2026-05-01T08:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    // Not billed yet: the close says what is not sent, and is refused.
    let refused = close(&company, "2026-04", 3)?;
    assert_eq!(
        money(&refused["statement"])?,
        ["acme 120.00 0.00 120.00 0.00: 2026-04 30.00 2026-05 90.00"]
    );
    bill(&company, "2026-04")?;
    let april = closed(&company, "2026-04")?;
    assert_eq!(
        money(&april)?,
        ["acme 120.00 120.00 0.00 0.00: 2026-04 30.00 2026-05 90.00"]
    );
    // March stays closed: what changed is April's.
    assert_eq!(close(&company, "2026-03", 0)?["outcome"], "unchanged");
    Ok(())
}

#[test]
fn an_item_a_quarter_is_in_the_money_of_the_month_in_which_it_ends() -> Result<()> {
    let company = company("2026-01-01", PER_QUARTER, "")?;
    machines_of_two(&company)?;
    let january = closed(&company, "2026-01")?;
    assert_eq!(money(&january)?, [""; 0]);
    closed(&company, "2026-02")?;
    bill(&company, "2026-03")?;
    let march = closed(&company, "2026-03")?;
    assert_eq!(
        money(&march)?,
        [
            "acme 91.00 91.00 0.00 0.00: 2026-Q1 91.00",
            "blue 91.00 91.00 0.00 0.00: 2026-Q1 91.00"
        ]
    );
    Ok(())
}
