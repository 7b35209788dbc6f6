//! Edits without a date beside what was issued: a currency, rules of accounts with other midnights, prices of new customers.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cycles::{IN_ADVANCE, bill, company, exports};
use crate::effects::documents;
use crate::small::Company;
use crate::voided::{accepting, text, void};

const MAY: &str = "2026-05-01T08:00:00Z";
const BOTH: &str =
    "price = [{ currency = \"EUR\", amount = 10.00 }, { currency = \"SEK\", amount = 110.00 }]";

pub(crate) fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let text = std::fs::read_to_string(company.configuration())?;
    assert!(text.contains(from), "{from} in {text}");
    Ok(std::fs::write(
        company.configuration(),
        text.replace(from, to),
    )?)
}

/// What a plan would change: action and amount of each delivery.
fn changes(company: &Company, month: &str) -> Result<Vec<String>> {
    let plan = company.place.json(&["plan", "--period", month])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("deliveries")?.iter();
    let changing = deliveries.filter(|one| one["action"] != "nothing");
    changing
        .map(|one| {
            let amount = &one["amount"]["difference"];
            let [amount, currency] = [text(amount, "amount")?, text(amount, "currency")?];
            Ok(format!("{amount} {currency}"))
        })
        .collect()
}

/// Acme was billed for March; Blue had nothing.
fn billed(price: &str, of_acme: &str) -> Result<Company> {
    let company = company("2026-03-01", price, of_acme)?;
    exports(&company, "2026-03", 1..=31, &["VM-1,acme,1"])?;
    company.place.call(&["discover"])?;
    bill(&company, "2026-03")?;
    Ok(company)
}

fn discover_april(company: &mut Company, first: &[&str], rest: &[&str]) -> Result<()> {
    exports(company, "2026-04", 1..=9, first)?;
    exports(company, "2026-04", 10..=30, rest)?;
    exports(company, "2026-05", 1..=1, rest)?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    Ok(())
}

#[test]
fn a_currency_stays_once_something_was_issued_in_it() -> Result<()> {
    let mut company = billed(BOTH, "")?;
    let acme = "name = \"Acme\"\n\ncurrency = \"EUR\"";
    edit(&company, acme, &acme.replace("EUR", "SEK"))?;
    for (code, command) in [(1, &["plan", "--period", "2026-03"][..]), (2, &["check"])] {
        let refused = company.place.expect(code, command)?;
        let said = format!("{}{}", refused.stdout, refused.stderr);
        for expected in [
            "`currency` of account `acme` was EUR when documents were issued, and is SEK",
            "`agreement = [{ from = DAY }]`",
        ] {
            assert!(said.contains(expected), "{command:?}: {said}");
        }
    }
    edit(&company, &acme.replace("EUR", "SEK"), acme)?;
    // To whom nothing was issued may pay in another currency.
    let blue = "name = \"Blue\"\ncurrency = \"EUR\"";
    edit(&company, blue, &blue.replace("EUR", "SEK"))?;
    assert_eq!(changes(&company, "2026-03")?, [""; 0]);
    // The way that the hint names.
    let ended = format!("{acme}\nagreement = [{{ to = 2026-04-01 }}]");
    edit(&company, acme, &ended)?;
    company.append(
        "[account.acme-sek]\nname = \"Acme\"\ncustomer = \"acme\"\ncurrency = \"SEK\"\nagreement = [{ from = 2026-04-01 }]\n",
    )?;
    let row = ["VM-1,acme,1"];
    discover_april(&mut company, &row, &row)?;
    company.place.expect(0, &["check"])?;
    assert_eq!(changes(&company, "2026-03")?, [""; 0]);
    assert_eq!(changes(&company, "2026-04")?, ["110.00 SEK"]);
    Ok(())
}

/// The other way that the hint names: the currency was a mistake.
#[test]
fn a_currency_may_change_when_what_was_issued_in_it_is_void() -> Result<()> {
    let company = billed(BOTH, "")?;
    let gone = documents(&company)?.swap_remove(0);
    void(&company, &gone)?;
    company
        .place
        .expect(3, &accepting(text(&gone, "reference")?, "wrong currency"))?;
    let acme = "name = \"Acme\"\n\ncurrency = \"EUR\"";
    edit(&company, acme, &acme.replace("EUR", "SEK"))?;
    assert_eq!(changes(&company, "2026-03")?, ["110.00 SEK"]);
    Ok(())
}

#[test]
fn a_rule_without_a_date_leaves_the_issued_month_of_an_account_in_another_zone() -> Result<()> {
    for zone in ["America/New_York", "Asia/Tokyo", "Europe/Stockholm"] {
        let price = "price = [{ currency = \"EUR\", amount = 31.00 }]";
        let keys = format!("timezone = \"{zone}\"");
        let mut company = billed(price, &keys)?;
        let rule = "[[pipeline.main.rule]]\nname = \"service\"\nwhen = { has = \"owner\" }\nset = { service = \"web\" }\n";
        company.set_rules(rule)?;
        company.write_with("bill_from = 2026-03-01", "", "")?;
        edit(
            &company,
            "name = \"Acme\"",
            &format!("name = \"Acme\"\n{keys}"),
        )?;
        let row = ["VM-1,acme,1"];
        discover_april(&mut company, &row, &row)?;
        assert_eq!(changes(&company, "2026-03")?, [""; 0], "{zone}");
        // It holds from the account's first of April on, and not a moment later.
        let rated = company.place.json(&["rate", "--period", "2026-04"])?;
        let lines = rated["lines"].as_array().context("lines")?;
        let shown = |line: &Value| {
            format!(
                "{} {}",
                line["dimensions"]["service"], line["net"]["amount"]
            )
        };
        let shown: Vec<String> = lines.iter().map(shown).collect();
        assert_eq!(shown, ["\"web\" \"31.00\""], "{zone}: {rated:#}");
    }
    Ok(())
}

#[test]
fn a_price_of_a_new_customer_holds_at_once_beside_what_others_paid_in_advance() -> Result<()> {
    let yearly = IN_ADVANCE.replace("30.00", "365.00") + "\nper = \"year\"";
    let mut company = billed(&yearly, "")?;
    edit(
        &company,
        "amount = 365.00 }",
        "amount = 365.00 }, { currency = \"EUR\", account = \"carl\", amount = 730.00 }, \
         { currency = \"EUR\", account = \"blue\", amount = 73.00 }",
    )?;
    company.append("[account.carl]\nname = \"Carl\"\ncurrency = \"EUR\"\n")?;
    let first = ["VM-1,acme,1"];
    let rest = ["VM-1,acme,1", "VM-2,carl,1", "VM-3,blue,1"];
    discover_april(&mut company, &first, &rest)?;
    let rated = company.place.json(&["rate", "--period", "2026-04"])?;
    let lines = rated["lines"].as_array().context("lines")?;
    let shown = |line: &Value| format!("{} {}", line["account"], line["net"]["amount"]);
    let mut shown: Vec<String> = lines.iter().map(shown).collect();
    shown.sort();
    // 266 days of the year are left on 10 April. Blue was there without anything that is billed.
    assert_eq!(shown, ["\"blue\" \"53.20\"", "\"carl\" \"532.00\""]);
    assert_eq!(changes(&company, "2026-03")?, [""; 0]);
    Ok(())
}
