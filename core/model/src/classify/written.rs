//! Values that may be written in more than one way: one or many, text or a table. Numbers are kept as text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A value in canonical text: text, a whole number, `true`, `false` or a date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Scalar(pub String);

/// One value or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalars(pub Vec<Scalar>);

/// What a value must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionConfig {
    /// Any of them; each exact, or a pattern with `*` (any run) and `?` (any one character).
    AnyOf(Scalars),
    /// Everything that it says.
    Tests(Box<TestsConfig>),
}

/// Tests that must all hold. Where a list is given, any of its values will do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestsConfig {
    /// Exactly, `*` and `?` as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eq: Option<Scalars>,
    /// The same as `eq`.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Scalars>,
    /// Absent, or none of these; each exact or a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Scalars>,
    /// A pattern with `*` (any run) and `?` (any one character).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glob: Option<Scalars>,
    /// It begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Scalars>,
    /// It ends with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<Scalars>,
    /// This stands somewhere in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<Scalars>,
    /// Found anywhere in the value, unless it says `^` and `$`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<Scalars>,
    /// A number, and at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Scalar>,
    /// A number, and at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Scalar>,
    /// Is there a value at all? An empty one counts as none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

/// A value for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetConfig {
    Literal(String),
    /// The value of an attribute; with a map, what the map has for it. Where there is none, nothing is set. A map may
    /// be the name of a table with the columns `value` and `to`, which the loader puts in its place.
    Copied {
        from: String,
        map: Option<BTreeMap<String, String>>,
    },
}

impl Scalars {
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|scalar| scalar.0.as_str())
    }
}

impl Serialize for Scalars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl Serialize for TargetConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(text) => serializer.serialize_str(text),
            Self::Copied { from, map } => {
                let mut table = serializer.serialize_struct("Copied", 2)?;
                table.serialize_field("from", from)?;
                match map {
                    Some(map) => table.serialize_field("map", map)?,
                    None => table.skip_field("map")?,
                }
                table.end()
            }
        }
    }
}

impl Serialize for ConditionConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AnyOf(scalars) => scalars.serialize(serializer),
            Self::Tests(tests) => tests.serialize(serializer),
        }
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text, a number, true or false.",
            "type": ["string", "number", "boolean"],
        })
    }
}

impl JsonSchema for Scalars {
    fn schema_name() -> Cow<'static, str> {
        "Scalars".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        json_schema!({
            "description": "One value or a list of them.",
            "anyOf": [scalar, { "type": "array", "items": scalar }],
        })
    }
}

impl JsonSchema for ConditionConfig {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalars = generator.subschema_for::<Scalars>();
        let tests = generator.subschema_for::<TestsConfig>();
        json_schema!({
            "description": "Any of these values, each exact or a pattern with * and ?; or a table of tests that must all hold.",
            "anyOf": [scalars, tests],
        })
    }
}

impl JsonSchema for TargetConfig {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value, or the attribute that it is copied from, perhaps through a map.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "from": { "type": "string", "description": "The attribute whose value is taken." },
                        "map": {
                            "description": "What stands for each value of the attribute. A value that is not in it sets \
                                            nothing. Or the name of a CSV or XLSX file with the columns `value` and `to`.",
                            "anyOf": [
                                { "type": "string" },
                                { "type": "object", "additionalProperties": { "type": "string" } },
                            ],
                        },
                    },
                    "required": ["from"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
