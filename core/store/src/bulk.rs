//! The connections of the inventory: rows by the hundred thousand go through them, without a thread and a copy of each
//! value in between. Everything else goes through the pools.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::database::Store;
use crate::error::StoreError;

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const STATEMENTS_MAX: usize = 64;
/// So that a listing of many rows is not spilled before it is committed.
const CACHE_KIB: i64 = 32 * 1024;

/// One connection that reads, one that writes; opened when they are needed first.
pub(crate) struct Bulk {
    path: PathBuf,
    access: OpenFlags,
    reader: Mutex<Option<Connection>>,
    writer: Mutex<Option<Connection>>,
}

impl fmt::Debug for Bulk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bulk")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Bulk {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            access: OpenFlags::SQLITE_OPEN_READ_WRITE,
            reader: Mutex::default(),
            writer: Mutex::default(),
        }
    }

    /// Of a store that nothing is written to.
    pub(crate) fn to_look(path: &Path) -> Self {
        Self {
            access: OpenFlags::SQLITE_OPEN_READ_ONLY,
            ..Self::new(path)
        }
    }

    pub(crate) fn close(&self) {
        for connection in [&self.reader, &self.writer] {
            drop(take(connection));
        }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = self.access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        // Parents are written by the same code just before; looking each one up again is a third of the time.
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(connection)
    }
}

fn take(connection: &Mutex<Option<Connection>>) -> Option<Connection> {
    connection
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

fn put_back(connection: Connection, to: &Mutex<Option<Connection>>) {
    *to.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
}

impl Store {
    /// Reads in one snapshot.
    pub(crate) fn read_bulk<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        off_the_runtime(|| {
            let mut connection = match take(&self.bulk.reader) {
                Some(connection) => connection,
                None => self.bulk.open()?,
            };
            let snapshot = connection.transaction()?;
            let answer = read(&snapshot)?;
            snapshot.finish()?;
            put_back(connection, &self.bulk.reader);
            Ok(answer)
        })
    }

    /// Writes in one transaction: all of it is durable when it is done, or nothing is written.
    pub(crate) async fn write_bulk<T, E: From<StoreError>>(
        &self,
        operation: &'static str,
        write: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        // Whoever writes through the pool waits its turn there, and not at the lock of the file.
        let turn = self.writer.acquire().await;
        let _turn = turn.map_err(StoreError::during(operation))?;
        off_the_runtime(|| {
            let during = StoreError::during_bulk(operation);
            let connection = match take(&self.bulk.writer) {
                Some(connection) => Ok(connection),
                None => self.bulk.open(),
            };
            let mut connection = connection.map_err(&during)?;
            let immediate = TransactionBehavior::Immediate;
            let writing = connection.transaction_with_behavior(immediate);
            let writing = writing.map_err(&during)?;
            let answer = write(&writing)?;
            writing.commit().map_err(&during)?;
            put_back(connection, &self.bulk.writer);
            Ok(answer)
        })
    }
}

/// Lets other tasks of the runtime go on where it can.
fn off_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}
