//! What is served over HTTP: health and metrics of a running scheduler. It reads, and decides nothing.

mod health;
mod metrics;
mod server;

pub use server::{Portal, Running, ServeError, serve};
