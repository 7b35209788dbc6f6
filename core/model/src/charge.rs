//! Charges: what rating makes of owned intervals, with everything that explains the cent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::ids::{AccountId, AgreementKey, CustomerKey, IntervalId, ItemKey, ResourceId};
use crate::language::LineWords;
use crate::money::{Currency, Money, Rounding};
use crate::price::PriceAt;
use crate::time::{Date, Instant, Period};

/// What makes two charges the same one: a re-rating replaces the charge with the same key.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct ChargeKey {
    pub account: AccountId,
    pub agreement: AgreementKey,
    pub item: ItemKey,
    /// The civil id of the charge period: "2026-03", "2026-Q1", "2026-01-31/2026-02-28".
    pub billing_period: String,
    /// The charged part of it: the whole, unless a price changes within.
    pub period: Period,
    /// Service, plan and whatever else the price item keeps apart.
    pub dimensions: BTreeMap<String, String>,
    /// Of a charge period that is billed in advance: only what changed, from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

/// Stands for the item of what a minimum commitment adds; the commitment's name is a dimension of that name.
pub(crate) const COMMITMENT: &str = "commitment";

impl ChargeKey {
    /// Is it the rest of a minimum commitment, which is of all that counts towards it?
    pub(crate) fn is_commitment(&self) -> bool {
        self.commitment().is_some()
    }

    /// The name of the commitment of which it is the rest.
    pub fn commitment(&self) -> Option<&str> {
        let name = self.dimensions.get(COMMITMENT)?;
        (self.item.as_str() == COMMITMENT).then_some(name)
    }

    pub fn commitment_mut(&mut self) -> Option<&mut String> {
        let name = self.dimensions.get_mut(COMMITMENT)?;
        (self.item.as_str() == COMMITMENT).then_some(name)
    }
}

/// A priced aggregate: one line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Charge {
    pub key: ChargeKey,
    /// In which its lines say what is added to their text; as it is when it is rated.
    #[serde(skip)]
    pub words: LineWords,
    pub customer: CustomerKey,
    pub description: String,
    /// As it is shown: exact where it has few decimals, else rounded to six; the net is computed from the exact one.
    pub quantity: Decimal,
    /// UN/ECE Rec 20.
    pub unit: String,
    /// Net divided by quantity where the model has no single price.
    pub unit_price: Decimal,
    pub net: Money,
    /// Inclusive civil days, in the billing zone.
    pub first_day: Date,
    pub last_day: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    /// It is large, and charges are sorted and moved.
    pub explanation: Box<Explanation>,
    pub contributions: Vec<Contribution>,
}

/// From the cent back to the arithmetic and the price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// "graduated", "unit", …
    pub model: String,
    /// The price version that won, and what it beat.
    pub price: PriceChoice,
    /// "second", "actual-day", …
    pub proration: String,
    /// The exact quantity as a fraction: "5200/31".
    pub quantity_exact: String,
    /// The exact quantity that was metered, as a fraction, where another one is priced: packages, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metered_exact: Option<String>,
    /// How levels became the quantity, in words, where it is not their average over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// The quantities that people gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manual: Vec<ManualPart>,
    /// What a minimum commitment was held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentExplained>,
    pub parts: Vec<PricedPart>,
    /// What a bundle contains, without prices of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<BundledQuantity>,
    /// The exact amount before rounding, as a fraction.
    pub net_exact: String,
    pub rounding: Rounding,
    /// Of what is billed in advance, what changed: the net is the difference of two amounts, each of which was rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeExplained>,
    /// It was rounded with other lines so that all of them sum to what they come to together, and the net, or one of those that it
    /// is the difference of, is another one than by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounded_together: bool,
    /// Resource-seconds of the charged period whose presence is presumed.
    pub presumed_seconds: i64,
    /// When changes count that happened between two observations, where that is not when they were first seen: "midpoint",
    /// "customer-favour".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_at: Option<String>,
    /// Who pays for what changes hands within the period, where that is not each for his time: "start-of-period",
    /// "end-of-period".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceChoice {
    /// "list", "plan gold", "account acme", "account acme, plan gold".
    pub level: String,
    /// When this version starts, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where it stands: "price-book.toml:40".
    pub place: String,
    /// The levels that were overruled.
    pub overruled: Vec<String>,
    /// By which the version was chosen: that which holds at usage, at the period's start, or at the agreement's signing.
    #[serde(default)]
    pub policy: PriceAt,
    /// The day on which the agreement was signed, where that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Date>,
    /// It is only for agreements that were signed before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_before: Option<Date>,
    /// Versions that hold at usage and do not count, by the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// Where the price is in another currency: how it was converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}

/// The exchange rate by which a price was converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// The currency of the price.
    pub from: Currency,
    /// The currency of the line.
    pub to: Currency,
    /// How much of `to` one of `from` is.
    pub rate: Decimal,
    /// The day of the rate.
    pub date: Date,
    /// The day on which it counts.
    pub on: Date,
    /// Who published it.
    pub source: String,
    /// Where it stands: "rates.csv:40".
    pub place: String,
}

/// A tier, or the whole quantity at one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricedPart {
    /// "0–100", or absent where there is one price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// As a fraction.
    pub quantity: String,
    /// UN/ECE Rec 20, where it is not the charge's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    pub unit_price: Decimal,
    /// As a fraction, before rounding.
    pub amount: String,
}

/// A quantity that no source shows, with who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ManualPart {
    pub name: String,
    pub quantity: Decimal,
    /// While it held.
    pub period: Period,
    pub owner: String,
    pub reason: String,
    /// Its expiry, as it was written: the first day on which it holds no more.
    pub until: String,
    /// Where it stands: "accounts.toml:12".
    pub place: String,
}

/// What a charge comes to, and what it came to before it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeExplained {
    pub now: Money,
    /// Before rounding, as a fraction.
    pub now_exact: String,
    pub before: Money,
    /// Before rounding, as a fraction.
    pub before_exact: String,
}

/// A minimum commitment, and what counted towards it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitmentExplained {
    pub name: String,
    /// For a whole billing period.
    pub amount: Decimal,
    pub currency: Currency,
    /// For the part of the billing period in which it holds, as a fraction.
    pub due_exact: String,
    /// What is billed of its items in that time, as a fraction.
    pub billed_exact: String,
    /// Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemKey>,
}

/// An item that is contained in a bundle, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BundledQuantity {
    pub item: ItemKey,
    pub quantity: Decimal,
    /// UN/ECE Rec 20.
    pub unit: String,
}

/// What one resource adds to a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    pub resource: ResourceId,
    pub interval: IntervalId,
    pub name: String,
    pub period: Period,
    /// The ownership share as a fraction.
    pub share: String,
    /// The metered quantity while it lasted.
    pub quantity: Decimal,
    /// Share × quantity × time over the period, as a fraction of the unit.
    pub weighted: String,
    /// Its part of the net, by largest remainder.
    pub allocated: Money,
    /// Seconds beyond the last coverage.
    pub presumed_seconds: i64,
}
