//! Opens the practice database: one connection that writes, several that read, every commit durable.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::{PracticeStoreError, PracticeTransaction};
use crate::database::pool;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations-practice");

const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The practice API's database.
#[derive(Debug, Clone)]
pub struct PracticeStore {
    pub(super) reader: SqlitePool,
    // One connection: writes queue here and never meet SQLITE_BUSY.
    writer: SqlitePool,
}

impl PracticeStore {
    /// Opens the file, creates it where it is missing and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, PracticeStoreError> {
        let open = |source| PracticeStoreError::Open {
            path: path.to_owned(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = pool(1).connect_with(options.clone()).await.map_err(open)?;
        MIGRATOR
            .run(&writer)
            .await
            .map_err(|source| PracticeStoreError::Migrate {
                path: path.to_owned(),
                source,
            })?;
        let reader = pool(READERS_MAX)
            .connect_with(options)
            .await
            .map_err(open)?;
        Ok(Self { reader, writer })
    }

    /// Starts a transaction that writes. It is rolled back unless it is committed.
    pub async fn begin(&self) -> Result<PracticeTransaction, PracticeStoreError> {
        let transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(PracticeStoreError::query("begin a transaction"))?;
        Ok(PracticeTransaction::new(transaction))
    }

    /// Closes every connection; the write-ahead log is folded back into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
