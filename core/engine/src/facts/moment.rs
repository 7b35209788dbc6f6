//! Moments and spans of time as people write them in facts.

use counterfoil_model::time::{Date, Instant, TimeZone};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

/// What is wrong, and what helps.
pub(super) type Unreadable = (String, &'static str);

const FORMS: &str = "a local day such as 2026-03-15, a local time such as 2026-03-15T12:30, or an instant such as \
                     2026-03-15T11:30:00Z";

/// A local day is its start.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Result<Instant, Unreadable> {
    if is_day(text) {
        let day = day(text)?;
        return Instant::start_of_day(day, zone).map_err(|error| (error.to_string(), FORMS));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Instant::from(instant));
    }
    let local: DateTime = text
        .parse()
        .map_err(|_| (format!("`{text}` is no moment"), FORMS))?;
    let ambiguous = zone.to_ambiguous_zoned(local);
    let is_twice = ambiguous.is_ambiguous();
    match ambiguous.unambiguous() {
        Ok(zoned) => Ok(Instant::from(zoned.timestamp())),
        Err(_) if is_twice => {
            let message = format!(
                "`{text}` is there twice or not at all in {}, where clocks change",
                zone.iana_name().unwrap_or("the zone")
            );
            let hint = "write the offset, as in 2026-10-25T02:30:00+02:00";
            Err((message, hint))
        }
        Err(_) => Err((format!("`{text}` is outside of the calendar"), FORMS)),
    }
}

/// Is it the day that stands for no end? The calendar has no midnight after it.
pub(super) fn is_open_end(text: &str) -> bool {
    let Some(time) = text.strip_prefix("9999-12-31") else {
        return false;
    };
    // A time of another day is one that the calendar has.
    let other = format!("2026-01-15{time}");
    time.is_empty() || other.parse::<Timestamp>().is_ok() || other.parse::<DateTime>().is_ok()
}

/// The last midnight of the calendar where the end is open.
pub(super) fn end(text: &str, zone: &TimeZone) -> Result<Instant, Unreadable> {
    moment(
        if is_open_end(text) {
            "9999-12-30"
        } else {
            text
        },
        zone,
    )
}

fn is_day(text: &str) -> bool {
    let form = "0000-00-00";
    let fits = |(one, other): (char, char)| {
        one == other || (one.is_ascii_digit() && other.is_ascii_digit())
    };
    text.len() == form.len() && text.chars().zip(form.chars()).all(fits)
}

pub(super) fn day(text: &str) -> Result<Date, Unreadable> {
    let hint = "days are written as 2026-03-15: year, month, day";
    if !is_day(text) {
        return Err((format!("`{text}` is no day"), hint));
    }
    text.parse()
        .map_err(|_| (format!("there is no day {text} in the calendar"), hint))
}

/// As people write it: the day where it begins one, else the local time with its offset.
pub(super) fn shown(instant: Instant, zone: &TimeZone) -> String {
    let day = instant.date(zone);
    match Instant::start_of_day(day, zone) {
        Ok(start) if start == instant => day.to_string(),
        Ok(_) | Err(_) => {
            let zoned = instant.timestamp().to_zoned(zone.clone());
            zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        }
    }
}

/// What is wrong with an end that is not after its beginning. Moments are whole seconds.
pub(super) fn never(from: Instant, to: Instant, zone: &TimeZone) -> String {
    if from == to {
        format!(
            "it begins and ends in the same second, at {}: it holds for no time",
            shown(from, zone)
        )
    } else {
        format!(
            "it ends at {}, before it begins at {}",
            shown(to, zone),
            shown(from, zone)
        )
    }
}

/// Whole seconds of a span such as "5m".
pub(super) fn span_secs(text: &str) -> Result<i64, Unreadable> {
    let hint = "a number and a unit: 300s, 5m, 1h, 24h";
    let span: SignedDuration = text
        .parse()
        .map_err(|_| (format!("`{text}` is no span of time"), hint))?;
    match (span.as_secs(), span.subsec_nanos()) {
        (secs, 0) if secs > 0 => Ok(secs),
        _ => Err((
            format!("`{text}` is not at least one second, in whole seconds"),
            hint,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let read = moment(text, &zone);
        read.map(|instant| instant.to_string())
            .map_err(|(message, _)| message)
    }

    #[test]
    fn days_local_times_and_instants_are_moments() {
        for (text, expected) in [
            ("2026-03-15", "2026-03-14T23:00:00Z"),
            ("2026-03-15T12:30", "2026-03-15T11:30:00Z"),
            ("2026-07-15 12:30:10", "2026-07-15T10:30:10Z"),
            ("2026-03-15T12:30:00Z", "2026-03-15T12:30:00Z"),
            ("2026-03-15T12:30:00+05:00", "2026-03-15T07:30:00Z"),
            ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_no_clock_shows_is_told() {
        for (text, message) in [
            ("2026-02-30", "there is no day 2026-02-30 in the calendar"),
            ("15/03/2026", "`15/03/2026` is no moment"),
            (
                "2026-10-25T02:30",
                "`2026-10-25T02:30` is there twice or not at all in Europe/Stockholm, where clocks change",
            ),
            (
                "2026-03-29T02:30",
                "`2026-03-29T02:30` is there twice or not at all in Europe/Stockholm, where clocks change",
            ),
            (
                "9999-12-31T23:59:59",
                "`9999-12-31T23:59:59` is outside of the calendar",
            ),
            ("2026-03-15T25:00", "`2026-03-15T25:00` is no moment"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_open_end_is_its_day_with_a_time_or_without() {
        for open in [
            "",
            "T23:59",
            "T23:59:59",
            " 23:59:59.999",
            "T23:59:59Z",
            "T23:59:59+01:00",
        ] {
            assert!(is_open_end(&format!("9999-12-31{open}")), "{open}");
        }
        for no in ["T25:99", "T", "-", "T23:59:61Z", "0"] {
            assert!(!is_open_end(&format!("9999-12-31{no}")), "{no}");
        }
    }

    #[test]
    fn spans_are_whole_seconds() {
        assert_eq!(span_secs("5m"), Ok(300));
        assert_eq!(span_secs("1h 30m"), Ok(5400));
        for bad in ["5", "0s", "-5m", "500ms", "often"] {
            assert!(span_secs(bad).is_err(), "{bad}");
        }
    }
}
