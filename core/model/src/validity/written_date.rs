//! A civil date as a person wrote it: kept as text, so that a bad one is a problem among the others.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::problem::Problem;
use crate::time::{Date, Instant, TimeZone, Validity};

/// The only key of the map as which TOML's own dates arrive.
pub(crate) const TOML_DATE_KEY: &str = "$__toml_private_datetime";

/// `2026-03-01`, as text or as a TOML date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct WrittenDate(pub String);

impl WrittenDate {
    /// The date, or the problem at this path.
    pub fn date(&self, path: &[&str]) -> Result<Date, Problem> {
        // `Date` reads a timestamp too and drops its time, which would move a boundary silently.
        let civil = self.0.len() == "2026-03-01".len();
        match self.0.parse::<Date>() {
            Ok(date) if civil => Ok(date),
            _ => Err(Problem::new(
                path.iter().copied(),
                format!("`{}` is no date; expected one such as 2026-03-01", self.0),
            )),
        }
    }

    /// The start of the local day.
    pub fn instant(&self, zone: &TimeZone, path: &[&str]) -> Result<Instant, Problem> {
        Instant::start_of_day(self.date(path)?, zone)
            .map_err(|error| Problem::new(path.iter().copied(), error.to_string()))
    }
}

/// Reads `from` and `to` of an item at the given path: local days, the first inclusive, the second exclusive.
/// Everything that is wrong is pushed onto the problems.
pub fn resolve_validity(
    from: Option<&WrittenDate>,
    to: Option<&WrittenDate>,
    zone: &TimeZone,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Validity {
    let mut read = |date: Option<&WrittenDate>, key: &str| {
        let path: Vec<&str> = path.iter().copied().chain([key]).collect();
        match date?.instant(zone, &path) {
            Ok(instant) => Some(instant),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    let validity = Validity {
        from: read(from, "from"),
        to: read(to, "to"),
    };
    if let (Some(starts), Some(ends)) = (validity.from, validity.to)
        && starts >= ends
    {
        let path = path.iter().copied().chain(["to"]);
        problems.push(
            Problem::new(path, "`to` is not after `from`: it would never hold")
                .with_hint("`to` is the first day on which it holds no more"),
        );
    }
    validity
}

impl fmt::Display for WrittenDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WrittenDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DateVisitor)
    }
}

struct DateVisitor;

impl<'de> Visitor<'de> for DateVisitor {
    type Value = WrittenDate;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a date such as 2026-03-01")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WrittenDate, E> {
        Ok(WrittenDate(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenDate, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, text)) if key == TOML_DATE_KEY => Ok(WrittenDate(text)),
            _ => Err(A::Error::custom("expected a date such as 2026-03-01")),
        }
    }
}

impl JsonSchema for WrittenDate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WrittenDate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day such as 2026-03-01, with or without quotes.",
            "type": "string",
            "format": "date",
        })
    }
}
