//! Leases: one process at a time sends, and one at a time lists; and a run that goes on has one of its own. The operating
//! system takes a lease back when the process dies.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_model::ids::{PipelineId, RunId};

use crate::database::Store;
use crate::error::StoreError;

/// Held while effects are sent, or sources listed. Dropping it lets another process do so.
#[derive(Debug, Clone)]
pub struct Lease {
    _lock: Arc<File>,
}

impl Store {
    /// Takes the lease. Whoever holds it knows that an effect which is being sent belongs to a process that died.
    pub fn begin_apply(&self) -> Result<Lease, StoreError> {
        take(&lock_path(&self.path), StoreError::ApplyLocked)
    }

    /// Takes the lease of discovery: a listing builds on the one before it.
    pub fn begin_discover(&self) -> Result<Lease, StoreError> {
        take(
            &beside(&self.path, ".discover-lock"),
            StoreError::DiscoverLocked,
        )
    }
}

impl Store {
    /// Takes the lease of a pipeline's jobs: the scheduler does one at a time of each, in whichever process.
    pub fn begin_job(&self, pipeline: PipelineId) -> Result<Lease, StoreError> {
        let ending = format!(".job-lock-{pipeline}");
        take(&beside(&self.path, &ending), StoreError::JobLocked)
    }
}

/// The runs of this process that go on. Each keeps a file locked, by which others tell that its process is alive; no number
/// that the store knows is given to two runs, so that the file may go with its run.
#[derive(Debug, Default)]
pub(crate) struct RunLeases {
    held: Mutex<HashMap<RunId, File>>,
}

impl RunLeases {
    /// Of a run that the store is about to know.
    pub(crate) fn hold<'a>(
        &'a self,
        database: &'a Path,
        run: RunId,
    ) -> Result<Begun<'a>, StoreError> {
        let path = run_path(database, run);
        let failed = |source| StoreError::Lock {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(failed)?;
        file.try_lock()
            .map_err(|error| failed(std::io::Error::from(error)))?;
        self.of_this_process().insert(run, file);
        Ok(Begun {
            leases: self,
            database,
            run,
            is_known: false,
        })
    }

    pub(crate) fn release(&self, database: &Path, run: RunId) {
        let held = self.of_this_process().remove(&run);
        if held.is_some() {
            // Before the lock goes: whoever begins a run of the same number then has a file of its own.
            remove(database, run);
        }
    }

    /// Of a run that did not say how it ended. What a dead one left is cleared away.
    pub(crate) fn is_alive(database: &Path, run: RunId) -> bool {
        let Ok(file) = File::open(run_path(database, run)) else {
            return false;
        };
        let is_alive = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        if !is_alive {
            remove(database, run);
        }
        is_alive
    }

    fn of_this_process(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the lease back unless the store knows the run: the number of one that was never kept is given anew, and its lock
/// would be in the way of every later one.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    leases: &'a RunLeases,
    database: &'a Path,
    run: RunId,
    is_known: bool,
}

impl Begun<'_> {
    pub(crate) fn keep(mut self) {
        self.is_known = true;
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.is_known {
            self.leases.release(self.database, self.run);
        }
    }
}

fn run_path(database: &Path, run: RunId) -> PathBuf {
    beside(database, &format!(".run-lock-{run}"))
}

fn remove(database: &Path, run: RunId) {
    // One that stays is in nobody's way: without a lock it says nothing.
    let _ = std::fs::remove_file(run_path(database, run));
}

/// Beside the database; empty, and never removed: a removed file would let two processes hold "the" lock.
pub(crate) fn lock_path(database: &Path) -> PathBuf {
    beside(database, ".apply-lock")
}

/// A file that belongs to a database, by the ending of its name.
pub fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Waits for the turn to open the store, which is short.
pub(crate) fn turn(database: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(beside(database, ".open-lock"))?;
    file.lock()?;
    Ok(file)
}

fn take(path: &Path, taken: StoreError) -> Result<Lease, StoreError> {
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
        Ok(()) => Ok(Lease {
            _lock: Arc::new(file),
        }),
        Err(TryLockError::WouldBlock) => Err(taken),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
