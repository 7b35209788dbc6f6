//! The stretches of a period in which one list of items holds.

use super::layer::{Layers, lay_over};
use super::{ConfigVersion, Dated};
use crate::time::{Instant, Period};

/// In all of the period exactly these items hold, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a, D> {
    pub period: Period,
    pub items: Vec<&'a D>,
}

/// Tiles a period by what holds when. At an instant it is
/// - the list of the version in force then, each item within its own dates;
/// - under every later version's items with an explicit `from` that has passed, if that version wrote or changed
///   them: such an item takes the place of the one with its identity, also in ending it; a new one goes where the
///   later version has it, ahead of what that version no longer has;
/// - without what a later version ends by a `to` that has passed, where it has no `from`.
///
/// So an edit without a date changes nothing before the version that it is in, and neither does leaving out an item
/// that had reached back. A version that was replaced before it was ever in force does not count.
pub fn segments<'a, D, T>(versions: &'a [ConfigVersion<T>], period: Period) -> Vec<Segment<'a, D>>
where
    D: Dated,
    T: AsRef<[D]>,
{
    let layers = Layers::new(versions);
    let mut segments: Vec<Segment<'a, D>> = Vec::new();
    for piece in pieces(period, layers.boundaries()) {
        let items = lay_over(&layers, piece.from());
        match segments.last_mut() {
            Some(last) if are_same(&last.items, &items) => {
                last.period = Period::new(last.period.from(), piece.to())
                    .expect("a piece ends after the one before it began");
            }
            _ => segments.push(Segment {
                period: piece,
                items,
            }),
        }
    }
    segments
}

/// Cuts a period at those boundaries that lie within it.
pub(crate) fn pieces(period: Period, boundaries: impl IntoIterator<Item = Instant>) -> Vec<Period> {
    let mut cuts: Vec<Instant> = boundaries
        .into_iter()
        .filter(|cut| period.contains(*cut))
        .chain([period.from(), period.to()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .filter_map(|pair| Period::new(pair[0], pair[1]))
        .collect()
}

fn are_same<D: Dated>(one: &[&D], other: &[&D]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.same(b))
}
