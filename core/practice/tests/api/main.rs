//! Drives the practice API over real connections: every endpoint against its own `OpenAPI` document, the rules,
//! every fault, and what is left after the server is gone.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what is wrong by panicking, in its helpers too"
)]

mod client;
mod contract;
mod documents;
mod faults;
mod samples;
mod server;
