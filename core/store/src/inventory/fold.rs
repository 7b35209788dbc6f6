//! Reads the runs of a listing against its base. A connector that contradicts itself is refused, all of it at once.

use std::ops::Range;

use super::listing::{BrokenRow, IngestError, ListedRows, ListingIngest};
use super::order::Order;
use super::reading::{Declarations, Reading};

const PROBLEMS_MAX: usize = 20;

/// Rows of the listing in their order.
#[derive(Debug, Clone)]
pub(crate) enum Stretch {
    /// At these positions of the base, and the same.
    Unchanged(Range<usize>),
    /// This reading.
    Read(usize),
}

#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) readings: Vec<Reading>,
    /// Reported as broken, and found to be.
    pub(crate) broken: Vec<BrokenRow>,
    /// By position of the base: is it here again with the same hash?
    pub(crate) unchanged: Vec<bool>,
}

impl Folded {
    /// How many rows could be read, now or in the base.
    pub(crate) fn rows(&self) -> usize {
        self.unchanged_count() + self.readings.len()
    }

    pub(crate) fn unchanged_count(&self) -> usize {
        self.unchanged
            .iter()
            .filter(|unchanged| **unchanged)
            .count()
    }
}

pub(crate) fn fold(listing: &ListingIngest, base: Option<&Order>) -> Result<Folded, IngestError> {
    let positions = match (listing.base, base) {
        (None, _) => 0,
        (Some(named), Some(order)) if named == order.listing => order.rows.len(),
        (Some(_), _) => return Err(IngestError::BaseMoved),
    };
    let mut folding = Folding {
        declarations: Declarations::new(listing.source, &listing.kinds),
        claimed: vec![false; positions],
        problems: Vec::new(),
        folded: Folded {
            stretches: Vec::new(),
            readings: Vec::new(),
            broken: listing.broken.clone(),
            unchanged: vec![false; positions],
        },
    };
    for rows in &listing.rows {
        folding.take(rows);
    }
    if folding.problems.is_empty() {
        return Ok(folding.folded);
    }
    folding.problems.truncate(PROBLEMS_MAX);
    Err(IngestError::Refused {
        problems: folding.problems,
    })
}

struct Folding<'a> {
    declarations: Declarations<'a>,
    /// By position of the base: has a run named it?
    claimed: Vec<bool>,
    problems: Vec<String>,
    folded: Folded,
}

impl Folding<'_> {
    fn take(&mut self, rows: &ListedRows) {
        match rows {
            ListedRows::Unchanged { position, count } => {
                let first = *position as usize;
                let range = first..first.saturating_add(*count as usize);
                if !self.claim(range.clone()) {
                    return;
                }
                self.folded.unchanged[range.clone()].fill(true);
                self.folded.stretches.push(Stretch::Unchanged(range));
            }
            ListedRows::Changed {
                position,
                observation,
            } => {
                let position = *position as usize;
                if self.claim(position..position.saturating_add(1)) {
                    let read = self.declarations.read(Some(position), observation);
                    self.push(read);
                }
            }
            ListedRows::New(observation) => {
                let read = self.declarations.read(None, observation);
                self.push(read);
            }
        }
    }

    fn claim(&mut self, range: Range<usize>) -> bool {
        let last = self.claimed.len();
        let Some(claimed) = self.claimed.get_mut(range.clone()) else {
            self.problems.push(format!(
                "positions {} to {} were reported, and the last listing has {last} rows",
                range.start, range.end
            ));
            return false;
        };
        let again = claimed.iter().any(|claimed| *claimed);
        claimed.fill(true);
        if again {
            self.problems.push(format!(
                "positions {} to {} were reported more than once",
                range.start, range.end
            ));
        }
        !again
    }

    fn push(&mut self, read: Result<Reading, BrokenRow>) {
        match read {
            Ok(reading) => {
                let index = self.folded.readings.len();
                self.folded.stretches.push(Stretch::Read(index));
                self.folded.readings.push(reading);
            }
            Err(broken) => self.folded.broken.push(broken),
        }
    }
}
