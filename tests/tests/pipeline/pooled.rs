//! An allowance that the accounts of a customer share: over currencies, and refused where their charge periods differ.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use serde_json::Value;

use crate::small::{APRIL, Company};

const BOOK: &str = "[[item]]\nname = \"traffic\"\ndescription = \"Traffic\"\nunit = \"E34\"\nkind = \"port\"\n\
                    meter = { attribute = \"gb\" }\nprice = [\n\
                    { currency = \"EUR\", amount = 1.00, allowance = 10, allowance_per = \"customer\" },\n\
                    { currency = \"SEK\", amount = 10.00, allowance = 10, allowance_per = \"customer\" },\n]\n";
const FACTS: &str = "resource,kind,account,gb\np-1,port,one,30\np-2,port,two,10\n";

fn place(folder: &std::path::Path, accounts: &str) -> Result<Workplace> {
    for (name, text) in [
        ("book.toml", BOOK),
        ("facts.csv", FACTS),
        ("accounts.csv", accounts),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(Workplace::new(folder, APRIL))
}

const RATE: [&str; 11] = [
    "rate",
    "--facts",
    "facts.csv",
    "--facts",
    "accounts.csv",
    "--price-book",
    "book.toml",
    "--period",
    "2026-03",
    "--timezone",
    "Europe/Stockholm",
];

#[test]
fn accounts_in_two_currencies_share_the_units_that_are_free() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let accounts = "account,customer,currency\none,group,EUR\ntwo,group,SEK\n";
    let rated = place(folder.path(), accounts)?.json(&RATE)?;
    let lines = rated["lines"].as_array().context("lines")?;
    let nets: Vec<&Value> = lines.iter().map(|line| &line["net"]["amount"]).collect();
    // 10 free units of 40: 7.5 of the first account, 2.5 of the second.
    assert_eq!(nets, ["22.50", "75.00"]);
    Ok(())
}

#[test]
fn accounts_with_different_calendars_cannot_share_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (column, value) in [
        ("timezone", "America/New_York"),
        ("billing_period", "quarter"),
        ("anchor", "2026-01-15"),
    ] {
        let accounts =
            format!("account,customer,currency,{column}\none,group,EUR,\ntwo,group,SEK,{value}\n");
        let said = place(folder.path(), &accounts)?.call(&RATE)?;
        let words = "item traffic: the accounts of group have different calendars, and cannot share an allowance of one \
                     charge period: one, two";
        assert_ne!(said.status.code(), Some(0), "{column}");
        assert!(said.stderr.contains(words), "{column}: {}", said.stderr);
    }
    // Of two customers each has its own.
    let accounts =
        "account,customer,currency,timezone\none,one,EUR,\ntwo,two,SEK,America/New_York\n";
    place(folder.path(), accounts)?.json(&RATE)?;
    Ok(())
}

#[test]
fn a_configuration_in_which_they_would_is_refused() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 1.00, allowance = 10, allowance_per = \"customer\" }]",
    )?;
    company.place.expect(0, &["check"])?;
    let file = company.configuration();
    let text = std::fs::read_to_string(&file)?;
    let text = text.replace(
        "name = \"Acme\"\n",
        "name = \"Acme\"\ncustomer = \"group\"\n",
    );
    let text = text.replace(
        "name = \"Blue\"\n",
        "name = \"Blue\"\ncustomer = \"group\"\nbilling_period = \"quarter\"\n",
    );
    std::fs::write(&file, text)?;
    let said = company.place.expect(2, &["check"])?;
    let words = "the accounts of group have different calendars, and cannot share an allowance of one charge period: acme, \
                 blue";
    assert!(
        format!("{}{}", said.stdout, said.stderr).contains(words),
        "{}{}",
        said.stdout,
        said.stderr
    );
    Ok(())
}
