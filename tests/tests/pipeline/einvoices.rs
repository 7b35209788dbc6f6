//! E-invoices: what is planned and delivered as files of EN 16931, and what holds one back before any sink sees it.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::reports::{list, texts};
use crate::small::{Company, machines};

const MARCH: [&str; 2] = ["--period", "2026-03"];

/// Seller, buyers and taxes; Blue gets e-invoices, too, and says no more of itself than its name.
const TERMS: &str = r#"
[issuer.Test]
name = "Test Hosting AB"
legal_id = "5566778899"
vat_id = "SE556677889901"
address = { street = "Hallvägen 1", city = "Luleå", postal_code = "972 38", country = "SE" }
iban = "SE4550000000058398257466"
payable_rounding = { EUR = 1 }

[tax.standard]
category = "S"
percent = 25

[account.acme]
legal_name = "Acme Aktiebolag"
vat_id = "SE556000123401"
address = { street = "Gatan 2", city = "Kiruna", postal_code = "981 31", country = "SE" }
order_reference = "PO-7"
tax_category = "standard"
language = "sv"
document_text = "Tack & välkommen åter."
"#;

/// Four machines of two CPUs, half of them Acme's, half Blue's.
fn company(terms: &str) -> Result<Company> {
    let company = Company::new()?;
    company.write_with("einvoice = true", "", "")?;
    add(&company, terms)?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    Ok(company)
}

/// Adds tables; the keys of an account go into the table that is there.
fn add(company: &Company, terms: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let mut text = std::fs::read_to_string(&path)?;
    let (tables, account) = terms.split_once("[account.acme]\n").unwrap_or((terms, ""));
    text = text.replace(
        "[account.acme]\n",
        &format!("{tables}[account.acme]\n{account}"),
    );
    Ok(std::fs::write(path, text)?)
}

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

/// The XML of an account's only document, and what was said of it.
fn xml(company: &Company, account: &str) -> Result<(String, Value)> {
    let folder = format!("ubl-{account}");
    let mut call = vec![
        "export",
        "ubl",
        "--account",
        account,
        "--folder",
        &folder,
        "--force",
    ];
    call.extend(MARCH);
    let answer = company.place.json(&call)?;
    let documents = answer["documents"].as_array().context("a list")?;
    let document = documents.last().context("a document")?.clone();
    let file = document["file"].as_str().context("a name")?;
    let path = company.place.folder.join(&folder).join(file);
    Ok((std::fs::read_to_string(path)?, document))
}

#[test]
fn a_document_that_breaks_a_rule_is_not_planned_and_others_are() -> Result<()> {
    let company = company(TERMS)?;
    let plan = company.place.json_with(3, &["plan", MARCH[0], MARCH[1]])?;
    let plan = &plan["plans"][0]["plan"];
    let planned = plan["deliveries"].as_array().context("a list")?;
    assert_eq!(planned.len(), 1);
    assert_eq!(planned[0]["delivery"]["buyer"]["account"], "acme");
    let findings = plan["findings"].as_array().context("a list")?;
    let said: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["code"] == "e-invoice" && finding["severity"] == "blocking")
        .filter_map(|finding| finding["message"].as_str())
        .collect();
    let expected = [
        "BR-10: The buyer has no address.",
        "BR-CO-04: Line 1, vCPU, has no tax category.",
        "BR-CO-18: The document has no breakdown of its tax.",
    ];
    assert_eq!(said, expected);
    assert_eq!(findings[0]["subject"], "account blue");
    // `check` had told so before.
    let checked = company.place.expect(0, &["check"])?;
    holds(
        &checked.stdout,
        &[
            "e-invoices would break BR-10: The buyer has no address",
            "e-invoices would break BR-CO-04: the item cpu has no tax category",
        ],
    );
    edit(
        &company,
        "category = \"S\"\npercent = 25",
        "category = \"E\"\nreason_code = \"VATEX-0\"",
    )?;
    let checked = company.place.expect(0, &["check"])?;
    holds(
        &checked.stdout,
        &["e-invoices would break BR-CL-22: `VATEX-0` is no code of the list VATEX"],
    );
    edit(
        &company,
        "category = \"E\"\nreason_code = \"VATEX-0\"",
        "category = \"S\"\npercent = 25",
    )?;
    // Once Blue gets none, its document goes as it always did.
    edit(
        &company,
        "name = \"Blue\"",
        "name = \"Blue\"\neinvoice = false",
    )?;
    let plan = company.place.json(&["plan", MARCH[0], MARCH[1]])?;
    let planned = plan["plans"][0]["plan"]["deliveries"].as_array();
    assert_eq!(planned.map(Vec::len), Some(2));
    let checked = company.place.expect(0, &["check"])?;
    assert!(!checked.stdout.contains("e-invoices"), "{}", checked.stdout);
    Ok(())
}

