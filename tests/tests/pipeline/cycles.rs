//! Charge periods of a running pipeline: in advance with a change in the middle, accounts with calendars of their own, and
//! cycles that are edited.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::Company;

const MAY: &str = "2026-05-01T08:00:00Z";
pub(crate) const IN_ADVANCE: &str =
    "billed = \"in-advance\"\nprice = [{ currency = \"EUR\", amount = 30.00 }]";
pub(crate) const PER_QUARTER: &str =
    "per = \"quarter\"\nprice = [{ currency = \"EUR\", amount = 91.00 }]";

/// With a first billed day, and keys of the account `acme`.
pub(crate) fn company(bill_from: &str, price: &str, of_account: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price(price)?;
    company.write_with(&format!("bill_from = {bill_from}"), "", "")?;
    set_account(&company, of_account)?;
    Ok(company)
}

fn set_account(company: &Company, keys: &str) -> Result<()> {
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    let head = "[account.acme]\nname = \"Acme\"\n";
    Ok(std::fs::write(
        &file,
        text.replace(head, &format!("{head}{keys}\n")),
    )?)
}

/// What is rated with a month: charge period, first day, last day and net of each line.
fn lines(company: &Company, month: &str) -> Result<Vec<String>> {
    let rated = company.place.json(&["rate", "--period", month])?;
    assert_eq!(rated["findings"], json!([]), "{rated:#}");
    let lines = rated["lines"].as_array().context("lines")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &Value| {
        let words = ["account", "charge_period", "first_day", "last_day"];
        let words = words.map(|word| text(&line[word])).join(" ");
        format!("{words} {}", text(&line["net"]["amount"]))
    };
    Ok(lines.iter().map(line).collect())
}

pub(crate) fn bill(company: &Company, month: &str) -> Result<()> {
    company.place.expect(0, &["plan", "--period", month])?;
    let approve = ["approve", "--period", month, "--all", "--by", "test"];
    company.place.expect(0, &approve)?;
    company.place.expect(0, &["apply", "--period", month])?;
    company.place.expect(0, &["reconcile", "--period", month])?;
    Ok(())
}

/// What is rated for charge periods of their own is confirmed, to the cent.
fn close(company: &Company, month: &str) -> Result<()> {
    let close = ["close", "--period", month, "--by", "test"];
    let report = company.place.json(&close)?;
    let money = report["statement"]["money"].as_array().context("money")?;
    for row in money {
        let amounts = &row["amounts"];
        assert_eq!(amounts["rated"], amounts["confirmed"], "{report:#}");
    }
    assert_eq!(report["outcome"], "closed");
    Ok(())
}

fn effects(company: &Company, month: &str) -> Result<usize> {
    let plan = company.place.json(&["plan", "--period", month])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("deliveries")?.iter();
    Ok(deliveries
        .filter(|delivery| delivery["action"] != "nothing")
        .count())
}

pub(crate) fn exports(
    company: &Company,
    month: &str,
    days: std::ops::RangeInclusive<u8>,
    rows: &[&str],
) -> Result<()> {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    for day in days {
        company.export(&format!("{month}-{day:02}"), &rows)?;
    }
    Ok(())
}

