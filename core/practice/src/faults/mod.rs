//! The fault schedule: what goes wrong, at which request. Deterministic: the same requests in the same order
//! meet the same faults.

mod behaviour;
mod counters;
mod inject;
mod pattern;
mod resolve;
mod rule;
mod schedule;

pub(crate) use behaviour::{Behaviour, ShortenPolicy};
pub(crate) use counters::{Directive, Faults};
pub(crate) use inject::{Touched, inject};
pub(crate) use rule::QuantityRounding;
pub use schedule::{FaultSchedule, ParseScheduleError};
