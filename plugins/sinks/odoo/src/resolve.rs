//! Finds the records that a delivery names: partner, journal, currency, taxes, accounts. It creates none but the partner,
//! and that only where it is switched on.

use std::collections::BTreeMap;

use counterfoil_sdk::Error;
use counterfoil_sdk::sink::{Delivery, Line};
use serde_json::{Value, json};

use crate::api::Api;
use crate::settings::Key;
use crate::wire::{Company, Currency, Id, Journal, Partner, Tax};

/// The category and the code of a line that has none.
const DEFAULT: &str = "default";

/// The ids that a delivery's rows need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) partner: u32,
    pub(crate) journal: u32,
    pub(crate) currency: u32,
    pub(crate) taxes: BTreeMap<String, u32>,
    pub(crate) accounts: BTreeMap<String, u32>,
}

impl Resolved {
    pub(crate) fn tax(&self, line: &Line) -> Option<u32> {
        self.taxes.get(category(line)).copied()
    }

    pub(crate) fn account(&self, line: &Line) -> Option<u32> {
        self.accounts.get(code(line)).copied()
    }
}

fn category(line: &Line) -> &str {
    line.tax_category.as_deref().unwrap_or(DEFAULT)
}

fn code(line: &Line) -> &str {
    line.account_code.as_deref().unwrap_or(DEFAULT)
}

pub(crate) fn resolve(api: &Api, delivery: &Delivery) -> Result<Resolved, Error> {
    let journal = journal(api)?;
    let mut resolved = Resolved {
        partner: 0,
        journal: journal.id,
        currency: currency(api, &delivery.currency)?,
        ..Resolved::default()
    };
    for line in &delivery.lines {
        let category = category(line);
        if !resolved.taxes.contains_key(category)
            && let Some(tax) = tax(api, category, &journal)?
        {
            resolved.taxes.insert(category.to_owned(), tax);
        }
        let code = code(line);
        if !resolved.accounts.contains_key(code) {
            let account = account(api, code, &journal)?;
            resolved.accounts.insert(code.to_owned(), account);
        }
    }
    // Last, so that no partner is made for a delivery that cannot be sent.
    resolved.partner = partner(api, delivery)?;
    Ok(resolved)
}

pub(crate) fn journal(api: &Api) -> Result<Journal, Error> {
    let mut domain = vec![json!(["type", "=", "sale"])];
    if let Some(code) = &api.settings.journal {
        domain.push(json!(["code", "=", code]));
    }
    if let Some(company) = api.settings.company {
        domain.push(json!(["company_id", "=", company]));
    }
    let fields = ["code", "name", "default_account_id", "company_id"];
    let order = "company_id, sequence, id";
    let found: Vec<Journal> = api.search(
        "account.journal",
        &Value::Array(domain),
        &fields,
        order,
        Some(1),
    )?;
    found.into_iter().next().ok_or_else(|| {
        let named = api.settings.journal.as_deref().unwrap_or("of any code");
        Error::misconfigured(format!("Odoo has no sales journal {named}")).with_field("journal")
    })
}

pub(crate) fn company(api: &Api, journal: &Journal) -> Result<Company, Error> {
    let domain = json!([["id", "=", journal.company_id.0]]);
    let fields = ["account_sale_tax_id", "tax_calculation_rounding_method"];
    let found: Vec<Company> = api.search("res.company", &domain, &fields, "id", Some(1))?;
    let missing = || Error::misconfigured("the company of the journal cannot be read");
    found.into_iter().next().ok_or_else(missing)
}

fn currency(api: &Api, code: &str) -> Result<u32, Error> {
    let domain = json!([["name", "=", code], ["active", "=", true]]);
    let fields = ["name", "decimal_places"];
    let found: Vec<Currency> = api.search("res.currency", &domain, &fields, "id", Some(1))?;
    let inactive = || {
        let message = format!("the currency {code} is not active in Odoo");
        Error::invalid(message).with_field("currency")
    };
    found.first().map(|one| one.id).ok_or_else(inactive)
}

