//! Times as people give them: a day means its end, so that `--as-of 2026-03-31` has what that day brought.

use counterfoil_model::time::{Date, Instant, TimeZone};
use jiff::{Span, ToSpan};
use thiserror::Error;

/// A time on the command line that nobody can read.
#[derive(Debug, Error)]
pub(crate) enum TimeError {
    #[error("read the time `{text}`: {problem}")]
    Unreadable { text: String, problem: String },
    #[error("read the time `{text}`: it is outside the calendar")]
    OutOfRange { text: String },
}

impl TimeError {
    /// Every form that is accepted, with an example.
    pub(crate) fn hint() -> String {
        "a day such as 2026-03-31, an instant such as 2026-03-31T12:00:00Z or 2026-03-31T14:00:00+02:00, or how long ago: \
         30d, 2w, 6mo, 1y"
            .to_owned()
    }
}

/// A day alone, on which nothing else is meant.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    match text.parse::<Date>() {
        Ok(day) if is_day(text) => Ok(day),
        _ if is_day(text) => Err("the calendar has no such day".to_owned()),
        _ => Err("expected a day such as 2026-03-31".to_owned()),
    }
}

fn instant(text: &str, zone: &TimeZone) -> Result<Instant, TimeError> {
    let out_of_range = || TimeError::OutOfRange {
        text: text.to_owned(),
    };
    if is_day(text) {
        let next = readable_day(text)?.saturating_add(1.day());
        let next = Instant::start_of_day(next, zone).map_err(|_| out_of_range())?;
        return Instant::from_seconds(next.seconds() - 1).map_err(|_| out_of_range());
    }
    text.parse().map_err(|_| unreadable(text))
}

fn readable_day(text: &str) -> Result<Date, TimeError> {
    text.parse().map_err(|_| TimeError::Unreadable {
        text: text.to_owned(),
        problem: "the calendar has no such day".to_owned(),
    })
}

/// What it was probably meant as.
fn unreadable(text: &str) -> TimeError {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = &text[digits..];
    let is_word = !unit.is_empty() && unit.bytes().all(|letter| letter.is_ascii_alphabetic());
    let problem = if digits > 0 && is_word {
        format!("`{unit}` is none of the units d, w, mo and y: days, weeks, months, years")
    } else if text.len() == "2026-03".len() && text.parse::<Date>().is_err() && is_of_digits(text) {
        "a month is no time: name its first or last day".to_owned()
    } else if text.get(..10).is_some_and(is_day) {
        "an instant has a time of day and its zone, such as T12:00:00Z".to_owned()
    } else {
        "it is neither a day nor an instant nor how long ago".to_owned()
    };
    TimeError::Unreadable {
        text: text.to_owned(),
        problem,
    }
}

fn is_of_digits(text: &str) -> bool {
    text.bytes()
        .all(|letter| letter.is_ascii_digit() || letter == b'-')
}

/// Was it meant as one?
fn is_day(text: &str) -> bool {
    text.len() == "2026-03-31".len() && is_of_digits(text)
}

