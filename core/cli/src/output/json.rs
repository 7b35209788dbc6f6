//! Answers and errors as JSON: an object whose first key is its shape.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use counterfoil_engine::config::ConfigProblem;
use counterfoil_model::money::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::shape::Shape;
use super::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Shaped<'a, T> {
    shape: &'a str,
    #[serde(flatten)]
    data: &'a T,
}

pub(super) fn answer<T: Serialize>(shape: &str, data: &T) -> Result<String> {
    serde_json::to_string_pretty(&Shaped { shape, data }).context("write JSON")
}

/// What standard error gets where data was asked for and the command failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorAnswer {
    /// What failed and why, the outermost first.
    pub(crate) error: String,
    /// The next step.
    pub(crate) hint: Option<String>,
    /// The exit code of the process.
    pub(crate) exit: u8,
    /// The mistakes of the configuration, where that is what failed.
    pub(crate) problems: Vec<ConfigProblem>,
}

/// The shape of a failure.
pub(crate) const ERROR: Shape<ErrorAnswer> = Shape::new(
    "error/1",
    "What standard error gets where JSON was asked for and the command failed.",
    &[],
);

impl ErrorAnswer {
    /// In one line, as standard error is read by lines.
    pub(crate) fn to_line(&self) -> String {
        let shaped = Shaped {
            shape: "error/1",
            data: self,
        };
        serde_json::to_string(&shaped).expect("texts and numbers can be written as JSON")
    }
}

/// Each list of objects as a table, and one row with the plain values where there is no list.
pub(super) fn as_tables<T: Serialize>(name: &str, data: &T) -> Result<Vec<Table>> {
    let value = serde_json::to_value(data).context("write JSON")?;
    let lists = value.as_object().into_iter().flatten();
    let lists = lists.filter_map(|(key, value)| {
        let rows: Option<Vec<_>> = value.as_array()?.iter().map(Value::as_object).collect();
        Some(table(key, &rows?))
    });
    let tables: Vec<Table> = lists.collect();
    if tables.is_empty() {
        return Ok(value
            .as_object()
            .map(|row| table(name, &[row]))
            .into_iter()
            .collect());
    }
    Ok(tables)
}

/// The plain values of objects: what is nested stays in the JSON alone.
fn table(name: &str, rows: &[&Map<String, Value>]) -> Table {
    let mut columns: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for (key, value) in *row {
            if let (false, Some(cell)) = (key == "shape", cell(value)) {
                let cells = columns.entry(key).or_default();
                cells.resize(index, Cell::Empty);
                cells.push(cell);
            }
        }
    }
    let heads = columns.iter().map(|(name, cells)| {
        let is =
            |kind: fn(&Cell) -> bool| cells.iter().all(|cell| *cell == Cell::Empty || kind(cell));
        match cells.iter().find(|cell| **cell != Cell::Empty) {
            Some(Cell::Money(_)) if is(|cell| matches!(cell, Cell::Money(_))) => {
                Column::money(name)
            }
            Some(Cell::Integer(_)) if is(|cell| matches!(cell, Cell::Integer(_))) => {
                Column::integer(name)
            }
            Some(_) | None => Column::text(name),
        }
    });
    let heads: Vec<Column> = heads.collect();
    let mut table = Table::new(name, heads);
    for index in 0..rows.len() {
        let cells = columns.values();
        table.push(
            cells
                .map(|cells| cells.get(index).cloned().unwrap_or(Cell::Empty))
                .collect(),
        );
    }
    table
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Null => Some(Cell::Empty),
        Value::Bool(truth) => Some(Cell::from(*truth)),
        Value::Number(number) => number.as_i64().map(Cell::from),
        Value::String(text) => Some(Cell::from(text.as_str())),
        Value::Object(_) => Money::deserialize(value).ok().map(Cell::from),
        Value::Array(_) => None,
    }
}
