//! A period is closed once nothing of it is unexplained: what keeps it open is named at once, what is in order is accepted by
//! a person, and what comes later needs a supplementary certificate.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::{Company, machines};
use crate::voided::{billed, text};

pub(crate) const CLOSE: [&str; 3] = ["close", "--period", "2026-03"];

pub(crate) fn closing(more: &[&'static str]) -> Vec<&'static str> {
    let by: [&'static str; 5] = ["close", "--period", "2026-03", "--by", "anna"];
    [&by[..], more].concat()
}

fn accepting(ids: &[String], reason: &str) -> Vec<String> {
    let mut arguments: Vec<String> = closing(&["--reason"])
        .iter()
        .map(|one| (*one).to_owned())
        .collect();
    arguments.push(reason.to_owned());
    for id in ids {
        arguments.extend(["--accept".to_owned(), id.clone()]);
    }
    arguments
}

fn json_of(company: &Company, code: i32, arguments: &[String]) -> Result<Value> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    company.place.json_with(code, &arguments)
}

fn reasons(report: &Value) -> Result<&Vec<Value>> {
    report["reasons"].as_array().context("a close has reasons")
}

/// What is to be explained still.
pub(crate) fn open(report: &Value) -> Result<BTreeSet<&str>> {
    let open = reasons(report)?
        .iter()
        .filter(|one| one.get("accepted").is_none());
    open.map(|one| text(&one["finding"], "code")).collect()
}

pub(crate) fn reason<'v>(report: &'v Value, code: &str) -> Result<&'v Value> {
    let found = reasons(report)?
        .iter()
        .find(|one| one["finding"]["code"] == code);
    found.with_context(|| format!("{code} in {report:#}"))
}

fn ids(report: &Value, codes: &[&str]) -> Result<Vec<String>> {
    let own = codes
        .iter()
        .map(|code| Ok(text(reason(report, code)?, "id")?.to_owned()));
    own.collect()
}

#[test]
fn a_period_that_is_explained_is_closed_once_and_its_certificate_says_why() -> Result<()> {
    let company = billed()?;
    let looked = company.place.json(&CLOSE)?;
    assert_eq!(looked["outcome"], "ready", "{looked:#}");
    assert!(looked.get("sealed").is_none());
    company
        .place
        .expect(1, &[&CLOSE[..], &["--show"]].concat())?;

    let report = company.place.json(&closing(&[]))?;
    assert_eq!(report["outcome"], "closed", "{report:#}");
    let certificate = &report["sealed"]["certificate"];
    assert_eq!(
        (&certificate["number"], &certificate["by"]),
        (&json!(1), &json!("anna"))
    );
    let statement = &certificate["statement"];
    let kind = &statement["kinds"]["virtual-machine"];
    assert_eq!(kind["seconds"]["discovered"], 4 * 743 * 3600);
    assert_eq!(kind["seconds"]["billed"], 4 * 743 * 3600);
    assert_eq!(kind["at_end"]["billed"], 4);
    let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    for (row, account) in statement["money"]
        .as_array()
        .context("money")?
        .iter()
        .zip(["acme", "blue"])
    {
        assert_eq!(row["key"], account);
        assert_eq!(row["amounts"]["rated"], eur("40.00"));
        assert_eq!(row["amounts"]["confirmed"], eur("40.00"));
        assert_eq!(row["amounts"]["remainder"], eur("0.00"));
    }
    assert_eq!(statement["totals"][0]["amounts"]["confirmed"], eur("80.00"));
    assert_eq!(statement["documents"].as_array().map(Vec::len), Some(2));
    // Where the chain ended stands in it, and is told by `verify`.
    let chain = format!(
        "{}:{}",
        certificate["chain"]["number"],
        text(&certificate["chain"], "digest")?
    );
    let verified = company.place.json(&["verify"])?;
    assert_eq!(verified["head"], chain);
    let last = format!("1:{}", text(&report["sealed"], "digest")?);
    assert_eq!(
        (&verified["certificates"], &verified["last_certificate"]),
        (&json!(1), &json!(last))
    );

    let again = company.place.json(&closing(&[]))?;
    assert_eq!(
        (&again["outcome"], &again["sealed"]),
        (&json!("unchanged"), &report["sealed"])
    );
    let said = company.place.expect(0, &closing(&[]))?;
    assert!(said.stdout.contains(
        "is closed by certificate 1 (anna, 2026-04-01T06:00:00Z), and nothing changed since"
    ));

    let status = company.place.json(&["status"])?;
    let period = &status["pipelines"][0]["periods"][0];
    assert_eq!(
        (&period["billing_period"], &period["state"]),
        (&json!("2026-03"), &json!("closed"))
    );
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    assert_eq!(plan["closed"]["certificate"], 1);
    let plan = company.place.expect(0, &["plan", "--period", "2026-03"])?;
    assert!(
        plan.stdout
            .contains("2026-03 is closed by certificate 1 (anna, "),
        "{}",
        plan.stdout
    );
    let approvals = company.place.json(&["approvals", "--period", "2026-03"])?;
    assert!(
        approvals.to_string().contains("2026-03, certificate 1"),
        "{approvals:#}"
    );
    Ok(())
}

