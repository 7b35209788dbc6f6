//! The price book as a person writes it. Everything that can be wrong in more than one place stays text here, so that
//! `resolve` can report all mistakes at once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aggregate::{Aggregate, Gaps, Merge, RoundQuantity};
use super::charge_cycle::Billed;
use super::exchange::{ExchangeRateConfig, RateOn};
use super::price_at::PriceAt;
use super::tariff::{AllowancePer, SplitBy, TiersSee};
use super::written::{AttributeText, Kinds, WrittenDecimal};
use super::written_rounding::WrittenRounding;
use crate::ids::Kind;
use crate::language::{TAG_PATTERN, WordsConfig};
use crate::tables::TableNames;
use crate::validity::WrittenDate;

/// A price book: items and their prices, under a name: `[price_book.standard]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBookConfig {
    /// How the exact net of a line is rounded to the minor units of its currency: "half-up" or "half-even", or a table
    /// with a mode for each currency: { default = "half-up", JPY = "half-even" }.
    #[serde(default)]
    pub rounding: WrittenRounding,
    /// Which version of a price counts, where the item does not say. `usage`: the one that holds when it is used, so that
    /// a change cuts the billing period. `period-start`: the one that holds when the billing period starts.
    /// `agreement-signing`: the one that held when the agreement was signed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub price_at: PriceAt,
    /// The currency of the prices that count where an item has none in the currency of the account: they are converted by
    /// an exchange rate. Absent: a price in the account's currency has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub convert_from: Option<String>,
    /// The day whose exchange rate counts, or else the newest rate before it: the last day of the charge period
    /// (`period-end`), or the first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rate_on: RateOn,
    /// By how many days an exchange rate may be older than that day. 7 where absent; an older one is a finding that blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_age_days_max: Option<u32>,
    /// Kinds for which nothing is charged, on purpose. Any other kind without an item is a finding.
    #[serde(default)]
    pub not_charged_kinds: Vec<Kind>,
    /// Services for which nothing is charged, on purpose: the provider's own, say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_charged_services: Vec<String>,
    /// What is added to the text of a line, in words of one's own: { sv = { corrected = "Justerat" } }. English, Swedish, German,
    /// French, Dutch, Danish, Norwegian, Finnish and Spanish are built in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = { "pattern": TAG_PATTERN }))]
    pub words: BTreeMap<String, WordsConfig>,
    /// Exchange rates by which prices are converted, where `convert_from` says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchange_rate: Vec<ExchangeRateConfig>,
    /// Tables of exchange rates, one a row, which follow those written here: `rates.csv`, or a list.
    #[serde(default, skip_serializing)]
    pub exchange_rate_table: TableNames,
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
    /// The name that it had before: what was issued under that was issued of this item. The old name is of no other item ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The text of the line. `{service}`, `{plan}`, `{item}` and the names of dimensions in braces are filled in.
    pub description: String,
    /// The same in other languages, by BCP 47 tags: { sv = "vCPU, {plan}" }. Where an account's language is not among them,
    /// `description` stands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = { "pattern": TAG_PATTERN }))]
    pub text: BTreeMap<String, String>,
    /// UN/ECE Recommendation 20: "C62" (one), "E34" (gigabyte), "E62" (gibibyte), "HUR" (hour), …
    pub unit: String,
    /// One kind or a list of kinds. Only an item with `of`, or with a manual meter, has none.
    #[serde(default)]
    pub kind: Kinds,
    /// Only resources whose attributes equal these are charged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, AttributeText>,
    /// What gives the quantity. Only an item with `of` has none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub meter: MeterConfig,
    /// Only these customers are charged by the item: those whose storage is billed as consumed, say. Absent: everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Vec<String>>,
    /// Everyone but these customers is charged by the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except_customers: Option<Vec<String>>,
    /// `unit`: one price a unit. `flat`: one price, whatever the quantity. `graduated`: each tier prices its own slice of
    /// the quantity. `volume`: the tier that is reached prices all of it. `package`: one price for each package that was
    /// begun. `percentage`: of a quantity that is an amount of money, or of the items in `of`. `split`: a total that all
    /// buyers share by their quantity. `bundle`: one price for all of `contains`.
    #[serde(default = "unit_model")]
    #[schemars(extend("enum" = ["unit", "flat", "graduated", "volume", "package", "percentage", "split", "bundle"]))]
    pub model: String,
    /// What the tiers see. `average`: the level over the charged period. `each-moment`: the level at each moment, so that
    /// what comes and goes within the period is priced by the tier that it fell into.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tiers_see: TiersSee,
    /// Which version of its prices counts: that of `usage`, `period-start` or `agreement-signing`. Absent: as the price
    /// book says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_at: Option<PriceAt>,
    /// The currency of the prices that are converted for accounts in whose currency there is none. Absent: as the price
    /// book says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub convert_from: Option<String>,
    /// Model "percentage": the items of whose net it is a part, per account and agreement. None of them may have `of` itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// Model "bundle": items that are not charged where the bundle is, and are listed on its line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Model "split": what the parts of the total go by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub split_by: SplitBy,
    /// For how long the prices are: `week`, `month`, `quarter`, `year`, or a number of days such as `10 days`. Each such charge
    /// period is a line of its own.
    #[serde(default = "each_month", skip_serializing_if = "is_each_month")]
    #[schemars(regex(pattern = "^(week|month|quarter|year|[1-9][0-9]{0,3} days?)$"))]
    pub per: String,
    /// A day on which a charge period begins: from 31 January a month ends on the last of February, and the next one on
    /// 31 March. Absent: the account's, else the first of the month, of the quarter or of January, or Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<WrittenDate>,
    /// `in-arrears`: a charge period is billed when it has ended. `in-advance`: when it begins, for what is there then; what
    /// changes within it is given back or added with the period in which it changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub billed: Billed,
    /// `second`: a month is its seconds. `actual-day`: each civil day weighs the same. `actual-360`: a day is a thirtieth, a
    /// whole month is one. `strict-30-360`: every month has thirty days. `none`: what was there at any time counts in full,
    /// at its average level. `full-unit`: so does each unit. `hour`: prices are for an hour. `hour-730`: prices are for 730
    /// hours, and no resource has more in a month.
    #[serde(default = "second_proration")]
    #[schemars(extend("enum" = ["second", "actual-day", "actual-360", "strict-30-360", "none", "full-unit", "hour", "hour-730"]))]
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
    /// Its prices. The most special one that fits counts: agreement, then account, then customer, then plan,
    /// then list.
    #[serde(default)]
    pub price: Vec<PriceConfig>,
    /// Where it stands: "price-book.toml:12". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
}

