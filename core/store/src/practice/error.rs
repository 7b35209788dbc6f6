//! What can go wrong between the practice API and its database.

use std::path::PathBuf;

/// A failure of the practice store.
#[derive(Debug, thiserror::Error)]
pub enum PracticeStoreError {
    #[error("open the practice database {path}", path = path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
    #[error("migrate the practice database {path}", path = path.display())]
    Migrate {
        path: PathBuf,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    #[error("{operation} in the practice database")]
    Query {
        operation: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("insert customer {reference}: the reference is taken")]
    ReferenceTaken { reference: String },
}

impl PracticeStoreError {
    /// Names the operation that a query belongs to.
    pub(super) fn query(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Query { operation, source }
    }
}
