//! The vocabulary and the pure stages: classify, rate, plan, reconcile.
//!
//! Must not know I/O, SQL, HTTP, async or the clock: `now` is always an argument.

pub mod agreed;
pub mod approval;
pub mod attribute;
pub mod attributes;
pub mod between;
pub mod charge;
pub mod classify;
pub mod close;
pub mod counted;
pub mod counterfoil;
pub mod customer_match;
pub mod decimal;
pub mod digest;
pub mod document;
pub mod effect;
pub mod einvoice;
pub mod excerpt;
pub mod finding;
pub mod holds_later;
pub mod ids;
pub mod inventory;
pub mod language;
pub mod last_names;
pub mod margin;
pub mod money;
pub mod nearest;
pub mod opening;
pub mod ownership;
pub mod plan;
pub mod price;
pub mod problem;
pub mod rate;
pub mod reconcile;
pub mod report;
pub mod shadow;
pub mod tables;
pub mod time;
pub mod timeline;
pub mod validity;
pub mod verify;
pub mod what_if;
