//! Inventory history: listings in, bitemporal intervals out. Must not know how a source is read.

mod absence;
mod base;
mod configurations;
mod coverage;
mod covered;
mod findings;
mod fold;
mod gauge_runs;
mod history;
mod ingest;
mod intervals;
mod later;
mod listing;
mod reading;
mod records;
mod resolve;
mod timelines;
mod withheld;

#[cfg(test)]
mod tests;

pub use base::{Base, CHUNK_ROWS};
pub use coverage::{BrokenRowFound, Listing, TakenIn};
pub use history::Known;
pub use intervals::IntervalQuery;
pub use listing::{
    BrokenRow, Completeness, Coverage, IngestError, ListedRows, ListingIngest, ListingOutcome,
    Observation, RowHash,
};
pub use withheld::{ApprovalError, WithheldEndings, WithheldId, WithheldState};
