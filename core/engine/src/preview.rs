//! The documents of a billing period as the customer will see them: pages to look at before anything is sent, and of what was
//! sent. Nothing is decided here.

mod collect;
mod language;
mod languages;
mod number;
mod page;
mod unit;

use std::path::{Path, PathBuf};

use counterfoil_model::counterfoil::RemoteDocument;
use counterfoil_model::document::Delivery;
use counterfoil_model::ids::AccountKey;
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

pub use collect::collect;
pub(crate) use collect::plan_of;
pub use language::Language;
pub use languages::languages;
pub use page::{Pages, Seller};

/// How far a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The plan would create it.
    Planned,
    /// It stands at the sink as a draft, and the plan would change it to this.
    Changed,
    /// It stands at the sink as a draft.
    Draft,
    /// It stands at the sink and is issued.
    Issued,
    /// The plan would withdraw it.
    ToBeWithdrawn,
    Withdrawn,
}

/// A document with what is known of its place at the sink.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The account under its key of now; the document may name it by an earlier one.
    pub account: AccountKey,
    pub delivery: Delivery,
    pub standing: Standing,
    pub sink: String,
    pub remote: Option<RemoteDocument>,
    /// The sink's number of the document that it corrects, where the sink gave one.
    pub corrects_number: Option<String>,
}

#[derive(Debug, Error)]
pub enum PreviewError {
    #[error("there is neither a plan nor a counterfoil of {period}")]
    Nothing { period: String },
    #[error("there is nothing of {period} for an account `{account}`")]
    NoAccount {
        period: String,
        account: String,
        /// What it is called by now, where it was renamed.
        renamed: Option<String>,
        known: Vec<String>,
    },
    #[error("read the template {}", path.display())]
    Template {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("make a page from the template: {message}")]
    Render { message: String },
    #[error("{} exists", path.display())]
    Exists { path: PathBuf },
    #[error("write into {}: it is no folder", path.display())]
    NoFolder { path: PathBuf },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("read the documents")]
    Store { source: StoreError },
}

impl PreviewError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Nothing { period } => {
                Some(format!("run `counterfoil plan --period {period}` first"))
            }
            Self::NoAccount {
                renamed: Some(renamed),
                ..
            } => Some(renamed.clone()),
            Self::NoAccount { known, account, .. } => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                Some(match counterfoil_model::nearest::nearest(account, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", known.join(", ")),
                })
            }
            Self::Render { .. } => Some(
                "the template is minijinja's; leave out --template to get the page that comes with this version".to_owned(),
            ),
            Self::Exists { .. } => Some("choose another folder, or say --force".to_owned()),
            Self::NoFolder { .. } => {
                Some("--folder names the folder for the pages, which is made if need be".to_owned())
            }
            Self::Write { .. } => {
                Some("choose a folder with --folder that this user may write to".to_owned())
            }
            Self::Template { .. } => {
                Some("--template names a file: a page for a document, as minijinja has it".to_owned())
            }
            Self::Store { .. } => None,
        }
    }
}

/// A file of the preview.
#[derive(Debug, Clone)]
pub struct Page {
    pub file: String,
    pub html: String,
}

/// Writes the pages into a folder, which is made; nothing that exists is replaced unless it is said.
pub fn write(folder: &Path, pages: &[Page], force: bool) -> Result<(), PreviewError> {
    if folder.exists() && !folder.is_dir() {
        return Err(PreviewError::NoFolder {
            path: folder.to_owned(),
        });
    }
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    if let Some(path) = pages
        .iter()
        .map(|page| folder.join(&page.file))
        .find(|path| !force && path.exists())
    {
        return Err(PreviewError::Exists { path });
    }
    for page in pages {
        let path = folder.join(&page.file);
        std::fs::write(&path, &page.html).map_err(failed(&path))?;
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> PreviewError {
    let path = path.to_owned();
    move |source| PreviewError::Write { path, source }
}

/// The pages of an earlier preview of the same period in a folder; none where there is no index of one.
pub fn earlier(folder: &Path, period: &str) -> Vec<String> {
    let index = std::fs::read_to_string(folder.join(page::INDEX_FILE));
    index.map_or_else(|_| Vec::new(), |index| page::listed(&index, period))
}

/// Removes the pages of an earlier preview whose documents are no more: nobody shall take them for what will be sent.
/// Answers which those were.
pub fn remove_stale(
    folder: &Path,
    earlier: Vec<String>,
    pages: &[Page],
) -> Result<Vec<String>, PreviewError> {
    let mut removed = Vec::new();
    for file in earlier {
        let path = folder.join(&file);
        if pages.iter().all(|page| page.file != file) && path.is_file() {
            std::fs::remove_file(&path).map_err(failed(&path))?;
            removed.push(file);
        }
    }
    Ok(removed)
}
