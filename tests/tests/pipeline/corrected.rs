//! Closed periods that turn out otherwise: late facts and back-dated edits give corrections, never more than was billed.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::Company;

const LATER: &str = "2026-04-09T06:00:00Z";
pub(crate) const MAY: &str = "2026-05-01T06:00:00Z";

/// Exports the days of a month, both inclusive.
pub(crate) fn export(company: &Company, month: &str, days: (u8, u8), rows: &[&str]) -> Result<()> {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    for day in days.0..=days.1 {
        company.export(&format!("{month}-{day:02}"), &rows)?;
    }
    Ok(())
}

pub(crate) fn billed(price: &str, rows: &[&str]) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price(price)?;
    export(&company, "2026-03", (1, 31), rows)?;
    company.bill()?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(company)
}

/// The deliveries of a plan that change something, ordered as they are sent.
pub(crate) fn effects(company: &Company, period: &str) -> Result<Vec<Value>> {
    let plan = company.place.json(&["plan", "--period", period])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("a plan has deliveries")?.iter();
    let effects = deliveries.filter(|one| one["action"] != "nothing");
    Ok(effects.cloned().collect())
}

pub(crate) fn send(company: &Company, period: &str) -> Result<()> {
    let of = ["--period", period];
    company.place.expect(0, &["plan", of[0], of[1]])?;
    let approve = ["approve", of[0], of[1], "--all", "--by", "test"];
    company.place.expect(0, &approve)?;
    company.place.expect(0, &["apply", of[0], of[1]])?;
    assert_eq!(effects(company, period)?, Vec::<Value>::new());
    company.place.expect(0, &["reconcile", of[0], of[1]])?;
    Ok(())
}

/// The lines of a delivery in the sign of an invoice: quantity, unit price, amount.
pub(crate) fn lines(delivery: &Value) -> Vec<String> {
    let lines = delivery["delivery"]["lines"].as_array().into_iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines
        .flatten()
        .map(|line| {
            let sign = if delivery["delivery"]["kind"] == "credit-note" {
                "credit "
            } else {
                ""
            };
            format!(
                "{sign}{} x {} = {}",
                text(&line["quantity"]),
                text(&line["unit_price"]),
                text(&line["billed"]["amount"])
            )
        })
        .collect()
}

/// In cents.
fn cents(amount: &Value) -> Result<i64> {
    let text = amount.as_str().context("an amount is a text")?;
    Ok(text.replace('.', "").parse()?)
}

/// What the sink holds for a period, credit notes taken off.
pub(crate) fn stands(company: &Company, month: &str) -> Result<i64> {
    let page = company.server.get("/api/v1/documents?limit=100")?;
    let documents = page["items"].as_array().context("a page has items")?;
    let mut sum = 0;
    for document in documents.iter().filter(|one| one["state"] != "void") {
        if !document.to_string().contains(&format!("{month}-01")) {
            continue;
        }
        let sign = if document["kind"] == "credit-note" {
            -1
        } else {
            1
        };
        sum += sign * cents(&document["net"])?;
    }
    Ok(sum)
}

pub(crate) fn rated(company: &Company, month: &str) -> Result<i64> {
    let rated = company.place.json(&["rate", "--period", month])?;
    match &rated["totals"]["EUR"]["amount"] {
        Value::Null => Ok(0),
        amount => cents(amount),
    }
}

/// TV-83.
#[test]
fn a_repriced_line_is_taken_back_whole_and_the_new_one_added() -> Result<()> {
    let price = "model = \"volume\"\nprice = [{ currency = \"EUR\", tiers = [{ up_to = 15, amount = 10.00 }, { amount = 5.00 }] }]";
    let company = billed(price, &["VM-001,acme,15"])?;
    assert_eq!(company.posted_nets()?, ["150.00"]);
    export(&company, "2026-03", (1, 31), &["VM-001,acme,16"])?;
    company.place.expect(0, &["discover"])?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    assert_eq!(planned[0]["delivery"]["kind"], "credit-note");
    assert_eq!(planned[0]["delivery"]["net"]["amount"], "70.00");
    assert_eq!(
        lines(&planned[0]),
        ["credit 15 x 10 = -150.00", "credit -16 x 5 = 80.00"]
    );
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, 8_000);
    Ok(())
}