#[test]
fn tv_81_what_changes_in_a_period_that_was_billed_in_advance_is_billed_with_the_next_month()
-> Result<()> {
    let mut company = company("2026-03-16", IN_ADVANCE, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1"])?;
    company.place.call(&["discover"])?;
    // Billing begins within March: the rest of it, and all of April.
    let first = [
        "acme 2026-03 2026-03-16 2026-03-31 15.48",
        "acme 2026-04 2026-04-01 2026-04-30 30.00",
    ];
    assert_eq!(lines(&company, "2026-03")?, first);
    bill(&company, "2026-03")?;
    exports(&company, "2026-04", 1..=15, &["VM-1,acme,1"])?;
    exports(
        &company,
        "2026-04",
        16..=30,
        &["VM-1,acme,3", "VM-2,blue,1"],
    )?;
    company.export(
        "2026-05-01",
        &["VM-1,acme,3".to_owned(), "VM-2,blue,1".to_owned()],
    )?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    // What was billed in advance stays as it was.
    assert_eq!(lines(&company, "2026-03")?, first);
    let second = [
        "acme 2026-04 2026-04-16 2026-04-30 30.00",
        "acme 2026-05 2026-05-01 2026-05-31 90.00",
        "blue 2026-04 2026-04-16 2026-04-30 15.00",
        "blue 2026-05 2026-05-01 2026-05-31 30.00",
    ];
    assert_eq!(lines(&company, "2026-04")?, second);
    bill(&company, "2026-04")?;
    assert_eq!(effects(&company, "2026-04")?, 0);
    assert_eq!(company.posted_nets()?, ["120.00", "45.00", "45.48"]);
    close(&company, "2026-03")?;
    close(&company, "2026-04")?;
    company.place.expect(0, &["verify"])?;
    explained(&company)
}

/// Each line of each document comes to the same when it is rated again.
fn explained(company: &Company) -> Result<()> {
    for (reference, _) in company.posted()? {
        let explained = company.place.json(&["explain", &reference])?;
        let lines = explained["lines"].as_array().context("lines")?;
        assert!(!lines.is_empty(), "{explained:#}");
        for line in lines {
            // In the sign of the document, so that what a credit note gives back adds up to its net.
            let net = &line["line"]["net"];
            assert_eq!(line["rated_again"], *net, "{explained:#}");
            let change = &line["explanation"]["change"];
            if change.is_null() {
                continue;
            }
            let amount = |name: &str| change[name]["amount"].as_str().unwrap_or_default();
            let words = format!(
                "{} EUR now less {} EUR before",
                amount("now"),
                amount("before")
            );
            let number = line["number"].to_string();
            let asked = ["explain", &reference, "--line", &number];
            let told = company.place.expect(0, &asked)?.stdout;
            assert!(told.contains(&words), "{told}");
        }
    }
    Ok(())
}

#[test]
fn what_is_given_back_stands_beside_the_next_invoice() -> Result<()> {
    let mut company = company("2026-03-01", IN_ADVANCE, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1", "VM-2,acme,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    exports(&company, "2026-04", 1..=10, &["VM-1,acme,1", "VM-2,acme,1"])?;
    exports(&company, "2026-04", 11..=30, &["VM-1,acme,1"])?;
    company.export("2026-05-01", &["VM-1,acme,1".to_owned()])?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let withheld = company.place.json(&["inventory", "withheld"])?;
    assert_eq!(withheld["withheld"], json!([]), "{withheld:#}");
    assert_eq!(
        lines(&company, "2026-04")?,
        [
            "acme 2026-04 2026-04-11 2026-04-30 -20.00",
            "acme 2026-05 2026-05-01 2026-05-31 30.00",
        ]
    );
    bill(&company, "2026-04")?;
    assert_eq!(effects(&company, "2026-03")?, 0);
    assert_eq!(effects(&company, "2026-04")?, 0);
    explained(&company)
}

#[test]
fn what_is_given_back_is_credited_to_what_billed_it_in_advance() -> Result<()> {
    let mut company = company("2026-03-01", IN_ADVANCE, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1", "VM-2,blue,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    exports(&company, "2026-04", 1..=10, &["VM-1,acme,1", "VM-2,blue,1"])?;
    exports(&company, "2026-04", 11..=30, &["VM-2,blue,1"])?;
    company.export("2026-05-01", &["VM-2,blue,1".to_owned()])?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    assert_eq!(
        lines(&company, "2026-04")?,
        [
            "acme 2026-04 2026-04-11 2026-04-30 -20.00",
            "blue 2026-05 2026-05-01 2026-05-31 30.00",
        ]
    );
    let plan = company.place.json(&["plan", "--period", "2026-04"])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("deliveries")?.iter();
    let made: Vec<&Value> = deliveries
        .map(|one| &one["delivery"])
        .filter(|one| one["slot"]["billing_period"] == "2026-04")
        .collect();
    let credit = made.iter().find(|one| one["kind"] == "credit-note");
    let credit = credit.context("a credit note")?;
    assert_eq!(credit["net"]["amount"], "20.00", "{credit:#}");
    bill(&company, "2026-04")?;
    assert_eq!(effects(&company, "2026-03")?, 0);
    assert_eq!(effects(&company, "2026-04")?, 0);
    let mut posted = company.posted_nets()?;
    posted.sort();
    assert_eq!(posted, ["20.00", "30.00", "60.00", "60.00"]);
    company.place.expect(0, &["verify"])?;
    explained(&company)
}

#[test]
fn an_edit_without_a_date_leaves_what_was_billed_in_advance() -> Result<()> {
    let mut company = company("2026-03-01", IN_ADVANCE, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    exports(&company, "2026-04", 1..=30, &["VM-1,acme,1"])?;
    company.export("2026-05-01", &["VM-1,acme,1".to_owned()])?;
    let file = company.configuration();
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace("amount = 30.00", "amount = 60.00"))?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    assert_eq!(effects(&company, "2026-03")?, 0);
    // The fee of April was on March's invoice.
    let due = "acme 2026-05 2026-05-01 2026-05-31 60.00";
    assert_eq!(lines(&company, "2026-04")?, [due]);
    bill(&company, "2026-04")?;
    assert_eq!(company.posted_nets()?, ["60.00", "60.00"]);
    explained(&company)
}

#[test]
fn an_account_in_new_york_has_its_own_midnights() -> Result<()> {
    let keys = "timezone = \"America/New_York\"";
    let price = "price = [{ currency = \"EUR\", amount = 31.00 }]";
    let mut company = company("2026-02-01", price, keys)?;
    exports(&company, "2026-02", 1..=28, &["VM-1,blue,1"])?;
    exports(&company, "2026-03", 1..=31, &["VM-1,blue,1", "VM-2,acme,1"])?;
    company.place.call(&["discover"])?;
    // The machine is there from midnight of Stockholm on: that is six hours of 28 February in New York.
    assert_eq!(
        lines(&company, "2026-02")?[0],
        "acme 2026-02 2026-02-01 2026-02-28 0.28"
    );
    assert_eq!(
        lines(&company, "2026-03")?,
        [
            "acme 2026-03 2026-03-01 2026-03-31 31.00",
            "blue 2026-03 2026-03-01 2026-03-31 31.00",
        ]
    );
    // At 03:00 in Stockholm there is an hour left of March in New York.
    "2026-04-01T03:00:00Z".clone_into(&mut company.place.now);
    let early = company.place.expect(1, &["plan", "--period", "2026-03"])?;
    let expected = "2026-03 has not ended: it ends at 2026-04-01T04:00:00Z";
    assert!(early.stderr.contains(expected), "{}", early.stderr);
    "2026-04-01T04:00:00Z".clone_into(&mut company.place.now);
    bill(&company, "2026-03")?;
    assert_eq!(company.posted_nets()?, ["31.00", "31.00"]);
    explained(&company)
}

#[test]
fn an_account_with_a_document_a_quarter_has_none_in_other_months() -> Result<()> {
    let price = "price = [{ currency = \"EUR\", amount = 10.00 }]";
    let company = company("2026-01-01", price, "billing_period = \"quarter\"")?;
    for (month, days) in [("2026-01", 31), ("2026-02", 28), ("2026-03", 31)] {
        exports(&company, month, 1..=days, &["VM-1,acme,1", "VM-2,blue,1"])?;
    }
    company.place.call(&["discover"])?;
    for month in ["2026-01", "2026-02"] {
        assert_eq!(lines(&company, month)?.len(), 1, "{month}");
        bill(&company, month)?;
    }
    bill(&company, "2026-03")?;
    let mut posted = company.posted_nets()?;
    posted.sort();
    assert_eq!(posted, ["10.00", "10.00", "10.00", "30.00"]);
    let rated = company.place.json(&["rate", "--period", "2026-02"])?;
    let seconds = &rated["kinds"]["virtual-machine"]["seconds"];
    assert_eq!(
        seconds["discovered"], seconds["billed"],
        "the equation is the month's: {rated:#}"
    );
    explained(&company)
}

#[test]
fn a_cycle_that_is_edited_begins_with_the_first_open_month() -> Result<()> {
    let price = "price = [{ currency = \"EUR\", amount = 10.00 }]";
    let mut company = company("2026-03-01", price, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    company.set_price(PER_QUARTER)?;
    company.write_with("bill_from = 2026-03-01", "", "")?;
    assert_eq!(effects(&company, "2026-03")?, 0);
    for (month, days) in [("2026-04", 30), ("2026-05", 31), ("2026-06", 30)] {
        exports(&company, month, 1..=days, &["VM-1,acme,1"])?;
    }
    company.export("2026-07-01", &["VM-1,acme,1".to_owned()])?;
    "2026-07-01T08:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    assert_eq!(lines(&company, "2026-04")?, [""; 0]);
    assert_eq!(
        lines(&company, "2026-06")?,
        ["acme 2026-Q2 2026-04-01 2026-06-30 91.00"]
    );
    Ok(())
}

#[test]
fn a_pipeline_is_planned_by_months() -> Result<()> {
    let company = company("2026-03-01", PER_QUARTER, "")?;
    let refused = company.place.expect(2, &["rate", "--period", "2026-Q1"])?;
    let expected = "`2026-Q1` is no billing period; expected a month such as 2026-03";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    Ok(())
}
