//! The real systems, each started from its dump by the rig's scripts, one at a time, and the official validators of what
//! finance gets. `cargo xtask test --real` runs them.

mod documents;
mod example;
mod nautobot;
mod odoo;
mod rig;
