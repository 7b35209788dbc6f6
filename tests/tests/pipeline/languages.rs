//! Documents in the language of their account, or of its agreement: texts and lines, in the e-invoice and on the page.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{Company, machines};

const TERMS: &str = r#"
[issuer.Test]
name = "Test Hosting AB"
legal_id = "5566778899"
vat_id = "SE556677889901"
address = { street = "Hallvägen 1", city = "Luleå", postal_code = "972 38", country = "SE" }
iban = "SE4550000000058398257466"
document_text = { en = "Thank you.", sv = "Tack!" }

[tax.standard]
category = "S"
percent = 25
"#;

const ADDRESS: &str = "address = { street = \"Gatan 2\", city = \"Kiruna\", postal_code = \"981 31\", country = \"SE\" }\n\
                       tax_category = \"standard\"\n";

/// Acme speaks Swedish as in Finland, and Blue's agreement Finnish, which is in no text of the issuer's.
fn company() -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price(
        "text = { sv = \"vCPU per månad\", fi = \"vCPU kuukaudessa\" }\n\
         price = [{ currency = \"EUR\", amount = 10.00 }]",
    )?;
    company.write_with("einvoice = true", "", "")?;
    let file = company.configuration();
    let text = std::fs::read_to_string(&file)?;
    let acme = format!(
        "{TERMS}\n[account.acme]\n{ADDRESS}language = \"sv-FI\"\n\
         document_text = {{ sv = \"Välkommen åter.\", en = \"Welcome back.\" }}\n"
    );
    let blue = format!(
        "[account.blue]\n{ADDRESS}agreement = [{{ language = \"fi\", document_text = {{ fi = \"Kiitos.\", en = \"Thanks.\" }} }}]\n"
    );
    let text = text.replace("[account.acme]\n", &acme);
    std::fs::write(&file, text.replace("[account.blue]\n", &blue))?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    Ok(company)
}

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let text = std::fs::read_to_string(company.configuration())?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(
        company.configuration(),
        text.replace(from, to),
    )?)
}

/// The text of the only document of an account in a folder.
fn document(company: &Company, command: &[&str], account: &str) -> Result<String> {
    let folder = format!("{}-{account}", command[0]);
    let period = [
        "--period",
        "2026-03",
        "--account",
        account,
        "--folder",
        &folder,
    ];
    let answer = company.place.json(&[command, &period[..]].concat())?;
    let file = answer["documents"][0]["file"].as_str().context("a file")?;
    Ok(std::fs::read_to_string(
        company.place.folder.join(&folder).join(file),
    )?)
}

