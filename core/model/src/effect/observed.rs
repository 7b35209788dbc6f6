//! A document as the sink holds it, in the words of the contract. Amounts are exact whatever their decimals.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::document::{DocumentKind, Reference};
use crate::money::Currency;
use crate::plan::RemoteState;
use crate::time::{Date, Instant};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedDocument {
    /// The remote's id.
    pub id: String,
    pub number: Option<String>,
    pub url: Option<String>,
    pub version: Option<String>,
    pub reference: Option<Reference>,
    pub content_digest: Option<String>,
    pub kind: DocumentKind,
    pub state: RemoteState,
    /// The remote's id of the customer.
    pub customer: Option<String>,
    pub currency: Currency,
    pub issue_date: Option<Date>,
    pub net: Decimal,
    pub lines: Vec<ObservedLine>,
    pub changed: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedLine {
    /// The remote's id.
    pub id: String,
    /// Our id, if the remote keeps it.
    pub line: Option<String>,
    pub description: String,
    pub quantity: Option<Decimal>,
    pub unit_price: Option<Decimal>,
    pub net: Decimal,
}
