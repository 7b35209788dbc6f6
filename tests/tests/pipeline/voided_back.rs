//! Whoever accepted the wrong document as void takes that back, as long as nothing bills anew what it billed.

use anyhow::{Context, Result};
use counterfoil_tests::practice::PracticeServer;

use crate::effects::{APPLY, apply, documents};
use crate::reports::{list, texts};
use crate::small::{Company, machines};
use crate::voided::{accepting, asked, billed, finalize, text, void};
use crate::voided_together::tampered;
use crate::voided_told::standing;

const RECONCILE: [&str; 3] = ["reconcile", "--period", "2026-03"];

pub(crate) fn retracting<'a>(references: &[&'a str]) -> Vec<&'a str> {
    let mut retracting = vec!["reconcile", "--by", "anna", "--reason", "meant another one"];
    for reference in references {
        retracting.extend(["--retract-void", reference]);
    }
    retracting
}

pub(crate) fn refused(company: &Company, references: &[&str], said: &[&str]) -> Result<()> {
    let refused = company.place.expect(1, &retracting(references))?;
    for said in said {
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    Ok(())
}

#[test]
fn an_acceptance_is_taken_back_until_something_is_billed_anew() -> Result<()> {
    let company = billed()?;
    let place = &company.place;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    place.expect(0, &RECONCILE)?;
    assert_eq!(standing(&company)?, ["verified 2"]);
    void(&company, &gone)?;
    refused(&company, &[reference], &["it is not recorded as void"])?;
    place.expect(3, &RECONCILE)?;
    assert_eq!(standing(&company)?, ["verified 1", "void-at-sink 1"]);
    place.expect(3, &accepting(reference, "wrong company"))?;
    assert_eq!(standing(&company)?, ["verified 1", "void 1"]);

    refused(&company, &["CF-NONE"], &["nothing was confirmed under it"])?;
    let elsewhere = [&retracting(&[reference])[..], &["--period", "2026-02"]].concat();
    let other = place.expect(1, &elsewhere)?;
    let said = "it is of 2026-03, and 2026-02 is asked for";
    assert!(other.stderr.contains(said), "{}", other.stderr);
    let both = [&retracting(&[reference])[..], &["--accept-void", reference]].concat();
    place.expect(2, &both)?;

    // What is approved is taken back by whoever approved it.
    company.plan_and_approve()?;
    let plan = place.json(&["plan", "--period", "2026-03"])?;
    let anew = list(&plan["plans"][0]["plan"], "deliveries")?;
    let anew = anew.iter().find(|planned| planned["action"] == "create");
    let anew = &anew.context("it is billed anew")?["delivery"];
    let (account, anew) = (text(&anew["buyer"], "account")?, text(anew, "reference")?);
    let approved = format!("{anew}, which bills anew what it billed, is approved by test");
    let hint = format!("`counterfoil approve --period 2026-03 --withdraw {account} ");
    refused(&company, &[reference], &[&approved, &hint])?;
    let withdrawing = ["approve", "--period", "2026-03", "--withdraw", account];
    let withdrawing = [&withdrawing[..], &["--by", "test", "--reason", "wait"]].concat();
    place.expect(0, &withdrawing)?;

    // Named by its number as well, it is the same one.
    let report = place.json_with(3, &retracting(&[reference, text(&gone, "number")?]))?;
    let keys = ["/reference", "/amount/amount", "/by"];
    let told = texts(list(&report, "retracted")?, &keys);
    assert_eq!(told, [format!("{reference} 40.00 anna")]);
    let findings = list(&report["sinks"][0]["result"], "findings")?;
    assert_eq!(
        texts(findings, &["/code", "/subject"]),
        [format!("missing {reference}")],
        "as before the acceptance"
    );
    let stale = place.expect(1, &APPLY)?;
    assert!(stale.stderr.contains("reinstated"), "{}", stale.stderr);
    assert_eq!(company.planned_effects()?, 0, "nothing is billed anew");
    assert_eq!(standing(&company)?, ["verified 1", "void-at-sink 1"]);
    refused(&company, &[reference], &["it is not recorded as void"])?;
    let explained = place.expect(0, &["explain", reference])?.stdout;
    assert!(explained.contains(", confirmed "), "{explained}");
    let history = place.expect(0, &["approvals"])?.stdout;
    for said in ["accept-void", "retract-void", "meant another one"] {
        assert!(history.contains(said), "{history}");
    }
    place.expect(0, &["verify"])?;

    // Accepted after all and sent, it is settled; until that is void in its turn.
    place.expect(3, &accepting(reference, "it was the one"))?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let said = format!("what it billed is billed by {anew}");
    let hint = format!("--accept-void {anew} ");
    refused(&company, &[reference], &[&said, &hint])?;
    let all = documents(&company)?;
    let newest = all.iter().find(|one| one["reference"] == anew);
    void(&company, newest.context("what was sent anew")?)?;
    place.expect(3, &accepting(anew, "both were wrong"))?;
    let said = ["both bill the same", "hint: nothing was changed; name only"];
    refused(&company, &[reference, anew], &said)?;
    let report = place.json_with(3, &retracting(&[reference]))?;
    assert_eq!(report["retracted"][0]["reference"], reference);
    assert_eq!(company.planned_effects()?, 0);
    let said = format!("what it billed is billed by {reference}");
    refused(&company, &[anew], &[&said])?;
    place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn several_are_taken_back_together_and_a_credit_note_not_without_its_invoice() -> Result<()> {
    let mut company = billed()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let all = documents(&company)?;
    let mut credits = all.iter().filter(|one| one["kind"] == "credit-note");
    let credit = credits.next().context("a credit note")?;
    let original = all.iter().find(|one| one["id"] == credit["corrects"]);
    let original = original.context("its invoice")?;
    void(&company, credit)?;
    void(&company, original)?;
    let (of_credit, of_original) = (text(credit, "reference")?, text(original, "reference")?);
    let mut both = accepting(of_original, "wrong company").to_vec();
    both.extend(["--accept-void", of_credit]);
    company.place.expect(3, &both)?;
    let said = format!("{of_original}, which it corrects, is void");
    let hint = format!("name both: --retract-void {of_original}");
    refused(&company, &[of_credit], &[&said, &hint])?;

    let both = [of_credit, of_original];
    let count = "SELECT count(*) FROM counterfoil WHERE action = 'reinstated'";
    let none = asked(&company, count)?;
    let mut references = both;
    references.sort_unstable();
    let [first, second] = references;
    tampered(
        &company,
        &format!(
            "CREATE TRIGGER fault AFTER INSERT ON counterfoil WHEN NEW.reference = '{first}' BEGIN \
             INSERT INTO counterfoil SELECT tenant_id, pipeline_id, number + 1000, previous, body_digest, digest, body, \
             sink_id, reference, billing_period, action, recording_id FROM counterfoil WHERE reference = '{second}'; END"
        ),
    )?;
    refused(&company, &both, &["another process wrote of it meanwhile"])?;
    tampered(&company, "DROP TRIGGER fault")?;
    assert_eq!(asked(&company, count)?, none, "all of them or none");
    let report = company.place.json_with(3, &retracting(&both))?;
    let mut amounts = texts(list(&report, "retracted")?, &["/amount/amount"]);
    amounts.sort();
    assert_eq!(amounts, ["-8.00", "40.00"]);
    assert_eq!(company.planned_effects()?, 0);
    // One after the other: the invoice that its credit note corrects does not bill the same.
    let mut again = accepting(of_original, "wrong after all").to_vec();
    again.extend(["--accept-void", of_credit]);
    company.place.expect(3, &again)?;
    company.place.expect(3, &retracting(&[of_original]))?;
    company.place.expect(3, &retracting(&[of_credit]))?;
    assert_eq!(company.planned_effects()?, 0);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn nothing_is_taken_back_while_the_outcome_of_what_replaces_it_is_not_known() -> Result<()> {
    let mut company = Company::new()?;
    let lost = "[[fault]]\non = \"POST /api/v1/documents\"\nkind = \"cut-before-commit\"\nfrom = 2\nto = 5\n";
    company.server = PracticeServer::start(company.folder(), Some(lost))?;
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(1))?;
    }
    company.bill()?;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    void(&company, &gone)?;
    company
        .place
        .expect(3, &accepting(reference, "wrong company"))?;
    company.plan_and_approve()?;
    let report = company.place.json_with(4, &APPLY)?;
    assert_eq!(report["deliveries"][0]["state"], "parked", "{report:#}");
    let anew = text(&report["deliveries"][0], "reference")?;
    let said = format!("the outcome of {anew}, which bills anew what it billed, is not known");
    let hint = format!("`counterfoil release {anew} ");
    refused(&company, &[reference], &[&said, &hint])
}

#[test]
fn a_draft_that_a_plan_withdrew_is_void_and_was_accepted_by_nobody() -> Result<()> {
    let mut company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(1))?;
    }
    finalize(&company, "post", "draft")?;
    company.bill()?;
    let reference = text(&documents(&company)?[0], "reference")?.to_owned();
    company.set_price("price = [{ currency = \"EUR\", amount = 0.00 }]")?;
    finalize(&company, "post", "draft")?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(standing(&company)?, ["void 1"]);
    let said = "it was withdrawn, and accepted as void by nobody";
    refused(&company, &[&reference], &[said])
}
