//! Turns a cell into an attribute's canonical text.
//! Knows neither rows nor columns.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::grid::CellRef;
use crate::number::{self, NumberError, NumberStyle};
use crate::settings::{DateOrder, ValueType};

/// How the values of a file are written.
#[derive(Debug, Clone)]
pub(crate) struct Notation {
    pub(crate) style: NumberStyle,
    pub(crate) date_order: DateOrder,
    /// For dates with a time of day that name no zone.
    pub(crate) timezone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    #[error("is an error of the spreadsheet")]
    Error,
    #[error("has bytes that the encoding does not have")]
    Undecodable,
    #[error(transparent)]
    Number(#[from] NumberError),
    #[error("is no whole number")]
    Fraction,
    #[error("is a date where a number is expected")]
    DateForNumber,
    #[error("is neither yes nor no")]
    Boolean,
    #[error("is no date")]
    Date,
    #[error("can be read with the day first or with the month first")]
    DateOrder,
    #[error("is no date with a time of day")]
    Timestamp,
}

impl ValueError {
    /// What would mend it.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Error => Some("mend the formula in the spreadsheet"),
            Self::Undecodable => Some("set `encoding` to what the file is written in"),
            Self::Number(NumberError::Ambiguous) => Some("set `decimal` to \".\" or \",\""),
            Self::Number(NumberError::Exponent) => {
                Some("show the column with all its digits before it is exported")
            }
            Self::DateOrder => Some("set `date_order`, or export dates as YYYY-MM-DD"),
            Self::DateForNumber => Some("format the column as a number"),
            Self::Number(NumberError::NotANumber | NumberError::TooLong)
            | Self::Fraction
            | Self::Boolean
            | Self::Date
            | Self::Timestamp => None,
        }
    }
}

/// None for an empty cell.
pub(crate) fn canonical(
    cell: CellRef<'_>,
    value_type: ValueType,
    notation: &Notation,
) -> Result<Option<String>, ValueError> {
    match cell {
        CellRef::Empty => return Ok(None),
        CellRef::Error(_) => return Err(ValueError::Error),
        CellRef::Text(text) if !text.is_ascii() && text.contains('\u{fffd}') => {
            return Err(ValueError::Undecodable);
        }
        CellRef::Text(_) | CellRef::Number(_) | CellRef::Boolean(_) | CellRef::Moment(_) => {}
    }
    let value = match value_type {
        ValueType::Text => cell.shown().unwrap_or_default().into_owned(),
        ValueType::Decimal => decimal(cell, notation)?,
        ValueType::Integer => integer(cell, notation)?,
        ValueType::Boolean => boolean(cell)?.to_string(),
        ValueType::Date => date(cell, notation)?.to_string(),
        ValueType::Timestamp => timestamp(cell, notation)?,
    };
    Ok(Some(value))
}

fn decimal(cell: CellRef<'_>, notation: &Notation) -> Result<String, ValueError> {
    match cell {
        CellRef::Number(digits) => {
            let style = NumberStyle::Marked(number::DecimalMark::Point);
            Ok(number::canonical(digits, style)?)
        }
        CellRef::Text(text) => Ok(number::canonical(text, notation.style)?),
        CellRef::Moment(_) => Err(ValueError::DateForNumber),
        CellRef::Empty | CellRef::Boolean(_) | CellRef::Error(_) => {
            Err(NumberError::NotANumber.into())
        }
    }
}

fn integer(cell: CellRef<'_>, notation: &Notation) -> Result<String, ValueError> {
    let value = decimal(cell, notation)?;
    if value.contains('.') {
        return Err(ValueError::Fraction);
    }
    Ok(value)
}

fn boolean(cell: CellRef<'_>) -> Result<bool, ValueError> {
    let text = match cell {
        CellRef::Boolean(value) => return Ok(value),
        CellRef::Number(text) | CellRef::Text(text) => text.to_lowercase(),
        CellRef::Empty | CellRef::Moment(_) | CellRef::Error(_) => return Err(ValueError::Boolean),
    };
    match text.as_str() {
        "true" | "yes" | "y" | "on" | "1" | "ja" | "sant" | "wahr" => Ok(true),
        "false" | "no" | "n" | "off" | "0" | "nej" | "nein" | "falskt" | "falsch" => Ok(false),
        _ => Err(ValueError::Boolean),
    }
}

fn date(cell: CellRef<'_>, notation: &Notation) -> Result<Date, ValueError> {
    match cell {
        CellRef::Moment(moment) => Ok(moment.date()),
        CellRef::Text(text) => match text.parse::<DateTime>() {
            Ok(moment) => Ok(moment.date()),
            Err(_) => date_text(text, notation.date_order),
        },
        CellRef::Number(digits) => date_text(digits, notation.date_order),
        CellRef::Empty | CellRef::Boolean(_) | CellRef::Error(_) => Err(ValueError::Date),
    }
}

/// 2026-03-05, 2026/3/5, 20260305, 5.3.2026, and 5/3/2026 or 5-3-2026 where the order is known.
fn date_text(text: &str, order: DateOrder) -> Result<Date, ValueError> {
    let number = |part: &str| part.parse::<i16>().map_err(|_| ValueError::Date);
    let made = |year: i16, month: i16, day: i16| {
        let month = i8::try_from(month).map_err(|_| ValueError::Date)?;
        let day = i8::try_from(day).map_err(|_| ValueError::Date)?;
        Date::new(year, month, day).map_err(|_| ValueError::Date)
    };
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return made(
            number(&text[..4])?,
            number(&text[4..6])?,
            number(&text[6..])?,
        );
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let &[first, second, third] = parts.as_slice() else {
        return Err(ValueError::Date);
    };
    if first.len() == 4 {
        return made(number(first)?, number(second)?, number(third)?);
    }
    if third.len() != 4 {
        return Err(ValueError::Date);
    }
    // Dots are written between days, months and years only with the day first.
    match (order, text.contains('.')) {
        (_, true) | (DateOrder::Day, false) => {
            made(number(third)?, number(second)?, number(first)?)
        }
        (DateOrder::Month, false) => made(number(third)?, number(first)?, number(second)?),
        (DateOrder::Year, false) => Err(ValueError::DateOrder),
    }
}

fn timestamp(cell: CellRef<'_>, notation: &Notation) -> Result<String, ValueError> {
    let text = match cell {
        CellRef::Moment(moment) => return in_zone(moment, notation),
        CellRef::Text(text) => text,
        CellRef::Empty | CellRef::Number(_) | CellRef::Boolean(_) | CellRef::Error(_) => {
            return Err(ValueError::Timestamp);
        }
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return in_utc(instant);
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return in_zone(moment, notation);
    }
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let day = date_text(day, notation.date_order).map_err(|error| match error {
        ValueError::Date => ValueError::Timestamp,
        other => other,
    })?;
    let time = time.trim().parse().map_err(|_| ValueError::Timestamp)?;
    in_zone(day.to_datetime(time), notation)
}

/// A time of day that the clocks show twice is taken as the first of both, one that they leave out as the later.
fn in_zone(moment: DateTime, notation: &Notation) -> Result<String, ValueError> {
    let zoned = moment
        .to_zoned(notation.timezone.clone())
        .map_err(|_| ValueError::Timestamp)?;
    in_utc(zoned.timestamp())
}

fn in_utc(instant: Timestamp) -> Result<String, ValueError> {
    Timestamp::from_second(instant.as_second())
        .map(|seconds| seconds.to_string())
        .map_err(|_| ValueError::Timestamp)
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