fn holds(text: &str, there: &[&str], absent: &[&str]) {
    for part in there {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    for part in absent {
        assert!(!text.contains(part), "{part:?} in {text}");
    }
}

#[test]
fn each_document_speaks_the_language_of_its_account() -> Result<()> {
    let company = company()?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let lines = rated["lines"].as_array().context("lines")?;
    let said: Vec<&Value> = lines.iter().map(|line| &line["description"]).collect();
    assert_eq!(said, ["vCPU per månad", "vCPU kuukaudessa"]);
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let there = ["Tack!", "Välkommen åter.", "vCPU per månad"];
    let absent = ["Thank you.", "Welcome back.", "languageID"];
    holds(
        &document(&company, &["export", "ubl"], "acme")?,
        &there,
        &absent,
    );
    let page = document(&company, &["preview"], "acme")?;
    holds(&page, &there, &absent[..2]);
    holds(&page, &["<html lang=\"sv\">", "Faktura"], &["Invoice"]);
    // No text of the issuer's is Finnish, and pages are not: its own language stands in.
    let there = ["Thank you.", "Kiitos.", "vCPU kuukaudessa"];
    holds(
        &document(&company, &["export", "ubl"], "blue")?,
        &there,
        &["Tack!", "Thanks."],
    );
    let page = document(&company, &["preview"], "blue")?;
    holds(
        &page,
        &["<html lang=\"en\">", "Invoice", "Kiitos."],
        &["Faktura"],
    );
    // Whoever asks for one language gets all pages in it.
    let german = ["preview", "--language", "de", "--force"];
    holds(
        &document(&company, &german, "acme")?,
        &["Rechnung", "Tack!"],
        &["Faktura"],
    );
    Ok(())
}

#[test]
fn another_language_changes_no_bill() -> Result<()> {
    let company = company()?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.planned_effects()?, 0);
    edit(&company, "\"sv-FI\"", "\"en\"")?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn check_tells_what_no_text_is_there_for() -> Result<()> {
    let company = company()?;
    let said = company.place.expect(0, &["check"])?.stdout;
    holds(
        &said,
        &["there is no text in fi, which account blue speaks"],
        &["sv-FI", "Kiitos"],
    );
    edit(&company, "language = \"fi\"", "language = \"nb-NO\"")?;
    let said = company.place.expect(0, &["check"])?.stdout;
    holds(
        &said,
        &[
            "account blue speaks nb-NO, and these items have no text in it: cpu",
            "text = { nb-NO = \"…\" }; their `description` stands there until then",
            "there is no text in nb-NO, which account blue speaks",
        ],
        &[],
    );
    edit(&company, "language = \"nb-NO\"", "language = \"norwegian\"")?;
    let refused = company.place.expect(2, &["check"])?;
    let said = format!("{}{}", refused.stdout, refused.stderr);
    holds(&said, &["`norwegian` is no language", "a BCP 47 tag"], &[]);
    edit(&company, "language = \"norwegian\"", "language = \"fi\"")?;
    edit(&company, "fi = \"Kiitos.\"", "finnish = \"Kiitos.\"")?;
    let refused = company.place.expect(2, &["check"])?;
    let said = format!("{}{}", refused.stdout, refused.stderr);
    holds(&said, &["`finnish` is no language"], &[]);
    edit(&company, "finnish = \"Kiitos.\"", "fi = \"Kiitos.\"")?;
    edit(&company, "vCPU kuukaudessa", "vCPU {kuukausi}")?;
    let refused = company.place.expect(2, &["check"])?;
    let said = format!("{}{}", refused.stdout, refused.stderr);
    holds(&said, &["`{kuukausi}` is not known here"], &[]);
    Ok(())
}

/// Lines of the corrections that a plan of March has, by account.
fn corrections(company: &Company) -> Result<Vec<String>> {
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let lines = deliveries.into_iter().flatten().flat_map(|planned| {
        let lines = planned["delivery"]["lines"].as_array();
        lines
            .into_iter()
            .flatten()
            .map(|line| line["description"].to_string())
    });
    Ok(lines.collect())
}

#[test]
fn what_is_added_to_a_line_speaks_the_language_of_its_buyer() -> Result<()> {
    let mut company = Company::new()?;
    let price = |amount: &str, words: &str| {
        format!(
            "price = [{{ currency = \"EUR\", amount = {amount}, discount_percent = 10, minimum = 50.00, from = 2026-03-01 }}]\n{words}"
        )
    };
    let speak = |company: &Company| -> Result<()> {
        edit(
            company,
            "[account.acme]\n",
            "[account.acme]\nlanguage = \"sv-FI\"\n",
        )?;
        edit(
            company,
            "[account.blue]\n",
            "[account.blue]\nagreement = [{ language = \"fi\" }]\n",
        )
    };
    let words = "[price_book.standard.words]\nsv = { corrected = \"Justerat\" }\n";
    company.set_price(&price("10.00", words))?;
    speak(&company)?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.bill()?;
    let document = company
        .server
        .get("/api/v1/documents?limit=10")?
        .to_string();
    for said in [
        "vCPU (rabatt 10 %)",
        "vCPU (upp till minimibeloppet 50",
        "vCPU (alennus 10 %)",
    ] {
        assert!(document.contains(said), "{said} is not in {document}");
    }
    // Other words hold from the month that is open, as all that has no date; what was sent stays as it is.
    let others = words.replace("Justerat", "Annorlunda");
    company.set_price(&price("10.00", &others))?;
    speak(&company)?;
    assert_eq!(
        company.planned_effects()?,
        0,
        "other words alone are no correction"
    );
    company.set_price(&price("20.00", &others))?;
    speak(&company)?;
    let said = corrections(&company)?;
    for (part, lines) in [
        ("\"Återtas: vCPU (rabatt 10 %)", 1),
        ("\"Justerat: vCPU (rabatt 10 %)", 1),
        ("\"Peruutetaan: vCPU (alennus 10 %)", 1),
        ("\"Korjattu: vCPU (alennus 10 %)", 1),
        ("Taken back", 0),
        ("Corrected", 0),
        ("discount", 0),
    ] {
        let found = said.iter().filter(|line| line.contains(part)).count();
        assert_eq!(found, lines, "{part}: {said:#?}");
    }
    // A correction of a correction takes back what that line says, and says so once.
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    company.set_price(&price("30.00", &others))?;
    speak(&company)?;
    let said = corrections(&company)?;
    assert!(
        said.iter().any(|line| line == "\"Peruutetaan: vCPU\""),
        "{said:#?}"
    );
    assert!(
        !said
            .iter()
            .any(|line| line.contains("Peruutetaan: Korjattu")),
        "{said:#?}"
    );
    Ok(())
}

/// No charge of an account is rated any more that would say in which words.
#[test]
fn what_takes_all_of_a_bill_back_speaks_the_language_of_its_buyer() -> Result<()> {
    let company = Company::new()?;
    edit(
        &company,
        "[account.acme]\n",
        "[account.acme]\nlanguage = \"sv-FI\"\n",
    )?;
    edit(
        &company,
        "[account.blue]\n",
        "[account.blue]\nagreement = [{ language = \"fi\" }]\n",
    )?;
    let listed = |owners: [&str; 2]| {
        let rows = owners.map(|owner| format!("VM-{owner},{owner},2"));
        company.export("2026-03-01", &rows)?;
        company.export("2026-03-31", &rows)
    };
    listed(["acme", "blue"])?;
    company.bill()?;
    let nobody = ["VM-acme,,2".to_owned(), "VM-blue,,2".to_owned()];
    company.export("2026-03-01", &nobody)?;
    company.export("2026-03-31", &nobody)?;
    company.place.expect(0, &["discover"])?;
    let mut said = corrections(&company)?;
    said.retain(|line| line.contains(':'));
    assert_eq!(said, ["\"Återtas: vCPU\"", "\"Peruutetaan: vCPU\""]);
    Ok(())
}

#[test]
fn a_language_without_words_is_told() -> Result<()> {
    let company = company()?;
    edit(&company, "language = \"fi\"", "language = \"pl\"")?;
    let said = company.place.expect(0, &["check"])?.stdout;
    let lacks =
        "account blue speaks pl, in which there are no words for corrections, discounts and limits";
    holds(&said, &[lacks], &[]);
    let words = "\n[price_book.standard.words]\npl = { taken_back = \"Cofnięto\" }\n";
    company.append(words)?;
    holds(&company.place.expect(0, &["check"])?.stdout, &[], &[lacks]);
    edit(&company, "\"Cofnięto\"", "\" \"")?;
    let refused = company.place.expect(2, &["check"])?;
    holds(
        &format!("{}{}", refused.stdout, refused.stderr),
        &["the word is empty"],
        &[],
    );
    Ok(())
}
