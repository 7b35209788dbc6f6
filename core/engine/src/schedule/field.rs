//! One field of a cron expression: read strictly, and written again as numbers that no reader can take another way.

use super::ScheduleError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
    Year,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

/// What stands before the step.
enum Span {
    All,
    One(u32),
    Range(u32, u32),
}

impl Unit {
    pub(super) const ALL: [Self; 7] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Weekday,
        Self::Year,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Year => "year",
        }
    }

    /// Inclusive. Sunday is 1 to the `cron` crate.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (1, 7),
            Self::Year => (1970, 2100),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::Weekday => &WEEKDAYS,
            Self::Second | Self::Minute | Self::Hour | Self::Day | Self::Year => &[],
        }
    }

    /// The field as the `cron` crate reads it.
    pub(super) fn rewrite(self, text: &str) -> Result<String, ScheduleError> {
        let parts: Vec<String> = text
            .split(',')
            .map(|part| self.part(part))
            .collect::<Result<_, _>>()?;
        Ok(parts.join(","))
    }

    fn part(self, text: &str) -> Result<String, ScheduleError> {
        let (what, step) = match text.split_once('/') {
            Some((what, step)) => (what, Some(self.step(text, step)?)),
            None => (text, None),
        };
        let (min, max) = self.bounds();
        Ok(match (self.span(what)?, step) {
            (Span::All, None) => "*".to_owned(),
            // Each day of the week has a name, which says which days are meant.
            (Span::All | Span::One(_), Some(_)) if self == Self::Weekday => {
                return Err(self.unexpected(text));
            }
            (Span::All, Some(step)) => format!("*/{step}"),
            (Span::One(one), None) => one.to_string(),
            (Span::One(from), Some(step)) => format!("{from}-{max}/{step}"),
            (Span::Range(from, to), step) if from <= to => match step {
                Some(step) => format!("{from}-{to}/{step}"),
                None => format!("{from}-{to}"),
            },
            // A week has no end: FRI-MON is four days.
            (Span::Range(from, to), step) if self == Self::Weekday => {
                let days = (from..=to + max).step_by(step.unwrap_or(1) as usize);
                let days: Vec<String> = days
                    .map(|day| ((day - min) % max + min).to_string())
                    .collect();
                days.join(",")
            }
            (Span::Range(from, to), _) => {
                return Err(ScheduleError::Backwards {
                    unit: self.word(),
                    text: text.to_owned(),
                    instead: if self == Self::Year {
                        format!("{to}-{from}")
                    } else {
                        format!("{from}-{max},{min}-{to}")
                    },
                });
            }
        })
    }

    fn span(self, text: &str) -> Result<Span, ScheduleError> {
        match text {
            "*" => return Ok(Span::All),
            "?" if matches!(self, Self::Day | Self::Weekday) => return Ok(Span::All),
            _ => {}
        }
        match text.split_once('-') {
            Some((from, to)) => Ok(Span::Range(self.value(from)?, self.value(to)?)),
            None => Ok(Span::One(self.value(text)?)),
        }
    }

    fn value(self, text: &str) -> Result<u32, ScheduleError> {
        let (min, max) = self.bounds();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && self == Self::Weekday {
            return Err(ScheduleError::WeekdayNumber {
                text: text.to_owned(),
            });
        }
        let number = match text.parse() {
            Ok(number) if is_number => Some(number),
            _ => self.named(text),
        };
        number
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| self.unexpected(text))
    }

    /// A whole name, or its first three letters.
    fn named(self, text: &str) -> Option<u32> {
        let text = text.to_ascii_lowercase();
        let is_named = |name: &str| name == text || (text.len() == 3 && name.starts_with(&text));
        let position = self.names().iter().position(|name| is_named(name))?;
        u32::try_from(position)
            .ok()
            .map(|position| position + self.bounds().0)
    }

    fn step(self, text: &str, step: &str) -> Result<u32, ScheduleError> {
        let (min, max) = self.bounds();
        // A longer step would be taken once and never again, which nobody means.
        let longest = max - min;
        let number = step
            .parse()
            .ok()
            .filter(|step| (1..=longest).contains(step));
        number.ok_or_else(|| ScheduleError::Step {
            unit: self.word(),
            text: text.to_owned(),
            max: longest,
        })
    }

    fn unexpected(self, text: &str) -> ScheduleError {
        let (min, max) = self.bounds();
        ScheduleError::Value {
            unit: self.word(),
            text: text.to_owned(),
            expected: match self {
                Self::Weekday => {
                    "SUN, MON, TUE, WED, THU, FRI, SAT, or a range such as MON-FRI".to_owned()
                }
                Self::Month => format!("{min} to {max}, or JAN to DEC"),
                Self::Second | Self::Minute | Self::Hour | Self::Day | Self::Year => {
                    format!("{min} to {max}")
                }
            },
        }
    }
}
