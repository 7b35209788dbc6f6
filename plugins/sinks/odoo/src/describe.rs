//! What this database can do, and whether the settings fit it.

use counterfoil_sdk::Error;
use counterfoil_sdk::sink::SinkInfo;
use serde_json::{Value, json};

use crate::api::Api;
use crate::resolve::{account, company, journal, tax};
use crate::wire::{Company, Currency, LineFields};

/// A price is a float of 15 digits in Odoo; so many behind the point are safe.
const PRICE_DECIMALS: u32 = 8;
const ROUND_GLOBALLY: &str = "round_globally";

pub(crate) fn describe(api: &Api) -> Result<SinkInfo, Error> {
    let arguments = json!({ "allfields": ["quantity", "price_unit"], "attributes": ["digits"] });
    let fields: LineFields = api.read("account.move.line", "fields_get", arguments)?;
    let domain = json!([["active", "=", true]]);
    let names = ["name", "decimal_places"];
    let currencies: Vec<Currency> = api.search("res.currency", &domain, &names, "name", None)?;
    let company = company(api, &journal(api)?)?;
    Ok(SinkInfo {
        abilities: abilities(&fields, &currencies, &company, api.settings.find_lag_ms),
        extras: vec![],
    })
}

/// Proves the key, the journal and every mapped tax and account.
pub(crate) fn check(api: &Api) -> Result<String, Error> {
    let _: Value = api.read("res.users", "context_get", json!({}))?;
    let journal = journal(api)?;
    for category in api.settings.taxes.keys() {
        tax(api, category, &journal)?;
    }
    for code in api.settings.accounts.keys() {
        account(api, code, &journal)?;
    }
    let company = company(api, &journal)?;
    let mut line = format!("Odoo answers; journal {} ({})", journal.code, journal.name);
    if company.tax_calculation_rounding_method == ROUND_GLOBALLY {
        line.push_str(
            "; it rounds globally, so that lines with fractions of a cent are sent as 1 × amount: \
             \"Round per Line\" in its accounting settings keeps quantities",
        );
    }
    Ok(line)
}

fn abilities(
    fields: &LineFields,
    currencies: &[Currency],
    company: &Company,
    find_lag_ms: u32,
) -> Vec<(String, String)> {
    let able = [
        "draft",
        "post",
        "update",
        "void",
        "credit-note",
        "negative-lines",
        "customers",
        "find",
        "upsert",
    ];
    let mut abilities: Vec<(String, String)> = able
        .iter()
        .map(|key| ((*key).to_owned(), "yes".to_owned()))
        .collect();
    let mut add = |key: &str, value: String| abilities.push((key.to_owned(), value));
    if let Some((_, decimals)) = fields.quantity.digits {
        add("quantity-decimals", decimals.to_string());
    }
    let price = fields
        .price_unit
        .digits
        .map_or(PRICE_DECIMALS, |(_, decimals)| decimals);
    add("price-decimals", price.to_string());
    let rounding = if company.tax_calculation_rounding_method == ROUND_GLOBALLY {
        "document"
    } else {
        "line"
    };
    add("rounding", rounding.to_owned());
    add("tax", "ledger".to_owned());
    add("find-lag-ms", find_lag_ms.to_string());
    for currency in currencies {
        add(
            &format!("exponent.{}", currency.name),
            currency.decimal_places.to_string(),
        );
    }
    abilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_rounding_are_those_of_the_database() {
        let fields = r#"{"quantity": {"digits": [16, 2]}, "price_unit": {"digits": false}}"#;
        let currencies = r#"[{"id": 126, "name": "EUR", "decimal_places": 2}]"#;
        let company = r#"{"account_sale_tax_id": [1, "15%"], "tax_calculation_rounding_method": "round_globally"}"#;
        let abilities = abilities(
            &serde_json::from_str(fields).unwrap(),
            &serde_json::from_str::<Vec<Currency>>(currencies).unwrap(),
            &serde_json::from_str(company).unwrap(),
            5000,
        );
        for (key, value) in [
            ("quantity-decimals", "2"),
            ("price-decimals", "8"),
            ("rounding", "document"),
            ("exponent.EUR", "2"),
            ("upsert", "yes"),
        ] {
            assert!(
                abilities.contains(&(key.to_owned(), value.to_owned())),
                "{key}"
            );
        }
    }
}
