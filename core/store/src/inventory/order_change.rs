//! What leads from one order to the next, as bytes: stretches of rows that stay, and rows that are new between them.

use std::ops::Range;

use counterfoil_model::ids::ResourceId;
use thiserror::Error;

use super::base::CELL_BYTES;
use super::listing::RowHash;
use super::order::Row;

/// Each stretch is three numbers of 4 bytes, little-endian: the first row that stays, how many stay, how many new rows
/// follow; and behind them the new rows, each its hash and its resource, 8 bytes each.
const NUMBER_BYTES: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct OrderChange {
    bytes: Vec<u8>,
    stretch: Stretch,
    new: Vec<Row>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    first: u32,
    stay: u32,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("follow a change of an order that does not fit the order before it")]
pub(crate) struct UnfitChange;

impl OrderChange {
    /// The rows at these positions of the order before come next.
    pub(crate) fn keep(&mut self, positions: Range<usize>) {
        let (first, stay) = (number(positions.start), number(positions.len()));
        let goes_on = self.new.is_empty() && self.stretch.first + self.stretch.stay == first;
        if self.stretch.stay > 0 && goes_on {
            self.stretch.stay += stay;
            return;
        }
        if self.stretch.stay > 0 || !self.new.is_empty() {
            self.end_stretch();
        }
        self.stretch = Stretch { first, stay };
    }

    /// This row comes next.
    pub(crate) fn add(&mut self, row: Row) {
        self.new.push(row);
    }

    pub(crate) fn end(mut self) -> Self {
        self.end_stretch();
        self
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn end_stretch(&mut self) {
        let Stretch { first, stay } = self.stretch;
        for number in [first, stay, number(self.new.len())] {
            self.bytes.extend(number.to_le_bytes());
        }
        for (hash, resource) in self.new.drain(..) {
            self.bytes.extend(hash.0);
            self.bytes.extend(resource.0.to_le_bytes());
        }
        self.stretch = Stretch::default();
    }

    /// The order that a change leads to.
    pub(crate) fn apply(change: &[u8], before: &[Row]) -> Result<Vec<Row>, UnfitChange> {
        let mut rows = Vec::with_capacity(before.len());
        let mut rest = change;
        let number = |rest: &mut &[u8]| {
            let (bytes, behind) = rest
                .split_first_chunk::<NUMBER_BYTES>()
                .ok_or(UnfitChange)?;
            *rest = behind;
            Ok(u32::from_le_bytes(*bytes) as usize)
        };
        while !rest.is_empty() {
            let (first, stay) = (number(&mut rest)?, number(&mut rest)?);
            let new = number(&mut rest)?;
            let last = first.checked_add(stay).ok_or(UnfitChange)?;
            rows.extend_from_slice(before.get(first..last).ok_or(UnfitChange)?);
            let length = new.checked_mul(2 * CELL_BYTES).ok_or(UnfitChange)?;
            let (cells, behind) = rest.split_at_checked(length).ok_or(UnfitChange)?;
            let (cells, _) = cells.as_chunks::<CELL_BYTES>();
            let (pairs, _) = cells.as_chunks::<2>();
            let row = |[hash, resource]: &[[u8; CELL_BYTES]; 2]| {
                (RowHash(*hash), ResourceId(i64::from_le_bytes(*resource)))
            };
            rows.extend(pairs.iter().map(row));
            rest = behind;
        }
        Ok(rows)
    }
}

/// Positions are counted in 32 bits by the contract.
fn number(number: usize) -> u32 {
    u32::try_from(number).expect("a listing has fewer rows than 32 bits count")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(number: u8) -> Row {
        (RowHash([number; 8]), ResourceId(i64::from(number)))
    }

    proptest! {
        #[test]
        fn a_change_leads_to_the_order_that_it_was_made_of(
            before in prop::collection::vec(any::<u8>(), 0..20),
            next in prop::collection::vec(prop_oneof![(0..20_usize, 0..5_usize).prop_map(Ok), any::<u8>().prop_map(Err)], 0..30),
        ) {
            let before: Vec<Row> = before.into_iter().map(row).collect();
            let mut change = OrderChange::default();
            let mut wanted = Vec::new();
            for step in next {
                match step {
                    Ok((first, count)) => {
                        let first = first.min(before.len());
                        let positions = first..(first + count).min(before.len());
                        wanted.extend_from_slice(&before[positions.clone()]);
                        change.keep(positions);
                    }
                    Err(number) => {
                        change.add(row(number));
                        wanted.push(row(number));
                    }
                }
            }
            let change = change.end();
            prop_assert_eq!(OrderChange::apply(change.bytes(), &before), Ok(wanted));
        }
    }

    #[test]
    fn rows_that_stay_in_order_take_no_room() {
        let before: Vec<Row> = (0..100).map(row).collect();
        let mut change = OrderChange::default();
        change.keep(0..40);
        change.keep(40..100);
        let change = change.end();
        assert_eq!(change.bytes().len(), 3 * NUMBER_BYTES);
        assert_eq!(
            OrderChange::apply(change.bytes(), &before[..50]),
            Err(UnfitChange)
        );
        assert_eq!(
            OrderChange::apply(&change.bytes()[..7], &before),
            Err(UnfitChange)
        );
    }
}
