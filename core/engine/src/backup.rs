//! A copy of the store that can be trusted, and its way back. A store that went back in time has forgotten what it sent since:
//! everything is looked up before it is created, so that nothing is billed twice.

use std::fs::File;
use std::path::{Path, PathBuf};

use counterfoil_model::time::Instant;
use counterfoil_store::backup::{CopyError, KeptClosed, remove, settle};
use counterfoil_store::beside;
use counterfoil_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::progress::Silent;
use crate::session::Session;
use crate::store_hints;
use crate::verify::{VerifyError, walk};

#[derive(Debug, Serialize, JsonSchema)]
pub struct BackupReport {
    pub file: PathBuf,
    pub bytes: u64,
    pub chains: Vec<Chain>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RestoreReport {
    pub store: PathBuf,
    pub from: PathBuf,
    /// Where the store that was there stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<PathBuf>,
    pub chains: Vec<Chain>,
}

/// A pipeline's chain of counterfoils in a copy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Chain {
    pub pipeline: String,
    pub counterfoils: i64,
    /// Its head, to be kept outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

#[derive(Debug, Error)]
pub enum BackupError {
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("restore to {path}: there is a store", path = path.display())]
    Occupied { path: PathBuf },
    #[error(
        "restore to {path}: {file} is a copy of another store, and the one that is there has sent documents",
        path = path.display(),
        file = file.display()
    )]
    Foreign { path: PathBuf, file: PathBuf },
    #[error("verify the copy {path}", path = path.display())]
    Verify {
        path: PathBuf,
        #[source]
        source: VerifyError,
    },
    #[error("copy {path}: its counterfoils do not verify", path = path.display())]
    Unsound {
        path: PathBuf,
        #[source]
        source: VerifyError,
    },
    #[error("read the copy {path}", path = path.display())]
    Store {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
    #[error("put {path} in its place", path = path.display())]
    Place {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl BackupError {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Occupied { .. } => {
                "--replace puts the copy in its place, and keeps the store that is there beside it"
                    .to_owned()
            }
            Self::Foreign { path, .. } => format!(
                "under its own references it would send all of them again: name a copy of this store; if it is meant, \
                 move {} away first and look at what the sink holds",
                path.display()
            ),
            Self::Copy(error) => match error {
                CopyError::Exists { .. } => {
                    "a backup overwrites nothing: name a new file, such as one with the date"
                        .to_owned()
                }
                CopyError::Unwritable { .. } | CopyError::Write { .. } => {
                    "name a file in a folder that is there and that this user may write to"
                        .to_owned()
                }
                CopyError::Full { .. } => {
                    "make room, or name a file on another disk; nothing was left behind".to_owned()
                }
                CopyError::Unreadable { .. } | CopyError::NoStore { .. } => {
                    "name a file that `counterfoil backup` wrote".to_owned()
                }
                CopyError::Newer { .. } => {
                    "use the newer version; an older one could lose what it does not know"
                        .to_owned()
                }
                CopyError::Damaged { .. } => "take an earlier copy".to_owned(),
                CopyError::StoreDamaged { .. } => store_hints::of_damage(),
                CopyError::HasLog { .. } => {
                    "a file that was copied by hand while in use is not whole: take one that `counterfoil backup` wrote"
                        .to_owned()
                }
                CopyError::InUse { .. } => {
                    "stop `counterfoil run` and whatever else uses the store, and restore again"
                        .to_owned()
                }
            },
            Self::Verify { .. } => "take an earlier copy".to_owned(),
            Self::Unsound { .. } => format!(
                "no copy was made of it: find out who wrote to the file; {}",
                store_hints::of_damage()
            ),
            Self::Store { .. } | Self::Place { .. } => return None,
        })
    }
}

/// Copies the store to a file that is not there yet. It appears under its name when it is whole and verified.
pub async fn backup(session: &Session, file: &Path) -> Result<BackupReport, BackupError> {
    if file.exists() {
        return Err(CopyError::Exists {
            path: file.to_owned(),
        }
        .into());
    }
    let partial = Partial(beside(file, ".partial"));
    // One that a killed backup left is in nobody's way.
    remove(&partial.0);
    session
        .store
        .copy_to(&partial.0)
        .await
        .map_err(|error| under_its_name(error, file))?;
    let chains = verified(&partial.0)
        .await
        .map_err(|error| error.of_store(session.store.path()))?;
    let place_error = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Copy(CopyError::Exists {
            path: file.to_owned(),
        }),
        _ => BackupError::Place {
            path: file.to_owned(),
            source,
        },
    };
    // A link is refused where the name was taken meanwhile; a rename would overwrite.
    std::fs::hard_link(&partial.0, file).map_err(place_error)?;
    drop(partial);
    sync_folder(file);
    let bytes = std::fs::metadata(file).map_err(place_error)?.len();
    Ok(BackupReport {
        file: file.to_owned(),
        bytes,
        chains,
    })
}

