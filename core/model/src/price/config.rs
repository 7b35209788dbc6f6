//! The price book as a person writes it. Everything that can be wrong in more than one place stays text here, so that
//! `resolve` can report all mistakes at once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::{AttributeText, Kinds, WrittenDecimal};
use crate::ids::Kind;
use crate::money::Rounding;
use crate::tables::TableNames;
use crate::validity::WrittenDate;

/// A price book: items and their prices, under a name: `[price_book.standard]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBookConfig {
    /// How the exact net of a line is rounded to the minor units of its currency.
    #[serde(default)]
    pub rounding: Rounding,
    /// Kinds for which nothing is charged, on purpose. Any other kind without an item is a finding.
    #[serde(default)]
    pub not_charged_kinds: Vec<Kind>,
    /// Services for which nothing is charged, on purpose: the provider's own, say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_charged_services: Vec<String>,
    /// What is charged.
    #[serde(default)]
    pub item: Vec<ItemConfig>,
    /// Tables of items and prices, which follow the items written here. Rows with the same `name` are one item, also
    /// of an item written here; each row is a price (`price.currency`, `price.amount`), or with `price.tiers.up_to` and
    /// `price.tiers.amount` a tier of the price of the row above.
    #[serde(default, skip_serializing)]
    pub table: TableNames,
}

/// Something that is charged: one line per account, billing period and its dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemConfig {
    /// Unique within the price book: "vcpu".
    pub name: String,
    /// The text of the line. `{service}`, `{plan}`, `{item}` and the names of dimensions in braces are filled in.
    pub description: String,
    /// UN/ECE Recommendation 20: "C62" (one), "E34" (gigabyte), "E62" (gibibyte), "HUR" (hour), …
    pub unit: String,
    /// One kind or a list of kinds.
    pub kind: Kinds,
    /// Only resources whose attributes equal these are charged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, AttributeText>,
    /// What gives the quantity.
    pub meter: MeterConfig,
    /// Only these customers are charged by the item: those whose storage is billed as consumed, say. Absent: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Vec<String>>,
    /// Everyone but these customers is charged by the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except_customers: Option<Vec<String>>,
    /// `unit`: one price a unit. `graduated`: each tier prices its own slice of the quantity.
    #[serde(default = "unit_model")]
    #[schemars(extend("enum" = ["unit", "graduated"]))]
    pub model: String,
    /// `second`: a month is its seconds. `actual-day`: each civil day weighs the same.
    #[serde(default = "second_proration")]
    #[schemars(extend("enum" = ["second", "actual-day"]))]
    pub proration: String,
    /// What is kept apart in lines of its own, besides the plan: "service", "resource", or names of attributes.
    #[serde(default = "by_service")]
    pub dimensions: Vec<String>,
    /// A key that the sink's settings map to a tax: `standard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    /// A key that the sink's settings map to a revenue account: `3010`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// Its prices. The most special one that fits counts: account, then customer, then plan, then list.
    #[serde(default)]
    pub price: Vec<PriceConfig>,
    /// Where it stands: "price-book.toml:12". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
}

fn unit_model() -> String {
    "unit".to_owned()
}

fn second_proration() -> String {
    "second".to_owned()
}

fn by_service() -> Vec<String> {
    vec!["service".to_owned()]
}

/// What gives the quantity of a resource: exactly one of `attribute`, `count` and `gauge`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterConfig {
    /// The number that an attribute holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// So many for each resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The level of a gauge, from its samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gauge: Option<String>,
    /// Resources without the attribute are left out on purpose. Any other absence blocks automatic approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A price of an item: when, for whom, in which currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceConfig {
    /// Tells it from another price for the same buyers in the same currency; needed only where both are edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    /// The first day on which it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<WrittenDate>,
    /// For this plan only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// For this account only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// For this customer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// An upper-case ISO 4217 code. There is no conversion: each currency has prices of its own.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// Per unit and month; model "unit".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<WrittenDecimal>,
    /// Model "graduated": each tier prices its own slice of the quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<TierConfig>>,
    /// Where it stands: "price-book.toml:40". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
    /// A mistake in it was told: it counts only where it is asked who has a price at all.
    #[serde(skip)]
    pub is_mistaken: bool,
}

/// A tier of a graduated price: it prices its own slice of the quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierConfig {
    /// The last quantity that belongs to the tier. Absent in the last tier, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<WrittenDecimal>,
    /// Per unit and month.
    pub amount: WrittenDecimal,
}
