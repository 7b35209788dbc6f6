//! What was learned after several months were billed: the documents of all of them are told with the change.

use anyhow::Result;
use serde_json::Value;

use crate::delivered::correct;
use crate::reports::{list, texts};
use crate::small::{Company, machines};

#[test]
fn an_end_that_was_learned_late_is_told_with_the_months_that_billed_it_since() -> Result<()> {
    let mut company = Company::new()?;
    let rows = |day: &str| {
        let mut rows = vec!["VM-002,blue,2".to_owned()];
        if day < "2026-02-20" {
            rows.push("VM-001,acme,2".to_owned());
        }
        rows
    };
    let days = [
        "2026-02-01",
        "2026-02-20",
        "2026-02-28",
        "2026-03-01",
        "2026-03-31",
    ];
    for day in days {
        company.export(day, &machines(2))?;
    }
    company.place.call(&["discover"])?;
    for period in ["2026-02", "2026-03"] {
        company.place.expect(0, &["plan", "--period", period])?;
        let approve = ["approve", "--period", period, "--all", "--by", "test"];
        company.place.expect(0, &approve)?;
        company.place.expect(0, &["apply", "--period", period])?;
    }
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    for day in days {
        company.export(day, &rows(day))?;
    }
    company.place.call(&["discover"])?;
    let asked = ["report", "delivered", "VM-001"];
    let keys = ["/billing_period", "/as_known"];
    let told = company.place.json(&asked)?;
    let gone = &told["events"][1];
    assert_eq!(gone["event"], "gone", "{told:#}");
    assert_eq!(gone["not_yet"]["because"], "learned-later", "{gone:#}");
    assert_eq!(
        texts(list(gone, "delivered")?, &keys),
        ["2026-03 false"],
        "February's invoice is told with its beginning"
    );
    correct(&company)?;
    let told = company.place.json(&asked)?;
    let gone = &told["events"][1];
    assert_eq!(gone["not_yet"], Value::Null, "{gone:#}");
    assert_eq!(
        texts(list(gone, "delivered")?, &keys),
        ["2026-02 true", "2026-03 false", "2026-03 true"]
    );
    Ok(())
}

#[test]
fn what_comes_to_nothing_or_is_in_no_plan_says_so() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 10.00, allowance = 5 }]")?;
    let rows = ["VM-001,acme,20", "VM-002,blue,4"].map(str::to_owned);
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.bill()?;
    let told = |name: &str, because: &str, text: &str| -> Result<()> {
        let asked = ["report", "delivered", name];
        let report = company.place.json(&asked)?;
        assert_eq!(
            report["events"][0]["not_yet"]["because"], because,
            "{report:#}"
        );
        let said = company.place.expect(0, &asked)?.stdout;
        assert!(said.contains(text), "{said}");
        Ok(())
    };
    // Four are less than what is free.
    let text = "its line of 2026-03 comes to nothing, and stands in no document";
    told("VM-002", "comes-to-nothing", text)?;
    let more = [&rows[..], &["VM-003,blue,8".to_owned()]].concat();
    company.export("2026-03-16", &more)?;
    company.place.call(&["discover"])?;
    let text =
        "the newest plan of 2026-03 does not have it: `counterfoil plan --period 2026-03` says why";
    told("VM-003", "not-planned", text)
}
