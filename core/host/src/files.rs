//! The second door: read-only files below one folder. Nothing outside of it is reached, by whatever path or link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use crate::bindings::files::{Entry, Failure, FailureKind};
use crate::digests::{Digests, Stamp};
use crate::exchange::FileRead;

const CHUNK_BYTES: u64 = 1 << 20;
const FILES_MAX: usize = 100_000;
const DEPTH_MAX: usize = 64;

/// A granted folder, with the digests that are known of its files.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Absolute and without links.
    root: PathBuf,
    digests: Digests,
}

/// What is below a folder.
#[derive(Debug, Default)]
struct Found {
    paths: Vec<PathBuf>,
    /// Links that lead nowhere or outside, pipes and the like.
    others: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

/// A piece of a file.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) last: bool,
    /// Where in the file it ends.
    pub(crate) until: u64,
    stamp: Stamp,
    /// With the first piece only.
    digest: Option<String>,
}

impl Piece {
    /// Bytes of the whole file.
    pub(crate) fn length(&self) -> u64 {
        self.stamp.length_bytes
    }
}

impl Folder {
    /// `cache` keeps the digests of its files from run to run.
    pub(crate) fn open(path: &Path, cache: Option<&Path>) -> io::Result<Self> {
        let root = path.canonicalize()?;
        if !root.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self {
            digests: Digests::of(&root, cache),
            root,
        })
    }

    /// Every regular file, and what stands where one could, ordered by path.
    pub(crate) fn list(&self) -> Result<Vec<(Entry, Stamp)>, Failure> {
        let mut found = Found::default();
        self.walk(&self.root, 0, &mut found)?;
        let Found {
            paths,
            mut others,
            mut folders,
        } = found;
        let endings: BTreeSet<_> = paths.iter().filter_map(|path| path.extension()).collect();
        folders.retain(|path| path.extension().is_some_and(|it| endings.contains(it)));
        others.append(&mut folders);
        let mut entries = Vec::with_capacity(paths.len());
        for path in &paths {
            // A name that is no UTF-8 cannot be asked for, so it is not offered.
            let Some(name) = self.relative(path) else {
                continue;
            };
            let (digest, stamp) = match self.digest(path, &name) {
                Ok(found) => found,
                // One that cannot be read, or is being written, is no reason to keep all others from the guest: whoever
                // asks for it is told.
                Err(failure) => match Stamp::at(path) {
                    Ok(stamp) => (String::new(), stamp),
                    // Gone since the folder was listed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(_) => return Err(failure),
                },
            };
            let modified = timestamp(stamp.modified);
            entries.push((
                Entry {
                    path: name,
                    modified,
                    digest,
                },
                stamp,
            ));
        }
        self.digests.keep(&paths);
        // Whoever looks for an export of this name must not take it for one that is not there: reading it tells why.
        for path in &others {
            let stamp = fs::symlink_metadata(path).and_then(|metadata| Stamp::of(&metadata));
            let (Some(name), Ok(stamp)) = (self.relative(path), stamp) else {
                continue;
            };
            let entry = Entry {
                path: name,
                modified: timestamp(stamp.modified),
                digest: String::new(),
            };
            entries.push((entry, stamp));
        }
        entries.sort_by(|(left, _), (right, _)| left.path.cmp(&right.path));
        Ok(entries)
    }

    /// Piece number `index` of a file; changed where the stamp is not the expected one. The digest comes with it if it
    /// is wanted.
    pub(crate) fn read_chunk(
        &self,
        name: &str,
        index: u32,
        expected: Option<Stamp>,
        with_digest: bool,
    ) -> Result<Piece, Failure> {
        let path = self.resolve(name)?;
        let unreadable = |source: &io::Error| failure(FailureKind::Unreadable, name, source);
        let mut file = File::open(&path).map_err(|source| unreadable(&source))?;
        let metadata = file.metadata().map_err(|source| unreadable(&source))?;
        let stamp = Stamp::of(&metadata).map_err(|source| unreadable(&source))?;
        if expected.is_some_and(|expected| expected != stamp) {
            return Err(changed(name));
        }
        let start = u64::from(index) * CHUNK_BYTES;
        let left = stamp.length_bytes.saturating_sub(start).min(CHUNK_BYTES);
        let mut bytes = Vec::with_capacity(usize::try_from(left).expect("a chunk fits in memory"));
        file.seek(SeekFrom::Start(start))
            .map_err(|source| unreadable(&source))?;
        file.take(CHUNK_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|source| unreadable(&source))?;
        let digest = if with_digest {
            Some(self.digest(&path, name)?.0)
        } else {
            None
        };
        if Stamp::at(&path).map_err(|source| unreadable(&source))? != stamp {
            return Err(changed(name));
        }
        let last = start + CHUNK_BYTES >= stamp.length_bytes;
        Ok(Piece {
            until: start + left,
            bytes,
            last,
            stamp,
            digest,
        })
    }

    /// The real place of a path of the guest, if it is a file inside the folder.
    fn resolve(&self, name: &str) -> Result<PathBuf, Failure> {
        let outside = || Failure {
            kind: FailureKind::Denied,
            message: format!("{name:?} is not inside the granted folder"),
        };
        let parts = Path::new(name).components();
        if name.is_empty()
            || !parts
                .clone()
                .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(outside());
        }
        let path = self
            .root
            .join(name)
            .canonicalize()
            .map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => failure(FailureKind::NotFound, name, &source),
                _ => failure(FailureKind::Unreadable, name, &source),
            })?;
        if !path.starts_with(&self.root) {
            return Err(outside());
        }
        if !path.is_file() {
            let what = if path.is_dir() {
                "a folder, and no file"
            } else {
                "not a regular file"
            };
            return Err(Failure {
                kind: FailureKind::NotFound,
                message: format!("{name:?} is {what}"),
            });
        }
        Ok(path)
    }

    fn walk(&self, folder: &Path, depth: usize, found: &mut Found) -> Result<(), Failure> {
        let name = folder
            .strip_prefix(&self.root)
            .unwrap_or(folder)
            .to_string_lossy()
            .into_owned();
        let unreadable = |source: &io::Error| failure(FailureKind::Unreadable, &name, source);
        for item in fs::read_dir(folder).map_err(|source| unreadable(&source))? {
            let item = item.map_err(|source| unreadable(&source))?;
            let (path, kind) = (
                item.path(),
                item.file_type().map_err(|source| unreadable(&source))?,
            );
            if kind.is_dir() && depth < DEPTH_MAX {
                self.walk(&path, depth + 1, found)?;
                found.folders.push(path);
            } else if kind.is_file() || (kind.is_symlink() && self.leads_to_a_file_inside(&path)) {
                found.paths.push(path);
            } else if !kind.is_dir() && !path.is_dir() {
                found.others.push(path);
            }
            if found.paths.len() > FILES_MAX {
                let message = format!("the granted folder holds more than {FILES_MAX} files");
                return Err(Failure {
                    kind: FailureKind::Unreadable,
                    message,
                });
            }
        }
        Ok(())
    }

    /// Links to folders are not followed: they could lead in a circle.
    fn leads_to_a_file_inside(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|real| real.starts_with(&self.root) && real.is_file())
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let relative = path.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }

    fn digest(&self, path: &Path, name: &str) -> Result<(String, Stamp), Failure> {
        let found = self.digests.digest(path, SystemTime::now());
        let found = found.map_err(|source| failure(FailureKind::Unreadable, name, &source))?;
        found.ok_or_else(|| changed(name))
    }
}

