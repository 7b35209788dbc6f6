//! What is agreed with an account and no source shows: quantities by hand, and the least that it pays for several items.
//!
//! Must not know resources or prices: a quantity names the item that prices it, a commitment the items that count.

mod commitment;
mod config;
mod place;
mod quantity;
mod resolve;
mod review;

pub use commitment::Commitment;
pub use config::{CommitmentConfig, QuantityConfig};
pub use place::{Agreed, PlacedCommitment, PlacedQuantity, Versions, place};
pub use quantity::ManualQuantity;
pub(crate) use resolve::{commitments, quantities};
pub use review::review;
