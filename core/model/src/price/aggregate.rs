//! How the levels of a period become one quantity (rules R14 and R17), and what is made of it before it is priced (R15, R16).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Rational;

/// How the levels that a meter reads over a charged period become one quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregate {
    /// Each level by the time for which it lasted.
    #[default]
    Average,
    /// The greatest level.
    Maximum,
    /// The last level.
    Last,
    /// The sum of the levels, each once, or once for each `sample`.
    Sum,
    /// How many different values an attribute had, over all resources of the line.
    Unique,
    /// The greatest sample when the highest were dropped.
    Percentile,
}

impl Aggregate {
    /// Does a level count for all of the time, however long there are samples?
    pub(crate) fn lasts(self) -> bool {
        match self {
            Self::Maximum | Self::Last | Self::Percentile => true,
            Self::Average | Self::Sum | Self::Unique => false,
        }
    }
}

/// What a percentile takes a time without a sample for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gaps {
    /// For no sample at all.
    #[default]
    LeftOut,
    /// For samples of nothing.
    Zero,
}

/// How two gauges of a meter, traffic in and traffic out say, become one quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Merge {
    /// Each is aggregated by itself, and the greater one counts.
    #[default]
    Each,
    /// The greater one of each sample is taken first.
    Sample,
}

/// What decides a quantity besides the meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregation {
    pub aggregate: Aggregate,
    /// On the sum of all resources at each moment, instead of each resource by itself.
    pub together: bool,
    /// Seconds between two samples.
    pub sample_seconds: Option<i64>,
    /// In percent, of `Aggregate::Percentile`.
    pub percentile: u32,
    pub gaps: Gaps,
    pub merge: Merge,
}

/// Rounding of a converted quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoundQuantity {
    #[default]
    None,
    /// Up to the next whole one.
    Up,
}

/// From what is metered to what is priced: on the quantity of the whole charge, never on a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub factor: Rational,
    pub round: RoundQuantity,
}
