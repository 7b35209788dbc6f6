//! Corrections of what was billed before an account was mapped otherwise, or before the sink lost its customer.

use anyhow::{Context, Result};
use counterfoil_tests::practice::PracticeServer;
use serde_json::{Value, json};

use crate::going_live::write;
use crate::mapped::{IMPORT, replace, with_customers};

#[test]
fn a_correction_goes_to_the_customer_of_its_invoice_whatever_the_account_is_mapped_to_since()
-> Result<()> {
    let (company, ids) = with_customers(&[
        ("K1", "Acme Nordic AB"),
        ("K2", "Blå Båt Rederi AB"),
        ("K3", "Acme Nordic Holding AB"),
    ])?;
    let table = format!(
        "account,remote_id,confirm\nacme,{},yes\nblue,{},yes\n",
        ids[0], ids[1]
    );
    write(&company, "map.csv", &table)?;
    company.place.expect(0, &IMPORT)?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    write(&company, "map.csv", &table.replace(&ids[0], &ids[2]))?;
    let mapped = company.place.json(&IMPORT)?;
    assert_eq!(mapped["mapped"][0]["remote_id"], ids[2].as_str());
    assert_eq!(
        company.planned_effects()?,
        0,
        "what is issued stays where it is"
    );
    replace(
        &company,
        "price = [{ currency = \"EUR\", amount",
        "price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]\n#",
    )?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let documents = company.server.get("/api/v1/documents?limit=100")?;
    let items = documents["items"].as_array().context("documents")?;
    let of_acme = items
        .iter()
        .filter(|one| one["customer"] == ids[0].as_str());
    let kinds: Vec<&Value> = of_acme.map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!("invoice"), &json!("credit-note")]);
    assert!(items.iter().all(|one| one["customer"] != ids[2].as_str()));
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}

#[test]
fn a_correction_whose_customer_the_sink_does_not_know_any_more_is_not_sent_to_the_map() -> Result<()>
{
    let (mut company, ids) =
        with_customers(&[("K1", "Acme Nordic AB"), ("K2", "Blå Båt Rederi AB")])?;
    let table = format!(
        "account,remote_id,confirm\nacme,{},yes\nblue,{},yes\n",
        ids[0], ids[1]
    );
    write(&company, "map.csv", &table)?;
    company.place.expect(0, &IMPORT)?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    // The sink lost everything.
    let empty = tempfile::tempdir()?;
    company.server = PracticeServer::start(empty.path(), None)?;
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    replace(
        &company,
        "price = [{ currency = \"EUR\", amount",
        "price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]\n#",
    )?;
    company.plan_and_approve()?;
    let report = company
        .place
        .json_with(4, &["apply", "--period", "2026-03"])?;
    let finding = &report["findings"][0];
    let next = finding["next_step"].as_str().context("a next step")?;
    for said in [
        "which this corrects, and a correction goes to the buyer of its original",
        "`counterfoil reconcile --accept-void CF-",
    ] {
        assert!(next.contains(said), "{next}");
    }
    assert!(!next.contains("map propose"), "{next}");
    Ok(())
}
