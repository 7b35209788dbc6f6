//! The second door: read-only files under the folder that the pipeline grants.

use crate::Error;
use crate::bindings::files::{self, Failure, FailureKind};

pub use crate::bindings::files::{Chunk, Entry};

/// Every regular file below the granted folder, ordered by path.
pub fn list() -> Result<Vec<Entry>, Error> {
    files::list().map_err(failed)
}

/// The whole content of a file. A file that changes meanwhile is an error, never a mixture.
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    for index in 0.. {
        let mut chunk = read_piece(path, index)?;
        content.append(&mut chunk.bytes);
        if chunk.last {
            break;
        }
    }
    Ok(content)
}

/// Piece number `index` of a file, from 0, for who need not hold the whole. Every piece but the last is as long as the
/// contract says.
pub fn read_piece(path: &str, index: u32) -> Result<Chunk, Error> {
    files::read_chunk(path, index).map_err(failed)
}

fn failed(failure: Failure) -> Error {
    match failure.kind {
        FailureKind::Denied => Error::misconfigured(failure.message),
        FailureKind::NotFound | FailureKind::Unreadable => Error::not_found(failure.message),
        FailureKind::Changed => Error::unavailable(failure.message),
    }
}
