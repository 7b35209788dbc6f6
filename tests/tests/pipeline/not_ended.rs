//! A month that has not ended: nothing asks for what would be refused.

use anyhow::Result;
use serde_json::json;

use crate::reports::list;
use crate::small::{Company, machines};

const MARCH: [&str; 3] = ["reconcile", "--period", "2026-03"];

#[test]
fn it_is_reconciled_with_what_was_sent_and_asks_for_no_plan() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    company.place.now = "2026-03-20T06:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    company.place.expect(1, &["plan", "--period", "2026-03"])?;
    let told = company.place.expect(0, &MARCH)?.stdout;
    for text in [
        "2026-03 has not ended: what is rated so far is not due",
        "next: run `counterfoil plan --period 2026-03` when it has ended, from 2026-03-31T22:00:00Z on",
        "not ended",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    for text in ["approve it and apply it", "is rated and not sent"] {
        assert!(!told.contains(text), "{text}\n{told}");
    }
    let report = company.place.json(&MARCH)?;
    let result = &list(&report, "sinks")?[0]["result"];
    assert_eq!(result["not_ended"], json!("2026-03-31T22:00:00Z"));
    assert_eq!(result["findings"], json!([]), "{report:#}");
    // Of the month that has ended it is a finding.
    company.export("2026-03-31", &machines(4))?;
    company.place.now = crate::small::APRIL.to_owned();
    company.place.expect(0, &["discover"])?;
    let report = company.place.json_with(3, &MARCH)?;
    let result = &list(&report, "sinks")?[0]["result"];
    assert_eq!(result["not_ended"], json!(null));
    assert_eq!(list(result, "findings")?[0]["code"], json!("not-sent"));
    Ok(())
}
