//! Who sells, as a page shows it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::preview::{Language, Seller};

/// What `preview` shows of a seller, by the key that `issuer` of a pipeline names: `[issuer.hosting-ab]`. The finance system
/// has its own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// As it stands on a document; the key where absent.
    pub name: Option<String>,
    /// Address, numbers and whatever else stands below the name, a line each.
    #[serde(default)]
    pub details: Vec<String>,
    /// In which language pages are made, and how numbers are written: "en", "sv", "de" or "iso".
    #[serde(default)]
    pub language: Language,
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
}
