//! Posted invoices: made once, found again, read back to the cent, and corrected by credit notes that are linked to them.

use anyhow::Result;
use counterfoil_tests::proxy::Strike;

use super::company::{Company, MARCH};

const MAY: &str = "2026-05-01T06:00:00Z";

#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_posted_invoices_are_found_reconciled_and_corrected() -> Result<()> {
    let mut company = Company::new("post")?;
    company.odoo.round_per_line()?;
    company.add_partners()?;
    company.export_march()?;
    company.place.call(&["discover"])?;
    company.plan_and_approve(MARCH)?;
    posts_each_once(&company)?;
    sends_nothing_again(&company)?;
    company.terms.cpu_price = "from = 2026-03-01, amount = 10.00";
    company.write()?;
    company.place.now = MAY.to_owned();
    corrects(&company)
}

/// The answer to the first import is lost: the invoice is found, and finished.
fn posts_each_once(company: &Company) -> Result<()> {
    let nobody = 0;
    company
        .proxy
        .arm_at_path("/account.move/load", Strike::DropAnswer, nobody);
    company.apply(0)?;
    assert!(!company.proxy.disarm(), "an answer was dropped");
    let documents = company.odoo.documents()?;
    assert_eq!(documents.len(), 2, "{documents:#?}");
    assert!(documents.iter().all(|document| document.state == "posted"));
    // 98/31 vCPU at 12.35 are 39.04, which 3.16 × 12.35 is not; 3700/31 GB at 0.10 are 11.94, as 119.35 × 0.10 is.
    let acme = company.odoo.document("Acme GmbH", "out_invoice")?;
    let (cpu, disk) = (acme.line("vCPU")?, acme.line("Disk")?);
    assert_eq!((cpu.quantity.as_str(), cpu.net_cents), ("1.0", 39_04));
    assert_eq!(cpu.unit_price, "39.04");
    assert_eq!((disk.quantity.as_str(), disk.net_cents), ("119.35", 11_94));
    assert_eq!(acme.net_cents, 50_98);
    let blue = company.odoo.document("Blue BV", "out_invoice")?;
    let cpu = blue.line("vCPU")?;
    assert_eq!((cpu.quantity.as_str(), cpu.net_cents), ("3.0", 37_05));
    assert_eq!(blue.net_cents, 41_05);
    company.reconciles(MARCH, "92.03")
}

fn sends_nothing_again(company: &Company) -> Result<()> {
    let before = company.odoo.documents()?;
    let again = company.place.json(&["apply", MARCH[0], MARCH[1]])?;
    assert_eq!(company.odoo.documents()?, before, "{again:#}");
    assert!(company.effects()?.is_empty());
    Ok(())
}

/// The vCPU cost 10.00 from the beginning: 98/31 of them are 31.61, and three are 30.00.
fn corrects(company: &Company) -> Result<()> {
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    for (partner, invoiced, credited) in [("Acme GmbH", 50_98, 7_43), ("Blue BV", 41_05, 7_05)] {
        let invoice = company.odoo.document(partner, "out_invoice")?;
        let credit = company.odoo.document(partner, "out_refund")?;
        assert_eq!(invoice.net_cents, invoiced);
        assert_eq!(credit.net_cents, credited, "{credit:#?}");
        assert_eq!(credit.reverses, Some(invoice.id));
        assert_eq!(credit.state, "posted");
        assert_ne!(credit.reference, invoice.reference);
    }
    assert!(company.effects()?.is_empty());
    company.reconciles(MARCH, "77.55")?;
    company.place.expect(0, &["verify"])?;
    assert_eq!(company.odoo.documents()?.len(), 4);
    Ok(())
}
