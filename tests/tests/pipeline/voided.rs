//! What somebody voids or removes at the sink: it blocks until a person accepts it, is billed anew once, and never beside
//! the document that it replaces.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::effects::{APPLY, apply, documents};
use crate::reports::{list, texts};
use crate::small::{Company, machines};

/// March is posted, 40.00 for each of two accounts.
pub(crate) fn billed() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.bill()?;
    Ok(company)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("{key} in {value}"))
}

pub(crate) fn void(company: &Company, document: &Value) -> Result<()> {
    let id = text(document, "id")?;
    company
        .server
        .post(&format!("/api/v1/documents/{id}/void"), &json!({}))?;
    Ok(())
}

pub(crate) const RECONCILE: [&str; 3] = ["reconcile", "--period", "2026-03"];

pub(crate) fn accepting<'a>(reference: &'a str, reason: &'a str) -> [&'a str; 7] {
    [
        "reconcile",
        "--accept-void",
        reference,
        "--by",
        "anna",
        "--reason",
        reason,
    ]
}

fn findings<'a>(report: &'a Value, code: &str) -> Result<Vec<&'a Value>> {
    let findings = report["sinks"][0]["result"]["findings"].as_array();
    let findings = findings.context("a report has findings")?.iter();
    Ok(findings.filter(|finding| finding["code"] == code).collect())
}

/// What a plan would create: reference, kind, and what it corrects.
fn created(plan: &Value) -> Result<Vec<(String, String, Value)>> {
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let created = deliveries
        .context("a plan has deliveries")?
        .iter()
        .filter(|planned| planned["action"] == "create");
    created
        .map(|planned| {
            let delivery = &planned["delivery"];
            let (reference, kind) = (text(delivery, "reference")?, text(delivery, "kind")?);
            Ok((
                reference.to_owned(),
                kind.to_owned(),
                delivery["corrects"].clone(),
            ))
        })
        .collect()
}

