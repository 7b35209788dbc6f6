//! Inventory history: listings in, bitemporal intervals out. Must not know how a source is read.

mod absence;
mod base;
mod broken;
mod configurations;
mod coverage;
mod covered;
mod decide;
mod doubts;
mod edges;
mod findings;
mod fold;
mod gauge_runs;
mod history;
mod ingest;
mod intervals;
mod kinds;
mod later;
mod listing;
mod offers;
mod order;
mod order_change;
mod reading;
mod records;
mod repeated;
mod resolve;
mod retire;
mod sequence;
mod statement;
mod timelines;
mod withheld;
mod write;

#[cfg(test)]
pub(crate) mod tests;

pub use base::{Base, CHUNK_ROWS, Previous};
pub use broken::{BrokenRowFound, BrokenRows, BrokenWithin, UnknownRows};
pub use coverage::{Listing, ScopeCoverage};
pub use history::Known;
pub use listing::{
    BrokenRow, Completeness, Coverage, IngestError, ListedRows, ListingIngest, ListingOutcome,
    Observation, RowHash,
};
pub(crate) use order::Orders;
pub use withheld::{ApprovalError, WithheldEndings, WithheldId, WithheldState};
