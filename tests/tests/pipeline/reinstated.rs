//! What else is told of a document that is reinstated: to whoever is notified, in the reports, and where it was recorded as
//! void by a release, or stands at the sink beside a draft that is to replace it.

use anyhow::{Context, Result};
use counterfoil_tests::practice::{PracticeServer, TOKEN};
use counterfoil_tests::receiver::Receiver;
use counterfoil_tests::rest::Rest;
use serde_json::Value;

use crate::effects::{APPLY, apply, documents};
use crate::reports::{list, texts};
use crate::small::{Company, machines};
use crate::voided::{accepting, billed, copy_of, finalize, text, void};
use crate::voided_back::{refused, retracting};
use crate::voided_told::standing;

const RECONCILE: [&str; 3] = ["reconcile", "--period", "2026-03"];

fn release(reference: &str) -> [&str; 6] {
    ["release", reference, "--by", "anna", "--reason", "looked"]
}

#[test]
fn nobody_is_told_that_a_reinstated_document_was_delivered() -> Result<()> {
    let receiver = Receiver::web(&[200])?;
    let company = billed()?;
    let file = company.place.folder.join("counterfoil.toml");
    let config = std::fs::read_to_string(&file)?;
    let to = receiver.address;
    let notify = format!("[[notify]]\non = [\"sent\"]\nto = \"http://{to}/hook\"\n");
    std::fs::write(&file, format!("{config}\n{notify}"))?;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    void(&company, &gone)?;
    company.place.expect(3, &RECONCILE)?;
    company.place.expect(3, &accepting(reference, "wrong"))?;
    let retracted = company.place.expect(3, &retracting(&[reference]))?.stdout;
    let said = "40.00 EUR, is reinstated: it counts as billed again, and is not billed anew";
    assert!(retracted.contains(said), "{retracted}");
    let told = receiver.received();
    let told: Vec<Value> = told
        .iter()
        .map(|one| serde_json::from_str(&one.body))
        .collect::<Result<_, _>>()?;
    let subjects = texts(&told, &["/subject"]);
    assert_eq!(
        subjects[subjects.len() - 2..],
        ["main: 1 document void", "main: 1 document reinstated"]
    );
    let last = told.last().context("a last one")?;
    let line = last["lines"][0].as_str().context("a line")?;
    assert!(
        line.ends_with("40.00 EUR, reinstated: it counts as billed again"),
        "{line}"
    );
    Ok(())
}

/// What each resource has of which document.
fn shares(company: &Company) -> Result<Vec<Vec<String>>> {
    let mut shares = Vec::new();
    for number in 1..=4 {
        let asked = format!("VM-{number:03}");
        let report = company.place.json(&["report", "delivered", &asked])?;
        let delivered = list(&report["events"][0], "delivered")?;
        shares.push(texts(
            delivered,
            &["/reference", "/state", "/lines/0/share/amount"],
        ));
    }
    Ok(shares)
}

#[test]
fn what_each_resource_has_of_reinstated_documents_is_what_it_had() -> Result<()> {
    let mut company = billed()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let before = shares(&company)?;
    assert!(before.iter().all(|of| of.len() == 2), "{before:?}");
    let all = documents(&company)?;
    let mut references = Vec::new();
    // The credit notes first: an invoice is not voided below one that stands.
    for document in all.iter().rev() {
        void(&company, document)?;
        references.push(text(document, "reference")?);
    }
    let mut accepting = accepting(references[0], "wrong company").to_vec();
    for reference in &references[1..] {
        accepting.extend(["--accept-void", reference]);
    }
    company.place.expect(3, &accepting)?;
    company.place.expect(3, &retracting(&references))?;
    assert_eq!(shares(&company)?, before);
    Ok(())
}

