//! Documents that are accepted as void together, and a draft that waits beside one that stands again.

use anyhow::{Context, Result};

use crate::effects::{apply, documents};
use crate::small::Company;
use crate::voided::{RECONCILE, accepting, asked, billed, copy_of, finalize, text, void};

pub(crate) fn tampered(company: &Company, statement: &str) -> Result<()> {
    let store = rusqlite::Connection::open(company.store())?;
    Ok(store.execute_batch(statement)?)
}

#[test]
fn several_are_accepted_together_or_not_at_all() -> Result<()> {
    let company = billed()?;
    let all = documents(&company)?;
    let mut references = Vec::new();
    for gone in &all {
        void(&company, gone)?;
        references.push(text(gone, "reference")?);
    }
    references.sort_unstable();
    let [first, second] = references[..] else {
        anyhow::bail!("two invoices");
    };
    let mut both = accepting(first, "wrong company").to_vec();
    both.extend(["--accept-void", second]);
    let voided = "SELECT count(*) FROM counterfoil WHERE action = 'voided'";
    let of_run = "SELECT status FROM run ORDER BY run_id DESC LIMIT 1";
    let none = asked(&company, voided)?;
    let copied = format!(
        "INSERT INTO counterfoil SELECT tenant_id, pipeline_id, number + 1000, previous, body_digest, digest, body, \
         sink_id, reference, billing_period, action, recording_id FROM counterfoil WHERE reference = '{second}'"
    );
    for (when, happens, said) in [
        (second, "SELECT RAISE(ABORT, 'it is full')", "it is full"),
        (
            first,
            copied.as_str(),
            "another process wrote of it meanwhile",
        ),
    ] {
        tampered(
            &company,
            &format!(
                "CREATE TRIGGER fault AFTER INSERT ON counterfoil WHEN NEW.reference = '{when}' BEGIN {happens}; END"
            ),
        )?;
        let refused = company.place.expect(1, &both)?;
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        tampered(&company, "DROP TRIGGER fault")?;
        assert_eq!(asked(&company, voided)?, none, "{said}");
        assert!(asked(&company, of_run)?.contains("failed"), "{said}");
    }
    // What was accepted is told also where the comparison after it fails.
    tampered(
        &company,
        "CREATE TRIGGER fault BEFORE INSERT ON read_back BEGIN SELECT RAISE(ABORT, 'it is full'); END",
    )?;
    both.push("--json");
    let failed = company.place.expect(1, &both)?;
    let said = format!("it was kept that void from now on is: {first}, {second}");
    assert!(failed.stderr.contains(&said), "{}", failed.stderr);
    tampered(&company, "DROP TRIGGER fault")?;
    assert_ne!(asked(&company, voided)?, none);
    Ok(())
}

#[test]
fn a_draft_is_not_posted_beside_the_document_that_it_replaces() -> Result<()> {
    let company = billed()?;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    void(&company, &gone)?;
    company.place.expect(3, &accepting(reference, "wrong"))?;
    finalize(&company, "post", "draft")?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let copy = copy_of(&company, &gone)?;
    finalize(&company, "draft", "post")?;
    company.plan_and_approve()?;
    let report = apply(&company, 4)?;
    assert_eq!(report["deliveries"][0]["state"], "rejected", "{report:#}");
    assert_eq!(report["findings"][0]["code"], "unexpected", "{report:#}");
    assert_eq!(company.posted_nets()?, ["40.00"]);

    void(&company, &copy)?;
    apply(&company, 0)?;
    assert_eq!(company.posted_nets()?, ["40.00", "40.00"]);
    Ok(())
}

#[test]
fn an_invoice_is_not_void_while_its_credit_note_stands() -> Result<()> {
    let mut company = billed()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let all = documents(&company)?;
    let credit = all
        .iter()
        .find(|one| one["kind"] == "credit-note")
        .context("a credit note")?;
    let original = all
        .iter()
        .find(|one| one["id"] == credit["corrects"])
        .context("its invoice")?;
    let of_both = [original, credit].map(|one| text(one, "reference"));
    let (original_reference, credit_reference) = (of_both[0].as_ref(), of_both[1].as_ref());
    let (Ok(original_reference), Ok(credit_reference)) = (original_reference, credit_reference)
    else {
        anyhow::bail!("both have references");
    };
    void(&company, credit)?;
    void(&company, original)?;
    let refused = company
        .place
        .expect(1, &accepting(original_reference, "wrong company"))?;
    let hint = format!("name both: --accept-void {credit_reference}");
    assert!(refused.stderr.contains(&hint), "{}", refused.stderr);
    let mut both = accepting(original_reference, "wrong company").to_vec();
    both.extend(["--accept-void", credit_reference]);
    let report = company.place.json_with(3, &both)?;
    assert_eq!(report["accepted"].as_array().map(Vec::len), Some(2));
    company.plan_and_approve()?;
    apply(&company, 0)?;
    // 32.00 at the price of now in one invoice; the other account keeps its invoice and its credit note.
    assert_eq!(company.posted_nets()?, ["32.00", "40.00", "8.00"]);
    company.place.expect(0, &RECONCILE)?;
    Ok(())
}
