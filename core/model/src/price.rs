//! The price book: what is charged for which resources, in which unit, and at which price when and for whom.
//!
//! Must not know quantities, owners or time beyond its own dates: that is rating's.

mod aggregate;
mod book;
mod charge_cycle;
mod composed;
mod config;
mod declared_units;
mod exchange;
mod list;
mod models;
mod moments;
mod price_at;
mod prices;
mod proration;
mod quantity;
mod resolve;
mod review;
mod selection;
mod tariff;
mod template;
mod tiers;
mod unit;
mod unit_codes;
mod written;
mod written_rounding;

pub use aggregate::{Aggregate, Aggregation, Conversion, Gaps, Merge, RoundQuantity};
pub use book::{Buyers, Dimension, Level, Meter, Price, PriceBook, PriceItem};
pub use charge_cycle::{Billed, ChargeCycle};
pub use config::{ItemConfig, MeterConfig, PriceBookConfig, PriceConfig, TierConfig};
pub use exchange::{ExchangeRate, ExchangeRateConfig, Exchanged, RateOn, resolve_rates};
pub use price_at::{PriceAt, Signed, Signing};
pub use proration::Proration;
pub use resolve::resolve;
pub use review::{Buyer, Market, pooled_apart, review};
pub(crate) use selection::choose;
pub use selection::{PricedFor, Selection, select};
pub use tariff::{Allowance, AllowancePer, Model, SplitBy, Tariff, Tier, TiersSee};
pub use template::Template;
pub(crate) use tiers::read_decimal;
pub use unit::{Unit, unit};
pub use unit_codes::is_unit_code;
pub use written::{AttributeText, Kinds, WrittenDecimal};
pub use written_rounding::WrittenRounding;

#[cfg(test)]
pub(crate) mod tests;
