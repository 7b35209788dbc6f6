//! Corrections after corrections: what is added and given back at once goes out as one difference.

use anyhow::Result;

use crate::corrected::{
    billed, effects, export, lines, never_more_than_billed, rated, send, stands,
};

/// The original has no room left once a correction was reversed by a credit of it; the correction has.
#[test]
fn a_back_dated_price_after_a_correction_and_its_reversal_is_one_difference() -> Result<()> {
    let mut company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        &["VM-001,acme,31"],
    )?;
    for cpus in ["62", "31"] {
        let row = format!("VM-001,acme,{cpus}");
        export(&company, "2026-03", (1, 31), &[&row])?;
        company.place.expect(0, &["discover"])?;
        send(&company, "2026-03")?;
    }
    assert_eq!(
        company.posted_nets()?,
        ["310.00", "310.00", "310.00"],
        "an invoice, what corrects it, and a credit note"
    );
    let cut = "price = [{ currency = \"EUR\", amount = 10.00 }, \
        { currency = \"EUR\", amount = 5.00, from = 2026-03-17 }]";
    company.set_price(cut)?;
    let planned = effects(&company, "2026-03")?;
    assert_eq!(planned.len(), 1, "{planned:#?}");
    let delivery = &planned[0]["delivery"];
    assert_eq!(delivery["kind"], "credit-note");
    assert_eq!(delivery["net"]["amount"], "75.00");
    assert_eq!(lines(&planned[0]).len(), 3, "{delivery:#}");
    send(&company, "2026-03")?;
    assert_eq!(stands(&company, "2026-03")?, 23_500);
    assert_eq!(stands(&company, "2026-03")?, rated(&company, "2026-03")?);
    never_more_than_billed(&company)
}

/// What cannot be read of a month that was sent would be given back whole: it blocks the plan that corrects it.
#[test]
fn what_cannot_be_read_of_a_month_that_was_sent_blocks_the_next_plan() -> Result<()> {
    let mut company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        &["VM-001,acme,31", "VM-002,acme,1"],
    )?;
    export(
        &company,
        "2026-03",
        (1, 31),
        &["VM-001,acme,", "VM-002,acme,1"],
    )?;
    export(
        &company,
        "2026-04",
        (1, 30),
        &["VM-001,acme,31", "VM-002,acme,1"],
    )?;
    "2026-05-01T06:00:00Z".clone_into(&mut company.place.now);
    company.place.expect(0, &["discover"])?;
    let plan = company
        .place
        .json_with(3, &["plan", "--period", "2026-04"])?;
    let findings = plan["findings"].as_array().cloned().unwrap_or_default();
    let unread = findings
        .iter()
        .filter(|one| one["code"] == "unreadable-quantity");
    let unread: Vec<_> = unread
        .map(|one| {
            (
                one["severity"].as_str(),
                one["subject"]
                    .as_str()
                    .is_some_and(|of| of.ends_with(", 2026-03")),
            )
        })
        .collect();
    assert_eq!(unread, [(Some("blocking"), true)], "{plan:#}");
    Ok(())
}

/// What the machine comes to less, the commitment lacks more: that is planned as nothing, and explained so.
#[test]
fn what_is_not_corrected_since_it_comes_to_nothing_says_so() -> Result<()> {
    let mut company = billed(
        "price = [{ currency = \"EUR\", amount = 10.00 }]\n\n[[account.acme.commitment]]\nname = \"base\"\namount = 1000.00",
        &["VM-001,acme,31"],
    )?;
    let rows = ["VM-001,acme,30"];
    export(&company, "2026-03", (1, 31), &rows)?;
    "2026-04-09T06:00:00Z".clone_into(&mut company.place.now);
    company.place.expect(0, &["discover"])?;
    assert_eq!(effects(&company, "2026-03")?.len(), 0);
    let asked = ["explain", "--resource", "VM-001", "--period", "2026-03"];
    let said = company.place.expect(0, &asked)?.stdout;
    let next = "together with the other lines of acme it comes to 0.00, and a correction of that is sent only where it moves what \
         the buyer books apart";
    assert!(said.contains(next), "{said}");
    assert!(!said.contains("no plan has it"), "{said}");
    Ok(())
}
