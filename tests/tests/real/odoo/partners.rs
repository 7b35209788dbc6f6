//! Who is invoiced: by the reviewed table, by our reference, or a new partner where that is switched on.

use anyhow::Result;
use serde_json::{Value, json};

use super::company::{ACME, BLUE, Company, MARCH};

const CITRON: &str = "[account.citron]\nname = \"Citron SA\"\ncurrency = \"EUR\"\n";

fn partners(company: &Company) -> Result<Vec<Value>> {
    company
        .odoo
        .search("res.partner", &json!([]), &["name", "ref"])
}

#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_partners_are_found_and_made_only_where_it_is_switched_on() -> Result<()> {
    let mut company = Company::new("draft")?;
    company.add_partners()?;
    let mapped = company
        .odoo
        .create("res.partner", &json!({ "name": "Blue, as the table says" }))?;
    company.terms.accounts = format!("{ACME}{BLUE}remote = {{ odoo = \"{mapped}\" }}\n{CITRON}");
    company.write()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &["VM-1,acme,1,0", "VM-2,blue,2,0", "VM-3,citron,3,0"])?;
    }
    company.place.call(&["discover"])?;
    company.plan_and_approve(MARCH)?;
    let before = partners(&company)?;
    let refused = company.apply(4)?;
    assert!(
        refused.stdout.contains("citron has no partner"),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stdout.contains("create_customers"),
        "{}",
        refused.stdout
    );
    assert_eq!(partners(&company)?, before);
    assert_eq!(company.odoo.documents()?.len(), 2);
    company.odoo.document("Acme GmbH", "out_invoice")?;
    company
        .odoo
        .document("Blue, as the table says", "out_invoice")?;

    company.terms.create_customers = true;
    company.write()?;
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    assert_eq!(partners(&company)?.len(), before.len() + 1);
    let made = company
        .odoo
        .search("res.partner", &json!([["ref", "=", "citron"]]), &["name"])?;
    assert_eq!(made.len(), 1);
    company.odoo.document("Citron SA", "out_invoice")?;
    company.apply(0)?;
    assert_eq!(partners(&company)?.len(), before.len() + 1);
    assert_eq!(company.odoo.documents()?.len(), 3);
    company.reconciles(MARCH, "74.10")
}