/// Is it what is meant where nothing is written?
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn unit_model() -> String {
    "unit".to_owned()
}

fn each_month() -> String {
    "month".to_owned()
}

fn is_each_month(per: &str) -> bool {
    per == "month"
}

fn second_proration() -> String {
    "second".to_owned()
}

fn by_service() -> Vec<String> {
    vec!["service".to_owned()]
}

/// What gives the quantity of a resource: exactly one of `attribute`, `count`, `gauge`, `gauges` and `manual`.
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
    /// Two gauges, traffic in and out say, of which the greater one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gauges: Option<Vec<String>>,
    /// The quantities that accounts have by hand: `[[account.NAME.quantity]]`. The item has no kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
    /// With `gauges`. `each`: each is aggregated by itself first. `sample`: the greater one of each sample is taken first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub merge: Merge,
    /// How the levels of the period become one quantity. `unique` counts the values of an attribute.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aggregate: Aggregate,
    /// The aggregate is that of all resources of a line together, instead of the sum of each one's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub together: bool,
    /// The time between two samples: "5m", "1h". A percentile counts samples, and a sum each level once for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// With the aggregate `percentile`: 95 drops the highest 5 % of the samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<u32>,
    /// With the aggregate `percentile`: whether times without a sample count as zero.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gaps: Gaps,
    /// The unit that the meter counts in, where it is not the item's: it is converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the quantity of a whole line is divided by before it is priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divide: Option<WrittenDecimal>,
    /// Whether the quantity of a whole line is rounded up to a whole number before it is priced.
    #[serde(default, skip_serializing_if = "is_default")]
    pub round: RoundQuantity,
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
    /// For this agreement only: that of `account`, or of any account that has one of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// For agreements only that were signed before this day: they keep it, when others have a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_before: Option<WrittenDate>,
    /// An upper-case ISO 4217 code, or one's own with its decimals: XTK/6. Nothing is converted unless `convert_from` says so.
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub currency: String,
    /// For a whole period: of a unit ("unit", "bundle"), of a package ("package"), or in all ("flat", "split").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<WrittenDecimal>,
    /// Models "graduated" and "volume": ascending, the last one open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<TierConfig>>,
    /// Model "package": how many units a package holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<WrittenDecimal>,
    /// Model "percentage": "2.5" takes 2.5 % of the quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<WrittenDecimal>,
    /// Units that are free of charge, before the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<WrittenDecimal>,
    /// `charge`: one allowance for all resources of a line. `resource`: one for each resource, while it is there.
    /// `customer`: one for all lines of the item that a customer has, over accounts, plans and services.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allowance_per: AllowancePer,
    /// Taken off what the model comes to, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_percent: Option<WrittenDecimal>,
    /// Taken off after the percentage, at most what is left. For a whole period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<WrittenDecimal>,
    /// The most that a line comes to, after discounts. For a whole period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<WrittenDecimal>,
    /// The least that a line comes to: what is missing is a line of its own. For a whole period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<WrittenDecimal>,
    /// Where it stands: "price-book.toml:40". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
    /// A mistake in it was told: it counts only where it is asked who has a price at all.
    #[serde(skip)]
    pub is_mistaken: bool,
}

/// A tier of a graduated or volume price.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierConfig {
    /// The last quantity that belongs to the tier. Absent in the last tier, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<WrittenDecimal>,
    /// Per unit, for a whole period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<WrittenDecimal>,
    /// Once, where the tier is entered. The first tier of a volume price is entered with a quantity of zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<WrittenDecimal>,
}
