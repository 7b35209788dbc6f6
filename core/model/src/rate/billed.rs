//! Which stretches of the owned intervals are charged for: the left side of the completeness equation.

use crate::time::Period;

/// A stretch of an owned interval that one of its owners is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BilledPiece {
    pub(super) owned: usize,
    pub(super) owner: usize,
    pub(super) period: Period,
}

/// Sorted pieces, asked for by owned interval in ascending order.
pub(super) struct ByOwned<'a> {
    rest: &'a [BilledPiece],
}

impl<'a> ByOwned<'a> {
    pub(super) fn new(sorted: &'a [BilledPiece]) -> Self {
        Self { rest: sorted }
    }

    pub(super) fn of(&mut self, owned: usize) -> &'a [BilledPiece] {
        let passed = self.rest.iter().take_while(|piece| piece.owned < owned);
        let rest = &self.rest[passed.count()..];
        let own = rest.iter().take_while(|piece| piece.owned == owned);
        let (own, rest) = rest.split_at(own.count());
        self.rest = rest;
        own
    }
}

/// The stretches that every owner is charged for, without overlaps. Pieces come sorted by owner and time.
pub(super) fn charged_to_all(pieces: &[BilledPiece], owners: usize) -> Vec<Period> {
    let mut common: Option<Vec<Period>> = None;
    for owner in 0..owners {
        let own = pieces
            .iter()
            .filter(|piece| piece.owner == owner)
            .map(|piece| piece.period);
        let joined = join(own);
        common = Some(match common {
            None => joined,
            Some(before) => before
                .iter()
                .flat_map(|a| joined.iter().filter_map(|b| a.intersect(*b)))
                .collect(),
        });
    }
    common.unwrap_or_default()
}

/// Joins stretches, sorted by their start, that overlap or touch.
fn join(sorted: impl Iterator<Item = Period>) -> Vec<Period> {
    let mut joined: Vec<Period> = Vec::new();
    for period in sorted {
        match joined.last_mut() {
            Some(last) if period.from() <= last.to() => {
                if let Some(longer) = Period::new(last.from(), last.to().max(period.to())) {
                    *last = longer;
                }
            }
            _ => joined.push(period),
        }
    }
    joined
}
