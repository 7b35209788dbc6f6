//! Documents and deliveries: what a plan wants to stand in the sinks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::charge::ChargeKey;
use crate::decimal::Decimal;
use crate::digest::Digest;
use crate::einvoice::Invoicing;
use crate::ids::{AccountId, AccountKey, ItemKey, PipelineId, SinkId, TenantId};
use crate::money::{Currency, Money};
use crate::time::Date;

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    Invoice,
    /// Positive amounts are given back.
    CreditNote,
}

/// What tells one delivery from every other one. Its hash is the reference.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Slot {
    /// The random id of the store, so that two stores never collide at a sink.
    pub store: String,
    pub tenant: TenantId,
    pub pipeline: PipelineId,
    pub sink: SinkId,
    pub account: AccountId,
    pub currency: Currency,
    pub invoice_group: String,
    /// The civil id of the billing period.
    pub billing_period: String,
    /// From 1.
    pub part: u32,
    /// 0 is the original.
    pub correction: u32,
}

/// Of accounts that name none.
pub const INVOICE_GROUP: &str = "default";

/// At most 20 characters: `CF-` and 80 bits in base32.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Reference(pub String);

impl Slot {
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    pub fn reference(&self) -> Reference {
        let digest = self.digest();
        let code = data_encoding::BASE32_NOPAD.encode(&digest.as_bytes()[..10]);
        Reference(format!("CF-{code}"))
    }
}

impl DocumentKind {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit note",
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0)
    }
}

/// One line of a document. The net of a credit note's line is positive where it gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Stable within the document while it is a draft.
    pub id: String,
    pub item: ItemKey,
    pub description: String,
    pub quantity: Decimal,
    pub unit: String,
    pub unit_price: Decimal,
    pub net: Money,
    pub first_day: Date,
    pub last_day: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// Which charge it bills, and how much of it in the sign of an invoice.
    pub charge: ChargeKey,
    pub billed: Money,
}

/// The buyer, as the sink needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Buyer {
    pub account: AccountKey,
    pub name: String,
    /// From the reviewed table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A document, or a part of one, for a sink: the unit of effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    pub slot: Slot,
    pub reference: Reference,
    pub kind: DocumentKind,
    /// The reference of the original that it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Reference>,
    pub buyer: Buyer,
    pub issue_date: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    pub first_day: Date,
    pub last_day: Date,
    pub lines: Vec<Line>,
    pub net: Money,
    pub parts: u32,
    /// `true`: posted, `false`: left as a draft.
    pub post: bool,
    /// What an e-invoice of it says besides, where its account gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoicing: Option<Box<Invoicing>>,
}

impl Delivery {
    /// In the sign of an invoice: what a credit note gives back is negative.
    pub fn signed_net(&self) -> Money {
        match self.kind {
            DocumentKind::Invoice => self.net,
            // Only the least amount that there is has no opposite, and no sum of lines comes to it.
            DocumentKind::CreditNote => self.net.checked_neg().unwrap_or(self.net),
        }
    }

    /// Everything that the customer would see: when it changes, the draft is updated.
    pub fn content_digest(&self) -> Digest {
        Digest::of_json(self)
    }
}
