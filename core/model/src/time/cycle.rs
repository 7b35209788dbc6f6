//! Charge cycles: on which civil days their periods begin. Each bound is counted from the anchor, so that a short month on the
//! way moves no later one (rule R5).

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Days that are counted from nowhere are counted from a Monday, as weeks are.
const DAYS_FROM: Date = date(1970, 1, 5);

/// How long a period of a cycle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CycleLength {
    Week,
    #[default]
    Month,
    Quarter,
    Year,
    /// So many civil days, at least one.
    Days(u16),
}

/// Periods of one length that tile the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cycle {
    pub length: CycleLength,
    /// A day on which a period begins. Absent: the first of a month, of a quarter or of January, or a Monday.
    pub anchor: Option<Date>,
}

/// Civil days, the second one exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilPeriod {
    pub first_day: Date,
    pub next_day: Date,
}

/// Long enough for every cycle that somebody may mean.
const DAYS_MAX: u16 = 3660;
const WEEK_DAYS: i64 = 7;
const DAY_HOURS: i64 = 24;

impl CycleLength {
    /// Where its periods are counted from if nothing else is said.
    fn own_anchor(self) -> Date {
        match self {
            Self::Week | Self::Days(_) => DAYS_FROM,
            Self::Month | Self::Quarter | Self::Year => date(1970, 1, 1),
        }
    }

    /// Counted in months, where it is.
    fn months(self) -> Option<i64> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            Self::Week | Self::Days(_) => None,
        }
    }

    /// The days that it has where every month has thirty. None where it is no number of months.
    pub fn days_of_thirty(self) -> Option<i128> {
        self.months().map(|months| i128::from(months) * 30)
    }
}

impl Cycle {
    /// By the calendar.
    pub const fn of(length: CycleLength) -> Self {
        Self {
            length,
            anchor: None,
        }
    }

    /// The period that holds a day.
    pub fn containing(self, day: Date) -> CivilPeriod {
        let from_anchor = self.anchor.unwrap_or(self.length.own_anchor());
        let start = |index: i64| match self.length.months() {
            Some(months) => from_anchor.saturating_add((index * months).months()),
            None => from_anchor.saturating_add((index * self.days()).days()),
        };
        let mut index = match self.length.months() {
            Some(months) => months_between(from_anchor, day).div_euclid(months),
            None => days_between(from_anchor, day).div_euclid(self.days()),
        };
        // The day of the month decides, and a clamped one is earlier than the anchor's.
        if start(index) > day {
            index -= 1;
        } else if start(index + 1) <= day {
            index += 1;
        }
        CivilPeriod {
            first_day: start(index),
            next_day: start(index + 1),
        }
    }

    /// The same periods: all cycles of these have one anchor then, or none.
    #[must_use]
    pub fn normalized(self) -> Self {
        let Some(anchor) = self.anchor else {
            return self;
        };
        let normal = match self.length {
            CycleLength::Week | CycleLength::Days(_) => {
                let days = days_between(DAYS_FROM, anchor).rem_euclid(self.days());
                DAYS_FROM.saturating_add(days.days())
            }
            // A month of the same phase that has every day that the anchor's may have.
            CycleLength::Month => date(1970, 1, anchor.day()),
            CycleLength::Quarter => {
                let month = [1, 5, 3][usize::from(anchor.month().unsigned_abs() - 1) % 3];
                date(1970, month, anchor.day())
            }
            CycleLength::Year if anchor.month() == 2 => date(1972, 2, anchor.day()),
            CycleLength::Year => date(1970, anchor.month(), anchor.day()),
        };
        Self {
            anchor: Some(normal).filter(|normal| *normal != self.length.own_anchor()),
            ..self
        }
    }

    fn days(self) -> i64 {
        match self.length {
            CycleLength::Days(days) => i64::from(days.max(1)),
            CycleLength::Week | CycleLength::Month | CycleLength::Quarter | CycleLength::Year => {
                WEEK_DAYS
            }
        }
    }

    /// What a period of the cycle is called: `2026-03`, `2026-W10`, `2026-Q1`, `2026` where it is one of the calendar, else its
    /// first day and the first one after it.
    pub(super) fn id(self, period: CivilPeriod) -> String {
        let CivilPeriod {
            first_day,
            next_day,
        } = period;
        let (year, month) = (first_day.year(), first_day.month());
        let begins_month = first_day.day() == 1 && next_day.day() == 1;
        match self.length {
            CycleLength::Month if begins_month => format!("{year:04}-{month:02}"),
            CycleLength::Quarter if begins_month && month % 3 == 1 => {
                format!("{year:04}-Q{}", (month + 2) / 3)
            }
            CycleLength::Year if begins_month && month == 1 => format!("{year:04}"),
            CycleLength::Week if first_day.weekday() == Weekday::Monday => {
                let week = first_day.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            _ => format!("{first_day}/{next_day}"),
        }
    }
}

fn months_between(from: Date, to: Date) -> i64 {
    let count = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    count(to) - count(from)
}

pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / DAY_HOURS
}

impl fmt::Display for CycleLength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Week => formatter.pad("week"),
            Self::Month => formatter.pad("month"),
            Self::Quarter => formatter.pad("quarter"),
            Self::Year => formatter.pad("year"),
            Self::Days(1) => formatter.pad("1 day"),
            Self::Days(days) => formatter.pad(&format!("{days} days")),
        }
    }
}

/// As a person writes it: "month", "10 days".
impl FromStr for CycleLength {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["week"] => Ok(Self::Week),
            ["month"] => Ok(Self::Month),
            ["quarter"] => Ok(Self::Quarter),
            ["year"] => Ok(Self::Year),
            [number, "day" | "days"] if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let days = number.parse::<u16>().map_err(|_| ())?;
                let fits = (1..=DAYS_MAX).contains(&days);
                fits.then_some(Self::Days(days)).ok_or(())
            }
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests;