/// A day (its end), an instant, or how long ago: `30d`, `2w`, `6mo`, `1y`.
pub(crate) fn past(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant, TimeError> {
    match ago(text)? {
        Some(span) => before(text, now, span, zone),
        None => instant(text, zone),
    }
}

/// The same for the start of a stretch: a day is its beginning, and so is how long ago.
pub(crate) fn beginning(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant, TimeError> {
    let day = match ago(text)? {
        Some(span) => before(text, now, span, zone)?.date(zone),
        None if is_day(text) => readable_day(text)?,
        None => return instant(text, zone),
    };
    Instant::start_of_day(day, zone).map_err(|_| TimeError::OutOfRange {
        text: text.to_owned(),
    })
}

/// `--since`: a day means its start, `2w` that long ago.
pub(crate) fn since(
    text: Option<&str>,
    now: Instant,
    zone: &TimeZone,
) -> Result<Option<Instant>, TimeError> {
    text.map(|text| beginning(text, now, zone)).transpose()
}

/// A count and a unit of the calendar.
fn ago(text: &str) -> Result<Option<Span>, TimeError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    if count.is_empty() || !["d", "w", "mo", "y"].contains(&unit) {
        return Ok(None);
    }
    let span = count.parse::<i64>().ok().and_then(|count| {
        let span = Span::new();
        let span = match unit {
            "d" => span.try_days(count),
            "w" => span.try_weeks(count),
            "mo" => span.try_months(count),
            _ => span.try_years(count),
        };
        span.ok()
    });
    let out_of_range = || TimeError::OutOfRange {
        text: text.to_owned(),
    };
    span.map(Some).ok_or_else(out_of_range)
}

fn before(text: &str, now: Instant, span: Span, zone: &TimeZone) -> Result<Instant, TimeError> {
    let zoned = now.timestamp().to_zoned(zone.clone());
    let then = zoned.checked_sub(span).map_err(|_| TimeError::OutOfRange {
        text: text.to_owned(),
    })?;
    Ok(Instant::from(then.timestamp()))
}

/// The day where it begins with the instant, else the instant.
pub(crate) fn shown(instant: Instant, zone: &TimeZone) -> String {
    let day = instant.date(zone);
    match Instant::start_of_day(day, zone) {
        Ok(start) if start == instant => day.to_string(),
        _ => instant.to_string(),
    }
}

/// The last second that has passed: what is there now, and was not taken away this very moment.
pub(crate) fn just_before(now: Instant) -> Instant {
    Instant::from_seconds(now.seconds() - 1).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_last_second() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        assert_eq!(
            instant("2026-03-31", &zone).unwrap().to_string(),
            "2026-03-31T21:59:59Z"
        );
        assert_eq!(
            instant("2026-03-31T12:00:00Z", &zone).unwrap().to_string(),
            "2026-03-31T12:00:00Z"
        );
        assert!(instant("yesterday", &zone).is_err());
    }

    #[test]
    fn a_time_may_be_so_long_ago() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let now: Instant = "2026-04-01T06:00:00Z".parse().unwrap();
        let past = |text| past(text, now, &zone).unwrap().to_string();
        let beginning = |text| beginning(text, now, &zone).unwrap().to_string();
        // Eight o'clock there, also before summer time began.
        assert_eq!(past("1mo"), "2026-03-01T07:00:00Z");
        assert_eq!(past("1y"), "2025-04-01T06:00:00Z");
        assert_eq!(past("2026-03-01"), "2026-03-01T22:59:59Z");
        assert_eq!(beginning("1mo"), "2026-02-28T23:00:00Z");
        assert_eq!(beginning("2026-03-01"), "2026-02-28T23:00:00Z");
    }

    #[test]
    fn what_cannot_be_read_is_told_as_it_was_meant() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let now: Instant = "2026-04-01T06:00:00Z".parse().unwrap();
        let told = |text| past(text, now, &zone).unwrap_err().to_string();
        for (text, problem) in [
            (
                "1m",
                "`m` is none of the units d, w, mo and y: days, weeks, months, years",
            ),
            (
                "24hours",
                "`hours` is none of the units d, w, mo and y: days, weeks, months, years",
            ),
            ("2026-03", "a month is no time: name its first or last day"),
            ("2026-02-30", "the calendar has no such day"),
            (
                "2026-03-31 12:00",
                "an instant has a time of day and its zone, such as T12:00:00Z",
            ),
            (
                "yesterday",
                "it is neither a day nor an instant nor how long ago",
            ),
            ("é", "it is neither a day nor an instant nor how long ago"),
            ("99999y", "it is outside the calendar"),
            ("999999999999999999999d", "it is outside the calendar"),
        ] {
            assert_eq!(told(text), format!("read the time `{text}`: {problem}"));
            assert_eq!(
                beginning(text, now, &zone).unwrap_err().to_string(),
                told(text)
            );
        }
        assert!(super::day("2026-03-31").is_ok());
        assert_eq!(
            super::day("2026-02-30").unwrap_err(),
            "the calendar has no such day"
        );
        assert_eq!(
            super::day("march").unwrap_err(),
            "expected a day such as 2026-03-31"
        );
    }

    #[test]
    fn midnight_is_shown_as_the_day() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let at = |text: &str| shown(text.parse().unwrap(), &zone);
        assert_eq!(at("2026-02-28T23:00:00Z"), "2026-03-01");
        assert_eq!(at("2026-03-01T00:00:00Z"), "2026-03-01T00:00:00Z");
    }
}
