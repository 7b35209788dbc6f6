//! Who closes a period, and that what is closed was issued.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;

use crate::closed::{closing, open, reason};
use crate::effects::documents;
use crate::small::{Company, machines};
use crate::voided::{billed, text};

#[test]
fn who_may_not_close_does_not() -> Result<()> {
    let company = billed()?;
    company.append("[person.anna]\nmay = [\"approve\"]\n[person.bob]\nmay = [\"close\"]\n")?;
    let refused = company.place.expect(1, &closing(&[]))?;
    assert!(
        refused.stderr.contains("`anna` may not close periods"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("bob may"), "{}", refused.stderr);
    let closed = company
        .place
        .json(&["close", "--period", "2026-03", "--by", "bob"])?;
    assert_eq!(closed["outcome"], "closed");
    Ok(())
}

#[test]
fn a_draft_that_nobody_posted_keeps_the_period_open() -> Result<()> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    let configuration = std::fs::read_to_string(company.configuration())?;
    std::fs::write(
        company.configuration(),
        configuration.replace("finalize = \"post\"", "finalize = \"draft\""),
    )?;
    company.bill()?;
    let report = company.place.json_with(3, &closing(&[]))?;
    assert_eq!(open(&report)?, BTreeSet::from(["draft"]), "{report:#}");
    let drafts = reason(&report, "draft")?;
    assert_eq!(
        drafts["finding"]["value"],
        json!({ "amount": "80.00", "currency": "EUR" })
    );
    for document in documents(&company)? {
        let path = format!("/api/v1/documents/{}/post", text(&document, "id")?);
        company.server.post(&path, &json!({}))?;
    }
    // That they are posted is seen, and recorded, by the close itself.
    let closed = company.place.json(&closing(&[]))?;
    assert_eq!(closed["outcome"], "closed");
    let documents = &closed["sealed"]["certificate"]["statement"]["documents"];
    assert_eq!(documents[0]["state"], "posted");
    Ok(())
}

#[test]
fn what_is_not_billed_on_purpose_stands_in_the_certificate_with_its_value_and_its_end() -> Result<()>
{
    let mut company = Company::new()?;
    company.set_rules(
        "[[pipeline.main.rule]]\nwhen = { name = \"VM-9*\" }\n\
         set = { non_billable = { reason = \"lab\", owner = \"ops\", until = 2026-04-20 } }\n",
    )?;
    let mut rows = machines(4);
    rows.push("VM-900,,3".to_owned());
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    company.bill()?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let notes = plan["findings"].as_array().cloned().unwrap_or_default();
    let note = notes.iter().find(|one| one["code"] == "exemption-ends");
    let note = note
        .map(|one| text(one, "message"))
        .transpose()?
        .unwrap_or_default();
    assert!(
        note.contains("will be billed again from 2026-04-20 on"),
        "{plan:#}"
    );
    let closed = company.place.json(&closing(&[]))?;
    let exempted = &closed["sealed"]["certificate"]["statement"]["non_billable"][0];
    assert_eq!(
        exempted["because"],
        json!({ "reason": "lab", "owner": "ops", "until": "2026-04-20" })
    );
    assert_eq!(
        exempted["value"],
        json!({ "amount": "30.00", "currency": "EUR" })
    );
    assert_eq!(exempted["seconds"], 743 * 3600);
    Ok(())
}
