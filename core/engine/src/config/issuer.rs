//! Who sells, as a page shows it and as an e-invoice names it.

use std::collections::BTreeMap;

use counterfoil_model::einvoice::{Address, Contact, Endpoint, Party, is_iban};
use counterfoil_model::language::Texts;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::price::WrittenDecimal;
use counterfoil_model::problem::Problem;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::preview::{Language, Seller};

/// What `preview` shows of a seller, and what its e-invoices say, by the key that `issuer` of a pipeline names:
/// `[issuer.hosting-ab]`. The finance system has its own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// As it stands on a document; the key where absent.
    pub name: Option<String>,
    /// Address, numbers and whatever else stands below the name on a page, a line each.
    #[serde(default)]
    pub details: Vec<String>,
    /// In which language pages are made, and how numbers are written: "en", "sv", "de" or "iso".
    #[serde(default)]
    pub language: Language,
    /// The legal name, where `name` is not it.
    pub legal_name: Option<String>,
    /// Its number in the register of companies.
    pub legal_id: Option<String>,
    /// Which register that is: a code of ISO 6523, such as 0007 for Sweden's.
    pub legal_id_scheme: Option<String>,
    /// Its VAT id with the prefix of its country.
    pub vat_id: Option<String>,
    /// What its tax office wants to read besides: "Godkänd för F-skatt".
    pub tax_registration: Option<String>,
    /// Its postal address.
    pub address: Option<Address>,
    /// Where its e-invoices come from: `{ scheme = "0007", id = "5566778899" }`. With it they follow the rules of Peppol, too.
    pub endpoint: Option<Endpoint>,
    /// Whom a buyer asks.
    pub contact: Option<Contact>,
    /// The account to pay to.
    pub iban: Option<String>,
    /// The bank of that account.
    pub bic: Option<String>,
    /// What is to be paid is rounded to a multiple of this, by currency, and the difference shown: { SEK = 1 }.
    #[serde(default)]
    pub payable_rounding: BTreeMap<String, WrittenDecimal>,
    /// What every e-invoice says besides its lines; one text, or one for each language.
    pub document_text: Option<Texts>,
}

/// What a page needs of it.
#[derive(Debug, Clone)]
pub struct Issuer {
    pub seller: Seller,
    pub language: Language,
}

impl IssuerConfig {
    /// Of the issuer with this key.
    pub fn resolve(&self, key: &str) -> Issuer {
        Issuer {
            seller: Seller {
                name: self.name.clone().unwrap_or_else(|| key.to_owned()),
                lines: self.details.clone(),
            },
            language: self.language,
        }
    }

    /// What cannot be understood of the one with this key.
    pub(super) fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        if let Some(iban) = self.iban.as_deref().filter(|iban| !is_iban(iban)) {
            let message =
                format!("`{iban}` is no IBAN: a letter, its length or its check digits do not fit");
            let hint = "copy it from the bank's own pages, such as SE4550000000058398257466";
            problems.push(Problem::new(["issuer", key, "iban"], message).with_hint(hint));
        }
        for (code, step) in &self.payable_rounding {
            let at = ["issuer", key, "payable_rounding", code.as_str()];
            let hint = "a multiple of the currency's smallest unit: { SEK = 1 }";
            match code.parse::<Currency>() {
                Err(error) => problems.push(Problem::new(at, error.to_string())),
                Ok(currency) => match Money::parse(&step.0, currency) {
                    Ok(step) if step.minor() > 0 => {}
                    Ok(_) => problems
                        .push(Problem::new(at, "a step is more than nothing").with_hint(hint)),
                    Err(error) => {
                        problems.push(Problem::new(at, error.to_string()).with_hint(hint));
                    }
                },
            }
        }
    }

    /// The same as a side of an e-invoice.
    pub fn party(&self, key: &str) -> Party {
        let name = self.name.as_deref().unwrap_or(key);
        let legal_name = self.legal_name.as_deref();
        Party {
            name: legal_name.unwrap_or(name).to_owned(),
            trading_name: legal_name.map(|_| name.to_owned()),
            legal_id: self.legal_id.clone(),
            legal_id_scheme: self.legal_id_scheme.clone(),
            vat_id: self.vat_id.clone(),
            tax_registration: self.tax_registration.clone(),
            address: self.address.clone(),
            endpoint: self.endpoint.clone(),
            contact: self.contact.clone(),
        }
    }
}
