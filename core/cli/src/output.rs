//! How a command answers: as text for people, as data in a versioned shape, as tables. Must not know what is answered.

mod arguments;
mod clean;
mod csv;
mod destination;
mod error;
mod json;
mod shape;
mod table;
mod xlsx;

use anyhow::Result;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use self::arguments::{Form, Format};
pub(crate) use self::arguments::{OutputArguments, wants_json};
pub(crate) use self::clean::clean;
pub(crate) use self::csv::guarded;
pub(crate) use self::destination::{print, to_file};
pub(crate) use self::error::OutputError;
pub(crate) use self::json::{ERROR, ErrorAnswer};
pub(crate) use self::shape::{Described, Shape};
pub(crate) use self::table::{Cell, Column, Table, row};
use crate::style::To;

/// What a command found or did. The closures run only for the form that was asked for.
pub(crate) struct Answer<'a, T> {
    shape: &'static str,
    data: &'a T,
    tables: Box<dyn FnOnce() -> Vec<Table> + 'a>,
    text: Box<dyn FnOnce() -> String + 'a>,
}

impl<'a, T: Serialize + JsonSchema> Answer<'a, T> {
    fn new(shape: &'static str, data: &'a T) -> Self {
        Self {
            shape,
            data,
            tables: Box::new(Vec::new),
            text: Box::new(String::new),
        }
    }

    /// What a spreadsheet gets, the main table first. Without any it gets one row, of the data's plain values.
    pub(crate) fn tables(mut self, tables: impl FnOnce() -> Vec<Table> + 'a) -> Self {
        self.tables = Box::new(tables);
        self
    }

    /// What people read.
    pub(crate) fn text(mut self, text: impl FnOnce() -> String + 'a) -> Self {
        self.text = Box::new(text);
        self
    }

    /// Writes the answer in the form and to the place that were asked for.
    pub(crate) fn show(self, arguments: &OutputArguments, now: Instant) -> Result<()> {
        let form = arguments.form()?;
        let bytes = match form.format {
            Format::Text => with_newline(clean(&(self.text)(), To::Output).into_owned()),
            Format::Json => with_newline(json::answer(self.shape, self.data)?),
            Format::Csv | Format::Xlsx => {
                let mut tables = (self.tables)();
                if tables.is_empty() {
                    let name = self.shape.split('/').next().unwrap_or(self.shape);
                    tables = json::as_tables(name, self.data)?;
                }
                export(tables, &form, now)?
            }
        };
        destination::write(&bytes, &form)
    }
}

fn export(tables: Vec<Table>, form: &Form<'_>, now: Instant) -> Result<Vec<u8>> {
    let tables: Vec<Table> = tables.into_iter().map(Table::for_export).collect();
    Ok(match form.format {
        Format::Xlsx if form.table.is_none() => xlsx::bytes(&tables, now)?,
        Format::Xlsx => xlsx::bytes(std::slice::from_ref(chosen(&tables, form.table)?), now)?,
        Format::Text | Format::Json | Format::Csv => csv::bytes(chosen(&tables, form.table)?)?,
    })
}

/// The table that was asked for, or the main one.
fn chosen<'t>(tables: &'t [Table], asked: Option<&str>) -> Result<&'t Table, OutputError> {
    let found = match asked {
        Some(name) => tables.iter().find(|table| table.name() == name),
        None => tables.first(),
    };
    found.ok_or_else(|| OutputError::NoTable {
        asked: asked.unwrap_or_default().to_owned(),
        known: tables.iter().map(|table| table.name().to_owned()).collect(),
    })
}

fn with_newline(mut text: String) -> Vec<u8> {
    text.push('\n');
    text.into_bytes()
}
