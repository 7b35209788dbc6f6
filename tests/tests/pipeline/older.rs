//! What is older than the look-back and differs from what was billed: every command that tells what is not billed tells it, with
//! its value (R39).

use anyhow::Result;
use serde_json::{Value, json};

use crate::corrected::{MAY, billed, effects, export, send};
use crate::reports::{list, texts};
use crate::small::Company;

const ROWS: [&str; 2] = ["VM-001,acme,10", "VM-002,blue,5"];

/// March, April and May are billed at 10.00, and in June 9.00 turns out to hold from March on.
fn repriced() -> Result<Company> {
    let mut company = billed("price = [{ currency = \"EUR\", amount = 10.00 }]", &ROWS)?;
    company.write_with("look_back_periods = 1", "", "")?;
    for (month, last, now) in [
        ("2026-04", 30, MAY),
        ("2026-05", 31, "2026-06-01T06:00:00Z"),
    ] {
        now.clone_into(&mut company.place.now);
        export(&company, month, (1, last), &ROWS)?;
        company.place.expect(0, &["discover"])?;
        send(&company, month)?;
    }
    company.set_price(
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 9.00 }]",
    )?;
    company.write_with("look_back_periods = 1", "", "")?;
    Ok(company)
}

#[test]
fn what_is_older_than_the_look_back_is_told_with_its_value() -> Result<()> {
    let company = repriced()?;
    let plan = company.place.json(&["plan", "--period", "2026-05"])?;
    let findings = plan["plans"][0]["plan"]["findings"].as_array();
    let told: Vec<_> = findings
        .into_iter()
        .flatten()
        .filter(|finding| finding["code"] == "not-sent")
        .map(|finding| (&finding["subject"], &finding["value"]["amount"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("account acme"), &json!("-10.00")),
            (&json!("account blue"), &json!("-5.00"))
        ],
        "{plan:#}"
    );
    // April is within the look-back, and corrected.
    let april = effects(&company, "2026-05")?;
    assert!(
        april
            .iter()
            .any(|one| one["delivery"]["slot"]["billing_period"] == "2026-04")
    );
    assert!(
        !april
            .iter()
            .any(|one| one["delivery"]["slot"]["billing_period"] == "2026-03")
    );
    // Asked for by name, March is corrected too.
    assert_eq!(effects(&company, "2026-03")?.len(), 2);
    Ok(())
}

/// What `report unbilled` and `status` say of months that are too old.
fn told(company: &Company) -> Result<(Vec<String>, Vec<String>)> {
    let unbilled = company.place.json(&["report", "unbilled"])?;
    let rows = list(&unbilled, "not_sent")?.iter();
    let rows = rows.filter(|row| row["billing_period"] == "2026-03");
    let rows: Vec<Value> = rows.cloned().collect();
    let keys = ["/account", "/amount/amount", "/state"];
    let not_sent = texts(&rows, &keys);
    let status = company.place.json(&["status"])?;
    let keys = ["/account", "/billing_period", "/difference/amount"];
    let older = texts(list(&status["pipelines"][0], "older")?, &keys);
    Ok((not_sent, older))
}

#[test]
fn the_report_of_the_unbilled_and_the_status_tell_it() -> Result<()> {
    let company = repriced()?;
    assert_eq!(told(&company)?, (vec![], vec![]), "nothing is planned yet");
    company.place.expect(0, &["plan", "--period", "2026-05"])?;
    let why = "older than the look-back, not corrected: run `counterfoil plan --period 2026-03`";
    let (not_sent, older) = told(&company)?;
    assert_eq!(
        not_sent,
        [format!("acme -10.00 {why}"), format!("blue -5.00 {why}")]
    );
    assert_eq!(older, ["acme 2026-03 -10.00", "blue 2026-03 -5.00"]);
    let shown = company.place.expect(0, &["status"])?.stdout;
    let said = "older than the look-back: `counterfoil plan --period MONTH` corrects a month";
    assert!(shown.contains(said), "{shown}");
    // A plan of March by its name takes it up, and what is sent is told no more.
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let waits = "waits for approval";
    assert_eq!(
        told(&company)?,
        (
            vec![
                format!("acme -10.00 {waits}"),
                format!("blue -5.00 {waits}")
            ],
            vec![]
        )
    );
    send(&company, "2026-03")?;
    assert_eq!(told(&company)?, (vec![], vec![]));
    Ok(())
}