/// TV-86.
#[test]
fn a_disk_that_had_grown_is_corrected_in_its_own_month() -> Result<()> {
    let mut company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        &["VM-001,acme,31", "VM-002,blue,2"],
    )?;
    company.place.now = LATER.to_owned();
    export(
        &company,
        "2026-03",
        (12, 31),
        &["VM-001,acme,62", "VM-002,blue,2"],
    )?;
    export(
        &company,
        "2026-04",
        (1, 9),
        &["VM-001,acme,62", "VM-002,blue,2"],
    )?;
    company.place.expect(0, &["discover"])?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    let delivery = &planned[0]["delivery"];
    assert_eq!(delivery["kind"], "invoice");
    assert_eq!(delivery["slot"]["billing_period"], "2026-03");
    assert_eq!(delivery["issue_date"], "2026-04-09");
    assert_eq!(
        (&delivery["first_day"], &delivery["last_day"]),
        (&json!("2026-03-01"), &json!("2026-03-31"))
    );
    assert!(delivery["corrects"].is_string(), "{delivery:#}");
    // 31 for 11 days and 62 for 20 days of 31, which are 11 + 40.
    assert_eq!(
        lines(&planned[0]),
        ["-31 x 10 = -310.00", "51 x 10 = 510.00"]
    );
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, rated(&company, "2026-03")?);
    assert_eq!(stands(&company, "2026-03")?, 31_000 + 20_000 + 2_000);
    company.place.now = MAY.to_owned();
    export(
        &company,
        "2026-04",
        (10, 30),
        &["VM-001,acme,62", "VM-002,blue,2"],
    )?;
    company.place.expect(0, &["discover"])?;
    let april = effects(&company, "2026-04")?;
    let nets: Vec<&Value> = april
        .iter()
        .map(|one| &one["delivery"]["net"]["amount"])
        .collect();
    assert_eq!(nets, ["620.00", "20.00"]);
    Ok(())
}

/// R33: over any number of corrections, no document and no line of it is credited more than it billed.
#[test]
fn what_is_credited_is_no_more_than_the_document_that_it_names() -> Result<()> {
    let company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        &["VM-001,acme,10", "VM-002,acme,1"],
    )?;
    for cpus in ["15", "8", "20", "0", "3"] {
        let row = format!("VM-001,acme,{cpus}");
        export(&company, "2026-03", (1, 31), &[&row, "VM-002,acme,1"])?;
        company.place.expect(0, &["discover"])?;
        send(&company, "2026-03")?;
        assert_eq!(
            stands(&company, "2026-03")?,
            rated(&company, "2026-03")?,
            "{cpus}"
        );
        never_more_than_billed(&company)?;
    }
    Ok(())
}

pub(crate) fn never_more_than_billed(company: &Company) -> Result<()> {
    let page = company.server.get("/api/v1/documents?limit=100")?;
    let documents = page["items"].as_array().context("a page has items")?;
    for document in documents.iter().filter(|one| one["kind"] == "invoice") {
        let mut left = cents(&document["net"])?;
        let of_it = |one: &&Value| {
            one["kind"] == "credit-note"
                && (one["corrects"] == document["reference"] || one["corrects"] == document["id"])
        };
        for credit in documents.iter().filter(of_it) {
            left -= cents(&credit["net"])?;
        }
        anyhow::ensure!(
            left >= 0,
            "{} is credited {left} too much: {page:#}",
            document["reference"]
        );
    }
    Ok(())
}

