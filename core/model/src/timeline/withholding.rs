//! When so much is missing that the listing is doubted rather than believed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Both must be reached before endings wait for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithholdingThresholds {
    /// More than this many of a thousand known resources.
    pub share_permille: u32,
    /// At least this many resources.
    pub count: usize,
}

impl Default for WithholdingThresholds {
    fn default() -> Self {
        Self {
            share_permille: 100,
            count: 10,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endings {
    /// The absent resources end.
    End,
    /// They stay until a person approves.
    Withhold(Withheld),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// Nothing was listed where something was known: that is never complete.
    EmptyListing,
    AboveThresholds,
}

/// Judges a complete listing of a scope: how many resources it saw, how many were known to be there before it, and
/// how many of those it proved absent.
pub fn withholding(
    seen: usize,
    known: usize,
    absent: usize,
    thresholds: WithholdingThresholds,
) -> Endings {
    if seen == 0 && known > 0 {
        return Endings::Withhold(Withheld::EmptyListing);
    }
    // 128 bits hold the products of any two counts.
    let above_share = absent as u128 * 1000 > known as u128 * u128::from(thresholds.share_permille);
    if absent > 0 && above_share && absent >= thresholds.count {
        Endings::Withhold(Withheld::AboveThresholds)
    } else {
        Endings::End
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(seen: usize, known: usize, absent: usize) -> Endings {
        withholding(seen, known, absent, WithholdingThresholds::default())
    }

    #[test]
    fn both_thresholds_must_be_passed() {
        let doubted = Endings::Withhold(Withheld::AboveThresholds);
        assert_eq!(judged(60, 100, 40), doubted);
        assert_eq!(judged(89, 100, 11), doubted);
        assert_eq!(judged(90, 100, 10), Endings::End);
        assert_eq!(judged(6, 10, 4), Endings::End);
        assert_eq!(judged(1, 11, 10), doubted);
        assert_eq!(judged(950, 1000, 50), Endings::End);
        assert_eq!(judged(100, 100, 0), Endings::End);
    }

    #[test]
    fn an_empty_listing_is_never_complete() {
        let empty = Endings::Withhold(Withheld::EmptyListing);
        assert_eq!(judged(0, 1, 1), empty);
        assert_eq!(judged(0, 500, 500), empty);
        assert_eq!(judged(0, 0, 0), Endings::End);
    }

    #[test]
    fn thresholds_are_settings() {
        let strict = WithholdingThresholds {
            share_permille: 0,
            count: 1,
        };
        let doubted = Endings::Withhold(Withheld::AboveThresholds);
        assert_eq!(withholding(99, 100, 1, strict), doubted);
        assert_eq!(withholding(100, 100, 0, strict), Endings::End);
    }
}
