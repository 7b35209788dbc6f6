//! Documents that were issued before e-invoices were asked for, exported as such.

use anyhow::{Context, Result};

use crate::small::{Company, machines};
use crate::undated::edit;

const ISSUER: &str = r#"
[issuer.Test]
name = "Test Hosting AB"
legal_id = "5566778899"
legal_id_scheme = "0007"
vat_id = "SE556677889901"
address = { street = "Hallvägen 1", city = "Luleå", postal_code = "972 38", country = "SE" }
endpoint = { scheme = "0007", id = "5566778899" }
contact = { email = "billing@example.net" }
iban = "SE4550000000058398257466"

[tax.standard]
category = "S"
percent = 25

[tax.reverse-charge]
category = "AE"
"#;

const ACME: &str = r#"vat_id = "SE556000123101"
address = { street = "Gatan 2", city = "Kiruna", postal_code = "981 31", country = "SE" }
endpoint = { scheme = "0007", id = "5560001231" }
buyer_reference = "Herr Meyer"
tax_instead = { standard = "reverse-charge" }

[[account.acme.commitment]]
name = "base"
amount = 100.00
tax_category = "standard"
"#;

#[test]
fn a_document_of_before_takes_reference_and_taxes_of_now() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.append("[[account.acme.commitment]]\nname = \"base\"\namount = 100.00\n")?;
    company.bill()?;
    company.write_with("einvoice = true", "", "")?;
    let path = company.configuration();
    let text = std::fs::read_to_string(&path)?;
    let text = text
        .replace("[account.acme]\n", &format!("{ISSUER}\n[account.acme]\n"))
        .replace("\n[account.blue]", &format!("{ACME}\n[account.blue]"))
        .replace(
            "unit = \"C62\"\n",
            "unit = \"C62\"\ntax_category = \"standard\"\n",
        );
    std::fs::write(path, text)?;
    let of_acme = [
        "--period",
        "2026-03",
        "--account",
        "acme",
        "--folder",
        "ubl",
    ];
    let answer = company
        .place
        .json(&[&["export", "ubl"][..], &of_acme].concat())?;
    assert_eq!(answer["documents"][0]["standing"], "issued", "{answer:#}");
    let file = answer["documents"][0]["file"].as_str().context("a name")?;
    let written = std::fs::read_to_string(company.place.folder.join("ubl").join(file))?;
    for part in [
        "<cbc:BuyerReference>Herr Meyer</cbc:BuyerReference>",
        "<cbc:ID>AE</cbc:ID>",
        "<cbc:TaxableAmount currencyID=\"EUR\">100.00</cbc:TaxableAmount>",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }
    // What corrects it is no e-invoice either, and goes out.
    let dearer = "amount = 10.00 }, { currency = \"EUR\", amount = 11.00, from = 2026-03-16 }";
    edit(&company, "amount = 10.00 }", dearer)?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let plan = &plan["plans"][0]["plan"];
    let deliveries = plan["deliveries"].as_array().context("deliveries")?;
    let sent = deliveries.iter().filter(|one| one["action"] == "create");
    assert_eq!(sent.count(), 1, "{plan:#}");
    Ok(())
}
