//! The practice invoicing API: a small invoicing server in the box for demos, tests and integrators. It behaves
//! like a real system, its faults included, and must not know the engine that delivers to it.

mod amounts;
mod app;
mod connection;
mod edit;
mod extract;
mod faults;
mod handlers;
mod openapi;
mod problem;
mod router;
mod rules;
mod server;
mod wire;

pub use faults::{FaultSchedule, ParseScheduleError};
pub use server::{Options, Running, ServeError, serve};
