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
