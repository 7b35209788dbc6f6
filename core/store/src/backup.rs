//! Whole copies of the store: made while others work on it, checked, and put in its place. What a copy means to billing is not
//! known here.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use counterfoil_model::ids::{PipelineId, TenantId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};
use thiserror::Error;

use crate::columns::Columns;
use crate::database::{MIGRATOR, Store, pool};
use crate::error::{DatabaseError, StoreError};
use crate::lease::beside;

#[derive(Debug, Error)]
pub enum CopyError {
    #[error("write {path}: it is there already", path = path.display())]
    Exists { path: PathBuf },
    #[error("write {path}", path = path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("write {path}: the disk is full", path = path.display())]
    Full { path: PathBuf },
    #[error("copy {path}: it is damaged: {detail}", path = path.display())]
    StoreDamaged { path: PathBuf, detail: String },
    #[error("write {path}", path = path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: DatabaseError,
    },
    #[error("read {path}", path = path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("read {path}: it is no store of counterfoil", path = path.display())]
    NoStore { path: PathBuf },
    #[error("read {path}: a newer version of counterfoil has written it", path = path.display())]
    Newer { path: PathBuf },
    #[error("read {path}: it is damaged: {detail}", path = path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("read {path}: its write-ahead log stands beside it, so that it is no whole copy", path = path.display())]
    HasLog { path: PathBuf },
    #[error("replace {path}: another process has it open", path = path.display())]
    InUse { path: PathBuf },
}

