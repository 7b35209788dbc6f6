//! Invoices and credit notes over the wire.

use counterfoil_store::practice::{Document, DocumentKind, DocumentState, Line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amounts::{DECIMAL_PATTERN, exponent, render_minor};

const DATE_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// On an invoice a positive net is owed by the customer; on a credit note it is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Invoice,
    CreditNote,
}

/// A draft may be replaced and deleted; a posted document has a number and stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Draft,
    Posted,
    Void,
}

/// A document to create, or to put in the place of a draft.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentInput {
    pub(crate) kind: Kind,
    /// The caller's own. It can be searched and is NOT unique: two requests make two documents.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) reference: Option<String>,
    /// Kept and given back; this API does nothing with it.
    pub(crate) slot_digest: Option<String>,
    /// Kept and given back; this API does nothing with it.
    pub(crate) content_digest: Option<String>,
    /// The id of the customer.
    pub(crate) customer: String,
    /// An ISO 4217 code.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub(crate) currency: String,
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) issue_date: String,
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) due_date: Option<String>,
    /// The first day of the billing period.
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) first_day: Option<String>,
    /// The last day of the billing period (inclusive).
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) last_day: Option<String>,
    /// The buyer's own reference.
    pub(crate) buyer_reference: Option<String>,
    /// The id of the posted document that this one corrects. A credit note must name a posted invoice.
    pub(crate) corrects: Option<String>,
    /// The sum of the lines' nets, to be checked. It may be left out.
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) net: Option<String>,
    #[schemars(length(min = 1))]
    pub(crate) lines: Vec<LineInput>,
}

/// A line. Its net must be quantity × unit price, rounded half away from zero to the currency's decimals, give or
/// take one minor unit. Where the quantity is 1 the line is a lump sum and the net stands for itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineInput {
    /// The caller's own. When a draft is replaced, a line with the same reference keeps its id.
    pub(crate) line_reference: Option<String>,
    pub(crate) item: Option<String>,
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) description: String,
    /// At most 14 digits. Decimals beyond `quantity_decimals` of `/api/v1/info` go as its `shorten` says; a line that
    /// was shortened gets its net anew.
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) quantity: String,
    pub(crate) unit: Option<String>,
    /// At most 14 digits. Decimals beyond `price_decimals` of `/api/v1/info` go as its `shorten` says.
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) unit_price: String,
    /// In the currency's decimals.
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) net: String,
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) first_day: Option<String>,
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) last_day: Option<String>,
    pub(crate) tax_category: Option<String>,
    pub(crate) account_code: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct DocumentBody {
    #[schemars(regex(pattern = r"^doc_[0-9]+$"))]
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// Given at posting, without gaps: `INV/2026/00001`, `CRN/2026/00001`.
    #[schemars(regex(pattern = r"^(INV|CRN)/[0-9]{4}/[0-9]{5,}$"))]
    pub(crate) number: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) slot_digest: Option<String>,
    pub(crate) content_digest: Option<String>,
    #[schemars(regex(pattern = r"^cus_[0-9]+$"))]
    pub(crate) customer: String,
    pub(crate) currency: String,
    #[schemars(regex(pattern = DATE_PATTERN))]
    pub(crate) issue_date: String,
    pub(crate) due_date: Option<String>,
    pub(crate) first_day: Option<String>,
    pub(crate) last_day: Option<String>,
    pub(crate) buyer_reference: Option<String>,
    pub(crate) corrects: Option<String>,
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) net: String,
    pub(crate) lines: Vec<LineBody>,
    /// From 1, raised by every change.
    #[schemars(range(min = 1))]
    pub(crate) version: i64,
    #[schemars(extend("format" = "date-time"))]
    pub(crate) created: String,
    #[schemars(extend("format" = "date-time"))]
    pub(crate) changed: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct LineBody {
    #[schemars(regex(pattern = r"^lin_[0-9]+$"))]
    pub(crate) id: String,
    pub(crate) line_reference: Option<String>,
    pub(crate) item: Option<String>,
    pub(crate) description: String,
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) quantity: String,
    pub(crate) unit: Option<String>,
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) unit_price: String,
    #[schemars(regex(pattern = DECIMAL_PATTERN))]
    pub(crate) net: String,
    pub(crate) first_day: Option<String>,
    pub(crate) last_day: Option<String>,
    pub(crate) tax_category: Option<String>,
    pub(crate) account_code: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct DocumentsPage {
    pub(crate) items: Vec<DocumentBody>,
    /// The cursor of the next page; null on the last one.
    pub(crate) next: Option<String>,
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        let header = document.header;
        let exponent =
            exponent(&header.currency).expect("the currency was checked when it was stored");
        Self {
            id: document.id.to_string(),
            kind: match header.kind {
                DocumentKind::Invoice => Kind::Invoice,
                DocumentKind::CreditNote => Kind::CreditNote,
            },
            state: match document.state {
                DocumentState::Draft => State::Draft,
                DocumentState::Posted => State::Posted,
                DocumentState::Void => State::Void,
            },
            number: document.number,
            reference: header.reference,
            slot_digest: header.slot_digest,
            content_digest: header.content_digest,
            customer: header.customer.to_string(),
            currency: header.currency,
            issue_date: header.issue_date,
            due_date: header.due_date,
            first_day: header.first_day,
            last_day: header.last_day,
            buyer_reference: header.buyer_reference,
            corrects: header.corrects.map(|id| id.to_string()),
            net: render_minor(document.net_minor, exponent),
            lines: document
                .lines
                .into_iter()
                .map(|line| line_body(line, exponent))
                .collect(),
            version: document.version,
            created: document.created,
            changed: document.changed,
        }
    }
}

fn line_body(line: Line, exponent: u32) -> LineBody {
    let content = line.content;
    LineBody {
        id: line.id.to_string(),
        line_reference: content.line_reference,
        item: content.item,
        description: content.description,
        quantity: content.quantity,
        unit: content.unit,
        unit_price: content.unit_price,
        net: render_minor(content.net_minor, exponent),
        first_day: content.first_day,
        last_day: content.last_day,
        tax_category: content.tax_category,
        account_code: content.account_code,
    }
}