/// The check digits and the numbers that taxes ask for, before anything is planned.
#[test]
fn the_sellers_numbers_are_looked_at_by_check() -> Result<()> {
    let company = company(TERMS)?;
    let at = |company: &Company, key: &str| -> Result<String> {
        let text = std::fs::read_to_string(company.configuration())?;
        let mut lines = text.lines();
        let line = lines.position(|line| line.starts_with(key));
        Ok(format!("counterfoil.toml:{}", line.context("the key")? + 1))
    };
    edit(&company, "vat_id = \"SE556677889901\"\n", "")?;
    let checked = company.place.expect(0, &["check"])?.stdout;
    let seller = at(&company, "[issuer.Test]")?;
    let lacks = "e-invoices would break BR-S-02: The category S needs the seller's VAT id";
    let told = checked.lines().find(|line| line.contains(lacks));
    let told = told.with_context(|| format!("{lacks}: {checked}"))?;
    assert!(told.contains(&seller), "{told}");
    assert_eq!(checked.matches(lacks).count(), 1, "{checked}");
    // Acme's lines are another supply, whose tax asks for the buyer's number, too.
    edit(
        &company,
        "category = \"S\"\npercent = 25",
        "category = \"AE\"",
    )?;
    edit(&company, "vat_id = \"SE556000123401\"\n", "")?;
    let checked = company.place.expect(0, &["check"])?.stdout;
    let buyer = "e-invoices would break BR-AE-02: The category AE needs the buyer's VAT id";
    holds(&checked, &[buyer]);
    // Written without the prefix of its country: told at its own line.
    edit(
        &company,
        "legal_name =",
        "vat_id = \"556000123401\"\nlegal_name =",
    )?;
    let checked = company.place.expect(0, &["check"])?.stdout;
    let prefix = "e-invoices would break BR-CO-09: The VAT id 556000123401 does not begin with the code of a country";
    let told = checked.lines().find(|line| line.contains(prefix));
    let told = told.with_context(|| format!("{prefix}: {checked}"))?;
    assert!(told.contains(&at(&company, "vat_id")?), "{told}");
    // One digit is another.
    edit(&company, "058398257466", "058398257467")?;
    let refused = company.place.expect(2, &["check"])?;
    let refused = format!("{}{}", refused.stdout, refused.stderr);
    let wrong = "`SE4550000000058398257467` is no IBAN: a letter, its length or its check digits do not fit";
    holds(&refused, &[wrong, &at(&company, "iban")?]);
    Ok(())
}

