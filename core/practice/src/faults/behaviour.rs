//! What the service does at every request, as real systems differ in it: decimals, limits, checks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens to decimals that are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShortenPolicy {
    /// The document is refused.
    Refuse,
    /// Half away from zero, and the line's net is computed anew.
    Round,
    /// Towards zero, and the line's net is computed anew.
    Truncate,
}

/// The table `[behaviour]` of the fault schedule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Behaviour {
    pub(crate) quantity_decimals: u32,
    pub(crate) price_decimals: u32,
    pub(crate) shorten: ShortenPolicy,
    pub(crate) lines_max: usize,
    pub(crate) credit_notes_within_original: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            quantity_decimals: 6,
            price_decimals: 6,
            shorten: ShortenPolicy::Refuse,
            lines_max: 1_000,
            credit_notes_within_original: true,
        }
    }
}
