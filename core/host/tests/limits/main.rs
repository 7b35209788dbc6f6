//! Every limit of the host, hit by a guest that tries. The guests are `tests/guests/*`, built once for all tests here.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod discovery;
mod files;
mod guests;
mod http;
mod loading;
mod remote;
mod replay;
mod sandbox;
mod writes;
