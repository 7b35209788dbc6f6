//! Whose calendar counts: those of the accounts, as every version of the terms has them.

use std::collections::BTreeMap;

use crate::ids::AccountId;
use crate::time::{AccountCalendar, Date};

/// How the charge periods of a billing period are found.
#[derive(Debug, Clone, Copy)]
pub enum ChargePeriods<'a> {
    /// Everything is charged for the billing period itself, by its part of each item's own charge period: what something is
    /// worth, and not what is billed.
    Whole,
    /// Those that are due with the billing period.
    Due(&'a Calendars),
}

/// The calendars of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendars {
    /// Oldest first, each with the first day on which it counts; an account that is not named has no calendar of its own.
    pub versions: Vec<(Option<Date>, BTreeMap<AccountId, AccountCalendar>)>,
    /// Nothing before it is billed.
    pub bill_from: Option<Date>,
}
