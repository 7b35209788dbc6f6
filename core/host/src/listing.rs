//! The engine's side of a listing, as the host calls it. What becomes of the runs is the engine's.

use crate::bindings::source::{BrokenRow, Run};

/// Takes in what a source reports. Called in between the guest's instructions: it may not block for long.
pub trait Listing: Send + 'static {
    /// The hashes of the last complete listing in the contract's form; empty after the last chunk, or from the start where
    /// a full listing is wanted.
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8>;

    /// Takes runs, in the order of the rows. An error ends the call.
    fn report(&mut self, runs: Vec<Run>) -> Result<(), ListingError>;

    /// Takes rows that could not be read. An error ends the call.
    fn report_broken(&mut self, rows: Vec<BrokenRow>) -> Result<(), ListingError>;

    /// Hears how far a file is read, for whoever waits: up to which byte, of how many.
    fn file_read(&mut self, until: u64, length: u64) {
        let _ = (until, length);
    }
}

/// A report that the engine does not accept: a position that does not exist, a position used twice.
#[derive(Clone, Debug, thiserror::Error)]
#[error("accept what was listed: {message}")]
pub struct ListingError {
    pub message: String,
}
