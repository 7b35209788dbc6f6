//! The starter pipeline that `counterfoil init` writes: small, commented, and right as it stands. Who is asked what is not
//! known here.

mod text;

use std::io::Write;
use std::path::{Path, PathBuf};

use counterfoil_model::money::Currency;
use counterfoil_model::time::{Instant, TimeZone};
use thiserror::Error;

use crate::config::Approval;
use crate::schema::Settings;

/// Schemas that the starter's files name, written next to them so that editors need no network.
const SCHEMAS: [&str; 4] = ["counterfoil", "rules", "accounts", "price-book"];

/// What the starter is for.
#[derive(Debug, Clone)]
pub struct Starter {
    pub company: String,
    pub zone: TimeZone,
    /// The zone's name in the tz database.
    pub timezone: String,
    pub currency: Currency,
    pub source: StarterSource,
    pub sink: StarterSink,
    pub approval: Approval,
    /// The sample data shows the month before.
    pub now: Instant,
}

/// Where resources come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterSource {
    /// A folder of daily exports, with sample data.
    Spreadsheet,
    Nautobot {
        url: String,
    },
}

/// Where invoices go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterSink {
    Practice { url: String },
    Odoo { url: String },
}

/// A command for the person who wrote the starter, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    pub command: String,
    pub what_it_does: String,
}

#[derive(Debug, Error)]
pub enum InitError {
    #[error("{} is there already, and is not overwritten", path.display())]
    Exists { path: PathBuf },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("find the month before {now}")]
    Month {
        now: Instant,
        source: counterfoil_model::time::BillingPeriodError,
    },
}

impl InitError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => Some(
                "name another folder, such as `counterfoil init billing`, or move the file away"
                    .to_owned(),
            ),
            Self::Write { .. } | Self::Month { .. } => None,
        }
    }
}

/// Writes the starter's files into a folder; touches nothing where one of them exists, and leaves nothing where one cannot
/// be written.
pub fn write_starter(
    folder: &Path,
    starter: &Starter,
    settings: &[Settings],
) -> Result<Vec<PathBuf>, InitError> {
    let files: Vec<(PathBuf, String)> = starter
        .files(settings)?
        .into_iter()
        .map(|(name, text)| (folder.join(name), text))
        .collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(InitError::Exists { path: path.clone() });
    }
    let mut written: Vec<PathBuf> = Vec::new();
    for (path, text) in files {
        if let Err(source) = write_new(&path, &text) {
            for path in &written {
                // The first error is the one to tell; what cannot be taken back is still named by it.
                let _ = std::fs::remove_file(path);
            }
            return Err(InitError::Write { path, source });
        }
        written.push(path);
    }
    Ok(written)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}
