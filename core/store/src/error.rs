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
            Source::Sqlx(source) => source.fmt(formatter),
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
            Source::Sqlx(source) => source.source(),
            Source::Rusqlite(source) => source.source(),
        }
    }
}

/// A text in the database that stands for no case of its enum.
#[derive(Debug, Error)]
#[error("read `{0}` as one of the known cases")]
pub struct UnknownCase(pub String);
