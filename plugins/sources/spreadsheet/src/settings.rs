//! The settings of the connector as an admin writes them; `config.schema.json` says the same for people and editors.
//! Checks nothing: that is the mapping's task.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) files: Vec<String>,
    pub(crate) date: Option<String>,
    #[serde(default)]
    pub(crate) undated: Undated,
    #[serde(default = "default_scope")]
    pub(crate) scope: String,
    pub(crate) sheet: Option<String>,
    #[serde(default)]
    pub(crate) header: HeaderChoice,
    #[serde(default)]
    pub(crate) separator: SeparatorChoice,
    #[serde(default = "default_encoding")]
    pub(crate) encoding: String,
    #[serde(default)]
    pub(crate) decimal: DecimalChoice,
    #[serde(default)]
    pub(crate) date_order: DateOrder,
    #[serde(default = "default_totals", deserialize_with = "one_or_many")]
    pub(crate) totals: Vec<String>,
    #[serde(default = "default_true")]
    pub(crate) final_newline: bool,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: KindChoice,
    pub(crate) parent: Option<String>,
    #[serde(default)]
    pub(crate) attribute: BTreeMap<String, Attribute>,
    pub(crate) tags: Option<Tags>,
    #[serde(default)]
    pub(crate) correlation: BTreeMap<String, Vec<Vec<String>>>,
}

/// When a file without a date in its name is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Undated {
    /// When it was last written.
    #[default]
    Modified,
    /// As long as it is there.
    Now,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum HeaderChoice {
    #[default]
    Auto,
    Row(u32),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum SeparatorChoice {
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ";")]
    Semicolon,
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    #[serde(rename = "|")]
    Bar,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum DecimalChoice {
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

/// How dates are written that do not begin with the year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum DateOrder {
    /// They are broken rows.
    #[default]
    #[serde(rename = "year-first")]
    Year,
    #[serde(rename = "day-first")]
    Day,
    #[serde(rename = "month-first")]
    Month,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum KindChoice {
    Constant(String),
    Mapped {
        column: String,
        map: BTreeMap<String, String>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    pub(crate) column: String,
    #[serde(rename = "type", default)]
    pub(crate) value_type: ValueType,
    #[serde(default)]
    pub(crate) class: Class,
    pub(crate) unit: Option<String>,
    pub(crate) kinds: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) empty: Empty,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ValueType {
    #[default]
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    Timestamp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    #[default]
    Configuration,
    Gauge,
    Identity,
    Ignored,
}

/// What an empty cell means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Empty {
    #[default]
    Absent,
    Zero,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tags {
    pub(crate) column: String,
    /// Each character of it ends a tag.
    #[serde(default = "default_tag_separators")]
    pub(crate) separators: String,
    /// Each character of it stands between a key and its value.
    #[serde(default = "default_tag_assign")]
    pub(crate) assign: String,
}

fn default_scope() -> String {
    "export".to_owned()
}

fn default_encoding() -> String {
    "auto".to_owned()
}

fn default_true() -> bool {
    true
}

fn default_tag_separators() -> String {
    ";,|".to_owned()
}

fn default_tag_assign() -> String {
    "=:".to_owned()
}

fn default_totals() -> Vec<String> {
    let patterns = [
        "total",
        "totals",
        "totalt",
        "grand total",
        "sum",
        "summa",
        "summe",
    ];
    patterns.map(|word| format!("{word}{{,:*, (*}}")).to_vec()
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(one) => Ok(vec![one]),
        many => serde_json::from_value(many).map_err(serde::de::Error::custom),
    }
}

impl TryFrom<Value> for HeaderChoice {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let row = value.as_u64().and_then(|row| u32::try_from(row).ok());
        match (value.as_str(), row) {
            (Some("auto"), _) => Ok(Self::Auto),
            (_, Some(row)) if row > 0 => Ok(Self::Row(row)),
            _ => Err("header is \"auto\" or the number of a row, from 1"),
        }
    }
}

impl TryFrom<Value> for KindChoice {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Mapped {
            column: String,
            map: BTreeMap<String, String>,
        }
        match value {
            Value::String(kind) => Ok(Self::Constant(kind)),
            table => {
                let Mapped { column, map } = serde_json::from_value(table)?;
                Ok(Self::Mapped { column, map })
            }
        }
    }
}

impl SeparatorChoice {
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Self::Auto => None,
            Self::Comma => Some(b','),
            Self::Semicolon => Some(b';'),
            Self::Tab => Some(b'\t'),
            Self::Bar => Some(b'|'),
        }
    }
}
