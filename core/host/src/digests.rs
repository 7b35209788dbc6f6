//! Digests of files, kept from run to run: an archive of exports is not read again each time that it is listed.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cache;

/// A file that was written within this time of being read may be written again without another stamp: file systems count
/// time in ticks, the coarsest of them in two seconds.
const SETTLED: Duration = Duration::from_secs(3);

/// What tells that a file is not the one that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) length_bytes: u64,
    pub(crate) modified: SystemTime,
    /// Nobody sets it at will, as `modified` can be.
    changed: (i64, i64),
    inode: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> io::Result<Self> {
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            let changed = (metadata.ctime(), metadata.ctime_nsec());
            (changed, metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = ((0, 0), 0);
        Ok(Self {
            length_bytes: metadata.len(),
            modified: metadata.modified()?,
            changed,
            inode,
        })
    }

    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        fs::metadata(path).and_then(|metadata| Self::of(&metadata))
    }

    /// Would a later change show in the stamp?
    fn is_settled(&self, now: SystemTime) -> bool {
        let whole = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let last = self.modified.max(UNIX_EPOCH + whole(self.changed.0));
        now.duration_since(last).is_ok_and(|ago| ago >= SETTLED)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    stamp: Stamp,
    digest: String,
    /// Had the file settled before it was read?
    is_settled: bool,
}

/// What is known of the files below a folder.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    /// Where it is kept, if it is.
    file: Option<PathBuf>,
    known: Mutex<BTreeMap<PathBuf, Known>>,
}

impl Digests {
    /// Those of a folder, as they were kept. A file that cannot be read or understood is as good as none.
    pub(crate) fn of(root: &Path, cache: Option<&Path>) -> Self {
        let Some(cache) = cache else {
            return Self::default();
        };
        let name = Sha256::digest(root.as_os_str().as_encoded_bytes());
        let file = cache.join(format!("{}.files", HEXLOWER.encode(&name.as_slice()[..16])));
        let kept = fs::read(&file).ok();
        let known = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self {
            file: Some(file),
            known: Mutex::new(known.unwrap_or_default()),
        }
    }

    /// The digest of a file, which is read unless it had settled and its stamp is that of last time; `now` is the time before.
    /// None where it changed meanwhile.
    pub(crate) fn digest(
        &self,
        path: &Path,
        now: SystemTime,
    ) -> io::Result<Option<(String, Stamp)>> {
        let before = Stamp::at(path)?;
        let known = self.lock().get(path).cloned();
        if let Some(known) = known.filter(|known| known.is_settled && known.stamp == before) {
            return Ok(Some((known.digest, before)));
        }
        let digest = digest_of(path)?;
        if Stamp::at(path)? != before {
            return Ok(None);
        }
        let known = Known {
            stamp: before,
            digest: digest.clone(),
            is_settled: before.is_settled(now),
        };
        self.lock().insert(path.to_owned(), known);
        Ok(Some((digest, before)))
    }

    /// Keeps what is known of these files for the next run, and forgets all others. What had not settled when it was read is
    /// read again.
    pub(crate) fn keep(&self, present: &[PathBuf]) {
        let Some(file) = &self.file else { return };
        let settled: BTreeMap<PathBuf, Known> = {
            let known = self.lock();
            let present = present.iter().filter_map(|path| known.get_key_value(path));
            let kept = present.filter(|(path, known)| known.is_settled && path.to_str().is_some());
            kept.map(|(path, known)| (path.clone(), known.clone()))
                .collect()
        };
        let kept = serde_json::to_vec(&settled).unwrap_or_default();
        if fs::read(file).is_ok_and(|before| before == kept) {
            return;
        }
        // It saves time and nothing else: on a full disk all files are read the next time.
        let folder = file.parent().unwrap_or(Path::new(""));
        let written = cache::prepare(folder).map_err(io::Error::other);
        if let Err(error) = written.and_then(|()| cache::write_aside(file, &[&kept])) {
            tracing::debug!(path = %file.display(), %error, "the digests of files were not kept");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time at which what was just written counts as settled.
    fn later() -> SystemTime {
        SystemTime::now() + 2 * SETTLED
    }

    fn cache() -> tempfile::TempDir {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        builder.tempdir().unwrap()
    }

    #[test]
    fn a_file_is_read_once_until_it_changes() {
        let (place, cache) = (tempfile::tempdir().unwrap(), cache());
        let path = place.path().join("export.csv");
        fs::write(&path, "a;b\n").unwrap();
        let first = Digests::of(place.path(), Some(cache.path()));
        let (digest, _) = first.digest(&path, later()).unwrap().unwrap();
        first.keep(std::slice::from_ref(&path));

        let second = Digests::of(place.path(), Some(cache.path()));
        assert_eq!(second.lock()[&path].digest, digest);
        assert_eq!(second.digest(&path, later()).unwrap().unwrap().0, digest);

        // The same length and the same time of change, as `cp --preserve` leaves it.
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "a;c\n").unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        assert_ne!(second.digest(&path, later()).unwrap().unwrap().0, digest);
    }

    #[test]
    fn a_file_that_was_just_written_is_read_again_by_the_next_run() {
        let (place, cache) = (tempfile::tempdir().unwrap(), cache());
        let path = place.path().join("export.csv");
        fs::write(&path, "a;b\n").unwrap();
        let first = Digests::of(place.path(), Some(cache.path()));
        first.digest(&path, SystemTime::now()).unwrap().unwrap();
        first.keep(std::slice::from_ref(&path));
        let second = Digests::of(place.path(), Some(cache.path()));
        assert!(second.lock().is_empty());
    }

    #[test]
    fn what_is_gone_is_forgotten_and_nonsense_is_as_good_as_nothing() {
        let (place, cache) = (tempfile::tempdir().unwrap(), cache());
        let path = place.path().join("export.csv");
        fs::write(&path, "a;b\n").unwrap();
        let digests = Digests::of(place.path(), Some(cache.path()));
        digests.digest(&path, later()).unwrap().unwrap();
        digests.keep(std::slice::from_ref(&path));
        digests.keep(&[]);
        assert!(
            Digests::of(place.path(), Some(cache.path()))
                .lock()
                .is_empty()
        );

        fs::write(digests.file.as_ref().unwrap(), "{\"half").unwrap();
        let digests = Digests::of(place.path(), Some(cache.path()));
        assert!(digests.lock().is_empty());
        assert!(digests.digest(&path, later()).unwrap().is_some());
    }
}