/// A machine of nobody, one without a number of CPUs, and nothing sent.
fn unexplained() -> Result<Company> {
    let company = Company::new()?;
    let mut rows = machines(4);
    rows.push("VM-900,,2".to_owned());
    rows.push("VM-901,acme,".to_owned());
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

#[test]
fn everything_that_keeps_a_period_open_is_named_at_once_with_its_money_and_the_next_step()
-> Result<()> {
    let company = unexplained()?;
    let report = company.place.json_with(3, &closing(&[]))?;
    assert_eq!(report["outcome"], "refused");
    let open = open(&report)?;
    for code in ["suspense", "unreadable-quantity", "not-sent"] {
        assert!(open.contains(code), "{code} in {open:?}");
    }
    let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    assert_eq!(
        reason(&report, "suspense")?["finding"]["value"],
        eur("20.00")
    );
    assert_eq!(
        reason(&report, "not-sent")?["finding"]["value"],
        eur("40.00")
    );
    // What is rated and not sent is told as such, and so no money is lost.
    assert!(!open.contains("unbalanced"), "{open:?}");
    let money = &report["statement"]["money"][0]["amounts"];
    assert_eq!(
        (&money["rated"], &money["not_sent"]),
        (&eur("40.00"), &eur("40.00"))
    );
    let said = company.place.expect(3, &closing(&[]))?.stdout;
    for words in [
        "main 2026-03 is not closed: ",
        "findings are to be explained",
        "next: Run `counterfoil plan`, approve it and apply it.",
        "next: add a rule that names their customer",
        "counterfoil close main --period 2026-03 --accept ID --by NAME --reason TEXT",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }

    // A month that runs, and a sink that does not answer, beside all else.
    let mut early = company.place.clone();
    early.now = "2026-03-31T12:00:00Z".to_owned();
    early.set("PRACTICE_URL", "http://127.0.0.1:9");
    let report = early.json_with(3, &closing(&[]))?;
    let kinds = ["not-ended", "not-read-back"];
    for code in kinds.iter().chain(&["suspense", "unreadable-quantity"]) {
        reason(&report, code)?;
    }
    for code in kinds {
        let one = reason(&report, code)?;
        assert_eq!(one["can_be_accepted"], false);
        let id = text(one, "id")?;
        let refused = early.expect(1, &closing_with(&["--accept", id, "--reason", "so what"]))?;
        assert!(
            refused
                .stderr
                .contains("nobody can know what would be accepted"),
            "{}",
            refused.stderr
        );
        assert!(
            refused.stderr.contains("hint: it has to be mended: "),
            "{}",
            refused.stderr
        );
    }
    Ok(())
}

fn closing_with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["close", "--period", "2026-03", "--by", "anna"][..], more].concat()
}

