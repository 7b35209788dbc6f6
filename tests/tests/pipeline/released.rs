//! Drafts that somebody deleted at the sink: a person accepts that, or releases what was parked over it.

use anyhow::Result;
use counterfoil_tests::practice::TOKEN;
use counterfoil_tests::rest::Rest;

use crate::effects::{apply, documents};
use crate::small::{Company, machines};
use crate::voided::{RECONCILE, accepting, finalize, text};

/// March is billed with drafts, of which somebody deleted the first; answers its reference.
fn deleted_draft() -> Result<(Company, String)> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    finalize(&company, "post", "draft")?;
    company.bill()?;
    let gone = documents(&company)?.swap_remove(0);
    let (id, reference) = (text(&gone, "id")?, text(&gone, "reference")?);
    let rest = Rest::new(&company.server.url(), format!("Bearer {TOKEN}"));
    rest.delete(&format!("/api/v1/documents/{id}"), None)?;
    let reference = reference.to_owned();
    Ok((company, reference))
}

#[test]
fn a_release_holds_for_whatever_is_planned_next() -> Result<()> {
    let (mut company, reference) = deleted_draft()?;
    let reference = reference.as_str();
    "2026-04-02T06:00:00Z".clone_into(&mut company.place.now);
    company.export("2026-03-31", &machines(6))?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    apply(&company, 4)?;
    let release = ["release", reference, "--by", "anna", "--reason", "deleted"];
    company.place.expect(0, &release)?;
    // Something else is planned before it is applied.
    company.export("2026-03-31", &machines(8))?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    let explained = company.place.expect(0, &["explain", reference])?;
    assert!(
        explained.stdout.contains(", void since "),
        "{}",
        explained.stdout
    );
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_draft_that_was_deleted_at_the_sink_is_billed_anew_once_a_person_accepts_it() -> Result<()> {
    let (mut company, reference) = deleted_draft()?;
    let reference = reference.as_str();
    let young = company.place.expect(1, &accepting(reference, "deleted"))?;
    assert!(
        young.stderr.contains("was sent so lately"),
        "{}",
        young.stderr
    );
    "2026-04-02T06:00:00Z".clone_into(&mut company.place.now);
    let report = company
        .place
        .json_with(3, &accepting(reference, "deleted"))?;
    assert_eq!(report["accepted"][0]["reference"], reference);
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    company.place.expect(0, &RECONCILE)?;
    Ok(())
}
