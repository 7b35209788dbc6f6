//! What runs unbilled, and the questions of the field on the colocation example: the amounts were computed by hand.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;

use crate::effects::documents;
use crate::reports::{company, list, texts};
use crate::small::{APRIL, Company, machines};
use crate::voided::{accepting, billed, text, void};

const APRIL_OVER: &str = "2026-05-01T06:00:00Z";

#[test]
fn what_runs_unbilled_is_told_the_most_valuable_first() -> Result<()> {
    let company = company()?;
    let report = company.place.json(&["report", "unbilled"])?;
    let keys = ["/external_id", "/reason", "/since", "/per_month/amount"];
    assert_eq!(
        texts(list(&report, "resources")?, &keys),
        [
            "VM-007 non-billable 2026-02-28T23:00:00Z 50.00",
            "VM-005 suspense 2026-03-05T23:00:00Z 30.00",
        ]
    );
    assert_eq!(report["per_month"][0]["amount"], "80.00");
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    company.place.expect(
        0,
        &[
            "approve", "--period", "2026-03", "--hold", "blue", "--reason", "disputed", "--by",
            "test",
        ],
    )?;
    let keys = ["/account", "/amount/amount", "/state"];
    let report = company.place.json(&["report", "unbilled"])?;
    assert_eq!(
        texts(list(&report, "not_sent")?, &keys),
        [
            "acme 78.39 waits for approval",
            "blue 21.94 held by test: disputed"
        ]
    );
    company.place.expect(
        0,
        &["approve", "--period", "2026-03", "--all", "--by", "test"],
    )?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let report = company.place.json(&["report", "unbilled"])?;
    assert_eq!(
        texts(list(&report, "not_sent")?, &keys),
        ["blue 21.94 held by test: disputed"]
    );
    Ok(())
}

#[test]
fn what_another_plan_sent_since_waits_for_nothing() -> Result<()> {
    let mut company = company()?;
    company.bill()?;
    company.place.now = APRIL_OVER.to_owned();
    company.set_price(
        "price = [{ currency = \"EUR\", from = 2026-03-10, amount = 12.00 }, { currency = \"EUR\", amount = 10.00 }]",
    )?;
    // Also the corrections of March.
    company.place.call(&["plan", "--period", "2026-04"])?;
    let keys = ["/account", "/billing_period", "/state"];
    let waiting = |company: &Company| -> Result<Vec<String>> {
        let report = company.place.json(&["report", "unbilled"])?;
        Ok(texts(list(&report, "not_sent")?, &keys))
    };
    let planned = waiting(&company)?;
    assert!(
        planned.contains(&"acme 2026-03 waits for approval".to_owned()),
        "{planned:?}"
    );
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let left = waiting(&company)?;
    assert!(!left.is_empty(), "April is not billed");
    for row in left {
        let (_, rest) = row.split_once(' ').context("an account")?;
        assert_eq!(
            rest,
            "2026-04 its plan no longer holds: run `counterfoil plan --period 2026-04`"
        );
    }
    Ok(())
}

#[test]
fn before_the_first_billed_day_everything_runs_unbilled() -> Result<()> {
    let company = company()?;
    company.write_with("bill_from = 2026-05-01", "", "")?;
    let report = company.place.json(&["report", "unbilled"])?;
    // 8 CPUs of acme and 3 of blue.
    assert_eq!(
        report["before_bill_from"]["per_month"][0]["amount"],
        "110.00"
    );
    let delivered = company.place.json(&["report", "delivered", "VM-003"])?;
    assert_eq!(
        delivered["events"][1]["not_yet"]["because"],
        "before-bill-from"
    );
    Ok(())
}

#[test]
fn the_colocation_example_answers_in_exact_amounts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut place = Workplace::of_example("colocation", &folder.path().join("pipeline"), APRIL)?;
    place.set("COUNTERFOIL_STATE", &folder.path().to_string_lossy());
    place.set("PRACTICE_URL", "http://127.0.0.1:9");
    place.set("PRACTICE_TOKEN", "none");
    place.call(&["discover"])?;
    let disks = place.json(&[
        "report",
        "growth",
        "--by",
        "resource",
        "--kind",
        "disk",
        "--attribute",
        "disk_gb",
        "--since",
        "2026-03-01",
        "--until",
        "2026-03-31",
        "--top",
        "3",
    ])?;
    assert_eq!(
        texts(list(&disks, "rows")?, &["/name", "/quantity/difference"]),
        [
            "rosalind-scratch 2000",
            "elv01-hist-data 1000",
            "ivs-file-01-data 500"
        ]
    );
    // One machine of 4 vCPU, 16 GB and 60 GB less and three more, at 802.00 each.
    let cirrus = place.json(&[
        "report",
        "changes",
        "2026-03-01",
        "2026-03-31",
        "--customer",
        "cirrus",
    ])?;
    let keys = [
        "/before/amount",
        "/by_cause/new/amount",
        "/by_cause/gone/amount",
        "/after/amount",
        "/difference/amount",
    ];
    assert_eq!(
        texts(list(&cirrus, "customers")?, &keys),
        ["9320.50 2406.00 -802.00 10924.50 1604.00"]
    );
    // Six in suspense for 3224.00, and Nordhall's own eight for 14097.50.
    let unbilled = place.json(&["report", "unbilled"])?;
    assert_eq!(list(&unbilled, "resources")?.len(), 14);
    assert_eq!(unbilled["per_month"][0]["amount"], "17321.50");
    let own = &unbilled["resources"][0];
    assert_eq!(own["external_id"], "DSK-2025");
    assert_eq!(own["per_month"]["amount"], "5700.00");
    Ok(())
}

/// March was voided and accepted; the plan of April looks back and bills it anew.
#[test]
fn what_the_plan_of_another_month_billed_anew_is_not_unbilled() -> Result<()> {
    let mut company = billed()?;
    for day in ["2026-04-01", "2026-04-30", "2026-05-01"] {
        company.export(day, &machines(4))?;
    }
    let gone = documents(&company)?.swap_remove(0);
    void(&company, &gone)?;
    company
        .place
        .expect(3, &accepting(text(&gone, "reference")?, "wrong company"))?;
    let told = |company: &Company| -> Result<String> {
        let mut told = company.place.expect(0, &["report", "unbilled"])?.stdout;
        for account in ["acme", "blue"] {
            let total = ["explain", "--account", account, "--period", "2026-03"];
            told += &company.place.expect(0, &total)?.stdout;
        }
        Ok(told)
    };
    assert!(told(&company)?.contains("not billed anew"));
    "2026-05-01T06:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let april = ["--period", "2026-04"];
    company.place.expect(0, &["plan", april[0], april[1]])?;
    // It is told once: as what waits.
    let waiting = told(&company)?;
    assert!(!waiting.contains("not billed anew"), "{waiting}");
    assert!(waiting.contains("waits for approval"), "{waiting}");
    let approve = ["approve", april[0], april[1], "--all", "--by", "test"];
    company.place.expect(0, &approve)?;
    company.place.expect(0, &["apply", april[0], april[1]])?;
    let unbilled = told(&company)?;
    for word in ["not billed anew", "waits for approval"] {
        assert!(!unbilled.contains(word), "{unbilled}");
    }
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}
