//! A billing period is a local calendar concept: its id is civil (`2026-03`), its bounds are instants of its zone.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

use super::{Instant, InstantError, Period};

/// A calendar month in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingPeriod {
    first_day: Date,
    zone: TimeZone,
    period: Period,
}

#[derive(Debug, Error)]
pub enum BillingPeriodError {
    #[error("`{text}` is no billing period; expected a month such as 2026-03")]
    Unreadable { text: String },
    #[error("the month {first_day} is outside the calendar")]
    OutOfRange {
        first_day: Date,
        source: InstantError,
    },
}

impl BillingPeriod {
    /// Reads a month such as `2026-03`.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let unreadable = || BillingPeriodError::Unreadable {
            text: text.to_owned(),
        };
        if text.len() != 7 {
            return Err(unreadable());
        }
        let first_day: Date = format!("{text}-01").parse().map_err(|_| unreadable())?;
        Self::starting(first_day, zone)
    }

    /// The month that holds an instant.
    pub fn containing(instant: Instant, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let first_day = instant.date(&zone).first_of_month();
        Self::starting(first_day, zone)
    }

    fn starting(first_day: Date, zone: TimeZone) -> Result<Self, BillingPeriodError> {
        let out_of_range = |source| BillingPeriodError::OutOfRange { first_day, source };
        let next = first_day.saturating_add(1.month());
        let from = Instant::start_of_day(first_day, &zone).map_err(out_of_range)?;
        let to = Instant::start_of_day(next, &zone).map_err(out_of_range)?;
        let Some(period) = Period::new(from, to) else {
            return Err(BillingPeriodError::Unreadable {
                text: first_day.to_string(),
            });
        };
        Ok(Self {
            first_day,
            zone,
            period,
        })
    }

    pub fn next(&self) -> Result<Self, BillingPeriodError> {
        Self::starting(self.first_day.saturating_add(1.month()), self.zone.clone())
    }

    pub fn previous(&self) -> Result<Self, BillingPeriodError> {
        Self::starting(self.first_day.saturating_sub(1.month()), self.zone.clone())
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

    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// Inclusive.
    pub fn last_day(&self) -> Date {
        self.first_day.last_of_month()
    }

    /// The civil days of the period with their bounds: 23, 24 or 25 hours, or what the zone makes of them.
    pub fn days(&self) -> Result<Vec<(Date, Period)>, InstantError> {
        let mut days = Vec::with_capacity(31);
        let mut date = self.first_day;
        while date <= self.last_day() {
            let next = date.saturating_add(1.day());
            let from = Instant::start_of_day(date, &self.zone)?;
            let to = Instant::start_of_day(next, &self.zone)?;
            if let Some(period) = Period::new(from, to) {
                days.push((date, period));
            }
            date = next;
        }
        Ok(days)
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}",
            self.first_day.year(),
            self.first_day.month()
        )
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
    }
}
