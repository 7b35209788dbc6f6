//! When a change counts that happened between two observations: the policies, and how they move the edges of intervals.
//!
//! Must not know how observations are kept: an interval says itself since when each of its edges may have been.

mod favour;
mod handover;
#[cfg(test)]
mod tests;

use std::mem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{Between, Interval};
use crate::time::Instant;

pub use favour::{Direction, Favour, FavourInput, Side};
pub use handover::{Handover, Handovers};

/// When a change counts that happened between two observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAt {
    /// When the first observation showed it.
    #[default]
    FirstSeen,
    /// In the middle between the last observation that showed the old state and the first that showed the new one, in whole
    /// seconds, rounded down.
    Midpoint,
    /// At whichever of the two costs less: what raises the bill counts when it was first seen, what lowers it from the last
    /// observation of the old state on.
    CustomerFavour,
}

impl ChangeAt {
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstSeen => "first-seen",
            Self::Midpoint => "midpoint",
            Self::CustomerFavour => "customer-favour",
        }
    }

    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A change of owner stays where it was first seen in the customer's favour: what is given to the one is taken from the
    /// other.
    pub fn moment(
        self,
        edge: &Edge<'_>,
        direction: impl FnOnce(&Edge<'_>) -> Direction,
    ) -> Instant {
        match self {
            Self::FirstSeen => edge.latest,
            Self::Midpoint => edge.midpoint(),
            Self::CustomerFavour => match direction(edge) {
                Direction::Lowers => edge.earliest,
                Direction::Raises | Direction::Alike | Direction::ChangesHands => edge.latest,
            },
        }
    }
}

/// Where an interval of a resource ends and perhaps the next begins, and when that may have been.
#[derive(Debug, Clone, Copy)]
pub struct Edge<'a> {
    /// Absent where the resource appears.
    pub before: Option<&'a Interval>,
    /// Absent where it disappears.
    pub after: Option<&'a Interval>,
    pub earliest: Instant,
    /// When it was first seen. Always later than the earliest.
    pub latest: Instant,
}

impl Edge<'_> {
    fn midpoint(&self) -> Instant {
        let (earliest, latest) = (self.earliest.seconds(), self.latest.seconds());
        let middle = earliest + (latest - earliest).div_euclid(2);
        Instant::from_seconds(middle).unwrap_or(self.latest)
    }
}

/// Moves the edges that are not certain to where `at` says, within what is possible. What ends and what begins at an edge
/// move together, and no edge moves to before the one before it was seen, so that what tiled still tiles. A stretch of which
/// nothing is left is left out.
#[must_use]
pub fn place(
    mut intervals: Vec<Interval>,
    mut at: impl FnMut(&Edge<'_>) -> Instant,
) -> Vec<Interval> {
    intervals.sort_by_key(|one| (one.resource, one.source, one.valid.from, one.id));
    let mut moved: Vec<(Option<usize>, Option<usize>, Instant)> = Vec::new();
    for index in 0..intervals.len() {
        let alike = |other: usize| {
            let (one, other) = (&intervals[index], intervals.get(other)?);
            let is_same = one.resource == other.resource && one.source == other.source;
            is_same.then_some(other)
        };
        let one = &intervals[index];
        let before = index.checked_sub(1).and_then(alike);
        let after = alike(index + 1);
        let meets = |before: &Interval, after: &Interval| {
            before.valid.to.is_some() && before.valid.to == after.valid.from
        };
        let ended = before.filter(|before| meets(before, one));
        // Never to before an earlier edge.
        let bound = before.and_then(|before| match ended {
            Some(ended) => ended.valid.from,
            None => before.valid.to,
        });
        let between = one.uncertain_from();
        let between = between.or_else(|| ended.and_then(Interval::uncertain_to));
        if let Some(edge) = edge((ended, Some(one)), between, bound, one.valid.from) {
            let placed = at(&edge).clamp(edge.earliest, edge.latest);
            moved.push((ended.and(index.checked_sub(1)), Some(index), placed));
        }
        if after.is_none_or(|after| !meets(one, after))
            && let Some(edge) = edge(
                (Some(one), None),
                one.uncertain_to(),
                one.valid.from,
                one.valid.to,
            )
        {
            let placed = at(&edge).clamp(edge.earliest, edge.latest);
            moved.push((Some(index), None, placed));
        }
    }
    for (before, after, at) in moved {
        if let Some(before) = before.map(|index| &mut intervals[index]) {
            before.valid.to = Some(at);
            before.covered_until = before.covered_until.min(at);
        }
        if let Some(after) = after.map(|index| &mut intervals[index]) {
            after.valid.from = Some(at);
        }
    }
    intervals.retain(|one| match (one.valid.from, one.valid.to) {
        (Some(from), Some(to)) => from < to,
        (None, _) | (_, None) => true,
    });
    intervals.sort_by_key(|one| (one.resource, one.valid.from, one.id));
    intervals
}

fn edge<'a>(
    (before, after): (Option<&'a Interval>, Option<&'a Interval>),
    between: Option<Between>,
    bound: Option<Instant>,
    latest: Option<Instant>,
) -> Option<Edge<'a>> {
    let (earliest, latest) = (between?.earliest, latest?);
    let earliest = bound.map_or(earliest, |bound| earliest.max(bound));
    (earliest < latest).then_some(Edge {
        before,
        after,
        earliest,
        latest,
    })
}

/// All uncertain edges at one end of what is possible: what a bill could have come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    Earliest,
    Latest,
}

impl Extreme {
    pub fn moment(self, edge: &Edge<'_>) -> Instant {
        match self {
            Self::Earliest => edge.earliest,
            Self::Latest => edge.latest,
        }
    }
}

/// The intervals with their edges gone over by a policy, without a copy where nothing is uncertain.
pub fn place_in(intervals: &mut Vec<Interval>, at: impl FnMut(&Edge<'_>) -> Instant) {
    if intervals.iter().any(|one| one.uncertain.is_some()) {
        *intervals = place(mem::take(intervals), at);
    }
}
