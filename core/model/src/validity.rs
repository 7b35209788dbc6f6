//! Which terms hold when: dated items of a configuration, over the versions that the configuration went through.
//!
//! An undated edit starts with the version that made it; only an explicit `from` or `to` reaches back. Must not know what
//! the items are: rules, prices and agreements all pass through here.

mod holding;
mod layer;
mod segment;
mod version;
mod written_date;

pub use holding::holds_from;
pub(crate) use segment::pieces;
pub use segment::{Segment, segments};
pub use version::{ConfigVersion, Dated};
pub(crate) use written_date::TOML_DATE_KEY;
pub use written_date::{WrittenDate, resolve_validity};

#[cfg(test)]
mod tests;
