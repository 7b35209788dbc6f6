//! One fault: for which requests, at which of them, and what happens.

use axum::http::StatusCode;

use super::pattern::RequestPattern;
use crate::amounts::Shortening;
use crate::edit::Edit;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) on: RequestPattern,
    pub(super) occurrence: Occurrence,
    pub(super) effect: Effect,
}

/// At which of the matching requests, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurrence {
    All,
    Nth(u64),
    Every(u64),
    /// Both ends included; no end, no bound.
    Range {
        from: u64,
        to: Option<u64>,
    },
}

impl Occurrence {
    pub(super) fn includes(self, count: u64) -> bool {
        match self {
            Self::All => true,
            Self::Nth(nth) => count == nth,
            Self::Every(every) => count.is_multiple_of(every),
            Self::Range { from, to } => count >= from && to.is_none_or(|to| count <= to),
        }
    }
}

/// When a fault strikes, as seen from the transaction of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    BeforeCommit,
    AfterCommit,
}

/// Quantities lose decimals that the service claims to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuantityRounding {
    pub(crate) decimals: u32,
    pub(crate) mode: Shortening,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Status {
        status: StatusCode,
        retry_after_secs: Option<u32>,
        moment: Moment,
    },
    Slow {
        millis: u64,
        moment: Moment,
    },
    Cut {
        moment: Moment,
    },
    /// Listings miss a document during this many requests after the one that created it.
    StaleListing {
        requests: u64,
    },
    RoundQuantity(QuantityRounding),
    /// Once the request is done, somebody edits the document that it was about, or else the latest one.
    Edit(Edit),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_count_from_one() {
        let hits = |occurrence: Occurrence| -> Vec<u64> {
            (1..=6)
                .filter(|count| occurrence.includes(*count))
                .collect()
        };
        assert_eq!(hits(Occurrence::All), [1, 2, 3, 4, 5, 6]);
        assert_eq!(hits(Occurrence::Nth(3)), [3]);
        assert_eq!(hits(Occurrence::Every(2)), [2, 4, 6]);
        assert_eq!(
            hits(Occurrence::Range {
                from: 2,
                to: Some(3)
            }),
            [2, 3]
        );
        assert_eq!(hits(Occurrence::Range { from: 5, to: None }), [5, 6]);
    }
}
