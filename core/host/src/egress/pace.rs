//! The rate of requests of one connection, shared by its calls. What is sent it does not see.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets so many requests through in a second; after a rest, so many at once.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Option<Duration>,
    /// When the bucket is full again.
    full_at: Mutex<Option<Instant>>,
}

const BURST: Duration = Duration::from_secs(1);

impl Pace {
    pub(crate) fn new(rate_per_second: Option<u32>) -> Self {
        let interval = rate_per_second.and_then(|rate| BURST.checked_div(rate));
        Self {
            interval,
            full_at: Mutex::new(None),
        }
    }

    pub(super) async fn wait(&self) {
        if let Some(turn) = self.turn(Instant::now()) {
            tokio::time::sleep_until(turn).await;
        }
    }

    /// Takes the next turn, and says when it is.
    fn turn(&self, now: Instant) -> Option<Instant> {
        let interval = self.interval?;
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = full_at.unwrap_or(now).max(now) + interval;
        *full_at = Some(next);
        next.checked_sub(BURST).filter(|turn| *turn > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_one_each_interval() {
        let pace = Pace::new(Some(4));
        let now = Instant::now() + Duration::from_secs(10);
        let waits: Vec<Option<u128>> = (0..6)
            .map(|_| pace.turn(now).map(|turn| (turn - now).as_millis()))
            .collect();
        assert_eq!(waits, [None, None, None, None, Some(250), Some(500)]);
        let later = now + Duration::from_mins(1);
        assert_eq!(pace.turn(later), None);
    }

    #[test]
    fn no_rate_is_no_wait() {
        let pace = Pace::new(None);
        assert!((0..1000).all(|_| pace.turn(Instant::now()).is_none()));
    }
}
