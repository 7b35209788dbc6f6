//! Tables that stand beside the configuration, by name. What is in them is read elsewhere.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Names of CSV or XLSX files, relative to the file that names them; "finance.xlsx#Prices" names a sheet of a workbook,
/// else the first one is read. One, or a list whose tables follow one another.
///
/// The columns of a table have the names of the keys in TOML, with points between the tables that lead to them:
/// `when.kind`, `set.customer`, `price.amount`. A blank cell is an absent key; several values of one cell stand with `|`
/// between them; rows that begin with `#` are remarks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableNames(pub Vec<String>);

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = TableNames;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a CSV or XLSX file, or a list of names")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<TableNames, E> {
        Ok(TableNames(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TableNames, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(TableNames(names))
    }
}

impl<'de> Deserialize<'de> for TableNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

impl JsonSchema for TableNames {
    fn schema_name() -> Cow<'static, str> {
        "TableNames".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The name of a CSV or XLSX file beside this one, or a list of names; \"finance.xlsx#Prices\" \
                            names a sheet. Columns have the names of the keys.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
        })
    }
}
