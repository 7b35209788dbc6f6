//! What was billed in advance and is given back, when it turns out otherwise later: every document finds its room at once.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cycles::{bill, company, exports};
use crate::reports::{list, texts};
use crate::small::Company;
use crate::undated::edit;
use crate::voided::text;

const MAY: &str = "2026-05-01T08:00:00Z";
const YEARLY: &str = "billed = \"in-advance\"\nper = \"year\"\nanchor = 2026-04-01\n\
    price = [{ currency = \"EUR\", amount = 365.00 }]";

/// Acme's machine leaves on 11 April; Blue's stays.
fn april(company: &mut Company, last: u8) -> Result<()> {
    let both = ["VM-1,acme,1", "VM-2,blue,1"];
    exports(company, "2026-04", 1..=last, &both)?;
    exports(company, "2026-04", last + 1..=30, &both[1..])?;
    exports(company, "2026-05", 1..=1, &both[1..])?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    Ok(())
}

fn begun() -> Result<Company> {
    // The year from April is billed with March, of which nothing else is.
    let company = company("2026-03-31", YEARLY, "")?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1", "VM-2,blue,1"])?;
    company.place.call(&["discover"])?;
    Ok(company)
}

/// What a plan would send: kind, amount and the month of it.
fn planned(company: &Company, month: &str) -> Result<(Vec<String>, Value)> {
    let plan = company.place.json(&["plan", "--period", month])?;
    let plan = &plan["plans"][0]["plan"];
    let deliveries = plan["deliveries"].as_array().context("deliveries")?;
    let sent = deliveries.iter().filter(|one| one["action"] != "nothing");
    let shown: Result<Vec<String>> = sent
        .map(|one| {
            let (delivery, amount) = (&one["delivery"], &one["amount"]["now"]);
            let (kind, amount) = (text(delivery, "kind")?, text(amount, "amount")?);
            let of = text(&delivery["slot"], "billing_period")?;
            Ok(format!("{kind} {amount} of {of}"))
        })
        .collect();
    Ok((shown?, plan["findings"].clone()))
}

#[test]
fn a_price_that_sinks_after_what_was_given_back_is_corrected_in_one_go() -> Result<()> {
    let mut company = begun()?;
    bill(&company, "2026-03")?;
    april(&mut company, 10)?;
    bill(&company, "2026-04")?;
    let dated = "amount = 365.00 }, { currency = \"EUR\", amount = 182.50, from = 2026-04-01 }";
    edit(&company, "amount = 365.00 }", dated)?;
    let (sent, _) = planned(&company, "2026-04")?;
    // 355 days at 0.50 less are given back; then there is room for the half of the year's fee.
    assert_eq!(
        sent,
        [
            "invoice 177.50 of 2026-04",
            "credit-note -182.50 of 2026-03",
            "credit-note -182.50 of 2026-03",
        ]
    );
    bill(&company, "2026-04")?;
    assert_eq!(planned(&company, "2026-04")?.0, [""; 0]);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn what_was_billed_to_nobody_yet_waits_and_goes_out_with_what_bills_it() -> Result<()> {
    let mut company = begun()?;
    april(&mut company, 10)?;
    // Nothing of March was sent: nothing is there to be credited.
    let (sent, findings) = planned(&company, "2026-04")?;
    assert_eq!(sent, [""; 0]);
    let finding = &findings[0];
    assert_eq!(finding["value"]["amount"], "-355.00", "{findings:#}");
    let next = finding["next_step"].as_str().context("a next step")?;
    assert!(next.contains("plan and send its month"), "{next}");
    bill(&company, "2026-03")?;
    let (sent, _) = planned(&company, "2026-04")?;
    assert_eq!(sent, ["credit-note -355.00 of 2026-04"]);
    bill(&company, "2026-04")?;
    Ok(())
}

#[test]
fn an_end_is_followed_to_what_gives_back_the_rest() -> Result<()> {
    let mut company = begun()?;
    bill(&company, "2026-03")?;
    april(&mut company, 10)?;
    bill(&company, "2026-04")?;
    let delivered = ["report", "delivered", "VM-1"];
    let delivered = company.place.json(&delivered)?;
    // What began is no part of the credit note.
    let billed = |at: usize| format!("/delivered/{at}/lines/0/billed/amount");
    assert_eq!(
        texts(
            list(&delivered, "events")?,
            &["/event", &billed(0), &billed(1)]
        ),
        ["new 1.00 null", "gone -355.00 null"]
    );
    Ok(())
}
