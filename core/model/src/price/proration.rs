//! How time within a billing period weighs (rule R8).

use std::fmt;
use std::str::FromStr;

/// The whole period weighs 1, but where a policy says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Proration {
    /// By the seconds that the period really has.
    Second,
    /// Each civil day weighs the same, and its seconds by the length of that day.
    ActualDay,
    /// A day is a thirtieth. A resource that is there throughout counts as one, any other as one at most.
    Actual360,
    /// Every month has thirty days: the 31st weighs nothing, the last day of February what is missing.
    Strict30360,
    /// Whatever was there at any time counts in full, at its average level while it was there.
    None,
    /// Each unit that was there at any time counts in full: the greatest level of the resource.
    FullUnit,
    /// Prices are for an hour: the period weighs as many as it really has.
    Hour,
    /// Prices are for a month of 730 hours, of which no resource has more.
    Hour730,
}

impl Proration {
    pub const ALL: [Self; 8] = [
        Self::Second,
        Self::ActualDay,
        Self::Actual360,
        Self::Strict30360,
        Self::None,
        Self::FullUnit,
        Self::Hour,
        Self::Hour730,
    ];

    /// As a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::ActualDay => "actual-day",
            Self::Actual360 => "actual-360",
            Self::Strict30360 => "strict-30-360",
            Self::None => "none",
            Self::FullUnit => "full-unit",
            Self::Hour => "hour",
            Self::Hour730 => "hour-730",
        }
    }
}

impl fmt::Display for Proration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Proration {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.name() == text).ok_or(())
    }
}
