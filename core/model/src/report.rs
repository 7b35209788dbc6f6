//! Answers to questions of the field, from the intervals and the rating that the bill uses: a report and an invoice cannot
//! disagree. Must not know where the facts come from, nor how an answer is shown.

mod changes;
mod first_seen;
mod growth;
mod moment;
mod repriced;
mod review;
#[cfg(test)]
mod tests;
mod total;
mod unpriced;
mod usage;
mod used;
mod worth;

pub use changes::{AccountChange, Cause, ValuedChange, ValuedChanges, changes};
pub use first_seen::{FirstSeen, FirstSeenInput, Product, first_seen};
pub use growth::{Growth, GrowthBy, Incomplete, Quantities, Values, growth};
pub use moment::{Moment, MomentInput, holding};
pub use repriced::{Known, RepricedCharge, repriced};
pub use review::{
    AccountReview, DerivedLine, DifferenceError, PriceChange, ReviewInput, ReviewedPeriod,
    ReviewedResource, account_totals, adds_up, derived, price_changes, review,
};
pub use total::{
    BilledBy, LineSort, Total, TotalDocument, TotalError, TotalLine, TotalPart, totals,
};
pub use unpriced::{Unpriced, unpriced_findings};
pub use usage::{Compared, Pair, ResourceUsage, Usage, UsageInput, usage};
pub use worth::{NotBilled, Reason, not_billed};

/// In a month of 365/12 days: what a difference over some time comes to in an average month.
pub const MONTH_SECONDS: i64 = 365 * 86_400 / 12;
