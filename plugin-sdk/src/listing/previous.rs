//! The hashes of the last listing, and which of its positions are still free. It knows nothing of observations.

use super::{ListingHost, joined};

/// Rows that were inserted or left out are found by looking so far ahead; what is farther away is found by the index.
const LOOK_AHEAD: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Previous {
    hashes: Vec<u64>,
    used: Vec<bool>,
    chunks: u32,
    all_loaded: bool,
    /// Where the next row is expected.
    expected: usize,
    /// How many rows were not found since the last one that was.
    missed: usize,
    /// Built when the order of the rows turns out to have changed.
    index: Option<Vec<Indexed>>,
}

/// A position by its hash. Positions of one hash are adjacent and ascending.
#[derive(Debug)]
struct Indexed {
    hash: u64,
    position: u32,
    /// On the first one of a hash: how many of its positions are known to be used.
    skip: u32,
}

impl Previous {
    /// Frees every position.
    pub(super) fn begin(&mut self) {
        self.used.fill(false);
        self.expected = 0;
        self.missed = 0;
        self.index = None;
    }

    /// As [`Self::take`], but a row that is not near is looked for everywhere only when the order seems lost: an index
    /// of all rows costs more than the few that are not found in a listing as it should be.
    #[inline]
    pub(super) fn recall(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<u32> {
        if self.hashes.get(self.expected) == Some(&hash) && !self.used[self.expected] {
            return Some(self.use_up(self.expected));
        }
        self.recall_elsewhere(hash, host)
    }

    fn recall_elsewhere(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<u32> {
        let lost = self.missed >= LOOK_AHEAD;
        let found = self.near(hash, host);
        let found = found.or_else(|| lost.then(|| self.anywhere(hash, host))?);
        if found.is_none() {
            self.missed += 1;
        }
        found.map(|position| self.use_up(position))
    }

    /// Finds free positions for hashes that were not recalled, in their order.
    pub(super) fn recall_moved(
        &mut self,
        hashes: &[u64],
        host: &mut impl ListingHost,
    ) -> Vec<Option<u32>> {
        self.load_to(usize::MAX, host);
        let free =
            |(position, hash): (usize, &u64)| (!self.used[position]).then_some((*hash, position));
        let mut left: Vec<(u64, usize)> = self.hashes.iter().enumerate().filter_map(free).collect();
        left.sort_unstable();
        let mut wanted: Vec<(u64, usize)> = hashes.iter().copied().zip(0..).collect();
        wanted.sort_unstable();
        let mut found = vec![None; hashes.len()];
        let mut left = left.into_iter().peekable();
        for (hash, index) in wanted {
            while left.next_if(|(other, _)| *other < hash).is_some() {}
            if let Some((_, position)) = left.next_if(|(other, _)| *other == hash) {
                found[index] = Some(self.use_up(position));
            }
        }
        found
    }

    fn use_up(&mut self, position: usize) -> u32 {
        self.used[position] = true;
        self.expected = position + 1;
        self.missed = 0;
        u32::try_from(position).expect("positions are counted in 32 bits when they are loaded")
    }

    /// Finds a free position with this hash and uses it up.
    pub(super) fn take(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<u32> {
        let position = self
            .near(hash, host)
            .or_else(|| self.anywhere(hash, host))?;
        Some(self.use_up(position))
    }

    fn near(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<usize> {
        self.load_to(self.expected.saturating_add(LOOK_AHEAD), host);
        let end = self
            .hashes
            .len()
            .min(self.expected.saturating_add(LOOK_AHEAD));
        (self.expected..end).find(|&position| self.hashes[position] == hash && !self.used[position])
    }

    fn anywhere(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<usize> {
        self.load_to(usize::MAX, host);
        let index = self.index.get_or_insert_with(|| index(&self.hashes));
        let first = index.partition_point(|entry| entry.hash < hash);
        let mut at = first + usize::try_from(index.get(first)?.skip).expect("a u32 fits");
        while let Some(entry) = index.get(at).filter(|entry| entry.hash == hash) {
            let position = usize::try_from(entry.position).expect("a u32 fits");
            if !self.used[position] {
                break;
            }
            at += 1;
        }
        // Used positions stay used, so the next search may begin here; equal rows do not cost their square.
        index[first].skip = u32::try_from(at - first).expect("no more than there are positions");
        let found = index.get(at).filter(|entry| entry.hash == hash)?;
        Some(usize::try_from(found.position).expect("a u32 fits"))
    }

    fn load_to(&mut self, length: usize, host: &mut impl ListingHost) {
        while !self.all_loaded && self.hashes.len() < length {
            let chunk = host.previous_hashes(self.chunks);
            self.chunks += 1;
            let room = usize::try_from(u32::MAX).expect("a u32 fits") - self.hashes.len();
            self.all_loaded = chunk.len() < 8 || chunk.len() / 8 > room;
            if !self.all_loaded {
                self.hashes.extend(chunk.chunks_exact(8).map(read_hash));
                self.used.resize(self.hashes.len(), false);
            }
        }
    }
}

/// Both halves little-endian, the first half first.
fn read_hash(bytes: &[u8]) -> u64 {
    let half =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    joined((half(0), half(4)))
}

fn index(hashes: &[u64]) -> Vec<Indexed> {
    let mut index: Vec<Indexed> = (0_u32..)
        .zip(hashes)
        .map(|(position, &hash)| Indexed {
            hash,
            position,
            skip: 0,
        })
        .collect();
    index.sort_unstable_by_key(|entry| (entry.hash, entry.position));
    index
}