impl Store {
    /// Writes a copy of everything that is committed now, while others go on. The file is new, and on the disk when this
    /// returns.
    pub async fn copy_to(&self, path: &Path) -> Result<(), CopyError> {
        let unwritable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AlreadyExists => CopyError::Exists {
                path: path.to_owned(),
            },
            std::io::ErrorKind::StorageFull => CopyError::Full {
                path: path.to_owned(),
            },
            _ => CopyError::Unwritable {
                path: path.to_owned(),
                source,
            },
        };
        // SQLite fills a file that is empty; making it here tells an existing one from one that cannot be made.
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        let file = made.map_err(unwritable)?;
        let text = path.to_string_lossy().into_owned();
        let copied = sqlx::query("VACUUM INTO ?1")
            .bind(text)
            .execute(&self.reader)
            .await;
        match copied {
            Ok(_) => file.sync_all().map_err(unwritable),
            Err(source) => {
                remove(path);
                Err(self.uncopied(path, source))
            }
        }
    }

    fn uncopied(&self, path: &Path, source: sqlx::Error) -> CopyError {
        if is_full(&source) {
            return CopyError::Full {
                path: path.to_owned(),
            };
        }
        if matches!(primary_code(&source), Some(CORRUPT | NO_DATABASE)) {
            return CopyError::StoreDamaged {
                path: self.path.clone(),
                detail: source.to_string(),
            };
        }
        CopyError::Write {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    /// Opens a copy for reading alone: nothing of it is changed, and nothing is made beside it.
    pub async fn open_copy(path: &Path) -> Result<Self, CopyError> {
        let unreadable = |source| CopyError::Unreadable {
            path: path.to_owned(),
            source,
        };
        std::fs::File::open(path).map_err(unreadable)?;
        let log = beside(path, "-wal");
        if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
            return Err(CopyError::HasLog {
                path: path.to_owned(),
            });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(true);
        let no_store = |_| CopyError::NoStore {
            path: path.to_owned(),
        };
        let reader = pool(1).connect_with(options).await.map_err(no_store)?;
        let row = sqlx::query("SELECT tenant_id, identity FROM tenant, store_identity")
            .fetch_one(&reader)
            .await
            .map_err(no_store)?;
        let read = (row.try_get("tenant_id"), row.text("identity"));
        let (Ok(tenant), Ok(identity)) = read else {
            return Err(CopyError::NoStore {
                path: path.to_owned(),
            });
        };
        let versions: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
            .fetch_all(&reader)
            .await
            .map_err(no_store)?;
        let is_known = |version: &i64| MIGRATOR.iter().any(|known| known.version == *version);
        if !versions.iter().all(is_known) {
            return Err(CopyError::Newer {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            writer: reader.clone(),
            reader,
            tenant: TenantId(tenant),
            identity,
            path: path.to_owned(),
            bulk: std::sync::Arc::new(crate::bulk::Bulk::to_look(path)),
            orders: std::sync::Arc::default(),
            runs: std::sync::Arc::default(),
        })
    }

    /// Reads every page and every reference of a copy.
    pub async fn check_integrity(&self) -> Result<(), CopyError> {
        let damaged = |detail: String| CopyError::Damaged {
            path: self.path.clone(),
            detail,
        };
        let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(5)")
            .fetch_all(&self.reader)
            .await
            .map_err(|source| damaged(source.to_string()))?;
        if found != ["ok"] {
            return Err(damaged(found.join("; ")));
        }
        let dangling = sqlx::query("PRAGMA foreign_key_check")
            .fetch_optional(&self.reader)
            .await
            .map_err(|source| damaged(source.to_string()))?;
        match dangling {
            Some(row) => {
                let table = row.text("table").unwrap_or_default();
                Err(damaged(format!("a row of {table} points at nothing")))
            }
            None => Ok(()),
        }
    }

    /// Every pipeline that there ever was, by its id.
    pub async fn pipelines(&self) -> Result<Vec<(PipelineId, String)>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT entity_id, name FROM entity WHERE tenant_id = ?1 AND entity_type = 'pipeline' ORDER BY entity_id",
            )
            .bind(self.tenant.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter()
                .map(|row| Ok((PipelineId(row.integer("entity_id")?), row.text("name")?)))
                .collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read the pipelines"))
    }
}

/// Removes a copy that came to nothing, with what stands beside it: a journal that stayed would be taken for one of the next
/// file of that name.
pub fn remove(path: &Path) {
    for file in [path.to_owned(), beside(path, "-journal")] {
        // One that is not there need not be removed.
        let _ = std::fs::remove_file(file);
    }
}

/// Folds a store's log into its file, and makes sure that nobody has it open. One that is too damaged for that is left as
/// it is: whoever replaces it keeps it with what stands beside it.
pub async fn settle(path: &Path) -> Result<(), CopyError> {
    let in_use = || CopyError::InUse {
        path: path.to_owned(),
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(std::time::Duration::from_secs(1));
    let settled = async {
        let mut connection = options.connect().await?;
        // Only the last one that has it open may leave the write-ahead log.
        let mode: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = DELETE")
            .fetch_one(&mut connection)
            .await;
        // Also where it was refused: one that is dropped is open for a moment longer.
        connection.close().await?;
        mode
    };
    match settled.await {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(in_use()),
        Err(source) if matches!(primary_code(&source), Some(BUSY | LOCKED)) => Err(in_use()),
        Err(_) => Ok(()),
    }
}

/// Until it is dropped, nobody opens the store; those who want to wait. Whoever has it open already keeps it.
#[derive(Debug)]
pub struct KeptClosed {
    _turn: std::fs::File,
}

impl KeptClosed {
    pub fn keep(path: &Path) -> std::io::Result<Self> {
        crate::lease::turn(path).map(|turn| Self { _turn: turn })
    }
}

const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
/// A write that was cut short: by the disk, or by a limit on the size of files.
const WRITE_FAILED: i64 = 778;

const NO_DATABASE: i64 = 26;

fn is_full(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    primary_code(error) == Some(FULL)
        || code.and_then(|code| code.parse().ok()) == Some(WRITE_FAILED)
}

/// The result code of `SQLite` without its extension.
fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|code| code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::OpenMode;

    async fn copied() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Store::open(&path, OpenMode::Create).await.unwrap();
        let copy = folder.path().join("copy.db");
        store.copy_to(&copy).await.unwrap();
        store.close().await;
        (folder, copy)
    }

    async fn edited(path: &Path, statement: &'static str) {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_is_the_same_store_and_opens_for_reading_alone() {
        let (folder, copy) = copied().await;
        let original = Store::open(&folder.path().join("store.db"), OpenMode::MustExist)
            .await
            .unwrap();
        let opened = Store::open_copy(&copy).await.unwrap();
        opened.check_integrity().await.unwrap();
        assert_eq!(opened.identity(), original.identity());
        let name = crate::Renamed {
            name: "north",
            from: None,
        };
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        assert!(opened.pipeline_id(name, now).await.is_err());
        assert!(!beside(&copy, ".apply-lock").exists());
    }

    #[tokio::test]
    async fn what_a_newer_version_wrote_is_refused() {
        let (_folder, copy) = copied().await;
        edited(
            &copy,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', 1, x'00', 0)",
        )
        .await;
        let refused = Store::open_copy(&copy).await.unwrap_err();
        assert!(matches!(refused, CopyError::Newer { .. }), "{refused}");
    }

    #[tokio::test]
    async fn a_row_that_points_at_nothing_is_damage() {
        let (_folder, copy) = copied().await;
        edited(
            &copy,
            "INSERT INTO source_state (tenant_id, source_id, body) VALUES (1, 77, '{}')",
        )
        .await;
        let opened = Store::open_copy(&copy).await.unwrap();
        let damage = opened.check_integrity().await.unwrap_err();
        assert!(
            damage.to_string().contains("a row of source_state"),
            "{damage}"
        );
    }

    #[tokio::test]
    async fn nobody_opens_a_store_that_is_kept_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let closed = KeptClosed::keep(&path).unwrap();
        let lock = std::fs::File::open(beside(&path, ".open-lock")).unwrap();
        assert!(lock.try_lock().is_err(), "whoever opens it waits here");
        drop(closed);
        let opened = Store::open(&path, OpenMode::Create).await.unwrap();
        opened.close().await;
    }

    #[tokio::test]
    async fn a_store_that_is_open_elsewhere_is_not_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Store::open(&path, OpenMode::Create).await.unwrap();
        let refused = settle(&path).await.unwrap_err();
        assert!(matches!(refused, CopyError::InUse { .. }), "{refused}");
        store.close().await;
        settle(&path).await.unwrap();
        assert!(!beside(&path, "-wal").exists());
    }
}
