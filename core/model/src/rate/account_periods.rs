//! Which period of each account's own calendar is billed with a billing period.

use std::collections::BTreeMap;

use super::Calendars;
use super::calendars::windows;
use super::timeline::{Timeline, account_timelines, at};
use crate::ids::AccountId;
use crate::time::{
    AccountCalendar, BillingPeriod, CivilPeriod, Cycle, CycleLength, Gathers, days_between,
};

/// What a billing period is for an account whose calendar is not that of the billing period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountPeriod {
    /// It is billed with the billing period.
    Due(BillingPeriod),
    /// The one that runs is billed with a later month, whose civil id this is.
    Later {
        period: BillingPeriod,
        billed_with: String,
    },
}

impl AccountPeriod {
    pub fn period(&self) -> &BillingPeriod {
        match self {
            Self::Due(period) | Self::Later { period, .. } => period,
        }
    }
}

/// Of the accounts that have calendars of their own. One whose calendar was edited may have several.
pub fn account_periods(
    billing_period: &BillingPeriod,
    accounts: impl IntoIterator<Item = AccountId>,
    calendars: &Calendars,
) -> BTreeMap<AccountId, Vec<AccountPeriod>> {
    let mut periods = BTreeMap::new();
    for (timeline, accounts) in &account_timelines(accounts, calendars) {
        let is_own = |(_, calendar): &(_, AccountCalendar)| {
            let zone = calendar.zone.as_ref();
            calendar.gathers != Gathers::Month
                || zone.is_some_and(|zone| zone != billing_period.zone())
        };
        if !timeline.iter().any(is_own) {
            continue;
        }
        let own = of_timeline(billing_period, timeline);
        periods.extend(accounts.iter().map(|account| (*account, own.clone())));
    }
    periods
}

fn of_timeline(
    billing_period: &BillingPeriod,
    timeline: &Timeline<AccountCalendar>,
) -> Vec<AccountPeriod> {
    let holding = |day| at(timeline, Some(day)).cloned().unwrap_or_default();
    let zone = |calendar: &AccountCalendar| {
        let zone = calendar.zone.as_ref();
        zone.unwrap_or(billing_period.zone()).clone()
    };
    let cycle = |calendar: &AccountCalendar| {
        let own = calendar.gathers.cycle(calendar.anchor);
        own.filter(|_| billing_period.is_month())
            .unwrap_or(billing_period.cycle())
    };
    let due = windows(timeline, billing_period);
    if due.is_empty() {
        let day = billing_period.last_day();
        let calendar = holding(day);
        let month = calendar.plan_of(day);
        let of = |cycle, day| BillingPeriod::of(cycle, day, zone(&calendar)).ok();
        let later = of(Cycle::default(), month).zip(of(cycle(&calendar), day));
        let later = later.map(|(month, period)| AccountPeriod::Later {
            period,
            billed_with: month.id(),
        });
        return later.into_iter().collect();
    }
    // A day that the zone skips has no period.
    let due = due.into_iter().filter_map(|window| {
        let calendar = holding(window.first_day);
        let whole = cycle(&calendar);
        let cycle = if whole.containing(window.first_day) == window {
            whole
        } else {
            days(window)
        };
        let period = BillingPeriod::of(cycle, window.first_day, zone(&calendar));
        period.ok().map(AccountPeriod::Due)
    });
    due.collect()
}

/// A stretch that is no period of a cycle: the calendar was edited within it.
fn days(window: CivilPeriod) -> Cycle {
    let days = days_between(window.first_day, window.next_day);
    Cycle {
        length: CycleLength::Days(u16::try_from(days).unwrap_or(u16::MAX)),
        anchor: Some(window.first_day),
    }
}
