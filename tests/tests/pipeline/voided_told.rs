//! How a document that is void, or not to be seen yet, is told: by `status`, and by `reconcile` before it can be judged.

use anyhow::Result;
use counterfoil_tests::practice::TOKEN;
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

use crate::effects::documents;
use crate::reports::{list, texts};
use crate::small::{Company, machines};
use crate::voided::{accepting, billed, finalize, text, void};

const RECONCILE: [&str; 3] = ["reconcile", "--period", "2026-03"];

/// How many deliveries are in which state, by `status`.
pub(crate) fn standing(company: &Company) -> Result<Vec<String>> {
    let status = company.place.json(&["status"])?;
    let deliveries = list(&status["pipelines"][0], "deliveries")?;
    Ok(texts(deliveries, &["/state", "/count"]))
}

#[test]
fn deliveries_that_are_void_are_counted_apart() -> Result<()> {
    let company = billed()?;
    let gone = documents(&company)?.swap_remove(0);
    company.place.expect(0, &RECONCILE)?;
    assert_eq!(standing(&company)?, ["verified 2"]);
    void(&company, &gone)?;
    company.place.expect(3, &RECONCILE)?;
    assert_eq!(standing(&company)?, ["verified 1", "void-at-sink 1"]);
    let accept = accepting(text(&gone, "reference")?, "wrong company");
    company.place.expect(3, &accept)?;
    assert_eq!(standing(&company)?, ["verified 1", "void 1"]);
    Ok(())
}

#[test]
fn what_is_not_to_be_seen_yet_is_named_with_when_it_is_judged() -> Result<()> {
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
    let report = company.place.json_with(3, &RECONCILE)?;
    let young = &report["sinks"][0]["result"]["young"][0];
    assert_eq!(young["reference"], reference, "{report:#}");
    assert_eq!(
        young["amount"],
        json!({"amount": "20.00", "currency": "EUR"})
    );
    let from = text(young, "judged_from")?;
    let told = company.place.expect(3, &RECONCILE)?.stdout;
    for said in [
        format!("{reference}, 20.00 EUR, is not to be seen, and was sent so lately"),
        format!("next: it is judged by `counterfoil reconcile` from {from} on"),
    ] {
        assert!(told.contains(&said), "{told}");
    }
    let early = company.place.expect(1, &accepting(reference, "deleted"))?;
    let hint = "hint: try it again from 2026-04-01T06:00:";
    assert!(early.stderr.contains(hint), "{}", early.stderr);
    from.clone_into(&mut company.place.now);
    let report = company.place.json_with(3, &RECONCILE)?;
    let result = &report["sinks"][0]["result"];
    assert_eq!(result["young"], Value::Null, "{report:#}");
    assert_eq!(
        texts(list(result, "findings")?, &["/code", "/subject"])[0],
        format!("missing {reference}")
    );
    Ok(())
}
