//! Turns the rows of a source into runs, so that unchanged rows do not cross the boundary. Which row is which thing is not
//! decided here: a row whose hash is unknown is reported as new, and the host finds its resource by its id.

mod previous;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::bindings::listing as imports;
use crate::bindings::listing::{BrokenRow, Observation, Run};
use previous::Previous;

/// Runs and observations are handed over when so many are waiting.
const BATCH_LENGTH: usize = 1000;

/// The host's side of a listing.
pub trait ListingHost {
    /// The hashes of the last listing, 8 bytes a row; empty after the last chunk.
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8>;
    /// Takes runs, in the order of the rows.
    fn report(&mut self, runs: Vec<Run>);
    /// Takes rows that could not be read.
    fn report_broken(&mut self, rows: Vec<BrokenRow>);
}

/// The host that this component runs in.
#[derive(Debug)]
pub struct Imports(());

impl ListingHost for Imports {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        imports::previous_hashes(chunk)
    }

    fn report(&mut self, runs: Vec<Run>) {
        imports::report(&runs);
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) {
        imports::report_broken(&rows);
    }
}

/// How many rows of which sort a listing had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub unchanged: u32,
    pub new: u32,
    pub broken: u32,
}

impl Totals {
    /// All rows that were seen.
    pub fn rows(&self) -> u32 {
        self.unchanged + self.new + self.broken
    }
}

/// A listing under way. Rows are given in the order of the source; [`Listing::finish`] hands over the rest.
#[derive(Debug)]
pub struct Listing<H: ListingHost> {
    host: H,
    previous: Previous,
    /// Of the salt that the listing was started with.
    first_seed: u64,
    seed: u64,
    runs: Vec<Run>,
    broken: Vec<BrokenRow>,
    totals: Totals,
}

impl Listing<Imports> {
    /// Starts a listing. The settings are part of every row's hash, so that a change of a mapping reports each row anew.
    #[must_use]
    pub fn start() -> Self {
        Self::new(Imports(()), crate::bindings::settings::json().as_bytes())
    }
}

impl<H: ListingHost> Listing<H> {
    /// Starts a listing for a host. The salt is part of every row's hash: whatever else than the row itself decides what
    /// an observation looks like belongs into it.
    pub fn new(host: H, salt: &[u8]) -> Self {
        let seed = xxh3_64_with_seed(salt, 0);
        Self {
            host,
            previous: Previous::default(),
            first_seed: seed,
            seed,
            runs: Vec::new(),
            broken: Vec::new(),
            totals: Totals::default(),
        }
    }

    /// Makes more part of every row's hash, in place of what was given here before: what is found out only when the source
    /// has been looked at. Forgets which rows of the last listing were found, so that a reading may begin anew; it has
    /// to come before anything is reported.
    pub fn begin(&mut self, terms: &[u8]) {
        self.seed = xxh3_64_with_seed(terms, self.first_seed);
        self.previous.begin();
    }

    /// The hash of a row's bytes, for a source that looks over its rows before it reports them.
    #[must_use]
    pub fn hash(&self, raw: &[u8]) -> u64 {
        xxh3_64_with_seed(raw, self.seed)
    }

    /// Finds a row of the last listing by its hash and uses it up. Looks near where the next row is expected; only where
    /// many in a row were not found there, everywhere. What was not found may still be one that moved: see
    /// [`Self::recall_moved`].
    #[inline]
    pub fn recall(&mut self, hash: u64) -> Option<u32> {
        self.previous.recall(hash, &mut self.host)
    }

    /// Finds, among what is left of the last listing, the rows that [`Self::recall`] did not. Costs no more than they and
    /// what is left are many.
    pub fn recall_moved(&mut self, hashes: &[u64]) -> Vec<Option<u32>> {
        self.previous.recall_moved(hashes, &mut self.host)
    }

    /// Reports rows that were recalled, from this position on.
    pub fn keep(&mut self, position: u32, count: u32) {
        self.totals.unchanged += count;
        if let Some(Run::Unchanged((first, length))) = self.runs.last_mut()
            && *first + *length == position
        {
            *length += count;
            return;
        }
        self.push(Run::Unchanged((position, count)));
    }

    /// Reports a row that was not recalled, by its hash.
    pub fn read(&mut self, hash: u64, row: Result<Observation, BrokenRow>) {
        match row {
            Ok(observation) => self.new_row(Observation {
                hash: halves(hash),
                ..observation
            }),
            Err(row) => self.broken(row),
        }
    }

    /// Takes the next row. The observation is made only if the row's bytes are not those of a row of the last listing, so
    /// they must hold all that it is made of. Its hash is filled in here.
    pub fn row(&mut self, raw: &[u8], observe: impl FnOnce() -> Observation) {
        self.try_row(raw, || Ok(observe()));
    }

    /// As [`Self::row`], for a row that may turn out to be broken.
    pub fn try_row(
        &mut self,
        raw: &[u8],
        observe: impl FnOnce() -> Result<Observation, BrokenRow>,
    ) {
        let hash = self.hash(raw);
        match self.previous.take(hash, &mut self.host) {
            Some(position) => self.keep(position, 1),
            None => self.read(hash, observe()),
        }
    }

    /// Takes a row that could not even be cut out of its surroundings.
    pub fn broken(&mut self, row: BrokenRow) {
        self.totals.broken += 1;
        self.broken.push(row);
        if self.broken.len() >= BATCH_LENGTH {
            self.host.report_broken(std::mem::take(&mut self.broken));
        }
    }

    /// Hands over what is waiting.
    pub fn finish(mut self) -> Totals {
        self.flush();
        if !self.broken.is_empty() {
            self.host.report_broken(std::mem::take(&mut self.broken));
        }
        self.totals
    }

    fn new_row(&mut self, observation: Observation) {
        self.totals.new += 1;
        self.push(Run::New(observation));
    }

    /// Flushes before the push, so that the last run can still grow.
    fn push(&mut self, run: Run) {
        if self.runs.len() >= BATCH_LENGTH {
            self.flush();
        }
        self.runs.push(run);
    }

    fn flush(&mut self) {
        if !self.runs.is_empty() {
            self.host.report(std::mem::take(&mut self.runs));
        }
    }
}

/// Both halves of a hash, the upper one first.
fn halves(hash: u64) -> (u32, u32) {
    let upper = u32::try_from(hash >> 32).expect("32 bits are left");
    let lower = u32::try_from(hash & u64::from(u32::MAX)).expect("32 bits are kept");
    (upper, lower)
}

/// The inverse of [`halves`].
fn joined((upper, lower): (u32, u32)) -> u64 {
    (u64::from(upper) << 32) | u64::from(lower)
}

#[cfg(test)]
mod tests;