/// Puts a copy in the place of the store at `store`; `now` names the one that it replaces.
pub async fn restore(
    store: &Path,
    file: &Path,
    replace: bool,
    now: Instant,
) -> Result<RestoreReport, BackupError> {
    let is_occupied = store.exists();
    if is_occupied && !replace {
        return Err(BackupError::Occupied {
            path: store.to_owned(),
        });
    }
    let place_error = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::StorageFull => BackupError::Copy(CopyError::Full {
            path: store.to_owned(),
        }),
        _ => BackupError::Place {
            path: store.to_owned(),
            source,
        },
    };
    // What is wrong with the copy is said of it, and before anything is written.
    let copy = Store::open_copy(file).await?;
    let identity = copy.identity().to_owned();
    copy.close().await;
    if is_occupied && has_sent_as_another(store, &identity).await {
        return Err(BackupError::Foreign {
            path: store.to_owned(),
            file: file.to_owned(),
        });
    }
    let partial = Partial(beside(store, ".partial"));
    remove(&partial.0);
    std::fs::copy(file, &partial.0).map_err(place_error)?;
    File::open(&partial.0)
        .and_then(|file| file.sync_all())
        .map_err(place_error)?;
    let chains = verified(&partial.0)
        .await
        .map_err(|error| error.about(file))?;
    // Whoever opened the store from here on would write into the file that is moved away.
    let _closed = KeptClosed::keep(store).map_err(place_error)?;
    let mut aside = None;
    if is_occupied {
        settle(store).await?;
        let kept = free_beside(store, now);
        std::fs::hard_link(store, &kept).map_err(place_error)?;
        // A log that stayed there would be taken for one of the copy.
        for ending in ["-wal", "-shm"] {
            let log = beside(store, ending);
            if log.exists() {
                std::fs::rename(log, beside(&kept, ending)).map_err(place_error)?;
            }
        }
        aside = Some(kept);
    }
    std::fs::rename(&partial.0, store).map_err(place_error)?;
    sync_folder(store);
    Ok(RestoreReport {
        store: store.to_owned(),
        from: file.to_owned(),
        aside,
        chains,
    })
}

/// Whether a store with another identity than this has sent anything. One that cannot be read says nothing.
async fn has_sent_as_another(store: &Path, identity: &str) -> bool {
    let Ok(present) = Store::look(store).await else {
        return false;
    };
    let differs = present.identity() != identity;
    let sent = present.references().await;
    present.close().await;
    differs && sent.is_ok_and(|references| !references.is_empty())
}

/// A name for the store that is replaced; two may be within a second.
fn free_beside(store: &Path, now: Instant) -> PathBuf {
    let name = format!(".replaced-{}", now.timestamp().strftime("%Y%m%dT%H%M%SZ"));
    let first = beside(store, &name);
    let others = (2_u32..).map(|number| beside(store, &format!("{name}-{number}")));
    let mut names = std::iter::once(first.clone()).chain(others);
    names.find(|name| !name.exists()).unwrap_or(first)
}

/// Every page of a copy, and every chain in it.
async fn verified(path: &Path) -> Result<Vec<Chain>, BackupError> {
    let copy = Store::open_copy(path).await?;
    let checked = chains_of(&copy, path).await;
    copy.close().await;
    checked
}

async fn chains_of(copy: &Store, path: &Path) -> Result<Vec<Chain>, BackupError> {
    copy.check_integrity().await?;
    let pipelines = copy
        .pipelines()
        .await
        .map_err(|source| BackupError::Store {
            path: path.to_owned(),
            source,
        })?;
    let mut chains = Vec::new();
    for (id, pipeline) in pipelines {
        let walked = walk(copy, id, None, &Silent)
            .await
            .map_err(|source| BackupError::Verify {
                path: path.to_owned(),
                source,
            })?;
        chains.push(Chain {
            pipeline,
            counterfoils: walked.verified.links,
            head: walked.head,
        });
    }
    Ok(chains)
}

impl BackupError {
    /// What is wrong with a copy that was just made is wrong with the store.
    fn of_store(self, store: &Path) -> Self {
        let path = store.to_owned();
        match self {
            Self::Copy(CopyError::Damaged { detail, .. }) => {
                Self::Copy(CopyError::StoreDamaged { path, detail })
            }
            Self::Verify { source, .. } => Self::Unsound { path, source },
            other => other,
        }
    }

    /// The file that the reader knows, instead of the one that was made on the way.
    fn about(self, file: &Path) -> Self {
        let path = file.to_owned();
        match self {
            Self::Copy(CopyError::Damaged { detail, .. }) => {
                Self::Copy(CopyError::Damaged { path, detail })
            }
            Self::Verify { source, .. } => Self::Verify { path, source },
            Self::Store { source, .. } => Self::Store { path, source },
            other => other,
        }
    }
}

fn under_its_name(error: CopyError, file: &Path) -> BackupError {
    let path = file.to_owned();
    BackupError::Copy(match error {
        CopyError::Full { .. } => CopyError::Full { path },
        CopyError::Unwritable { source, .. } => CopyError::Unwritable { path, source },
        CopyError::Write { source, .. } => CopyError::Write { path, source },
        other => other,
    })
}

/// Removed again, whatever happens.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// A new name is on the disk when its folder is. Where a folder cannot be synced, nothing more can be done.
fn sync_folder(file: &Path) {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}