#[test]
fn an_invoice_that_was_voided_at_the_sink_is_billed_anew_once_a_person_accepts_it() -> Result<()> {
    let company = billed()?;
    let all = documents(&company)?;
    let (gone, stays) = (&all[0], &all[1]);
    let (reference, other) = (text(gone, "reference")?, text(stays, "reference")?);
    void(&company, gone)?;

    let report = company.place.json_with(3, &RECONCILE)?;
    let missing = findings(&report, "missing")?;
    let next = text(missing[0], "next_step")?;
    let command = format!("`counterfoil reconcile --accept-void {reference} --by NAME");
    assert!(next.contains(&command), "{next}");
    // Until then it counts as billed, and the plan says what was seen of it.
    assert_eq!(company.planned_effects()?, 0);
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let told = &plan["plans"][0]["plan"]["findings"][0];
    assert_eq!(
        (&told["code"], &told["subject"]),
        (&json!("missing"), &json!(reference))
    );

    company.place.expect(2, &accepting(reference, "")[..3])?;
    for (what, said) in [
        (
            other,
            format!("accept {other} as void: it stands at the sink as INV/2026/00002 (posted)"),
        ),
        (
            "CF-NONE",
            "accept CF-NONE as void: nothing was confirmed under it".to_owned(),
        ),
    ] {
        let refused = company.place.expect(1, &accepting(what, "wrong company"))?;
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    }

    let mut elsewhere = accepting(reference, "wrong company").to_vec();
    elsewhere.extend(["--period", "2026-02"]);
    let refused = company.place.expect(1, &elsewhere)?;
    let said = "it is of 2026-03, and 2026-02 is asked for";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);

    let mut twice = accepting(reference, "wrong company").to_vec();
    twice.extend(["--accept-void", text(gone, "number")?]);
    let report = company.place.json_with(3, &twice)?;
    assert_eq!(report["accepted"].as_array().map(Vec::len), Some(1));
    let accepted = &report["accepted"][0];
    assert_eq!(accepted["reference"], reference);
    assert_eq!(
        accepted["amount"],
        json!({"amount": "40.00", "currency": "EUR"})
    );
    assert_eq!(report["billing_period"], "2026-03");
    assert_eq!(findings(&report, "missing")?.len(), 0, "{report:#}");
    assert_eq!(findings(&report, "not-sent")?.len(), 1, "{report:#}");
    let again = company.place.expect(1, &accepting(reference, "twice"))?;
    assert!(
        again.stderr.contains("is recorded as void already"),
        "{}",
        again.stderr
    );
    // What was approved before does not hold any more.
    let refused = company.place.expect(1, &APPLY)?;
    assert!(
        refused.stderr.contains("accepted as void since"),
        "{}",
        refused.stderr
    );

    // Until it is planned anew nobody is told that all is billed.
    let unbilled = company.place.json(&["report", "unbilled"])?;
    let keys = ["/reference", "/amount/amount", "/state"];
    let said = format!(
        "{reference} 40.00 accepted as void and not billed anew: run `counterfoil plan --period 2026-03`"
    );
    assert_eq!(texts(list(&unbilled, "not_sent")?, &keys), [said]);
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let anew = created(&plan)?;
    assert_eq!(anew.len(), 1, "{plan:#}");
    assert_ne!(anew[0].0, reference);
    let unbilled = company.place.json(&["report", "unbilled"])?;
    let said = format!("{} 40.00 waits for approval", anew[0].0);
    assert_eq!(texts(list(&unbilled, "not_sent")?, &keys), [said]);
    assert_eq!((anew[0].1.as_str(), &anew[0].2), ("invoice", &Value::Null));
    company.place.expect(1, &APPLY)?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(company.posted_nets()?, ["40.00", "40.00"]);
    assert_eq!(documents(&company)?.len(), 3);
    company.place.expect(0, &RECONCILE)?;
    company.place.expect(0, &["verify"])?;
    assert_eq!(company.planned_effects()?, 0);
    let explained = company.place.expect(0, &["explain", reference])?;
    assert!(
        explained.stdout.contains(", void since "),
        "{}",
        explained.stdout
    );
    let history = company.place.expect(0, &["approvals"])?;
    assert!(history.stdout.contains("accept-void"), "{}", history.stdout);
    assert!(
        history.stdout.contains("wrong company"),
        "{}",
        history.stdout
    );
    Ok(())
}

#[test]
fn nothing_is_sent_beside_a_document_that_stands_again() -> Result<()> {
    let company = billed()?;
    let gone = documents(&company)?.swap_remove(0);
    let reference = text(&gone, "reference")?;
    void(&company, &gone)?;
    company
        .place
        .expect(3, &accepting(reference, "by mistake"))?;
    company.plan_and_approve()?;
    // Somebody at the sink makes it again.
    let copy = copy_of(&company, &gone)?;
    let report = apply(&company, 4)?;
    assert_eq!(report["deliveries"][0]["state"], "rejected", "{report:#}");
    let next = text(&report["findings"][0], "next_step")?;
    assert!(next.contains("`counterfoil reconcile`"), "{next}");
    assert_eq!(company.posted_nets()?, ["40.00"]);
    let report = company.place.json_with(3, &RECONCILE)?;
    let revived = findings(&report, "unexpected")?;
    assert_eq!(
        (&revived[0]["subject"], &revived[0]["severity"]),
        (&json!(reference), &json!("blocking"))
    );
    let read_backs = "SELECT count(*) FROM read_back";
    let before = asked(&company, read_backs)?;
    company.place.expect(3, &RECONCILE)?;
    assert_eq!(asked(&company, read_backs)?, before, "nothing has changed");

    void(&company, &copy)?;
    apply(&company, 0)?;
    assert_eq!(company.posted_nets()?, ["40.00", "40.00"]);
    company.place.expect(0, &RECONCILE)?;
    Ok(())
}

/// A document like one that is void, made by somebody at the sink.
pub(crate) fn copy_of(company: &Company, gone: &Value) -> Result<Value> {
    let line =
        json!({ "description": "vCPU", "quantity": "1", "unit_price": "40.00", "net": "40.00" });
    let copy = json!({
        "kind": "invoice", "reference": gone["reference"], "customer": gone["customer"], "currency": "EUR",
        "issue_date": "2026-04-01", "lines": [line],
    });
    company.server.post("/api/v1/documents", &copy)
}

