//! Seller and buyer, as a document names them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A side of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// The legal name (BT-27, BT-44).
    pub name: String,
    /// The name under which it is known, where it is another one (BT-28, BT-45).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading_name: Option<String>,
    /// In the register of companies (BT-30, BT-47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_id: Option<String>,
    /// Which register that is: a code of ISO 6523, such as 0007 for Sweden's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_id_scheme: Option<String>,
    /// With the prefix of its country (BT-31, BT-48).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
    /// What else the seller's tax office wants to read (BT-32): "Godkänd för F-skatt".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_registration: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number, or a box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// What else is needed to find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_street: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// A state or province, where addresses have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// A code of ISO 3166-1, such as SE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Where electronic invoices are sent to, or come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Of which kind the address is: a code of the list "Electronic Address Scheme", such as 0007 or 0088.
    pub scheme: String,
    /// The address.
    pub id: String,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// A person or a department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// An address for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Texts that are blank are no texts: an e-invoice must not have empty elements.
pub(super) fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

impl Party {
    pub(super) fn country(&self) -> Option<&str> {
        let address = self.address.as_ref()?;
        filled(address.country.as_ref())
    }
}
