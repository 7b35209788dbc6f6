//! Times as people give them: a day means its end, so that `--as-of 2026-03-31` has what that day brought.

use anyhow::{Context, Result};
use counterfoil_model::time::{Date, Instant, TimeZone};
use jiff::{Span, ToSpan};

pub(crate) fn instant(text: &str, zone: &TimeZone) -> Result<Instant> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == "2026-03-31".len() => {
            let next = Instant::start_of_day(day.saturating_add(1.day()), zone)?;
            Ok(Instant::from_seconds(next.seconds() - 1)?)
        }
        Err(_) if is_day(text) => {
            anyhow::bail!("read the time `{text}`: the calendar has no such day")
        }
        _ => text
            .parse()
            .with_context(|| format!("read the time `{text}`")),
    }
}

/// Was it meant as one?
fn is_day(text: &str) -> bool {
    text.len() == "2026-03-31".len()
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == '-')
}

/// A day (its end), an instant, or how long ago: `30d`, `2w`, `6mo`, `1y`.
pub(crate) fn past(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant> {
    match ago(text) {
        Some(span) => before(now, span, zone),
        None => instant(text, zone),
    }
}

/// The same for the start of a stretch: a day is its beginning, and so is how long ago.
pub(crate) fn beginning(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant> {
    if let Some(span) = ago(text) {
        let day = before(now, span, zone)?.date(zone);
        return Ok(Instant::start_of_day(day, zone)?);
    }
    match text.parse::<Date>() {
        Ok(day) if text.len() == "2026-03-31".len() => Ok(Instant::start_of_day(day, zone)?),
        _ => instant(text, zone),
    }
}

/// `--since`: a day means its start, `2w` that long ago.
pub(crate) fn since(text: Option<&str>, now: Instant, zone: &TimeZone) -> Result<Option<Instant>> {
    text.map(|text| beginning(text, now, zone)).transpose()
}

/// A count and a unit of the calendar.
fn ago(text: &str) -> Option<Span> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: i64 = count.parse().ok()?;
    match unit {
        "d" => Span::new().try_days(count).ok(),
        "w" => Span::new().try_weeks(count).ok(),
        "mo" => Span::new().try_months(count).ok(),
        "y" => Span::new().try_years(count).ok(),
        _ => None,
    }
}

fn before(now: Instant, span: Span, zone: &TimeZone) -> Result<Instant> {
    let zoned = now.timestamp().to_zoned(zone.clone());
    let then = zoned.checked_sub(span).context("go so far back")?;
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
        assert!(super::past("1m", now, &zone).is_err());
    }

    #[test]
    fn midnight_is_shown_as_the_day() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let at = |text: &str| shown(text.parse().unwrap(), &zone);
        assert_eq!(at("2026-02-28T23:00:00Z"), "2026-03-01");
        assert_eq!(at("2026-03-01T00:00:00Z"), "2026-03-01T00:00:00Z");
    }
}