pub(crate) fn finalize(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let [from, to] = [from, to].map(|how| format!("finalize = \"{how}\""));
    assert!(text.contains(&from), "{from} is not in {text}");
    Ok(std::fs::write(&path, text.replace(&from, &to))?)
}

/// Somebody has a database tool; `then` is what is asked of the store.
pub(crate) fn asked(company: &Company, then: &str) -> Result<String> {
    let store = rusqlite::Connection::open(company.store())?;
    Ok(store
        .query_row(then, [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))?)
}

#[test]
fn a_credit_note_voided_before_its_arrival_was_recorded_finds_a_way_out() -> Result<()> {
    let mut company = billed()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    company.plan_and_approve()?;
    let copy = company.folder().join("copy.db");
    std::fs::copy(company.store(), &copy)?;
    apply(&company, 0)?;
    for ending in ["db-wal", "db-shm"] {
        let _ = std::fs::remove_file(company.store().with_extension(ending));
    }
    // The store has forgotten what it sent, and somebody edits one.
    std::fs::copy(&copy, company.store())?;
    let credit = documents(&company)?
        .into_iter()
        .find(|document| document["kind"] == "credit-note")
        .context("a credit note")?;
    let (id, reference) = (text(&credit, "id")?, text(&credit, "reference")?);
    let edit = json!({ "document": id, "line": 1, "field": "net", "value": "39.00" });
    company.server.post("/api/v1/admin/edit", &edit)?;
    let report = apply(&company, 4)?;
    let parked = report["deliveries"].as_array().context("deliveries")?;
    for delivery in parked {
        assert_eq!(delivery["kind"], "credit-note");
        assert_eq!(delivery["net"]["amount"], "-8.00", "it gives back");
    }
    assert_eq!(
        parked.iter().filter(|one| one["state"] == "parked").count(),
        1
    );

    // Its invoice is not void while nobody knows what became of it.
    let invoice = documents(&company)?
        .into_iter()
        .find(|one| one["id"] == credit["corrects"])
        .context("its invoice")?;
    let invoice = text(&invoice, "reference")?;
    let refused = company
        .place
        .expect(1, &accepting(invoice, "wrong company"))?;
    for said in [
        format!("accept {invoice} as void: the outcome of {reference} is not known"),
        format!("`counterfoil release {reference} "),
    ] {
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    }

    // It stands there all the same, and its money is seen.
    let report = company.place.json_with(3, &RECONCILE)?;
    let open = findings(&report, "unknown-effect")?;
    let message = text(open[0], "message")?;
    assert!(
        message.starts_with(&format!(
            "{reference} is parked; at the sink stands CRN/2026/0000"
        )),
        "{message}"
    );
    let totals = &report["sinks"][0]["result"]["totals"][0];
    assert_eq!(totals["sent"]["amount"], "72.00");
    assert_eq!(totals["observed"]["amount"], "65.00", "{totals:#}");

    // A posted document cannot be deleted: it is voided.
    void(&company, &credit)?;
    let release = [
        "release",
        reference,
        "--by",
        "anna",
        "--reason",
        "voided it",
    ];
    company.place.expect(0, &release)?;
    let report = apply(&company, 4)?;
    let next = text(&report["findings"][0], "next_step")?;
    assert!(next.contains("it is recorded as void"), "{next}");
    company.place.expect(0, &release)?;
    let report = apply(&company, 0)?;
    let message = text(&report["deliveries"][0], "message")?;
    assert!(message.contains("recorded as void"), "{message}");

    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let anew = created(&plan)?;
    assert_eq!(anew.len(), 1, "{plan:#}");
    assert_ne!(anew[0].0, reference);
    assert_eq!(anew[0].1, "credit-note");
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(company.posted_nets()?, ["40.00", "40.00", "8.00", "8.00"]);
    company.place.expect(0, &RECONCILE)?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}
