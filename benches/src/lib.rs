//! The monthly job of the shared workload through our own stages: its pipeline, its lines, and what a process costs.
//! Must not measure in a test.

pub mod lines;
pub mod measure;
pub mod workload;
