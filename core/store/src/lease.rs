//! The lease of apply: one process at a time sends. The operating system takes it back when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::database::Store;
use crate::error::StoreError;

/// Held while effects are sent. Dropping it lets another process apply.
#[derive(Debug, Clone)]
pub struct ApplyLease {
    _lock: Arc<File>,
}

impl Store {
    /// Takes the lease. Whoever holds it knows that an effect which is being sent belongs to a process that died.
    pub fn begin_apply(&self) -> Result<ApplyLease, StoreError> {
        take(&lock_path(&self.path))
    }
}

/// Beside the database; empty, and never removed: a removed file would let two processes hold "the" lock.
pub(crate) fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".apply-lock");
    PathBuf::from(name)
}

fn take(path: &Path) -> Result<ApplyLease, StoreError> {
    let failed = |source| StoreError::Lock {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(ApplyLease {
            _lock: Arc::new(file),
        }),
        Err(TryLockError::WouldBlock) => Err(StoreError::ApplyLocked),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
