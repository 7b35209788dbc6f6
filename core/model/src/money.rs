//! Money is integer minor units and a currency. Rounding happens in one function, with a named mode.

mod amount;
mod currency;
mod rounding;
mod rounding_rules;
mod split;

pub use amount::{Money, MoneyError};
pub use currency::{Currency, CurrencyError};
pub(crate) use rounding::scale_to;
pub use rounding::{Rounding, round_decimals, round_money};
pub use rounding_rules::RoundingRules;
pub use split::{round_to_total, split_largest_remainder};
