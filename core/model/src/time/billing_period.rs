//! A billing period is a local calendar concept: its id is civil (`2026-03`), its bounds are instants of its zone.

use std::collections::VecDeque;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use thiserror::Error;

use super::cycle::{CivilPeriod, Cycle, CycleLength, days_between};
use super::{Instant, InstantError, Period};

const YEAR_LETTERS: usize = "2026".len();
const MONTH_LETTERS: usize = "2026-03".len();
const DAY_LETTERS: usize = "2026-03-15".len();

/// A stretch of civil days in a zone: a calendar month, or a period of another cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingPeriod {
    cycle: Cycle,
    days: CivilPeriod,
    zone: TimeZone,
    period: Period,
}

#[derive(Debug, Error)]
pub enum BillingPeriodError {
    #[error("`{text}` is no billing period; expected a month such as 2026-03")]
    Unreadable { text: String },
    #[error(
        "`{text}` is no period; expected one such as 2026-03, 2026-Q1, 2026, 2026-W10 or 2026-03-15/2026-04-15"
    )]
    NoPeriod { text: String },
    #[error("`{text}` ends before it begins; the second day is the first one after the period")]
    Reversed { text: String },
    #[error("the period from {first_day} is outside the calendar")]
    OutOfRange {
        first_day: Date,
        source: InstantError,
    },
    #[error("the period from {first_day} has no time: the clocks of its zone skip it")]
    Empty { first_day: Date },
}

impl BillingPeriod {
    /// Reads a month such as `2026-03`.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let unreadable = || BillingPeriodError::Unreadable {
            text: text.to_owned(),
        };
        if text.len() != MONTH_LETTERS {
            return Err(unreadable());
        }
        let first_day: Date = format!("{text}-01").parse().map_err(|_| unreadable())?;
        Self::of(Cycle::default(), first_day, zone)
    }

    /// Reads a month, a quarter `2026-Q1`, a year `2026`, a week `2026-W10`, or days such as `2026-03-15/2026-04-15`, the second
    /// one exclusive.
    pub fn parse_any(text: &str, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let unreadable = || BillingPeriodError::NoPeriod {
            text: text.to_owned(),
        };
        if let Some((from, to)) = text.split_once('/') {
            let from = written_day(from).ok_or_else(unreadable)?;
            let to = written_day(to).ok_or_else(unreadable)?;
            if to <= from {
                return Err(BillingPeriodError::Reversed {
                    text: text.to_owned(),
                });
            }
            let length = u16::try_from(days_between(from, to)).map_err(|_| unreadable())?;
            let cycle = Cycle {
                length: CycleLength::Days(length),
                anchor: Some(from),
            };
            return Self::of(cycle, from, zone);
        }
        let (length, day) = named_period(text).ok_or_else(unreadable)?;
        Self::of(Cycle::of(length), day, zone)
    }

    /// The month that holds an instant.
    pub fn containing(instant: Instant, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let day = instant.date(&zone);
        Self::of(Cycle::default(), day, zone)
    }

    /// The period of a cycle that holds a day.
    pub fn of(cycle: Cycle, day: Date, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let days = cycle.containing(day);
        let first_day = days.first_day;
        let out_of_range = |source| BillingPeriodError::OutOfRange { first_day, source };
        let from = Instant::start_of_day(first_day, &zone).map_err(out_of_range)?;
        let to = Instant::start_of_day(days.next_day, &zone).map_err(out_of_range)?;
        let period = Period::new(from, to).ok_or(BillingPeriodError::Empty { first_day })?;
        Ok(Self {
            cycle,
            days,
            zone,
            period,
        })
    }

    pub fn next(&self) -> Result<Self, BillingPeriodError> {
        Self::of(self.cycle, self.days.next_day, self.zone.clone())
    }

    pub fn previous(&self) -> Result<Self, BillingPeriodError> {
        let day = self.days.first_day.saturating_sub(1.day());
        Self::of(self.cycle, day, self.zone.clone())
    }

    /// This one, and those before and after it until they cover a time.
    pub fn covering(&self, time: Period) -> Vec<Self> {
        let mut periods = VecDeque::from([self.clone()]);
        while let Some(first) = periods.front()
            && first.period.from() > time.from()
            && let Ok(earlier) = first.previous()
        {
            periods.push_front(earlier);
        }
        while let Some(last) = periods.back()
            && last.period.to() < time.to()
            && let Ok(later) = last.next()
        {
            periods.push_back(later);
        }
        periods.into()
    }

    /// The civil id, such as `2026-03`: the key of everything that is unique within a period (rule R3).
    pub fn id(&self) -> String {
        self.to_string()
    }

    pub fn period(&self) -> Period {
        self.period
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Was it given as days, and not as a period of the calendar?
    pub fn is_of_days(&self) -> bool {
        matches!(self.cycle.length, CycleLength::Days(_))
    }

    /// Is it a month of the calendar?
    pub fn is_month(&self) -> bool {
        self.cycle == Cycle::default()
    }

    pub fn cycle(&self) -> Cycle {
        self.cycle
    }

    pub fn civil(&self) -> CivilPeriod {
        self.days
    }

    pub fn first_day(&self) -> Date {
        self.days.first_day
    }

    /// Inclusive.
    pub fn last_day(&self) -> Date {
        self.days.next_day.saturating_sub(1.day())
    }

    /// The civil days of the period with their bounds: 23, 24 or 25 hours, or what the zone makes of them.
    pub fn days(&self) -> Result<Vec<(Date, Period)>, InstantError> {
        days_of(self.days, &self.zone)
    }
}

