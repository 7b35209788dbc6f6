//! A whole cron expression, read into the `cron` crate's schedule over civil times; of zones it knows nothing.

use std::str::FromStr;

use chrono::DateTime;
use jiff::civil;
use jiff::tz::TimeZone;

use super::ScheduleError;
use super::field::Unit;

/// What a schedule may be called instead of being spelt out.
pub(super) const NAMED: [(&str, &str); 5] = [
    ("@hourly", "0 0 * * * *"),
    ("@daily", "0 0 0 * * *"),
    ("@weekly", "0 0 0 * * SUN"),
    ("@monthly", "0 0 0 1 * *"),
    ("@yearly", "0 0 0 1 1 *"),
];

#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) text: String,
    cron: cron::Schedule,
    /// Each real hour, or local times?
    pub(super) has_wildcard_hour: bool,
}

impl FromStr for Expression {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let spelt_out = if text.starts_with('@') {
            let named = NAMED.iter().find(|(name, _)| *name == text);
            let name_error = || ScheduleError::Name {
                text: text.to_owned(),
            };
            named.ok_or_else(name_error)?.1
        } else {
            text
        };
        let fields: Vec<&str> = spelt_out.split_whitespace().collect();
        if !(6..=7).contains(&fields.len()) {
            return Err(ScheduleError::FieldCount {
                text: text.to_owned(),
                found: fields.len(),
            });
        }
        let rewritten: Vec<String> = Unit::ALL
            .into_iter()
            .zip(&fields)
            .map(|(unit, field)| unit.rewrite(field))
            .collect::<Result<_, _>>()?;
        let cron = cron::Schedule::from_str(&rewritten.join(" ")).map_err(|error| {
            ScheduleError::Unreadable {
                text: text.to_owned(),
                reason: error.to_string(),
            }
        })?;
        let expression = Self {
            text: text.to_owned(),
            cron,
            has_wildcard_hour: fields[2].contains('*'),
        };
        match expression.next_civil(civil::date(1969, 12, 31).at(23, 59, 59, 0)) {
            Some(_) => Ok(expression),
            None => Err(ScheduleError::Never {
                text: expression.text,
            }),
        }
    }
}

impl Expression {
    /// The first civil time after another one, as if every day had 24 hours. None after the year 2100.
    pub(super) fn next_civil(&self, after: civil::DateTime) -> Option<civil::DateTime> {
        // The crate gets civil times as if they were UTC: a calendar without gaps, where it is right.
        let as_utc = TimeZone::UTC.to_timestamp(after).ok()?;
        let after = DateTime::from_timestamp(as_utc.as_second(), 0)?;
        let next = self.cron.after(&after).next()?;
        let next = jiff::Timestamp::from_second(next.timestamp()).ok()?;
        Some(TimeZone::UTC.to_datetime(next))
    }
}
