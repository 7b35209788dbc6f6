//! The starter pipeline that `counterfoil init` writes: small, commented, and right as it stands.

use std::io::Write;
use std::path::{Path, PathBuf};

use thiserror::Error;

const FILES: [(&str, &str); 3] = [
    ("counterfoil.toml", include_str!("init/counterfoil.toml")),
    (
        "inventory/inventory-2026-03-01.csv",
        include_str!("init/inventory.csv"),
    ),
    (
        "inventory/inventory-2026-03-31.csv",
        include_str!("init/inventory.csv"),
    ),
];

#[derive(Debug, Error)]
pub enum InitError {
    #[error("{} is there already, and is not overwritten", path.display())]
    Exists { path: PathBuf },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Writes the starter's files into a folder; touches nothing where one of them exists.
pub fn write_starter(folder: &Path) -> Result<Vec<PathBuf>, InitError> {
    let paths: Vec<PathBuf> = FILES.iter().map(|(name, _)| folder.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(InitError::Exists { path: path.clone() });
    }
    for (path, (_, text)) in paths.iter().zip(FILES) {
        write_new(path, text).map_err(|source| InitError::Write {
            path: path.clone(),
            source,
        })?;
    }
    Ok(paths)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}