#[test]
fn what_is_in_order_is_accepted_by_a_person_as_it_is() -> Result<()> {
    let company = unexplained()?;
    company.plan_and_approve_blocked()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let report = company.place.json_with(3, &closing(&[]))?;
    let codes = ["suspense", "unreadable-quantity"];
    assert_eq!(open(&report)?, codes.into());

    company.place.expect(2, &closing(&["--accept", "abcd"]))?;
    let refused = company
        .place
        .expect(1, &closing(&["--accept", "0000", "--reason", "why"]))?;
    assert!(
        refused
            .stderr
            .contains("nothing that is to be explained has this id now"),
        "{}",
        refused.stderr
    );
    let both = ids(&report, &codes)?;
    let blank = company
        .place
        .expect(1, &closing_with(&["--accept", &both[0], "--reason", " "]))?;
    assert!(
        blank.stderr.contains("the reason is empty"),
        "{}",
        blank.stderr
    );

    let first = json_of(&company, 3, &accepting(&both[..1], "our own, ticket 4711"))?;
    assert_eq!(first["accepted"], json!(both[..1]));
    assert_eq!(open(&first)?, BTreeSet::from(["unreadable-quantity"]));
    // Taken back, it is to be explained again.
    let taken = company.place.json_with(
        3,
        &closing_with(&["--withdraw", &both[0], "--reason", "not ours"]),
    )?;
    assert_eq!(open(&taken)?.len(), 2);

    let closed = json_of(&company, 0, &accepting(&both, "agreed with acme"))?;
    assert_eq!(closed["outcome"], "closed", "{closed:#}");
    let accepted = &closed["sealed"]["certificate"]["statement"]["accepted"];
    assert_eq!(accepted.as_array().map(Vec::len), Some(2));
    for one in accepted.as_array().context("a list")? {
        assert_eq!(one["acceptance"]["by"], "anna");
        assert_eq!(one["acceptance"]["reason"], "agreed with acme");
    }
    let shown = company
        .place
        .expect(0, &[&CLOSE[..], &["--show"]].concat())?;
    assert!(
        shown.stdout.contains("2 findings accepted"),
        "{}",
        shown.stdout
    );
    let decided = company.place.json(&["approvals"])?.to_string();
    for what in [
        "accept-finding",
        "withdraw-acceptance",
        "2026-03, certificate 1",
    ] {
        assert!(decided.contains(what), "{what} in {decided}");
    }

    // Another machine of nobody: what was accepted was something else.
    let mut rows = machines(4);
    rows.extend(["VM-900,,2", "VM-901,acme,", "VM-902,,1"].map(str::to_owned));
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    let later = company.place.json_with(3, &closing(&[]))?;
    assert_eq!(open(&later)?, BTreeSet::from(["suspense"]));
    let said = company.place.expect(3, &closing(&[]))?.stdout;
    assert!(said.contains("is closed by certificate 1 (anna, 2026-04-01T06:00:00Z), and not as it is now: 1 finding is to be explained"), "{said}");
    let anew = json_of(
        &company,
        0,
        &accepting(&ids(&later, &["suspense"])?, "also ours"),
    )?;
    assert_eq!(anew["outcome"], "supplemented");
    assert_eq!(anew["sealed"]["certificate"]["supplements"], 1);
    Ok(())
}

#[test]
fn a_correction_of_a_closed_period_needs_a_supplementary_certificate() -> Result<()> {
    let company = billed()?;
    let first = company.place.json(&closing(&[]))?;
    // The first machine grew on the 12th, as is learned after the close.
    let mut grown = machines(4);
    "VM-001,acme,4".clone_into(&mut grown[0]);
    for day in 12..=31 {
        company.export(&format!("2026-03-{day:02}"), &grown)?;
    }
    company.place.call(&["discover"])?;
    let report = company.place.json_with(3, &closing(&[]))?;
    assert_eq!(open(&report)?, BTreeSet::from(["not-sent"]), "{report:#}");
    assert_eq!(report["sealed"], first["sealed"]);
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let status = company.place.json(&["status"])?;
    assert_eq!(
        status["pipelines"][0]["periods"][0]["state"],
        "changed-since"
    );

    let second = company.place.json(&closing(&[]))?;
    assert_eq!(second["outcome"], "supplemented", "{second:#}");
    let certificate = &second["sealed"]["certificate"];
    assert_eq!(
        (&certificate["number"], &certificate["supplements"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(certificate["previous"], first["sealed"]["digest"]);
    let amounts = &certificate["statement"]["money"][0]["amounts"];
    let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    // 2 CPUs more for 20 of 31 days.
    assert_eq!(amounts["corrections"], eur("12.90"));
    assert_eq!(amounts["confirmed"], eur("52.90"));
    assert_eq!(amounts["remainder"], eur("0.00"));
    assert_eq!(company.place.json(&closing(&[]))?["outcome"], "unchanged");
    let shown = company.place.json(&["close", "--show", "--number", "1"])?;
    assert_eq!(shown["digest"], first["sealed"]["digest"]);
    assert_eq!(company.place.json(&["verify"])?["certificates"], 2);
    Ok(())
}
