//! What an earlier plan left open is held, and its approval is taken back, though the newest plan has nothing for its account.

use anyhow::{Context, Result};
use counterfoil_tests::practice::PracticeServer;

use crate::reports::{list, texts};
use crate::small::{Company, machines};

const PLAN: [&str; 3] = ["plan", "--period", "2026-03"];
const APPLY: [&str; 3] = ["apply", "--period", "2026-03"];
/// The first send and its repetitions get lost.
const LOST: &str =
    "[[fault]]\non = \"POST /api/v1/documents\"\nkind = \"cut-before-commit\"\nfrom = 1\nto = 4\n";

/// The only delivery of March was sent again and again, and is parked; answers its reference.
fn parked() -> Result<(Company, String)> {
    let mut company = Company::new()?;
    company.server = PracticeServer::start(company.folder(), Some(LOST))?;
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(1))?;
    }
    company.place.expect(0, &["discover"])?;
    company.plan_and_approve()?;
    let report = company.place.json_with(4, &APPLY)?;
    let delivery = &report["deliveries"][0];
    assert_eq!(delivery["state"], "parked");
    let reference = delivery["reference"]
        .as_str()
        .context("a reference")?
        .to_owned();
    let blocked = company.place.expect(3, &PLAN)?;
    let words =
        format!("{reference} is parked, so nothing more is planned for its account in 2026-03");
    assert!(blocked.stdout.contains(&words), "{}", blocked.stdout);
    // The newest plan has nothing for it, and it is not sent all the same.
    let unbilled = company.place.json(&["report", "unbilled"])?;
    let keys = ["/reference", "/state"];
    let not_sent = texts(list(&unbilled, "not_sent")?, &keys);
    assert_eq!(not_sent, [format!("{reference} parked")]);
    Ok((company, reference))
}

fn decide(company: &Company, code: i32, verdict: &[&str]) -> Result<String> {
    let arguments = [&["approve", "--period", "2026-03", "--by", "test"], verdict].concat();
    let answer = company.place.expect(code, &arguments)?;
    Ok(format!("{}{}", answer.stdout, answer.stderr))
}

fn release(company: &Company, reference: &str) -> Result<()> {
    let arguments = [
        "release",
        reference,
        "--by",
        "test",
        "--reason",
        "not there",
    ];
    company.place.expect(0, &arguments)?;
    Ok(())
}

#[test]
fn a_hold_reaches_what_is_parked_and_an_approval_has_to_wait() -> Result<()> {
    let (company, reference) = parked()?;
    let refused = decide(&company, 1, &["--account", "acme"])?;
    for words in [
        format!("{reference} of an earlier plan is parked, so that nothing new is planned for it"),
        format!("counterfoil release {reference}"),
    ] {
        assert!(refused.contains(&words), "`{words}` in {refused}");
    }
    let held = decide(&company, 0, &["--hold", "acme", "--reason", "disputed"])?;
    assert!(held.contains("acme") && held.contains("held"), "{held}");
    release(&company, &reference)?;
    let report = company.place.json_with(4, &APPLY)?;
    assert_eq!(
        report["deliveries"][0]["message"], "held by test: disputed",
        "{report:#}"
    );
    assert_eq!(company.posted()?.len(), 0);
    company.place.call(&PLAN)?;
    decide(&company, 0, &["--account", "acme"])?;
    company.place.expect(0, &APPLY)?;
    assert_eq!(company.posted()?.len(), 1);
    Ok(())
}

#[test]
fn a_withdrawal_reaches_what_an_earlier_plan_left_open() -> Result<()> {
    let (company, reference) = parked()?;
    let withdrawn = decide(
        &company,
        0,
        &["--withdraw", "acme", "--reason", "too early"],
    )?;
    assert!(
        withdrawn.contains("acme") && withdrawn.contains("wait"),
        "{withdrawn}"
    );
    release(&company, &reference)?;
    let report = company.place.json_with(4, &APPLY)?;
    assert_eq!(
        report["deliveries"][0]["message"], "it waits for approval",
        "{report:#}"
    );
    assert_eq!(company.posted()?.len(), 0);
    company.plan_and_approve()?;
    company.place.expect(0, &APPLY)?;
    assert_eq!(company.posted()?.len(), 1);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}
