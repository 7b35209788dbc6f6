//! Sinks as components in the host, against the systems that they deliver to.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what is wrong by panicking, in its helpers too"
)]

mod bench;
mod practice;
