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
    /// Finds a free position with this hash and uses it up.
    pub(super) fn take(&mut self, hash: u64, host: &mut impl ListingHost) -> Option<u32> {
        let position = self
            .near(hash, host)
            .or_else(|| self.anywhere(hash, host))?;
        self.used[position] = true;
        self.expected = position + 1;
        Some(
            u32::try_from(position).expect("positions are counted in 32 bits when they are loaded"),
        )
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