/// The messages of the reasons that keep a month open.
fn open(company: &Company, month: &str) -> Result<Vec<Value>> {
    let close = company.place.json_with(3, &["close", "--period", month])?;
    let reasons = list(&close, "reasons")?.iter();
    let is_open = |reason: &&Value| reason["accepted"].is_null();
    Ok(reasons.filter(is_open).cloned().collect())
}

#[test]
fn the_close_of_the_newest_month_is_refused_until_somebody_answers_for_it() -> Result<()> {
    let company = repriced()?;
    send(&company, "2026-05")?;
    let reasons = open(&company, "2026-05")?;
    let keys = [
        "/finding/subject",
        "/finding/value/amount",
        "/finding/message",
    ];
    let what = |billed: &str, now: &str| {
        format!(
            "2026-03 was billed as {billed} EUR and is rated as {now} EUR now; it is older than the look-back and is not corrected."
        )
    };
    assert_eq!(
        texts(&reasons, &keys),
        [
            format!("account acme -10.00 {}", what("100.00", "90.00")),
            format!("account blue -5.00 {}", what("50.00", "45.00"))
        ]
    );
    // April is not the newest month: nothing later than it tells of March.
    let april = company.place.json(&["close", "--period", "2026-04"])?;
    assert_eq!(april["outcome"], json!("ready"), "{april:#}");
    let id = reasons[0]["id"].as_str().unwrap_or_default();
    let accept = [
        "close",
        "--period",
        "2026-05",
        "--by",
        "test",
        "--accept",
        id,
        "--reason",
        "settled by hand",
    ];
    company.place.expect(3, &accept)?;
    assert_eq!(open(&company, "2026-05")?.len(), 1);
    send(&company, "2026-03")?;
    let closed = company
        .place
        .json(&["close", "--period", "2026-05", "--by", "test"])?;
    assert_eq!(closed["outcome"], json!("closed"), "{closed:#}");
    Ok(())
}

#[test]
fn who_answers_for_it_does_so_in_later_closes_as_long_as_it_is_the_same() -> Result<()> {
    let mut company = repriced()?;
    send(&company, "2026-05")?;
    let reasons = open(&company, "2026-05")?;
    let ids = texts(&reasons, &["/id"]);
    let mut accept = vec!["close", "--period", "2026-05", "--by", "test"];
    for id in &ids {
        accept.extend(["--accept", id]);
    }
    accept.extend(["--reason", "settled by hand"]);
    company.place.expect(0, &accept)?;
    "2026-07-01T06:00:00Z".clone_into(&mut company.place.now);
    export(&company, "2026-06", (1, 30), &ROWS)?;
    company.place.expect(0, &["discover"])?;
    send(&company, "2026-06")?;
    let june = ["close", "--period", "2026-06"];
    let close = company.place.json(&june)?;
    assert_eq!(close["outcome"], json!("ready"), "{close:#}");
    let accepted = texts(
        list(&close, "reasons")?,
        &["/older_period", "/accepted/reason", "/finding/value/amount"],
    );
    assert_eq!(
        accepted,
        [
            "2026-03 settled by hand -10.00",
            "2026-03 settled by hand -5.00"
        ]
    );
    // It can be withdrawn there, and is so for all.
    let withdraw = [
        &june[..],
        &["--by", "test", "--withdraw", &ids[0], "--reason", "not yet"],
    ];
    company.place.expect(3, &withdraw.concat())?;
    assert_eq!(open(&company, "2026-06")?.len(), 1);
    // What comes to something else is another finding.
    company.set_price(
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    company.write_with("look_back_periods = 1", "", "")?;
    let changed = texts(&open(&company, "2026-06")?, &["/older_period"]);
    let older = changed.iter().filter(|month| *month == "2026-03");
    assert_eq!(older.count(), 2, "{changed:?}");
    Ok(())
}