#[test]
fn a_planned_document_is_an_invoice_and_a_delivered_one_has_the_number_of_the_sink() -> Result<()> {
    let grouped = "SE45 5000 0000 0583 9825 7466";
    let company = company(&TERMS.replace("SE4550000000058398257466", grouped))?;
    company.place.expect(3, &["plan", MARCH[0], MARCH[1]])?;
    let (planned, document) = xml(&company, "acme")?;
    holds(&planned, &["<cbc:ID>SE4550000000058398257466</cbc:ID>"]);
    holds(
        &planned,
        &[
            "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>",
            "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
            "<cbc:Note>Tack &amp; välkommen åter.</cbc:Note>",
            "<cbc:Note>Betalas inom 30 dagar.</cbc:Note>",
            "<cbc:RegistrationName>Acme Aktiebolag</cbc:RegistrationName>",
            "<cbc:StartDate>2026-03-01</cbc:StartDate>",
            "<cbc:EndDate>2026-03-31</cbc:EndDate>",
            "<cbc:InvoicedQuantity unitCode=\"C62\">4</cbc:InvoicedQuantity>",
            "<cbc:LineExtensionAmount currencyID=\"EUR\">40.00</cbc:LineExtensionAmount>",
            "<cbc:TaxAmount currencyID=\"EUR\">10.00</cbc:TaxAmount>",
            "<cbc:PayableAmount currencyID=\"EUR\">50.00</cbc:PayableAmount>",
        ],
    );
    assert_eq!(document["number"], document["reference"]);
    assert_eq!(document["payable"]["amount"], "50.00");

    edit(
        &company,
        "name = \"Blue\"",
        "name = \"Blue\"\neinvoice = false",
    )?;
    company.bill()?;
    // The address of now is not that of the document.
    edit(&company, "Hallvägen 1", "Hallvägen 99")?;
    let (delivered, document) = xml(&company, "acme")?;
    assert_eq!(document["standing"], "issued");
    let number = document["number"].as_str().context("a number")?;
    assert_ne!(document["number"], document["reference"]);
    holds(
        &delivered,
        &[&format!("<cbc:ID>{number}</cbc:ID>"), "Hallvägen 1<"],
    );
    Ok(())
}

#[test]
fn a_correction_names_its_original_and_keeps_its_rates() -> Result<()> {
    let mut company = company(TERMS)?;
    edit(
        &company,
        "name = \"Blue\"",
        "name = \"Blue\"\neinvoice = false",
    )?;
    company.bill()?;
    let (_, original) = xml(&company, "acme")?;
    let number = original["number"].as_str().context("a number")?;
    edit(&company, "percent = 25", "percent = 26")?;
    edit(
        &company,
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["plan", MARCH[0], MARCH[1]])?;
    let (credit, document) = xml(&company, "acme")?;
    assert_eq!(document["kind"], "credit-note");
    assert_eq!(document["net"]["amount"], "8.00");
    holds(
        &credit,
        &[
            "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>",
            "<cac:BillingReference>",
            &format!("<cbc:ID>{number}</cbc:ID>"),
            "<cbc:CreditedQuantity unitCode=\"C62\">4</cbc:CreditedQuantity>",
            "<cbc:CreditedQuantity unitCode=\"C62\">-4</cbc:CreditedQuantity>",
            "<cbc:Percent>25</cbc:Percent>",
            "<cbc:PayableAmount currencyID=\"EUR\">10.00</cbc:PayableAmount>",
        ],
    );
    assert!(!credit.contains("DueDate"), "{credit}");
    issued_with_april(&company, number)
}

