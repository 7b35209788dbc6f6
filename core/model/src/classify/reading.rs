//! Reads values that may be written in more than one way. By hand, so that a mistake is told in the reader's words.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::written::{ConditionConfig, Scalar, Scalars, TargetConfig, TestsConfig};
use crate::validity::TOML_DATE_KEY;

const TESTS: &[&str] = &[
    "eq", "in", "not", "glob", "prefix", "suffix", "contains", "regex", "min", "max", "present",
];

/// Reads a condition, or one of its simpler forms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ConditionVisitor {
    Scalar,
    Scalars,
    Condition,
}

fn one(text: impl Into<String>) -> ConditionConfig {
    ConditionConfig::AnyOf(Scalars(vec![Scalar(text.into())]))
}

impl<'de> Visitor<'de> for ConditionVisitor {
    type Value = ConditionConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Scalar => "text (decimals too), a whole number, true or false",
            Self::Scalars => "text, a whole number, true, false or a list of these",
            Self::Condition => {
                "text, a whole number, true, false, a list of these or a table of tests"
            }
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ConditionConfig, E> {
        Ok(one(text))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<ConditionConfig, E> {
        Ok(one(truth.to_string()))
    }

    fn visit_i64<E: Error>(self, whole: i64) -> Result<ConditionConfig, E> {
        Ok(one(whole.to_string()))
    }

    fn visit_u64<E: Error>(self, whole: u64) -> Result<ConditionConfig, E> {
        Ok(one(whole.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<ConditionConfig, A::Error> {
        if self == Self::Scalar {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        }
        let mut scalars = Vec::new();
        while let Some(scalar) = sequence.next_element()? {
            scalars.push(scalar);
        }
        Ok(ConditionConfig::AnyOf(Scalars(scalars)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConditionConfig, A::Error> {
        let mut tests = TestsConfig::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                TOML_DATE_KEY => return Ok(one(map.next_value::<String>()?)),
                _ if self != Self::Condition => break,
                "eq" => tests.eq = Some(map.next_value()?),
                "in" => tests.any_of = Some(map.next_value()?),
                "not" => tests.not = Some(map.next_value()?),
                "glob" => tests.glob = Some(map.next_value()?),
                "prefix" => tests.prefix = Some(map.next_value()?),
                "suffix" => tests.suffix = Some(map.next_value()?),
                "contains" => tests.contains = Some(map.next_value()?),
                "regex" => tests.regex = Some(map.next_value()?),
                "min" => tests.min = Some(map.next_value()?),
                "max" => tests.max = Some(map.next_value()?),
                "present" => tests.present = Some(map.next_value()?),
                _ => return Err(A::Error::unknown_field(&key, TESTS)),
            }
        }
        if self != Self::Condition {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        Ok(ConditionConfig::Tests(Box::new(tests)))
    }
}

impl<'de> Deserialize<'de> for ConditionConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor::Condition)
    }
}

impl<'de> Deserialize<'de> for Scalars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(ConditionVisitor::Scalars)? {
            ConditionConfig::AnyOf(scalars) => Ok(scalars),
            ConditionConfig::Tests(_) => unreachable!("only a condition may be a table"),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(ConditionVisitor::Scalar)? {
            ConditionConfig::AnyOf(Scalars(mut scalars)) if scalars.len() == 1 => {
                Ok(scalars.remove(0))
            }
            ConditionConfig::AnyOf(_) | ConditionConfig::Tests(_) => {
                unreachable!("a scalar is neither a list nor a table")
            }
        }
    }
}

struct TargetVisitor;

impl<'de> Visitor<'de> for TargetVisitor {
    type Value = TargetConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, or a table with `from` and perhaps `map`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TargetConfig, E> {
        Ok(TargetConfig::Literal(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<TargetConfig, A::Error> {
        let (mut from, mut map) = (None, None);
        while let Some(key) = table.next_key::<String>()? {
            match key.as_str() {
                "from" => from = Some(table.next_value()?),
                "map" => map = Some(table.next_value()?),
                _ => return Err(A::Error::unknown_field(&key, &["from", "map"])),
            }
        }
        let from = from.ok_or_else(|| A::Error::missing_field("from"))?;
        Ok(TargetConfig::Copied { from, map })
    }
}

impl<'de> Deserialize<'de> for TargetConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetVisitor)
    }
}
