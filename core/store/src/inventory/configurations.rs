//! Reads configurations from rows. The intervals of a resource that have the same one share it.

use std::sync::Arc;

use counterfoil_model::inventory::Configuration;
use rusqlite::Row;

use crate::columns::{Cells, damaged};

/// From name, parent and attributes, which stand side by side from a column on.
pub(crate) fn configuration(row: &Row<'_>, first: usize) -> rusqlite::Result<Configuration> {
    let attributes = row.get_ref(first + 2)?.as_str()?;
    Ok(Configuration {
        name: row.text(first)?,
        parent: row.optional_text(first + 1)?,
        attributes: serde_json::from_str(attributes).map_err(damaged)?,
    })
}

/// The last one that was read, by its number.
#[derive(Debug, Default)]
pub(crate) struct LastConfiguration {
    read: Option<(i64, Arc<Configuration>)>,
}

impl LastConfiguration {
    pub(crate) fn read(
        &mut self,
        row: &Row<'_>,
        number: i64,
        first: usize,
    ) -> rusqlite::Result<Arc<Configuration>> {
        if let Some((_, last)) = self.read.as_ref().filter(|(last, _)| *last == number) {
            return Ok(Arc::clone(last));
        }
        let configuration = Arc::new(configuration(row, first)?);
        self.read = Some((number, Arc::clone(&configuration)));
        Ok(configuration)
    }
}