/// The civil days of a stretch with their bounds.
pub fn days_of(stretch: CivilPeriod, zone: &TimeZone) -> Result<Vec<(Date, Period)>, InstantError> {
    let mut days = Vec::with_capacity(31);
    let mut date = stretch.first_day;
    while date < stretch.next_day {
        let next = date.saturating_add(1.day());
        let from = Instant::start_of_day(date, zone)?;
        let to = Instant::start_of_day(next, zone)?;
        if let Some(period) = Period::new(from, to) {
            days.push((date, period));
        }
        date = next;
    }
    Ok(days)
}

/// `Date` reads a timestamp too and drops its time.
fn written_day(text: &str) -> Option<Date> {
    (text.len() == DAY_LETTERS).then(|| text.parse().ok())?
}

/// A period of the calendar, and a day in it.
fn named_period(text: &str) -> Option<(CycleLength, Date)> {
    let day = |text: String| text.parse::<Date>().ok();
    if !text.is_ascii() {
        return None;
    }
    let (year, rest) = text.split_at_checked(YEAR_LETTERS)?;
    if !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if rest.is_empty() {
        return Some((CycleLength::Year, day(format!("{year}-01-01"))?));
    }
    let rest = rest.strip_prefix('-')?;
    match rest.as_bytes() {
        [b'Q', quarter @ b'1'..=b'4'] => {
            let month = (quarter - b'1') * 3 + 1;
            Some((CycleLength::Quarter, day(format!("{year}-{month:02}-01"))?))
        }
        [b'W', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            let week = i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()?;
            let week = ISOWeekDate::new(year.parse().ok()?, week, Weekday::Monday).ok()?;
            Some((CycleLength::Week, week.date()))
        }
        [b'0'..=b'9', b'0'..=b'9'] => Some((CycleLength::Month, day(format!("{year}-{rest}-01"))?)),
        _ => None,
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.cycle.id(self.days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str, zone: &str) -> BillingPeriod {
        BillingPeriod::parse(text, TimeZone::get(zone).unwrap()).unwrap()
    }

    #[test]
    fn tv_1_to_6_lengths_of_days_and_months() {
        let march = month("2026-03", "Europe/Stockholm");
        assert_eq!(march.period().seconds(), 743 * 3600);
        assert_eq!(march.period().from().to_string(), "2026-02-28T23:00:00Z");
        assert_eq!(march.period().to().to_string(), "2026-03-31T22:00:00Z");
        assert_eq!(march.days().unwrap()[28].1.seconds(), 23 * 3600);
        assert_eq!(
            month("2026-10", "Europe/Stockholm").period().seconds(),
            745 * 3600
        );
        assert_eq!(
            month("2026-10", "America/New_York").period().seconds(),
            744 * 3600
        );
        assert_eq!(month("2026-02", "UTC").period().seconds(), 672 * 3600);
        assert_eq!(month("2028-02", "UTC").period().seconds(), 696 * 3600);
    }

    #[test]
    fn months_follow_one_another() {
        let march = month("2026-03", "Europe/Stockholm");
        assert_eq!(march.next().unwrap().id(), "2026-04");
        assert_eq!(
            march.previous().unwrap().period().to(),
            march.period().from()
        );
        assert!(BillingPeriod::parse("2026-3", TimeZone::UTC).is_err());
        assert!(BillingPeriod::parse("2026-13", TimeZone::UTC).is_err());
        assert!(BillingPeriod::parse("2026-Q1", TimeZone::UTC).is_err());
    }

    #[test]
    fn periods_are_read_by_their_names() {
        let period = |text: &str| BillingPeriod::parse_any(text, TimeZone::UTC).unwrap();
        let days = |text: &str| {
            let period = period(text);
            format!("{} {}", period.first_day(), period.last_day())
        };
        assert_eq!(days("2026-03"), "2026-03-01 2026-03-31");
        assert_eq!(days("2026-Q1"), "2026-01-01 2026-03-31");
        assert_eq!(days("2026"), "2026-01-01 2026-12-31");
        assert_eq!(days("2026-W10"), "2026-03-02 2026-03-08");
        assert_eq!(days("2026-W53"), "2026-12-28 2027-01-03");
        assert_eq!(days("2026-03-15/2026-04-15"), "2026-03-15 2026-04-14");
        assert_eq!(period("2026-Q4").next().unwrap().id(), "2027-Q1");
        assert_eq!(
            period("2026-03-15/2026-04-15").id(),
            "2026-03-15/2026-04-15"
        );
    }

    #[test]
    fn what_is_no_period_is_told() {
        for text in [
            "",
            "26",
            "2026-",
            "2026-Q0",
            "2026-Q5",
            "2026-W00",
            "2027-W53",
            "2026-13",
            "2026-3",
            "2026-02-30/2026-03-01",
            "2026-03-15",
            "2026-03-15/",
            "2026-03-15T00:00:00/2026-04-15",
            "März",
            "2026-03é",
        ] {
            let read = BillingPeriod::parse_any(text, TimeZone::UTC);
            assert!(
                matches!(read, Err(BillingPeriodError::NoPeriod { .. })),
                "{text}"
            );
        }
        for text in ["2026-03-15/2026-03-15", "2026-03-15/2026-03-14"] {
            let read = BillingPeriod::parse_any(text, TimeZone::UTC);
            assert!(
                matches!(read, Err(BillingPeriodError::Reversed { .. })),
                "{text}"
            );
        }
    }
}
