//! The connector contract and the Rust SDK over it.
