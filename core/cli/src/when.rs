//! Times as people give them: a day means its end, so that `--as-of 2026-03-31` has what that day brought.

use anyhow::{Context, Result};
use counterfoil_model::time::{Date, Instant, TimeZone};
use jiff::ToSpan;

pub(crate) fn instant(text: &str, zone: &TimeZone) -> Result<Instant> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == "2026-03-31".len() => {
            let next = Instant::start_of_day(day.saturating_add(1.day()), zone)?;
            Ok(Instant::from_seconds(next.seconds() - 1)?)
        }
        _ => text
            .parse()
            .with_context(|| format!("read the time `{text}`")),
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
}
