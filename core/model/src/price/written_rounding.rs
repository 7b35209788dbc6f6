//! The rounding of a price book as a person writes it: one mode, or a table with a mode for each currency.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::StrDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::{Currency, Rounding, RoundingRules};
use crate::problem::Problem;

/// The key of the mode for all other currencies.
const DEFAULT: &str = "default";

/// `"half-up"`, or `{ default = "half-up", JPY = "half-even" }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenRounding {
    pub default: Rounding,
    /// By code, not judged yet.
    pub by_currency: BTreeMap<String, Rounding>,
}

impl WrittenRounding {
    /// Currencies that there are not are told.
    pub(super) fn resolve(&self, problems: &mut Vec<Problem>) -> RoundingRules {
        let mut rules = RoundingRules::from(self.default);
        for (code, mode) in &self.by_currency {
            match code.parse::<Currency>() {
                Ok(currency) => {
                    rules.by_currency.insert(currency, *mode);
                }
                Err(error) => {
                    let hint = "rounding = { default = \"half-up\", JPY = \"half-even\" }";
                    let problem = Problem::new(["rounding", code], error.to_string());
                    problems.push(problem.with_hint(hint));
                }
            }
        }
        rules
    }
}

struct RoundingVisitor;

impl<'de> Visitor<'de> for RoundingVisitor {
    type Value = WrittenRounding;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a rounding mode, or a table with a mode for each currency")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WrittenRounding, E> {
        let default = Rounding::deserialize(StrDeserializer::<E>::new(text))?;
        Ok(WrittenRounding {
            default,
            by_currency: BTreeMap::new(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenRounding, A::Error> {
        let mut read = WrittenRounding::default();
        while let Some((key, mode)) = map.next_entry::<String, Rounding>()? {
            if key == DEFAULT {
                read.default = mode;
            } else {
                read.by_currency.insert(key, mode);
            }
        }
        Ok(read)
    }
}

impl<'de> Deserialize<'de> for WrittenRounding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RoundingVisitor)
    }
}

/// One mode stays a word, as stored configurations have it.
impl Serialize for WrittenRounding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.by_currency.is_empty() {
            return self.default.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(self.by_currency.len() + 1))?;
        map.serialize_entry(DEFAULT, &self.default)?;
        for (code, mode) in &self.by_currency {
            map.serialize_entry(code, mode)?;
        }
        map.end()
    }
}

impl JsonSchema for WrittenRounding {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WrittenRounding".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mode = generator.subschema_for::<Rounding>();
        json_schema!({
            "description": "A rounding mode, or a table with a mode for each currency and one for the others: `default`.",
            "anyOf": [
                mode,
                {
                    "type": "object",
                    "propertyNames": { "pattern": "^(default|[A-Z]{3}(/[0-9])?)$" },
                    "additionalProperties": mode,
                },
            ],
        })
    }
}
