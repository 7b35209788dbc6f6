//! The real systems, each started from its dump by the rig's scripts, one at a time. `cargo xtask test --real` runs them.

mod example;
mod nautobot;
mod odoo;
mod rig;
