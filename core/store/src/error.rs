//! What can fail in every method of the store: the database, or what somebody left in it.

use std::fmt;

use thiserror::Error;

/// What the database said. Opaque, so that nothing outside depends on which database it is.
pub struct DatabaseError(Source);

/// Which driver said it.
enum Source {
    Sqlx(sqlx::Error),
    Rusqlite(rusqlite::Error),
}

/// What the database cannot do, where somebody can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process writes to it, and does not end.
    Locked,
    /// The disk, or the most that the database may grow to.
    Full,
    /// The disk did not take or give what it should.
    Disk,
    Damaged,
    NoDatabase,
    ReadOnly,
    Unopened,
}

impl DatabaseError {
    pub fn trouble(&self) -> Option<Trouble> {
        let code = match &self.0 {
            Source::Sqlx(source) => source.as_database_error()?.code()?.parse().ok()?,
            Source::Rusqlite(source) => source.sqlite_error()?.extended_code,
        };
        // The primary code of SQLite, without what an extended one adds: https://www.sqlite.org/rescode.html.
        Some(match code & 0xff {
            5 | 6 => Trouble::Locked,
            8 => Trouble::ReadOnly,
            10 => Trouble::Disk,
            11 => Trouble::Damaged,
            13 => Trouble::Full,
            14 => Trouble::Unopened,
            26 => Trouble::NoDatabase,
            _ => return None,
        })
    }
}

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{operation}")]
    Database {
        operation: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("start apply: another process is applying on this store")]
    ApplyLocked,
    #[error("start discover: another process is discovering on this store")]
    DiscoverLocked,
    #[error("start a job: another process is at work on this pipeline")]
    JobLocked,
    #[error("lock the store with {path}", path = path.display())]
    Lock {
        path: std::path::PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("find {what} in the store")]
    NotFound { what: String },
}

impl StoreError {
    /// Names the operation that a query belongs to, as what follows "failed to".
    pub(crate) fn during(operation: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database {
            operation,
            source: source.into(),
        }
    }

    /// The same for what goes through the bulk connections.
    pub(crate) fn during_bulk(operation: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Database {
            operation,
            source: source.into(),
        }
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(source: sqlx::Error) -> Self {
        Self(Source::Sqlx(source))
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(source: rusqlite::Error) -> Self {
        Self(Source::Rusqlite(source))
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Sqlx(source) => match source.as_database_error() {
                Some(said) => formatter.write_str(said.message()),
                None => source.fmt(formatter),
            },
            Source::Rusqlite(source) => source.fmt(formatter),
        }
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for DatabaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            // Its cause says the same again.
            Source::Sqlx(source) if source.as_database_error().is_some() => None,
            Source::Sqlx(source) => source.source(),
            Source::Rusqlite(source) => source.source(),
        }
    }
}

/// A text in the database that stands for no case of its enum.
#[derive(Debug, Error)]
#[error("read `{0}` as one of the known cases")]
pub struct UnknownCase(pub String);
