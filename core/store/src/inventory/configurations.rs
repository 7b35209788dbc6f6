//! Reads configurations from rows. Equal ones are shared: most machines of a fleet look alike, and live long.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use counterfoil_model::inventory::Configuration;
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;

/// By digest.
#[derive(Debug, Default)]
pub(crate) struct Configurations {
    read: HashMap<Vec<u8>, Arc<Configuration>>,
}

impl Configurations {
    /// Of a row of an interval joined with its configuration.
    pub(crate) fn read(&mut self, row: &SqliteRow) -> Result<Arc<Configuration>, sqlx::Error> {
        match self.read.entry(row.blob("configuration")?) {
            Entry::Occupied(read) => Ok(Arc::clone(read.get())),
            Entry::Vacant(vacant) => {
                let configuration = Configuration {
                    name: row.text("name")?,
                    parent: row.optional_text("parent")?,
                    attributes: row.json("attributes")?,
                };
                Ok(Arc::clone(vacant.insert(Arc::new(configuration))))
            }
        }
    }
}
