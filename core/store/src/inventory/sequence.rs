//! The numbers of what an inventory is made of: each is given once.

use rusqlite::{Connection, OptionalExtension, params};

/// The last numbers that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sequence {
    pub(crate) interval: i64,
    pub(crate) configuration: i64,
    pub(crate) gauge_run: i64,
}

impl Sequence {
    pub(crate) fn load(connection: &Connection, tenant: i64) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached(
            "SELECT interval_id, configuration_id, gauge_run_id FROM inventory_sequence WHERE tenant_id = ?1",
        )?;
        let last = query.query_row([tenant], |row| {
            Ok(Self {
                interval: row.get(0)?,
                configuration: row.get(1)?,
                gauge_run: row.get(2)?,
            })
        });
        Ok(last.optional()?.unwrap_or_default())
    }

    pub(crate) fn store(self, connection: &Connection, tenant: i64) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO inventory_sequence (tenant_id, interval_id, configuration_id, gauge_run_id) \
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        insert.execute(params![
            tenant,
            self.interval,
            self.configuration,
            self.gauge_run
        ])?;
        Ok(())
    }
}
