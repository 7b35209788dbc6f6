//! Looks at the place of the store before the database does: whatever is there and is no store is left as it is. Nothing is opened
//! for writing here but the lock file.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::database::{OpenError, OpenMode};

pub(crate) fn check(path: &Path, mode: OpenMode) -> Result<(), OpenError> {
    let found = std::fs::metadata(path).ok();
    match &found {
        None if mode == OpenMode::MustExist => {
            return Err(OpenError::Absent {
                path: path.to_owned(),
            });
        }
        None => has_folder(path)?,
        Some(found) => {
            let what = if found.is_dir() {
                Some("a folder")
            } else if found.is_file() {
                None
            } else {
                Some("no regular file")
            };
            if let Some(what) = what {
                return Err(OpenError::NoFile {
                    path: path.to_owned(),
                    found: what,
                });
            }
        }
    }
    // SQLite would open a file that it may only read and fail at the first write; the lock file says so now.
    let lock = OpenOptions::new()
        .create(true)
        .append(true)
        .open(crate::lease::lock_path(path));
    lock.map_err(|source| OpenError::ReadOnly {
        path: path.to_owned(),
        source,
    })?;
    if found.is_some() {
        let written = OpenOptions::new().append(true).open(path);
        written.map_err(|source| OpenError::Unwritable {
            path: path.to_owned(),
            source,
        })?;
        if is_of_another_program(path) {
            return Err(OpenError::NoStore {
                path: path.to_owned(),
            });
        }
    }
    Ok(())
}

fn has_folder(path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => Err(OpenError::NoFolder {
            path: path.to_owned(),
            folder: folder.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// A database with tables, and none of them ours. What cannot be read is told when it is opened.
fn is_of_another_program(path: &Path) -> bool {
    let ask = || -> rusqlite::Result<bool> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags)?.query_row(
            "SELECT count(*) > 0 AND sum(name = '_sqlx_migrations') = 0 FROM sqlite_master WHERE type = 'table'",
            [],
            |row| row.get(0),
        )
    };
    ask().unwrap_or(false)
}
