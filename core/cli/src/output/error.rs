//! Why an answer cannot be written, and what to do about it.

use std::path::PathBuf;

use counterfoil_engine::near_miss::near_miss;
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("write {}: it exists already", path.display())]
    Exists { path: PathBuf },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("tell from the name {} in which form to write", path.display())]
    Ending { path: PathBuf },
    #[error("write {} as {format}: its ending says something else", path.display())]
    Contradiction { path: PathBuf, format: &'static str },
    #[error("write a workbook to a terminal")]
    Terminal,
    #[error("choose the table `{name}`: {format} has no tables")]
    TableOf { name: String, format: &'static str },
    #[error("find the table `{asked}` in this answer")]
    NoTable { asked: String, known: Vec<String> },
    #[error("find the shape `{asked}`")]
    NoShape {
        asked: String,
        known: Vec<&'static str>,
    },
    #[error("write the table {table}: a row holds amounts in {first} and {second}")]
    MixedCurrencies {
        table: String,
        first: String,
        second: String,
    },
    #[error("write CSV")]
    Csv { source: csv::Error },
    #[error("write the workbook")]
    Workbook { source: rust_xlsxwriter::XlsxError },
}

impl OutputError {
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Exists { .. } => {
                "name another file, or add --force to replace this one".to_owned()
            }
            Self::Write { .. } => {
                "name a file in a folder that exists and that this user may write to".to_owned()
            }
            Self::Ending { .. } => {
                "end it in .txt, .json, .csv or .xlsx, or say --format".to_owned()
            }
            Self::Contradiction { .. } => {
                "leave --format out, or let the ending agree with it".to_owned()
            }
            Self::Terminal => "add --output FILE.xlsx, or send it to a file".to_owned(),
            Self::TableOf { .. } => "add --format csv or --format xlsx".to_owned(),
            Self::NoTable { asked, known } => {
                return near_miss(asked, known.iter().map(String::as_str));
            }
            Self::NoShape { asked, known } => return near_miss(asked, known.iter().copied()),
            Self::MixedCurrencies { .. } | Self::Csv { .. } | Self::Workbook { .. } => return None,
        })
    }

    /// Is it the command line that is wrong?
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Exists { .. }
            | Self::Ending { .. }
            | Self::Contradiction { .. }
            | Self::Terminal
            | Self::TableOf { .. }
            | Self::NoTable { .. }
            | Self::NoShape { .. } => true,
            Self::Write { .. }
            | Self::MixedCurrencies { .. }
            | Self::Csv { .. }
            | Self::Workbook { .. } => false,
        }
    }
}