#[test]
fn what_was_never_confirmed_is_not_credited() -> Result<()> {
    let mut company = Company::new()?;
    export(&company, "2026-03", (1, 31), &["VM-001,acme,10"])?;
    company.place.expect(0, &["discover"])?;
    company.plan_and_approve()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    assert_eq!(planned[0]["action"], "create");
    assert_eq!(planned[0]["delivery"]["kind"], "invoice");
    assert_eq!(lines(&planned[0]), ["10 x 8 = 80.00"]);
    Ok(())
}

#[test]
fn a_draft_is_brought_up_to_date_under_its_reference() -> Result<()> {
    let company = Company::new()?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(
        &file,
        text.replace("finalize = \"post\"", "finalize = \"draft\""),
    )?;
    export(&company, "2026-03", (1, 31), &["VM-001,acme,10"])?;
    company.bill()?;
    let before = company.place.json(&["plan", "--period", "2026-03"])?;
    let reference = &before["plans"][0]["plan"]["deliveries"][0]["delivery"]["reference"];
    export(
        &company,
        "2026-03",
        (31, 31),
        &["VM-001,acme,10", "VM-002,acme,31"],
    )?;
    company.place.expect(0, &["discover"])?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    assert_eq!(planned[0]["action"], "update");
    assert_eq!(&planned[0]["delivery"]["reference"], reference);
    assert_eq!(planned[0]["delivery"]["net"]["amount"], "110.00");
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, 11_000);
    Ok(())
}

#[test]
fn a_back_dated_rule_moves_money_from_one_account_to_the_other() -> Result<()> {
    let company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        &["VM-001,acme,31", "VM-002,blue,31"],
    )?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    let rule = "[[pipeline.main.rule]]\nname = \"moved\"\nfrom = 2026-03-22\nwhen = { id = \"VM-001\" }\nset = { customer = \"blue\" }\n\n[[pipeline.main.rule]]\nname = \"owner\"";
    std::fs::write(
        &file,
        text.replace("[[pipeline.main.rule]]\nname = \"owner\"", rule),
    )?;
    let planned = effects(&company, "2026-03")?;
    let kinds: Vec<_> = planned
        .iter()
        .map(|one| (&one["delivery"]["kind"], &one["delivery"]["net"]["amount"]))
        .collect();
    assert_eq!(
        kinds,
        [
            (&json!("credit-note"), &json!("100.00")),
            (&json!("invoice"), &json!("100.00"))
        ]
    );
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, 62_000);
    Ok(())
}

/// Whoever keeps the books posts the drafts by hand; what is learned later gives a credit note of what was issued.
#[test]
fn a_draft_that_finance_posted_is_corrected_as_what_was_issued() -> Result<()> {
    let company = Company::new()?;
    crate::voided::finalize(&company, "post", "draft")?;
    export(&company, "2026-03", (1, 31), &["VM-001,acme,10"])?;
    company.bill()?;
    let page = company.server.get("/api/v1/documents?limit=100")?;
    let draft = &page["items"][0];
    assert_eq!(draft["state"], "draft");
    let path = format!(
        "/api/v1/documents/{}/post",
        draft["id"].as_str().context("id")?
    );
    company.server.post(&path, &json!({}))?;
    export(&company, "2026-03", (1, 31), &["VM-001,acme,7"])?;
    company.place.expect(0, &["discover"])?;
    // Nobody read the ledger since: the draft seems to be there still, and is refused when it is changed.
    company.plan_and_approve()?;
    company.place.expect(4, &["apply", "--period", "2026-03"])?;
    assert_eq!(stands(&company, "2026-03")?, 10_000);
    company.place.call(&["reconcile", "--period", "2026-03"])?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    let delivery = &planned[0]["delivery"];
    assert_eq!(delivery["kind"], "credit-note");
    assert_eq!(delivery["corrects"], draft["reference"]);
    assert_eq!(delivery["net"]["amount"], "30.00");
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, 7_000);
    never_more_than_billed(&company)
}