pub(crate) fn tax(api: &Api, category: &str, journal: &Journal) -> Result<Option<u32>, Error> {
    let Some(key) = api.settings.taxes.get(category) else {
        if category == DEFAULT {
            let company = company(api, journal)?;
            return Ok(company.account_sale_tax_id.map(|tax| tax.0));
        }
        let message = format!("the tax category {category:?} is not mapped: add it to `taxes`");
        return Err(Error::invalid(message).with_field("tax_category"));
    };
    let wanted = match key {
        Key::Id(id) => json!(["id", "=", id]),
        Key::Name(name) => json!(["name", "=", name]),
    };
    let domain = json!([
        wanted,
        ["type_tax_use", "=", "sale"],
        ["company_id", "=", journal.company_id.0]
    ]);
    let fields = ["name", "price_include"];
    let found: Vec<Tax> = api.search("account.tax", &domain, &fields, "id", Some(2))?;
    match found.as_slice() {
        [tax] if tax.price_include => Err(Error::misconfigured(format!(
            "the tax {} is included in prices; amounts are sent without tax",
            tax.name
        ))
        .with_field("taxes")),
        [tax] => Ok(Some(tax.id)),
        [] => Err(no_record("sales tax", key, "taxes")),
        [_, _, ..] => Err(ambiguous("sales tax", key, "taxes")),
    }
}

pub(crate) fn account(api: &Api, code: &str, journal: &Journal) -> Result<u32, Error> {
    let Some(key) = api.settings.accounts.get(code) else {
        let own = journal.default_account_id.as_ref();
        return match own {
            Some(account) if code == DEFAULT => Ok(account.0),
            Some(_) => {
                let message =
                    format!("the account code {code:?} is not mapped: add it to `accounts`");
                Err(Error::invalid(message).with_field("account_code"))
            }
            None => Err(Error::misconfigured(format!(
                "the journal {} has no default account: set one, or map {code:?} in `accounts`",
                journal.code
            ))),
        };
    };
    let wanted = match key {
        Key::Id(id) => json!(["id", "=", id]),
        Key::Name(name) => json!(["code", "=", name]),
    };
    let found: Vec<Id> = api.search("account.account", &json!([wanted]), &["id"], "id", Some(2))?;
    match found.as_slice() {
        [account] => Ok(account.id),
        [] => Err(no_record("account", key, "accounts")),
        [_, _, ..] => Err(ambiguous("account", key, "accounts")),
    }
}

/// From the reviewed table, by our account as its reference, or made where that is switched on.
fn partner(api: &Api, delivery: &Delivery) -> Result<u32, Error> {
    let customer = &delivery.customer;
    if let Some(id) = &customer.remote_id {
        let unreadable = |_| {
            let message = format!("{id:?} is no id of an Odoo partner");
            Error::invalid(message).with_field("customer.remote-id")
        };
        return id.parse().map_err(unreadable);
    }
    let domain = json!([["ref", "=", customer.account]]);
    let fields = ["ref", "name"];
    let found: Vec<Partner> = api.search("res.partner", &domain, &fields, "id", Some(2))?;
    match found.as_slice() {
        [partner] => Ok(partner.id),
        [_, _, ..] => Err(Error::conflict(format!(
            "more than one partner has the reference {}: map the account",
            customer.account
        ))
        .with_field("customer")),
        [] if api.settings.create_customers => create_partner(api, delivery),
        [] => Err(Error::invalid(format!(
            "unmapped customer: {} has no partner; map it, set the partner's reference, or set create_customers",
            customer.account
        ))
        .with_field("customer")),
    }
}

fn create_partner(api: &Api, delivery: &Delivery) -> Result<u32, Error> {
    let customer = &delivery.customer;
    let fields = ["id", "ref", "name", "is_company"].map(str::to_owned);
    let row = vec![
        format!("counterfoil.partner_{}", plain(&customer.account)),
        customer.account.clone(),
        customer.name.clone(),
        "1".to_owned(),
    ];
    let made = api.load("res.partner", &fields, &[row], &delivery.reference);
    // It is made once whatever happens, by its external id: the delivery can simply be tried again.
    made.map_err(Error::before_delivery)
}

/// An external id has no dots; other characters than these are written as their code.
fn plain(text: &str) -> String {
    use std::fmt::Write;
    let mut plain = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '-' {
            plain.push(letter);
        } else {
            write!(plain, "_{:x}_", u32::from(letter)).expect("a String takes every write");
        }
    }
    plain
}

fn no_record(what: &str, key: &Key, field: &str) -> Error {
    Error::misconfigured(format!("Odoo has no {what} {key}")).with_field(field)
}

fn ambiguous(what: &str, key: &Key, field: &str) -> Error {
    let message = format!("Odoo has more than one {what} {key}: name it by its id");
    Error::misconfigured(message).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_become_external_ids_without_clashes() {
        assert_eq!(plain("acme-1"), "acme-1");
        assert_eq!(plain("a.b"), "a_2e_b");
        assert_ne!(plain("a_b"), plain("a.b"));
    }
}