#[test]
fn what_was_sent_is_judged_by_when_it_was_sent() -> Result<()> {
    let mut company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(1))?;
    }
    finalize(&company, "post", "draft")?;
    company.bill()?;
    let gone = documents(&company)?.swap_remove(0);
    let (id, reference) = (text(&gone, "id")?, text(&gone, "reference")?);
    let rest = Rest::new(&company.server.url(), format!("Bearer {TOKEN}"));
    rest.delete(&format!("/api/v1/documents/{id}"), None)?;
    "2026-04-02T06:00:00Z".clone_into(&mut company.place.now);
    company.place.expect(3, &accepting(reference, "deleted"))?;
    let report = company.place.json_with(3, &retracting(&[reference]))?;
    let result = &report["sinks"][0]["result"];
    assert_eq!(result["young"], Value::Null, "{report:#}");
    assert_eq!(
        texts(list(result, "findings")?, &["/code", "/subject"]),
        [format!("missing {reference}")]
    );
    // It is told right away that it is gone.
    company.place.expect(3, &accepting(reference, "deleted"))?;
    Ok(())
}

#[test]
fn what_a_release_recorded_as_void_is_reinstated_as_well() -> Result<()> {
    let mut company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(1))?;
    }
    finalize(&company, "post", "draft")?;
    company.bill()?;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    void(&company, &gone)?;
    company.set_price("price = [{ currency = \"EUR\", amount = 12.00 }]")?;
    finalize(&company, "post", "draft")?;
    company.plan_and_approve()?;
    let report = apply(&company, 4)?;
    assert_eq!(report["deliveries"][0]["state"], "parked", "{report:#}");
    company.place.expect(0, &release(reference))?;
    apply(&company, 0)?;
    assert_eq!(standing(&company)?, ["void 1"]);
    let report = company.place.json_with(3, &retracting(&[reference]))?;
    assert_eq!(report["retracted"][0]["reference"], reference);
    let findings = list(&report["sinks"][0]["result"], "findings")?;
    let told = texts(findings, &["/code", "/subject"]);
    assert!(told.contains(&format!("missing {reference}")), "{told:?}");
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn a_draft_beside_a_document_that_stands_again_gives_way_to_it() -> Result<()> {
    let mut company = Company::new()?;
    let lost = "[[fault]]\non = \"POST /api/v1/documents/*/post\"\nkind = \"cut-before-commit\"\nfrom = 2\nto = 5\n";
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
        .expect(3, &accepting(reference, "by mistake"))?;
    company.plan_and_approve()?;
    let report = company.place.json_with(4, &APPLY)?;
    let anew = text(&report["deliveries"][0], "reference")?;
    // Its draft stands there, and somebody makes the first one again.
    copy_of(&company, &gone)?;
    company.place.expect(0, &release(anew))?;
    let report = apply(&company, 4)?;
    let finding = &report["findings"][0];
    let told = texts(std::slice::from_ref(finding), &["/code", "/subject"]);
    assert_eq!(told, [format!("unexpected {anew}")]);
    let next = text(finding, "next_step")?;
    let other =
        format!("delete or void {anew} at the sink instead, run `counterfoil release {anew} ");
    assert!(next.contains(&other), "{next}");
    let hint = format!("delete or void {anew} there, run `counterfoil release {anew} ");
    refused(&company, &[reference], &["is not known", &hint])?;

    // Which leads on.
    let all = documents(&company)?;
    let draft = all.iter().find(|one| one["reference"] == anew);
    let id = text(draft.context("the draft")?, "id")?;
    let rest = Rest::new(&company.server.url(), format!("Bearer {TOKEN}"));
    rest.delete(&format!("/api/v1/documents/{id}"), None)?;
    company.place.expect(0, &release(anew))?;
    let report = apply(&company, 4)?;
    assert_eq!(report["deliveries"][0]["state"], "rejected", "{report:#}");
    let next = text(&report["findings"][0], "next_step")?;
    assert!(next.contains("withdraw the approval and run"), "{next}");
    refused(&company, &[reference], &["is approved by test"])?;
    let withdrawing = ["approve", "--period", "2026-03", "--withdraw", "acme"];
    let withdrawing = [&withdrawing[..], &["--by", "test", "--reason", "the first"]].concat();
    company.place.expect(0, &withdrawing)?;
    let report = company.place.json_with(3, &retracting(&[reference]))?;
    assert_eq!(report["retracted"][0]["reference"], reference);
    assert_eq!(company.planned_effects()?, 0, "nothing is billed anew");
    Ok(())
}
