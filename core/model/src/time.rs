//! Instants, half-open periods and the calendar of a billing zone. Civil dates and instants are different types.

mod account_calendar;
mod billing_period;
mod cycle;
mod instant;
mod period;
mod zone;

pub use account_calendar::{AccountCalendar, Gathers};
pub use billing_period::{BillingPeriod, BillingPeriodError, days_of};
pub(crate) use cycle::days_between;
pub use cycle::{CivilPeriod, Cycle, CycleLength};
pub use instant::{Instant, InstantError};
pub use jiff::civil::Date;
pub use jiff::tz::TimeZone;
pub use period::{Period, Validity};
pub use zone::find_zone;
