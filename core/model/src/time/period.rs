//! Half-open stretches of time: start inclusive, end exclusive (FOCUS; rule R1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Instant;

/// A bounded stretch: `from <= t < to`, never empty.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Period {
    from: Instant,
    to: Instant,
}

impl Period {
    /// `None` where it would be empty.
    pub fn new(from: Instant, to: Instant) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    pub fn from(self) -> Instant {
        self.from
    }

    pub fn to(self) -> Instant {
        self.to
    }

    /// Its length, at least 1.
    pub fn seconds(self) -> i64 {
        self.to.seconds() - self.from.seconds()
    }

    pub fn contains(self, instant: Instant) -> bool {
        self.from <= instant && instant < self.to
    }

    /// From the earlier start to the later end.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// What both share.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// What others leave of it, in the order of time; they may overlap.
    pub fn without(self, others: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let parts = |one: Self, other: Self| {
            let before = Self::new(one.from, one.to.min(other.from));
            let after = Self::new(one.from.max(other.to), one.to);
            before.into_iter().chain(after)
        };
        others.into_iter().fold(vec![self], |left, other| {
            left.into_iter().flat_map(|one| parts(one, other)).collect()
        })
    }
}

/// When something holds: an end that is absent is not known yet, a start that is absent is the beginning of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Validity {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

impl Validity {
    pub const ALWAYS: Self = Self {
        from: None,
        to: None,
    };

    pub fn contains(self, instant: Instant) -> bool {
        self.from.is_none_or(|from| from <= instant) && self.to.is_none_or(|to| instant < to)
    }

    /// The part of a period in which it holds.
    pub fn clip(self, period: Period) -> Option<Period> {
        let from = self.from.map_or(period.from, |from| from.max(period.from));
        let to = self.to.map_or(period.to, |to| to.min(period.to));
        Period::new(from, to)
    }

    pub fn overlaps(self, other: Self) -> bool {
        let starts_before_end = |a: Self, b: Self| match (a.from, b.to) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        starts_before_end(self, other) && starts_before_end(other, self)
    }
}
