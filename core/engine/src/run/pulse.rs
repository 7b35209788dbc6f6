//! Tells from outside whether the scheduler's loop is alive, and which configuration it uses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::LOOK_SECS;
use crate::config::Config;

#[derive(Debug)]
pub struct Pulse(Mutex<Beat>);

#[derive(Debug)]
struct Beat {
    at: Instant,
    config: Option<Arc<Config>>,
    problem: Option<String>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self(Mutex::new(Beat {
            at: Instant::now(),
            config: None,
            problem: None,
        }))
    }
}

impl Pulse {
    /// So long the loop is silent at most while it is alive.
    pub const INTERVAL: Duration = Duration::from_secs(LOOK_SECS.unsigned_abs());

    pub(super) fn beat(&self, config: &Arc<Config>, problem: Option<&String>) {
        let mut beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *beat = Beat {
            at: Instant::now(),
            config: Some(Arc::clone(config)),
            problem: problem.cloned(),
        };
    }

    /// How long ago the loop came round.
    pub fn silent_for(&self) -> Duration {
        let beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.at.elapsed()
    }

    /// The configuration in use; none before the first round.
    pub fn config(&self) -> Option<Arc<Config>> {
        let beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.config.clone()
    }

    /// What is wrong with the files, where an edit of them could not be used.
    pub fn problem(&self) -> Option<String> {
        let beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.problem.clone()
    }
}
