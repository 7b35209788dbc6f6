//! Drafts: updated in place under their reference, and compared line by line with what a person made of them.

use anyhow::Result;
use serde_json::json;

use super::api::Document;
use super::company::{Company, MARCH};

#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_drafts_are_updated_in_place_and_edits_by_hand_are_found() -> Result<()> {
    let mut company = Company::new("draft")?;
    company.add_partners()?;
    company.export_march()?;
    company.place.call(&["discover"])?;
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    let acme = company.odoo.document("Acme GmbH", "out_invoice")?;
    shares_are_kept_to_the_cent(&company, &acme)?;
    a_late_row_updates_the_draft(&company, &acme)?;
    a_price_that_ends_removes_its_line(&mut company, &acme)?;
    edits_are_found(&company)?;
    a_draft_that_is_posted_stays_the_same(&company)
}

/// This company adds up before it rounds, so that only products of whole cents may stand as quantity × price.
fn shares_are_kept_to_the_cent(company: &Company, acme: &Document) -> Result<()> {
    assert_eq!(acme.state, "draft");
    for (line, net_cents, price) in [("vCPU", 39_04, "39.04"), ("Disk", 11_94, "11.94")] {
        let line = acme.line(line)?;
        assert_eq!(line.net_cents, net_cents, "{acme:#?}");
        assert_eq!(
            (line.quantity.as_str(), line.unit_price.as_str()),
            ("1.0", price)
        );
    }
    assert_eq!(acme.net_cents, 50_98);
    let blue = company.odoo.document("Blue BV", "out_invoice")?;
    let cpu = blue.line("vCPU")?;
    assert_eq!(
        (cpu.quantity.as_str(), cpu.unit_price.as_str()),
        ("3.0", "12.35")
    );
    company.reconciles(MARCH, "92.03")
}

/// A machine of one vCPU was there on the last day: 99/31 of them.
fn a_late_row_updates_the_draft(company: &Company, before: &Document) -> Result<()> {
    let rows = [
        "VM-1,acme,2,100",
        "VM-2,blue,3,40",
        "VM-3,acme,3,50",
        "VM-4,acme,1,0",
    ];
    company.export("2026-03-31", &rows)?;
    company.place.expect(0, &["discover"])?;
    let effects = company.effects()?;
    assert_eq!(effects.len(), 1, "{effects:#?}");
    assert_eq!(effects[0]["action"], "update");
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    let after = company.odoo.document("Acme GmbH", "out_invoice")?;
    assert_eq!((after.id, &after.reference), (before.id, &before.reference));
    assert_eq!(after.line("vCPU")?.net_cents, 39_44);
    assert_eq!((after.state.as_str(), after.net_cents), ("draft", 51_38));
    company.reconciles(MARCH, "92.43")
}

fn a_price_that_ends_removes_its_line(company: &mut Company, before: &Document) -> Result<()> {
    company.terms.disk_price = None;
    company.write()?;
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    let after = company.odoo.document("Acme GmbH", "out_invoice")?;
    assert_eq!((after.id, after.lines.len()), (before.id, 1), "{after:#?}");
    assert_eq!(after.net_cents, 39_44);
    company.reconciles(MARCH, "76.49")
}

fn edits_are_found(company: &Company) -> Result<()> {
    let blue = company.odoo.document("Blue BV", "out_invoice")?;
    let line = blue.line("vCPU")?.id;
    let edit = |values: serde_json::Value| {
        let lines = json!({ "invoice_line_ids": [values] });
        company.odoo.write("account.move", blue.id, &lines)
    };
    edit(json!([1, line, { "price_unit": 11.35 }]))?;
    let finding = company.finding()?;
    assert_eq!(finding["code"], "mismatched");
    assert_eq!(finding["subject"], blue.reference.as_str());
    assert_eq!(finding["value"]["amount"], "-3.00");
    for change in ["net 37.05 → 34.05", "unit price 12.35 → 11.35"] {
        let message = finding["message"].as_str().unwrap_or_default();
        assert!(message.contains(change), "{message}");
    }
    // Set back as the finding asks, all agree again.
    edit(json!([1, line, { "price_unit": 12.35 }]))?;
    company.reconciles(MARCH, "76.49")?;
    edit(json!([2, line, 0]))?;
    let finding = company.finding()?;
    assert_eq!(finding["subject"], blue.reference.as_str());
    let message = finding["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("line 1 `vCPU`: net 37.05 → removed"),
        "{message}"
    );
    Ok(())
}

/// Posting is the person's work with drafts: it is recorded, and no reason to send anything.
fn a_draft_that_is_posted_stays_the_same(company: &Company) -> Result<()> {
    let acme = company.odoo.document("Acme GmbH", "out_invoice")?;
    company
        .odoo
        .call("account.move", "action_post", &json!({ "ids": [acme.id] }))?;
    let report = company
        .place
        .json_with(3, &["reconcile", MARCH[0], MARCH[1]])?;
    let change = &report["sinks"][0]["result"]["state_changes"][0];
    assert_eq!(change["reference"], acme.reference.as_str(), "{report:#}");
    assert_eq!(change["to"], "posted");
    assert!(company.effects()?.is_empty());
    assert_eq!(company.odoo.documents()?.len(), 2);
    Ok(())
}