/// What the plan of a month issues for an earlier one is sent with that month, and its lines are of the earlier one.
fn issued_with_april(company: &Company, original: &str) -> Result<()> {
    let april = ["--period", "2026-04"];
    company.export("2026-04-30", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    company.place.expect(0, &[&["plan"][..], &april].concat())?;
    let exported = |what: &str, month: &str, more: &[&str]| -> Result<Vec<String>> {
        let call = [
            &["export", what, "--account", "acme", "--period", month][..],
            more,
        ]
        .concat();
        let answer = company.place.json(&call)?;
        let rows = answer[if what == "ubl" { "documents" } else { "lines" }].as_array();
        let rows = rows.context("a list")?.iter();
        let kinds = rows.map(|row| row["kind"].as_str().unwrap_or_default().to_owned());
        Ok(kinds.collect())
    };
    let sent = || exported("ubl", "2026-04", &["--folder", "april", "--force"]);
    assert_eq!(sent()?, ["credit-note", "invoice"]);
    assert_eq!(exported("lines", "2026-04", &[])?, ["invoice"]);
    let approve = ["approve", "--all", "--by", "test"];
    company.place.expect(0, &[&approve[..], &april].concat())?;
    company
        .place
        .expect(0, &[&["apply"][..], &april].concat())?;
    for _ in ["applied", "planned again"] {
        assert_eq!(sent()?, ["credit-note", "invoice"]);
        company.place.expect(0, &[&["plan"][..], &april].concat())?;
    }
    assert_eq!(exported("lines", "2026-04", &[])?, ["invoice"]);
    let march = exported("lines", "2026-03", &[])?;
    assert_eq!(march, ["invoice", "credit-note", "credit-note"]);
    let folder = company.place.folder.join("april");
    let credited = std::fs::read_dir(folder)?
        .map(|file| Ok(std::fs::read_to_string(file?.path())?))
        .collect::<Result<String>>()?;
    holds(&credited, &[&format!("<cbc:ID>{original}</cbc:ID>")]);
    Ok(())
}

#[test]
fn an_export_names_whose_documents_the_plan_held_back() -> Result<()> {
    let company = company(TERMS)?;
    company.place.expect(3, &["plan", MARCH[0], MARCH[1]])?;
    let missing = "warning: account blue is missing here: BR-10: The buyer has no address.";
    for (what, rows) in [("ubl", "documents"), ("focus", "rows"), ("lines", "lines")] {
        let call = ["export", what, MARCH[0], MARCH[1]];
        let written = company.place.expect(3, &call)?;
        // Who reads the answer reads it once.
        assert_eq!(written.stderr, "");
        holds(&written.stdout, &["acme", "BLOCKS", "BR-10", "next: "]);
        let of_both = [&call[..], &["--json", "--folder", "other"]].concat();
        let of_rows = [&call[..], &["--json"]].concat();
        let answer = company
            .place
            .expect(3, if what == "ubl" { &of_both } else { &of_rows })?;
        holds(&answer.stderr, &[missing]);
        let answer: Value = serde_json::from_str(&answer.stdout)?;
        assert_eq!(answer[rows].as_array().map(Vec::len), Some(1), "{answer:#}");
        assert_eq!(answer["findings"][0]["subject"], "account blue");
        // Whoever asks for one of the others misses nothing.
        let alone = [&call[..], &["--account", "acme", "--folder", "alone"]].concat();
        let alone = if what == "ubl" {
            &alone[..]
        } else {
            &alone[..6]
        };
        assert_eq!(company.place.expect(0, alone)?.stderr, "");
        // And who asks for the one who has none is told why.
        let held = [&call[..], &["--account", "blue", "--json"]].concat();
        holds(&company.place.expect(3, &held)?.stderr, &[missing]);
    }
    Ok(())
}

/// An invoice of before e-invoices were asked for, and its correction: both lack the same.
#[test]
fn what_two_documents_of_an_account_break_is_told_once() -> Result<()> {
    let company = company(TERMS)?;
    edit(&company, "einvoice = true", "")?;
    company.bill()?;
    edit(
        &company,
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    let issuer = "issuer = \"Test\"";
    edit(&company, issuer, &format!("{issuer}\neinvoice = true"))?;
    company.place.expect(0, &["plan", MARCH[0], MARCH[1]])?;
    let call = ["export", "ubl", MARCH[0], MARCH[1], "--account", "blue"];
    let answer = company.place.json_with(3, &call)?;
    let mut told = texts(list(&answer, "findings")?, &["/message", "/value/amount"]);
    told.retain(|one| one.starts_with("BR-10: "));
    assert_eq!(told, ["BR-10: The buyer has no address. 48.00"]);
    Ok(())
}

#[test]
fn files_that_exist_are_kept_and_what_cannot_be_written_is_said() -> Result<()> {
    let company = company(TERMS)?;
    company
        .place
        .expect(1, &["export", "ubl", MARCH[0], MARCH[1]])?;
    company.place.expect(3, &["plan", MARCH[0], MARCH[1]])?;
    let call = ["export", "ubl", MARCH[0], MARCH[1], "--folder", "out"];
    let answer = company.place.expect(3, &call)?;
    assert!(answer.stdout.contains("acme"), "{}", answer.stdout);
    let again = company.place.call(&call)?;
    holds(&again.stderr, &["it exists already", "--force"]);
    let unwritable = company
        .place
        .call(&[&call[..4], &["--folder", "counterfoil.toml"]].concat())?;
    holds(
        &unwritable.stderr,
        &["error: ", "counterfoil.toml", "hint: "],
    );
    Ok(())
}
