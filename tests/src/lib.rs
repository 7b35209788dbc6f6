//! What the tests of this package share: the real binary in a folder of its own, servers to talk to, and a proxy that
//! kills. Nothing here knows how the binary works.

pub mod binary;
pub mod guests;
pub mod page;
pub mod practice;
pub mod proxy;
pub mod receiver;
pub mod rest;
