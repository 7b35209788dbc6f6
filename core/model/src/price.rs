//! The price book: what is charged for which resources, in which unit, and at which price when and for whom.
//!
//! Must not know quantities, owners or time beyond its own dates: that is rating's.

mod aggregate;
mod book;
mod composed;
mod config;
mod declared_units;
mod models;
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

pub use aggregate::{Aggregate, Aggregation, Conversion, Gaps, Merge, RoundQuantity};
pub use book::{Buyers, Dimension, Level, Meter, Price, PriceBook, PriceItem};
pub use config::{ItemConfig, MeterConfig, PriceBookConfig, PriceConfig, TierConfig};
pub use proration::Proration;
pub use resolve::resolve;
pub use review::{Buyer, Market, review};
pub use selection::{PricedFor, Selection, select};
pub use tariff::{Allowance, AllowancePer, Model, SplitBy, Tariff, Tier, TiersSee};
pub use template::Template;
pub(crate) use tiers::read_decimal;
pub use unit::{Unit, unit};
pub use unit_codes::is_unit_code;
pub use written::{AttributeText, Kinds, WrittenDecimal};

#[cfg(test)]
pub(crate) mod tests;
