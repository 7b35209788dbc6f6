//! Values as people write them in a price book, kept as text until `resolve` judges them.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::Kind;

/// A decimal number in quotes, or a whole one without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WrittenDecimal(pub String);

/// What an attribute equals, in canonical text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct AttributeText(pub String);

/// One kind or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Kinds(pub Vec<Kind>);

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = WrittenDecimal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a decimal number in quotes, such as \"12.50\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WrittenDecimal, E> {
        Ok(WrittenDecimal(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<WrittenDecimal, E> {
        Ok(WrittenDecimal(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<WrittenDecimal, E> {
        Ok(WrittenDecimal(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for WrittenDecimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

impl JsonSchema for WrittenDecimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WrittenDecimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A decimal number, with or without quotes. Its digits are kept as they are written.",
            "type": ["string", "number"],
            "pattern": "^[0-9]+(\\.[0-9]{1,12})?$",
            "minimum": 0,
        })
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = AttributeText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a whole number, true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<AttributeText, E> {
        Ok(AttributeText(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<AttributeText, E> {
        Ok(AttributeText(truth.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<AttributeText, E> {
        Ok(AttributeText(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<AttributeText, E> {
        Ok(AttributeText(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for AttributeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

impl JsonSchema for AttributeText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AttributeText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text, a number, true or false: what the attribute equals.",
            "type": ["string", "number", "boolean"],
        })
    }
}

struct KindsVisitor;

impl<'de> Visitor<'de> for KindsVisitor {
    type Value = Kinds;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a kind such as \"virtual-machine\", or a list of kinds")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Kinds, E> {
        Ok(Kinds(vec![Kind::from(text)]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kinds, A::Error> {
        let mut kinds = Vec::new();
        while let Some(kind) = list.next_element()? {
            kinds.push(kind);
        }
        Ok(Kinds(kinds))
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindsVisitor)
    }
}

impl JsonSchema for Kinds {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kinds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A kind of resource, such as `virtual-machine`, or a list of kinds.",
            "type": ["string", "array"],
            "items": { "type": "string" },
        })
    }
}
