//! The price book: what is charged for which resources, in which unit, and at which price when and for whom.
//!
//! Must not know quantities, owners or time beyond its own dates: that is rating's.

mod book;
mod config;
mod prices;
mod resolve;
mod review;
mod selection;
mod template;
mod tiers;
mod unit;
mod written;

pub use book::{
    Buyers, Dimension, Level, Meter, Price, PriceBook, PriceItem, Proration, Tariff, Tier,
};
pub use config::{ItemConfig, MeterConfig, PriceBookConfig, PriceConfig, TierConfig};
pub use resolve::resolve;
pub use review::{Buyer, Market, review};
pub use selection::{PricedFor, Selection, select};
pub use template::Template;
pub use unit::{Unit, unit};
pub use written::{AttributeText, Kinds, WrittenDecimal};

#[cfg(test)]
pub(crate) mod tests;
