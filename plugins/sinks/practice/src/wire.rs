//! The practice API's JSON, as far as this connector reads and writes it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Invoice,
    CreditNote,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Draft,
    Posted,
    Void,
}

/// What is sent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DocumentInput<'delivery> {
    pub(crate) kind: Kind,
    pub(crate) reference: &'delivery str,
    pub(crate) slot_digest: &'delivery str,
    pub(crate) content_digest: &'delivery str,
    pub(crate) customer: &'delivery str,
    pub(crate) currency: &'delivery str,
    pub(crate) issue_date: &'delivery str,
    pub(crate) due_date: Option<&'delivery str>,
    pub(crate) first_day: &'delivery str,
    pub(crate) last_day: &'delivery str,
    pub(crate) buyer_reference: Option<&'delivery str>,
    pub(crate) corrects: Option<&'delivery str>,
    pub(crate) net: &'delivery str,
    pub(crate) lines: Vec<LineInput<'delivery>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LineInput<'delivery> {
    pub(crate) line_reference: &'delivery str,
    pub(crate) item: &'delivery str,
    pub(crate) description: &'delivery str,
    pub(crate) quantity: &'delivery str,
    pub(crate) unit: &'delivery str,
    pub(crate) unit_price: &'delivery str,
    pub(crate) net: &'delivery str,
    pub(crate) first_day: &'delivery str,
    pub(crate) last_day: &'delivery str,
    pub(crate) tax_category: Option<&'delivery str>,
    pub(crate) account_code: Option<&'delivery str>,
}

/// What is held.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) number: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) slot_digest: Option<String>,
    pub(crate) content_digest: Option<String>,
    pub(crate) customer: String,
    pub(crate) currency: String,
    pub(crate) issue_date: String,
    pub(crate) net: String,
    pub(crate) lines: Vec<DocumentLine>,
    pub(crate) version: u32,
    pub(crate) changed: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct DocumentLine {
    pub(crate) id: String,
    pub(crate) line_reference: Option<String>,
    pub(crate) description: String,
    pub(crate) quantity: String,
    pub(crate) unit_price: String,
    pub(crate) net: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct CustomerInput<'delivery> {
    pub(crate) reference: &'delivery str,
    pub(crate) name: &'delivery str,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Info {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) quantity_decimals: u32,
    pub(crate) price_decimals: u32,
    pub(crate) lines_max: u32,
    pub(crate) reference_length_max: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorDetail,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorDetail {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
}
