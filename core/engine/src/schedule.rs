//! When stages run: cron expressions in a pipeline's time zone. Knows neither what runs nor what time it is now.

mod expression;
mod field;
mod occurrence;
#[cfg(test)]
mod tests;

use counterfoil_model::counted::counted;
use counterfoil_model::time::{Instant, TimeZone};
use thiserror::Error;

use self::expression::Expression;
use self::field::Unit;

/// A cron expression in a time zone.
///
/// Six or seven fields: second, minute, hour, day of the month, month, weekday, and a year where wanted. A day has to
/// match both its day fields. Weekdays are names. How the hour is written decides what happens on the days that skip or
/// repeat an hour:
///
/// - **local times** (`6`, `6,18`, `8-17`, `0-22/2`) fire once each on every day: one that is skipped at the first
///   instant after the gap, one that is repeated the first time. Several that are skipped by one gap fire once.
/// - **a wildcard** (`*`, `*/2`) fires at each real instant whose local time matches: every hour that there is, which is
///   23, 24 or 25 times a day for `0 0 * * * *`.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: Expression,
    zone: TimeZone,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    #[error("`{text}` has {}, and a schedule has six: second minute hour day month weekday", counted(*found, "field"))]
    FieldCount { text: String, found: usize },
    #[error("`{text}` is no schedule that has a name")]
    Name { text: String },
    #[error("weekday `{text}` is a number, and programs disagree which day that is")]
    WeekdayNumber { text: String },
    #[error("{unit} `{text}` is none of {expected}")]
    Value {
        unit: &'static str,
        text: String,
        expected: String,
    },
    #[error("{unit} `{text}` goes backwards")]
    Backwards {
        unit: &'static str,
        text: String,
        /// The same in the order of time.
        instead: String,
    },
    #[error("the step of {unit} `{text}` is no number from 1 to {max}")]
    Step {
        unit: &'static str,
        text: String,
        max: u32,
    },
    #[error("`{text}` never comes: no month that it names has that day")]
    Never { text: String },
    #[error("read `{text}`")]
    Unreadable { text: String, reason: String },
}

impl ScheduleError {
    /// What the writer should do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::FieldCount { text, found: 5 } => {
                Some(format!("the first field is the second: \"0 {text}\""))
            }
            Self::FieldCount { .. } => Some(
                "\"0 0 * * * *\" is every hour, \"0 0 6 1 * *\" the first of each month at 06:00"
                    .to_owned(),
            ),
            Self::Name { .. } => {
                let names: Vec<&str> = expression::NAMED.iter().map(|(name, _)| *name).collect();
                Some(format!("there are: {}", names.join(", ")))
            }
            Self::WeekdayNumber { .. } => {
                Some("write the name: SUN, MON, TUE, WED, THU, FRI, SAT".to_owned())
            }
            Self::Value { unit, text, .. } if *unit == Unit::Day.word() && text.contains('L') => {
                Some("a schedule cannot name the last day of a month; the first of the next one it can: \"0 0 6 1 * *\"".to_owned())
            }
            Self::Backwards { instead, .. } => Some(format!("write {instead}")),
            Self::Never { .. } => {
                Some("a day that every month has is one from 1 to 28".to_owned())
            }
            Self::Unreadable { reason, .. } => Some(reason.clone()),
            Self::Value { .. } | Self::Step { .. } => None,
        }
    }
}

impl Schedule {
    pub fn parse(expression: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        Ok(Self {
            expression: expression.parse()?,
            zone,
        })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.expression.text
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first time after an instant; none where its years are over.
    pub fn next_after(&self, after: Instant) -> Option<Instant> {
        occurrence::next(&self.expression, &self.zone, after)
    }

    /// The next `count` times after an instant, fewer where its years end before.
    pub fn next_times(&self, after: Instant, count: usize) -> Vec<Instant> {
        std::iter::successors(self.next_after(after), |&last| self.next_after(last))
            .take(count)
            .collect()
    }
}
