//! A month as steps of fifteen minutes, each on the civil day that a clock on the wall shows.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(crate) const STEP: i64 = 900;

#[derive(Debug)]
pub(crate) struct Month {
    /// Seconds since 1970 at which it begins.
    pub(crate) start: i64,
    /// For each step its day, as a position in `days`.
    pub(crate) day_of: Vec<usize>,
    pub(crate) days: Vec<Day>,
}

#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) first_step: i64,
    pub(crate) steps: i128,
}

impl Month {
    pub(crate) fn new(month: &str, zone: &str) -> Result<Self> {
        let first: Date = format!("{month}-01").parse()?;
        let zone = TimeZone::get(zone).with_context(|| zone.to_owned())?;
        let date_at = |seconds: i64| -> Result<Date> {
            Ok(Timestamp::from_second(seconds)?
                .to_zoned(zone.clone())
                .date())
        };
        let is_within = |date: Date| date.year() == first.year() && date.month() == first.month();
        // No zone is a day and a half ahead.
        let mut seconds = first.to_zoned(TimeZone::UTC)?.timestamp().as_second() - 144 * STEP;
        while !is_within(date_at(seconds)?) {
            seconds += STEP;
        }
        let start = seconds;
        let (mut day_of, mut days) = (Vec::new(), Vec::<Day>::new());
        loop {
            let date = date_at(seconds)?;
            if !is_within(date) {
                return Ok(Self {
                    start,
                    day_of,
                    days,
                });
            }
            match days.last_mut() {
                Some(day) if day.date == date => day.steps += 1,
                _ => days.push(Day {
                    date,
                    first_step: (seconds - start) / STEP,
                    steps: 1,
                }),
            }
            day_of.push(days.len() - 1);
            seconds += STEP;
        }
    }

    pub(crate) fn steps(&self) -> usize {
        self.day_of.len()
    }

    /// The first step after it.
    pub(crate) fn end(&self) -> i64 {
        i64::try_from(self.day_of.len()).expect("a month has some thousand steps")
    }

    /// The instant at which a step begins, also before and after the month.
    pub(crate) fn instant(&self, step: i64) -> String {
        let at = Timestamp::from_second(self.start + step * STEP);
        at.map_or_else(|error| error.to_string(), |at| at.to_string())
    }
}
