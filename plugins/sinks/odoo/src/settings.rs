//! The settings of this connection.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Settings {
    url: String,
    pub(crate) company: Option<u32>,
    pub(crate) journal: Option<String>,
    #[serde(default)]
    pub(crate) taxes: BTreeMap<String, Key>,
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, Key>,
    #[serde(default)]
    pub(crate) create_customers: bool,
    #[serde(default = "reference_field")]
    pub(crate) reference_field: String,
    #[serde(default = "digest_field")]
    digest_field: String,
    #[serde(default = "find_lag_ms")]
    pub(crate) find_lag_ms: u32,
}

impl Settings {
    /// The base URL without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    pub(crate) fn digest_field(&self) -> Option<&str> {
        (!self.digest_field.is_empty()).then_some(self.digest_field.as_str())
    }

    /// Where the buyer's own reference goes, unless the field is taken by ours.
    pub(crate) fn buyer_field(&self) -> Option<&'static str> {
        (self.reference_field != "ref").then_some("ref")
    }
}

/// A record of Odoo, as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Id(u32),
    /// The name of a tax, the code of an account.
    Name(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name or an id")
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<Key, E> {
                u32::try_from(id).map(Key::Id).map_err(E::custom)
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key::Name(name.to_owned()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "id {id}"),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

fn reference_field() -> String {
    "ref".to_owned()
}

fn digest_field() -> String {
    "invoice_origin".to_owned()
}

fn find_lag_ms() -> u32 {
    5000
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn settings(json: &str) -> Settings {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_absent_has_its_default() {
        let settings =
            settings(r#"{"url":"http://127.0.0.1:8069/","taxes":{"standard":1,"zero":"0%"}}"#);
        assert_eq!(settings.url(), "http://127.0.0.1:8069");
        assert_eq!(settings.digest_field(), Some("invoice_origin"));
        assert_eq!(settings.buyer_field(), None);
        assert_eq!(settings.taxes["standard"], Key::Id(1));
        assert_eq!(settings.taxes["zero"], Key::Name("0%".into()));
    }
}
