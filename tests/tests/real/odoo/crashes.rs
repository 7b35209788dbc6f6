//! Killed between Odoo's commit and our receipt, and restored from a copy: one invoice for each reference, none missing.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use counterfoil_tests::proxy::{Proxy, Strike};

use super::api::Document;
use super::company::{Company, MARCH};

const ROUNDS: u32 = 20;

/// The months that are billed, one a round.
fn months() -> impl Iterator<Item = String> {
    (0..=ROUNDS).map(|round| format!("{}-{:02}", 2024 + (6 + round) / 12, 1 + (6 + round) % 12))
}

/// Each month has another bill.
fn prepared() -> Result<Company> {
    let company = Company::new("post")?;
    company.add_partners()?;
    for (index, month) in months().enumerate() {
        let acme = format!("VM-1,acme,{},100", index + 1);
        company.export(&format!("{month}-01"), &[&acme, "VM-2,blue,3,40"])?;
    }
    // The last month is seen to its end.
    company.export("2026-03-31", &["VM-1,acme,21,100", "VM-2,blue,3,40"])?;
    company.place.call(&["discover"])?;
    Ok(company)
}

/// The references of a plan, and the net of each.
fn planned(company: &Company, month: &str) -> Result<BTreeMap<String, String>> {
    let plan = company.place.json(&["plan", "--period", month])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("a plan has deliveries")?;
    let to_create = deliveries.iter().filter(|one| one["action"] == "create");
    to_create
        .map(|one| {
            let delivery = &one["delivery"];
            let reference = delivery["reference"]
                .as_str()
                .context("it has a reference")?;
            let net = delivery["net"]["amount"].as_str().context("it has a net")?;
            Ok((reference.to_owned(), net.to_owned()))
        })
        .collect()
}

/// Kills the process at the request of an apply that `arm` chooses.
fn kill(company: &Company, month: &str, arm: impl FnOnce(&Proxy, u32)) -> Result<()> {
    let mut apply = company.place.start(&["apply", "--period", month])?;
    arm(&company.proxy, apply.id());
    let ended = apply.wait()?;
    assert!(!company.proxy.disarm(), "{month} has such a request");
    assert_eq!(ended.code(), None, "the apply of {month} is killed");
    Ok(())
}

fn settle(company: &Company, month: &str) -> Result<()> {
    for _ in 0..3 {
        let answer = company.place.call(&["apply", "--period", month])?;
        if answer.status.success() {
            return Ok(());
        }
    }
    company.place.expect(0, &["apply", "--period", month])?;
    Ok(())
}

/// Odoo holds exactly these, each once and posted, with this net.
fn holds(company: &Company, expected: &BTreeMap<String, String>) -> Result<()> {
    let documents = company.odoo.documents()?;
    assert_eq!(documents.len(), expected.len(), "{documents:#?}");
    let held: BTreeMap<String, String> = documents
        .into_iter()
        .map(|document| {
            assert_eq!(document.state, "posted", "{document:#?}");
            let net = format!(
                "{}.{:02}",
                document.net_cents / 100,
                document.net_cents % 100
            );
            (document.reference, net)
        })
        .collect();
    assert_eq!(&held, expected);
    Ok(())
}

#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_killed_at_any_request_nothing_is_doubled_or_lost() -> Result<()> {
    let company = prepared()?;
    let mut months = months();
    // The first month is not disturbed: it tells how many requests there are to be killed at.
    let first = months.next().context("there is a first month")?;
    let mut expected = planned(&company, &first)?;
    company.approve(["--period", &first])?;
    let before = company.proxy.seen();
    company.place.expect(0, &["apply", "--period", &first])?;
    let requests = company.proxy.seen() - before;
    // A fixed sequence that looks random, so that a failure can be repeated.
    let mut state = 20_260_401_u32;
    for month in months {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let request = 1 + (state >> 16) % requests;
        let wanted = planned(&company, &month)?;
        assert_eq!(wanted.len(), 2, "{month}: {wanted:?}");
        company.approve(["--period", &month])?;
        kill(&company, &month, |proxy, process| {
            proxy.arm(request, Strike::KillAfterAnswer, process);
        })?;
        settle(&company, &month)?;
        expected.extend(wanted);
        holds(&company, &expected).with_context(|| format!("{month}, request {request}"))?;
        company
            .place
            .expect(0, &["reconcile", "--period", &month])?;
    }
    assert_eq!(expected.len(), 2 * (1 + ROUNDS as usize));
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_a_store_restored_from_a_copy_made_before_the_push_bills_nothing_twice() -> Result<()> {
    let company = Company::new("post")?;
    company.add_partners()?;
    company.export_march()?;
    company.place.call(&["discover"])?;
    company.plan_and_approve(MARCH)?;
    let copy = company.place.folder.join("copy");
    std::fs::copy(company.store(), &copy)?;
    company.apply(0)?;
    let pushed = company.odoo.documents()?;
    assert_eq!(pushed.len(), 2);
    std::fs::copy(&copy, company.store())?;
    company.apply(0)?;
    assert_eq!(company.odoo.documents()?, pushed);
    company.reconciles(MARCH, "92.03")?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

/// A draft is replaced in two steps: the import, and the removal of the lines that it does not name.
#[test]
#[ignore = "needs Odoo: cargo xtask test --real"]
fn real_odoo_killed_between_the_steps_of_an_update_the_draft_becomes_what_is_wanted() -> Result<()>
{
    let mut company = Company::new("draft")?;
    company.add_partners()?;
    company.export_march()?;
    company.place.call(&["discover"])?;
    company.plan_and_approve(MARCH)?;
    company.apply(0)?;
    let made = company.odoo.documents()?;
    for step in ["/account.move/load", "/account.move/write"] {
        company.terms.disk_price = Some("amount = 0.10");
        company.write()?;
        company.plan_and_approve(MARCH)?;
        company.apply(0)?;
        company.reconciles(MARCH, "92.03")?;
        company.terms.disk_price = None;
        company.write()?;
        company.plan_and_approve(MARCH)?;
        kill(&company, MARCH[1], |proxy, process| {
            proxy.arm_at_path(step, Strike::KillAfterAnswer, process);
        })?;
        settle(&company, MARCH[1])?;
        let now = company.odoo.documents()?;
        let id_and_lines = |document: &Document| (document.id, document.lines.len());
        let expected: Vec<_> = made.iter().map(|document| (document.id, 1)).collect();
        assert_eq!(now.iter().map(id_and_lines).collect::<Vec<_>>(), expected);
        company.reconciles(MARCH, "76.09")?;
    }
    Ok(())
}
