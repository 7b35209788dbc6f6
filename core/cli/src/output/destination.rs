//! Where an answer goes: standard output, or a file that is there whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::arguments::Form;
use super::error::OutputError;

pub(super) fn write(bytes: &[u8], form: &Form<'_>) -> Result<()> {
    match form.file {
        Some(path) => Ok(to_file(bytes, path, form.force)?),
        None => to_standard_output(bytes),
    }
}

/// Can this file be made, and may it be?
pub(super) fn try_out(path: &Path, force: bool) -> Result<(), OutputError> {
    if !force && path.exists() {
        return Err(OutputError::Exists {
            path: path.to_owned(),
        });
    }
    if path.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(write_error(path, source));
    }
    beside(path).map(drop)
}

/// Written beside and then given its name, so that nobody reads the half of it.
pub(crate) fn to_file(bytes: &[u8], path: &Path, force: bool) -> Result<(), OutputError> {
    let mut file = beside(path)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(|source| write_error(path, source))?;
    let kept = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match kept {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(OutputError::Exists {
                path: path.to_owned(),
            })
        }
        Err(error) => Err(write_error(path, error.error)),
    }
}

fn beside(path: &Path) -> Result<NamedTempFile, OutputError> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".counterfoil-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What the user's mask leaves of it; a temporary file is otherwise closed to everybody else.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
        .tempfile_in(folder)
        .map_err(|source| write_error(path, source))
}

fn write_error(path: &Path, source: std::io::Error) -> OutputError {
    OutputError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Prints a line of text. A reader that went away (`| head`) is no failure: the work is done and the exit code tells how.
pub(crate) fn print(text: &str) -> Result<()> {
    to_standard_output(format!("{text}\n").as_bytes())
}

fn to_standard_output(bytes: &[u8]) -> Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(error).context("write to standard output"),
    }
}
