//! Whose calendar counts: those of the accounts, as every version of the terms has them.

use std::collections::BTreeMap;

use super::timeline::{Timeline, at};
use crate::ids::AccountId;
use crate::time::{AccountCalendar, BillingPeriod, CivilPeriod, Date, Gathers};

/// Documents gather the periods of a year at most.
const GATHERED_MONTHS_MAX: i32 = 12;

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

/// The days whose charge periods are billed with the billing period.
pub(super) fn windows(
    calendar: &Timeline<AccountCalendar>,
    billing_period: &BillingPeriod,
) -> Vec<CivilPeriod> {
    let asked = billing_period.civil();
    let each_month = |(_, one): &(Option<Date>, AccountCalendar)| one.gathers == Gathers::Month;
    if !billing_period.is_month() || calendar.iter().all(each_month) {
        return vec![asked];
    }
    let mut windows: Vec<CivilPeriod> = Vec::new();
    let back = jiff::Span::new().months(GATHERED_MONTHS_MAX);
    let mut day = asked.first_day.saturating_sub(back);
    while day < asked.next_day {
        let Ok(next_day) = day.tomorrow() else { break };
        let calendar = at(calendar, Some(day));
        if calendar.is_some_and(|one| one.plan_of(day) == asked.first_day) {
            match windows.last_mut() {
                Some(last) if last.next_day == day => last.next_day = next_day,
                _ => windows.push(CivilPeriod {
                    first_day: day,
                    next_day,
                }),
            }
        }
        day = next_day;
    }
    windows
}