/// What one call has seen of the folder: a file that changes between two looks is not read further.
#[derive(Debug, Default)]
pub(crate) struct View {
    stamps: BTreeMap<String, Stamp>,
    read: BTreeSet<String>,
}

impl View {
    pub(crate) fn remember(&mut self, entries: Vec<(Entry, Stamp)>) -> Vec<Entry> {
        let keep = |(entry, stamp): (Entry, Stamp)| {
            // The first look counts: a second listing must not make a change in between acceptable.
            self.stamps.entry(entry.path.clone()).or_insert(stamp);
            entry
        };
        entries.into_iter().map(keep).collect()
    }

    pub(crate) fn stamp(&self, path: &str) -> Option<Stamp> {
        self.stamps.get(path).copied()
    }

    pub(crate) fn is_read(&self, path: &str) -> bool {
        self.read.contains(path)
    }

    /// The record of a file, when its first piece was read.
    pub(crate) fn note_read(&mut self, call: u64, path: String, piece: &Piece) -> Option<FileRead> {
        self.stamps.entry(path.clone()).or_insert(piece.stamp);
        self.read.insert(path.clone());
        let digest = piece.digest.clone()?;
        Some(FileRead {
            call,
            path,
            digest,
            length_bytes: piece.stamp.length_bytes,
        })
    }
}

/// RFC 3339 in UTC with whole seconds. A time before the year -9999 or after 9999 is written as the epoch.
fn timestamp(time: SystemTime) -> String {
    let instant = jiff::Timestamp::try_from(time).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn failure(kind: FailureKind, name: &str, source: &io::Error) -> Failure {
    Failure {
        kind,
        message: format!("{name:?} cannot be read: {source}"),
    }
}

fn changed(name: &str) -> Failure {
    Failure {
        kind: FailureKind::Changed,
        message: format!("{name:?} changed while it was read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_between_two_looks_is_not_read_further() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("export.csv");
        fs::write(&path, "a;b\n").unwrap();
        let folder = Folder::open(place.path(), None).unwrap();
        let mut view = View::default();
        let entries = view.remember(folder.list().unwrap());
        assert_eq!(entries[0].path, "export.csv");
        let piece = folder
            .read_chunk("export.csv", 0, view.stamp("export.csv"), true)
            .unwrap();
        assert_eq!(
            (piece.bytes.as_slice(), piece.last),
            (b"a;b\n".as_slice(), true)
        );
        assert_eq!(
            view.note_read(1, "export.csv".into(), &piece)
                .unwrap()
                .digest,
            entries[0].digest
        );

        fs::write(&path, "a;b\nc;d\n").unwrap();
        view.remember(folder.list().unwrap());
        let again = folder.read_chunk("export.csv", 0, view.stamp("export.csv"), false);
        assert_eq!(again.unwrap_err().kind, FailureKind::Changed);
    }

    #[test]
    fn pieces_have_the_length_of_the_contract() {
        let place = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0_u32..(1 << 20) + 5)
            .map(|number| (number % 251) as u8)
            .collect();
        fs::write(place.path().join("big"), &content).unwrap();
        fs::write(place.path().join("empty"), "").unwrap();
        let folder = Folder::open(place.path(), None).unwrap();
        let first = folder.read_chunk("big", 0, None, false).unwrap();
        let second = folder
            .read_chunk("big", 1, Some(first.stamp), false)
            .unwrap();
        assert_eq!((first.bytes.len(), first.last), (1 << 20, false));
        assert_eq!((second.bytes.len(), second.last), (5, true));
        assert_eq!([first.bytes, second.bytes].concat(), content);
        let empty = folder.read_chunk("empty", 0, None, false).unwrap();
        assert!(empty.last && empty.bytes.is_empty());
    }
}
