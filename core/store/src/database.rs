//! Opens the database: one connection that writes, several that read, every commit durable.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use counterfoil_model::ids::TenantId;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use thiserror::Error;

use crate::bulk::Bulk;
use crate::columns::Columns;
use crate::error::{DatabaseError, Trouble};
use crate::inventory::Orders;
use crate::lease::RunLeases;
use crate::place;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Of new stores: rows are read and written in the order of their keys, many at a time.
const PAGE_BYTES: u32 = 8192;
const BEGIN: &str = "BEGIN IMMEDIATE";
const TENANT: &str = "default";
const FIRST_ROWS: &str = "SELECT tenant_id, identity FROM tenant, store_identity WHERE name = ?1";

/// The store of one tenant. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) reader: SqlitePool,
    // One connection: writes queue here and never meet each other.
    pub(crate) writer: SqlitePool,
    pub(crate) tenant: TenantId,
    pub(crate) identity: String,
    pub(crate) path: PathBuf,
    pub(crate) bulk: Arc<Bulk>,
    pub(crate) orders: Arc<Orders>,
    pub(crate) runs: Arc<RunLeases>,
}

/// What to do where there is no database yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    Create,
    MustExist,
}

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("open {path}: there is no database", path = path.display())]
    Absent { path: PathBuf },
    #[error("open {path}: its folder cannot be written", path = path.display())]
    ReadOnly {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("open {path}: there is no folder {folder}", path = path.display(), folder = folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("open {path}: it is {found}", path = path.display())]
    NoFile { path: PathBuf, found: &'static str },
    #[error("open {path}: it cannot be written", path = path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("open {path}: it is no store of counterfoil", path = path.display())]
    NoStore { path: PathBuf },
    #[error("open {path}: another build of counterfoil has written it (migration {version})", path = path.display())]
    OtherBuild { path: PathBuf, version: i64 },
    #[error("open {path}: a newer version of counterfoil has written it", path = path.display())]
    Newer { path: PathBuf },
    #[error("open {path}: another process keeps it locked", path = path.display())]
    Locked {
        path: PathBuf,
        #[source]
        source: DatabaseError,
    },
    #[error("open {path}", path = path.display())]
    Database {
        path: PathBuf,
        #[source]
        source: DatabaseError,
    },
}

/// A pool of so many connections to a file, which live as long as it does.
///
/// The task that looks for old connections counts those that idle while others come and go; where it meets the count below zero,
/// it looks 2^64 times, and the program never ends.
pub(crate) fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .idle_timeout(None)
        .max_lifetime(None)
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub async fn open(path: &Path, mode: OpenMode) -> Result<Self, OpenError> {
        place::check(path, mode)?;
        let failed = |source| open_error(path, source);
        // Two processes that open a new store at once would both make its tables; and while a copy is put back nobody may
        // open the file that is about to go.
        let turn = crate::lease::turn(path).map_err(|source| OpenError::ReadOnly {
            path: path.to_owned(),
            source,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(mode == OpenMode::Create)
            .page_size(PAGE_BYTES)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        migrate(path, &writer).await?;
        drop(turn);
        let (tenant, identity) = first_rows(&writer).await.map_err(failed)?;
        let reader = pool(READERS_MAX)
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self {
            reader,
            writer,
            tenant,
            identity,
            path: path.to_owned(),
            bulk: Arc::new(Bulk::new(path)),
            orders: Arc::default(),
            runs: Arc::default(),
        })
    }

    /// Opens a store that is there only to look into it: nothing is made, and an older one is not brought up to date.
    pub async fn look(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Absent {
                path: path.to_owned(),
            });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        let opened = pool(1).connect_with(options).await;
        let reader = opened.map_err(|source| open_error(path, source))?;
        let read = async {
            let row = sqlx::query(FIRST_ROWS)
                .bind(TENANT)
                .fetch_one(&reader)
                .await?;
            Ok((TenantId(row.try_get("tenant_id")?), row.text("identity")?))
        };
        let (tenant, identity) = read.await.map_err(|source| open_error(path, source))?;
        Ok(Self {
            writer: reader.clone(),
            reader,
            tenant,
            identity,
            path: path.to_owned(),
            bulk: Arc::new(Bulk::to_look(path)),
            orders: Arc::default(),
            runs: Arc::default(),
        })
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The random id of this store: a part of every slot.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes every connection; the write-ahead log is folded back into the file.
    pub async fn close(&self) {
        self.bulk.close();
        self.reader.close().await;
        self.writer.close().await;
    }

    /// How the database would answer a query whose parameters are all null: which indexes it takes.
    #[cfg(test)]
    pub(crate) async fn query_plan(&self, sql: &str) -> Vec<String> {
        use sqlx::Row;
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = sqlx::query(explain).fetch_all(&self.reader).await.unwrap();
        rows.iter().map(|row| row.get("detail")).collect()
    }

    /// Starts a transaction that writes. It is rolled back unless it is committed.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        match self.writer.begin_with(BEGIN).await {
            // A commit that failed, on a full disk for one, leaves the connection in a transaction that is no more: it
            // would refuse every later one.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with(BEGIN).await
            }
            begun => begun,
        }
    }
}

async fn migrate(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    match MIGRATOR.run(writer).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) => {
            Err(OpenError::Newer {
                path: path.to_owned(),
            })
        }
        Err(MigrateError::VersionMismatch(version)) => Err(OpenError::OtherBuild {
            path: path.to_owned(),
            version,
        }),
        Err(MigrateError::Execute(source)) => Err(open_error(path, source)),
        Err(source) => Err(open_error(path, sqlx::Error::from(source))),
    }
}

fn open_error(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let source = DatabaseError::from(source);
    match source.trouble() {
        Some(Trouble::Locked) => OpenError::Locked { path, source },
        Some(Trouble::NoDatabase) => OpenError::NoStore { path },
        _ => OpenError::Database { path, source },
    }
}

async fn first_rows(writer: &SqlitePool) -> Result<(TenantId, String), sqlx::Error> {
    let mut writing = writer.begin_with(BEGIN).await?;
    sqlx::query("INSERT OR IGNORE INTO tenant (name) VALUES (?1)")
        .bind(TENANT)
        .execute(&mut *writing)
        .await?;
    sqlx::query("INSERT OR IGNORE INTO store_identity (only, identity) VALUES (1, ?1)")
        .bind(uuid::Uuid::new_v4().to_string())
        .execute(&mut *writing)
        .await?;
    let row = sqlx::query(FIRST_ROWS)
        .bind(TENANT)
        .fetch_one(&mut *writing)
        .await?;
    let found = (TenantId(row.try_get("tenant_id")?), row.text("identity")?);
    writing.commit().await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_task_looks_for_old_connections() {
        let options = pool(3);
        assert_eq!(options.get_max_connections(), 3);
        assert_eq!(options.get_idle_timeout(), None);
        assert_eq!(options.get_max_lifetime(), None);
    }
}
