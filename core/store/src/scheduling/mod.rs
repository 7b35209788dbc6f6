//! What the scheduler remembers, and what an overview shows. When something is due is not decided here.

mod overview;
mod states;

pub use overview::{DeliveryCount, LastRun, RunCount, Unsettled};
pub use states::{AtRisk, Job, JobOutcome, JobRun, JobState, SourceState};
