//! Manual quantities and commitments as people write them, below their account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::price::WrittenDecimal;
use crate::validity::WrittenDate;

/// A quantity that no source shows: hours of consulting, licences that somebody counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityConfig {
    /// The item that prices it: one whose meter is `{ manual = true }`.
    pub item: String,
    /// What lines and explanations call it; the item's name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it was called before: it is the same quantity still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// In the unit of the item's meter.
    pub quantity: WrittenDecimal,
    /// The first local day on which it holds. Without it, it holds since the first period that was open when it was
    /// written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    /// Its expiry: the first local day on which it holds no more. Nothing is billed from then on.
    pub to: WrittenDate,
    /// Who answers for it.
    pub owner: String,
    /// Why it is billed, for whoever asks in a year.
    pub reason: String,
    /// What it is for, as rules would set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Which pipeline bills it. Needed where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Where it stands: "accounts.toml:12". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
}

/// The least that an account pays for some items in a billing period. What is missing is a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentConfig {
    /// Tells it from others of the account, and from the same one with other terms.
    pub name: String,
    /// The name that it had before: it is the same commitment still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// For a whole billing period, before tax.
    pub amount: WrittenDecimal,
    /// That of the account, where it is written at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[A-Z]{3}$"))]
    pub currency: Option<String>,
    /// The price items that count towards it. Absent: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// Only what is billed under this agreement counts, and only while it holds. Absent: any agreement of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// The first local day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    /// The first local day on which it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<WrittenDate>,
    /// The text of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How a part of a period weighs, as of price items: `second` where absent. `none`: the whole amount is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["second", "actual-day", "actual-360", "strict-30-360", "none", null]))]
    pub proration: Option<String>,
    /// A key that the sink's settings map to a tax: `standard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    /// A key that the sink's settings map to a revenue account: `3010`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// Which pipeline bills it. Needed where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Where it stands: "accounts.toml:12". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
}
