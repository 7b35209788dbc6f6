//! How listings become the history of a resource, in whatever order they arrive, and what can be asked of a history.
//!
//! Must not know how a listing is read or kept, nor which rows were unchanged.

mod difference;
mod edit;
mod withholding;

pub use difference::{AttributeChange, Difference, as_of, attribute_changes, delta};
pub use edit::{Edit, EvidenceOf, Held, Seen, edits};
pub use withholding::{Endings, Withheld, WithholdingThresholds, withholding};

#[cfg(test)]
mod tests;
