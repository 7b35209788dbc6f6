//! An account that is called otherwise by now, or is another customer at the sink: it is decided on under its key of now, and
//! what its documents say of the buyer is told beside it.

use anyhow::{Context, Result};
use counterfoil_tests::receiver::Receiver;
use serde_json::{Value, json};

use crate::effects::APPLY;
use crate::reports::{list, texts};
use crate::small::{Company, machines};

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

/// March is billed, its price sinks, Acme is called otherwise, and Blue is another customer at the sink.
fn renamed(tables: &str) -> Result<Company> {
    let mut company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.bill()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]")?;
    let north =
        "[account.north]\nrenamed_from = \"acme\"\ncustomer = \"acme\"\nname = \"Northern\"\n";
    edit(&company, "[account.acme]\nname = \"Acme\"\n", north)?;
    let mapped = "[account.blue]\nremote = { books = \"cust_9\" }\n";
    edit(&company, "[account.blue]\n", &format!("{tables}\n{mapped}"))?;
    Ok(company)
}

fn deciding<'a>(decision: &[&'a str]) -> Vec<&'a str> {
    let mut deciding = vec!["approve", "--period", "2026-03", "--by", "anna"];
    deciding.extend(decision);
    deciding
}

fn decided(company: &Company, decision: &[&str]) -> Result<Vec<String>> {
    let report = company.place.json(&deciding(decision))?;
    let keys = ["/account", "/buyer_account", "/decision/state"];
    Ok(texts(list(&report, "accounts")?, &keys))
}

#[test]
fn a_correction_is_decided_on_under_the_key_that_its_account_has_now() -> Result<()> {
    let company = renamed("")?;
    let place = &company.place;
    let told = place.expect(0, &["plan", "--period", "2026-03"])?.stdout;
    for said in [
        " goes to the buyer of its original, acme (Acme); the account is north (Northern) by now",
        " goes to the buyer of its original, blue (Blue); the account is blue (Blue, cust_9 at books) by now",
        "\n north ",
    ] {
        assert!(told.contains(said), "{told}");
    }
    let plan = place.json(&["plan", "--period", "2026-03", "--customer", "acme"])?;
    let of_sink = &plan["plans"][0];
    assert_eq!(of_sink["approval"]["north"]["state"], "waiting");
    let keys = ["/account", "/document/account", "/now/account"];
    let others = texts(list(of_sink, "other_buyers")?, &keys);
    assert_eq!(others, ["north acme north"], "{of_sink:#}");

    for decision in [
        &["--account", "acme"][..],
        &["--hold", "acme", "--reason", "asked"],
        &["--withdraw", "acme", "--reason", "asked"],
    ] {
        let refused = place.expect(1, &deciding(decision))?;
        let hint = "hint: the account `acme` is called `north` by now";
        assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    }
    assert_eq!(
        decided(&company, &["--account", "north"])?,
        ["blue null waiting", "north acme approved"]
    );
    let withdrawn = decided(&company, &["--withdraw", "north", "--reason", "too soon"])?;
    assert_eq!(withdrawn, ["blue null waiting", "north acme waiting"]);
    let held = decided(&company, &["--hold", "north", "--reason", "asked"])?;
    assert_eq!(held, ["blue null waiting", "north acme held"]);
    let unbilled = place.json(&["report", "unbilled"])?;
    let not_sent = list(&unbilled, "not_sent")?;
    let mut not_sent = texts(not_sent, &["/account", "/state"]);
    not_sent.sort();
    assert_eq!(
        not_sent,
        ["blue waits for approval", "north held by anna: asked"]
    );
    decided(&company, &["--account", "north"])?;
    let report = place.json(&APPLY)?;
    let sent = texts(list(&report, "deliveries")?, &["/account", "/state"]);
    assert_eq!(sent, ["north confirmed"], "Blue's waits: {report:#}");
    Ok(())
}

#[test]
fn what_was_issued_under_a_former_key_is_told_under_both() -> Result<()> {
    let company = renamed("")?;
    let place = &company.place;
    company.plan_and_approve()?;
    place.expect(0, &APPLY)?;
    let told = place.json(&["report", "delivered", "VM-001"])?;
    let documents = list(&told["events"][0], "delivered")?;
    let keys = ["/account", "/buyer_account"];
    assert_eq!(texts(documents, &keys), ["north acme", "north acme"]);
    let reference = documents[1]["reference"].as_str().context("a reference")?;
    for question in [
        &["explain", reference][..],
        &["report", "delivered", "VM-001"],
    ] {
        let told = place.expect(0, question)?.stdout;
        assert!(told.contains("north (acme on the document)"), "{told}");
    }
    let folder = company.folder().join("pages");
    let folder = folder.to_str().context("a path of text")?;
    let asking = ["preview", "--period", "2026-03", "--folder", folder];
    let asking = [&asking[..], &["--account"]].concat();
    let shown = place.json(&[&asking[..], &["north"]].concat())?;
    let accounts = texts(list(&shown, "documents")?, &["/account"]);
    assert_eq!(accounts, ["north", "north"]);
    let refused = place.expect(1, &[&asking[..], &["acme"]].concat())?;
    let hint = "hint: the account `acme` is called `north` by now";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    // Without a customer of its own the account is one under its key.
    edit(
        &company,
        "[account.blue]\n",
        "[account.azure]\nrenamed_from = \"blue\"\n",
    )?;
    let narrowed = ["plan", "--period", "2026-03", "--customer", "blue"];
    let refused = place.expect(2, &narrowed)?;
    let hint = "hint: the account `blue` is called `azure` by now";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    Ok(())
}

#[test]
fn people_are_told_of_an_account_under_its_key_of_now() -> Result<()> {
    let receiver = Receiver::web(&[200])?;
    let hook = format!(
        "[[notify]]\non = [\"waiting\"]\nto = \"http://{}/hook\"\n",
        receiver.address
    );
    let company = renamed(&hook)?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let arrived = receiver.received();
    let last = arrived.last().context("a notification")?;
    let waits: Value = serde_json::from_str(&last.body)?;
    assert_eq!(
        waits["lines"],
        json!(["blue: -8.00 EUR", "north (acme on the document): -8.00 EUR"])
    );
    Ok(())
}

#[test]
fn an_opening_position_under_a_former_key_names_the_one_of_now() -> Result<()> {
    let company = renamed("")?;
    std::fs::write(
        company.place.folder.join("opening.csv"),
        "account,period,net\nacme,2026-03,12.50\n",
    )?;
    let import = ["opening", "import", "opening.csv", "--by", "anna"];
    let refused = company.place.expect(1, &import)?;
    let said = "there is no account `acme`; the account `acme` is called `north` by now";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    Ok(())
}
