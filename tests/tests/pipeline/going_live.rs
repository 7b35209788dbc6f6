//! Going live: what was billed elsewhere is taken off the first bill.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::{Company, machines};

/// Four machines of 2 CPUs, at 10.00 a CPU: 40.00 for each of acme and blue.
pub(crate) fn company() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

pub(crate) fn write(company: &Company, name: &str, text: &str) -> Result<()> {
    Ok(std::fs::write(company.place.folder.join(name), text)?)
}

fn amounts(plan: &Value) -> Vec<String> {
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let amounts = deliveries.into_iter().flatten().map(|planned| {
        format!(
            "{} {}",
            planned["delivery"]["buyer"]["account"]
                .as_str()
                .unwrap_or(""),
            planned["amount"]["difference"]["amount"]
                .as_str()
                .unwrap_or("")
        )
    });
    amounts.collect()
}

#[test]
fn an_opening_position_is_taken_off_the_first_bill_and_explained() -> Result<()> {
    let company = company()?;
    write(
        &company,
        "opening.csv",
        "account;period;item;net;note\nacme;2026-03;cpu;15,50;invoice 4711\nblue;2026-03;;40,00;\n",
    )?;
    let imported = company
        .place
        .json(&["opening", "import", "opening.csv", "--by", "anna"])?;
    assert_eq!(imported["added"].as_array().map(Vec::len), Some(2));
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(amounts(&plan), ["acme 24.50", "blue 0.00"]);
    let lines = &plan["plans"][0]["plan"]["deliveries"][0]["delivery"]["lines"];
    let opening = lines
        .as_array()
        .into_iter()
        .flatten()
        .find(|line| line["net"]["amount"] == "-15.50")
        .context("a line that takes it off")?;
    assert_eq!(opening["description"], "Already billed: cpu (invoice 4711)");
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    let document = company.server.get("/api/v1/documents?limit=1")?;
    assert_eq!(document["items"][0]["net"], "24.50");
    // The line explains itself: who gave it, and where it was read.
    let reference = document["items"][0]["reference"]
        .as_str()
        .context("a reference")?
        .to_owned();
    let explained = company.place.json(&["explain", &reference])?;
    let line = explained["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|line| line["line"]["net"]["amount"] == "-15.50")
        .context("the line")?;
    assert_eq!(line["rated_again"]["amount"], "-15.50");
    let price = &line["explanation"]["price"];
    assert_eq!(price["place"], "opening.csv row 2");
    assert_eq!(price["level"], "given by anna at 2026-04-01T06:00:00Z");
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn an_opening_position_that_changes_makes_a_plan_stale_and_then_a_correction() -> Result<()> {
    let company = company()?;
    let import = ["opening", "import", "opening.csv", "--by", "anna"];
    company.plan_and_approve()?;
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,10.00\n",
    )?;
    company.place.expect(0, &import)?;
    let refused = company.place.expect(1, &["apply", "--period", "2026-03"])?;
    assert!(
        refused
            .stderr
            .contains("the configuration was changed since"),
        "{}",
        refused.stderr
    );
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    // The same table again changes nothing; a better amount corrects what was issued.
    let same = company.place.json(&import)?;
    assert_eq!(same["unchanged"], 1);
    assert_eq!(company.planned_effects()?, 0);
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,12.00\n",
    )?;
    let changed = company.place.json(&import)?;
    assert_eq!(changed["corrects"], json!(["2026-03"]));
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert!(
        amounts(&plan).contains(&"acme -2.00".to_owned()),
        "{:?}",
        amounts(&plan)
    );
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,0\n",
    )?;
    let withdrawn = company.place.json(&import)?;
    assert_eq!(withdrawn["withdrawn"].as_array().map(Vec::len), Some(1));
    let listed = company.place.json(&["opening", "list"])?;
    assert_eq!(listed["entries"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[test]
fn more_billed_elsewhere_than_is_rated_blocks() -> Result<()> {
    let company = company()?;
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,41.00\n",
    )?;
    company
        .place
        .expect(0, &["opening", "import", "opening.csv", "--by", "anna"])?;
    let plan = company
        .place
        .json_with(3, &["plan", "--period", "2026-03"])?;
    let finding = plan["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|finding| finding["code"] == "opening-exceeds")
        .context("a finding")?;
    assert_eq!(finding["subject"], "account acme");
    assert_eq!(finding["value"]["amount"], "-1.00");
    let all = ["approve", "--period", "2026-03", "--all", "--by", "test"];
    let refused = company.place.expect(1, &all)?;
    assert!(
        refused.stderr.contains("the bill would give money back"),
        "{}",
        refused.stderr
    );
    Ok(())
}

#[test]
fn an_opening_of_an_issued_month_gives_nothing_back_unasked() -> Result<()> {
    let mut company = company()?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,100.00\n",
    )?;
    company
        .place
        .expect(0, &["opening", "import", "opening.csv", "--by", "anna"])?;
    for day in 1..=30 {
        company.export(&format!("2026-04-{day:02}"), &machines(4))?;
    }
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    let plan = company
        .place
        .json_with(3, &["plan", "--period", "2026-04"])?;
    let findings = plan["findings"].as_array().into_iter().flatten();
    let exceeding: Vec<_> = findings
        .filter(|finding| finding["code"] == "opening-exceeds")
        .map(|finding| (&finding["subject"], &finding["value"]["amount"]))
        .collect();
    assert_eq!(
        exceeding,
        [(&json!("account acme, 2026-03"), &json!("-60.00"))]
    );
    Ok(())
}

#[test]
fn every_mistake_of_an_opening_position_is_told_at_once_and_nothing_is_kept() -> Result<()> {
    let company = company()?;
    company.write_with("bill_from = 2026-03-01", "", "")?;
    write(
        &company,
        "opening.csv",
        "account,period,item,net\nacmee,2026-03,,1\nacme,2026-02,,1\nacme,2026-03,cpus,1\nacme,2026-03,,1.234\n\
         acme,2026-03,,x\nblue,2026-03,,1\nblue,2026-03,,2\n",
    )?;
    let import = ["opening", "import", "opening.csv", "--by", "anna"];
    let refused = company.place.expect(1, &import)?;
    for said in [
        "row 2: there is no account `acmee`; did you mean `acme`?",
        "row 3: nothing of 2026-02 is billed here: `bill_from` is 2026-03-01",
        "row 4: there is no price item `cpus`; did you mean `cpu`?",
        "row 5: `1.234` can be read with a decimal comma or with a decimal point",
        "row 6: `x` is no number",
        "row 8: the same account, period, item and note as opening.csv row 7",
        "hint: nothing was kept; mend the rows and give it again",
    ] {
        assert!(refused.stderr.contains(said), "{said}\n{}", refused.stderr);
    }
    let listed = company.place.json(&["opening", "list"])?;
    assert_eq!(listed["entries"].as_array().map(Vec::len), Some(0));
    write(&company, "opening.csv", "account,month\nacme,2026-03\n")?;
    let refused = company.place.expect(1, &import)?;
    assert!(
        refused.stderr.contains("find the column `period`, `net`"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint: it has: account, month"),
        "{}",
        refused.stderr
    );
    Ok(())
}

#[test]
fn who_may_give_an_opening_position_is_asked_and_kept() -> Result<()> {
    let company = company()?;
    let path = company.place.folder.join("counterfoil.toml");
    let mut text = std::fs::read_to_string(&path)?;
    text.push_str("\n[person.anna]\nmay = [\"opening\"]\n\n[person.bob]\nmay = [\"map\"]\n");
    std::fs::write(&path, text)?;
    write(
        &company,
        "opening.csv",
        "account,period,net\nacme,2026-03,10.00\n",
    )?;
    let import = |by: &str, code: i32| {
        let arguments = ["opening", "import", "opening.csv", "--by", by];
        company.place.expect(code, &arguments)
    };
    let bob = import("bob", 1)?;
    assert!(
        bob.stderr
            .contains("`bob` may not give an opening position"),
        "{}",
        bob.stderr
    );
    import("ann", 2)?;
    import("anna", 0)?;
    let history = company.place.expect(0, &["approvals"])?;
    assert!(
        history.stdout.contains("opening") && history.stdout.contains("1 given, 0 superseded"),
        "{}",
        history.stdout
    );
    Ok(())
}
