//! An instant in UTC with whole seconds: the resolution in which time is billed.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Whole seconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

#[derive(Debug, Error)]
pub enum InstantError {
    #[error("`{text}` is no instant; expected RFC 3339 such as 2026-03-01T00:00:00Z")]
    Unreadable { text: String, source: jiff::Error },
    #[error("{seconds} seconds are outside the calendar")]
    OutOfRange { seconds: i64, source: jiff::Error },
    #[error("{date} has no midnight in the calendar of {zone}")]
    NoMidnight {
        date: Date,
        zone: String,
        source: jiff::Error,
    },
}

impl Instant {
    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Result<Self, InstantError> {
        match Timestamp::from_second(seconds) {
            Ok(_) => Ok(Self(seconds)),
            Err(source) => Err(InstantError::OutOfRange { seconds, source }),
        }
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The first instant of a civil day in a zone (not always 00:00: some zones skip midnight).
    pub fn start_of_day(date: Date, zone: &TimeZone) -> Result<Self, InstantError> {
        match date
            .to_zoned(zone.clone())
            .and_then(|zoned| zoned.start_of_day())
        {
            Ok(zoned) => Ok(Self::from(zoned.timestamp())),
            Err(source) => Err(InstantError::NoMidnight {
                date,
                zone: zone.iana_name().unwrap_or("fixed offset").to_owned(),
                source,
            }),
        }
    }

    /// The civil day of this instant in a zone.
    pub fn date(self, zone: &TimeZone) -> Date {
        self.timestamp().to_zoned(zone.clone()).date()
    }

    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).expect("the range was checked when the instant was made")
    }
}

/// Fractions of a second are dropped: towards the past before and after 1970.
impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        let whole = timestamp.as_second();
        let below = timestamp.subsec_nanosecond() < 0;
        Self(if below { whole - 1 } else { whole })
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(formatter)
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Ok(Self::from(timestamp)),
            Err(source) => Err(InstantError::Unreadable {
                text: text.to_owned(),
                source,
            }),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        let instant: Instant = "2026-03-29T01:30:00+01:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-03-29T00:30:00Z");
        assert!("2026-03-29".parse::<Instant>().is_err());
    }

    #[test]
    fn fractions_are_dropped_towards_the_past() {
        let after: Timestamp = "1970-01-01T00:00:01.5Z".parse().unwrap();
        let before: Timestamp = "1969-12-31T23:59:58.5Z".parse().unwrap();
        assert_eq!(Instant::from(after).seconds(), 1);
        assert_eq!(Instant::from(before).seconds(), -2);
    }

    #[test]
    fn a_day_starts_where_the_zone_says() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let start = Instant::start_of_day(jiff::civil::date(2026, 3, 1), &zone).unwrap();
        assert_eq!(start.to_string(), "2026-02-28T23:00:00Z");
        assert_eq!(start.date(&zone), jiff::civil::date(2026, 3, 1));
    }
}
