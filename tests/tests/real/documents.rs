//! What finance gets, held against programs that nobody here wrote: e-invoices against the official schemas and rules, rows
//! against the validator of FOCUS, workbooks against another program that computes their formulas.

mod codes;
mod company;
mod focus;
mod mismatch;
mod mismatch_taxes;
mod sample;
mod sheet;
mod ubl;
mod validators;

use anyhow::Result;

use company::Company;

#[test]
#[ignore = "needs the official validators: cargo xtask test --documents"]
fn real_documents_of_every_kind_pass_the_official_validators() -> Result<()> {
    let mut company = Company::new()?;
    company.bills_march()?;
    ubl::pass(&company, "2026-03", &["380"])?;
    company.learns_late()?;
    ubl::pass(&company, "2026-03", &["380", "381"])?;
    company.bills_april()?;
    ubl::pass(&company, "2026-04", &["380"])?;
    ubl::have_what_the_company_does(&company)?;
    for month in ["2026-03", "2026-04"] {
        focus::pass(&company, month)?;
        sheet::sums_to_the_documents(&company, month)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the official validators: cargo xtask test --documents"]
fn real_documents_that_are_not_for_peppol_pass_the_official_validators() -> Result<()> {
    let company = Company::new()?;
    company.leaves_peppol()?;
    company.bills_march()?;
    ubl::pass(&company, "2026-03", &["380"])
}
