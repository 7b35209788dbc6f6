//! Odoo's JSON, as far as this connector reads it: absent values are `false`, references are `[id, name]`, and amounts are
//! numbers whose text is kept.

use counterfoil_sdk::decimal;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A decimal in canonical text, from the digits of a JSON number and not from a float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = decimal::canonical(raw.get());
        text.map(Self)
            .map_err(|error| D::Error::custom(error.message))
    }
}

/// A reference to another record: its id and its name.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Link(pub(crate) u32, pub(crate) String);

/// Odoo's `false` where there is no value.
fn or_false<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(false) | Value::Null => Ok(None),
        value => serde_json::from_value(value)
            .map(Some)
            .map_err(D::Error::custom),
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MoveType {
    OutInvoice,
    OutRefund,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Draft,
    Posted,
    Cancel,
}

/// A customer invoice or credit note. Which fields hold our reference and digest is a setting: they are read apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) head: Head,
    pub(crate) reference: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) lines: Vec<MoveLine>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: u32,
    pub(crate) move_type: MoveType,
    pub(crate) state: State,
    #[serde(deserialize_with = "or_false")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "or_false")]
    pub(crate) partner_id: Option<Link>,
    pub(crate) currency_id: Link,
    #[serde(deserialize_with = "or_false")]
    pub(crate) invoice_date: Option<String>,
    pub(crate) amount_untaxed: Amount,
    /// UTC, without saying so.
    #[serde(deserialize_with = "or_false")]
    pub(crate) write_date: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct MoveLine {
    pub(crate) id: u32,
    pub(crate) move_id: Link,
    #[serde(deserialize_with = "or_false")]
    pub(crate) name: Option<String>,
    pub(crate) quantity: Amount,
    pub(crate) price_unit: Amount,
    pub(crate) price_subtotal: Amount,
    /// Our id of it, from its external id.
    #[serde(skip)]
    pub(crate) line: Option<String>,
}

/// An entry of the table of external ids.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ExternalId {
    pub(crate) name: String,
    pub(crate) res_id: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Partner {
    pub(crate) id: u32,
    #[serde(rename = "ref", deserialize_with = "or_false")]
    pub(crate) reference: Option<String>,
    #[serde(deserialize_with = "or_false")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Id {
    pub(crate) id: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Journal {
    pub(crate) id: u32,
    pub(crate) code: String,
    pub(crate) name: String,
    #[serde(deserialize_with = "or_false")]
    pub(crate) default_account_id: Option<Link>,
    pub(crate) company_id: Link,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tax {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) price_include: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Company {
    #[serde(deserialize_with = "or_false")]
    pub(crate) account_sale_tax_id: Option<Link>,
    pub(crate) tax_calculation_rounding_method: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Currency {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) decimal_places: u32,
}

/// `fields_get` of the line fields whose decimals matter.
#[derive(Debug, Deserialize)]
pub(crate) struct LineFields {
    pub(crate) quantity: Digits,
    pub(crate) price_unit: Digits,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Digits {
    /// Digits in all and behind the point; absent where nothing is cut off.
    #[serde(deserialize_with = "or_false")]
    pub(crate) digits: Option<(u32, u32)>,
}

/// The answer of the import API: failures come with status 200, and nothing was applied then.
#[derive(Debug, Deserialize)]
pub(crate) struct Loaded {
    #[serde(deserialize_with = "or_false")]
    pub(crate) ids: Option<Vec<u32>>,
    pub(crate) messages: Vec<Message>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) field: Option<String>,
}

/// What Odoo tells of a failure. Its `debug` holds a traceback and is never read.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) name: String,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_an_amount_are_kept() {
        let amounts: Vec<Amount> =
            serde_json::from_str("[9013.33, 1e-05, -0.0, 0.1000000000000000055511151231257827]")
                .unwrap();
        let texts: Vec<&str> = amounts.iter().map(|amount| amount.0.as_str()).collect();
        assert_eq!(
            texts,
            [
                "9013.33",
                "0.00001",
                "0",
                "0.1000000000000000055511151231257827"
            ]
        );
    }

    #[test]
    fn a_load_that_failed_says_false_and_why() {
        let loaded: Loaded = serde_json::from_str(
            r#"{"ids": false, "messages": [{"type": "error", "message": "no", "field": "currency_id", "rows": {}}], "nextrow": 0}"#,
        )
        .unwrap();
        assert_eq!(loaded.ids, None);
        assert_eq!(loaded.messages[0].field.as_deref(), Some("currency_id"));
    }
}
