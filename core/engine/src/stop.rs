//! A request to stop. Work that sees it ends at its next safe point: between listings, between deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Cheap to clone; clones hear of the same request.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    is_asked: AtomicBool,
    changed: Notify,
}

impl Stop {
    pub fn ask(&self) {
        self.0.is_asked.store(true, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }

    pub fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::SeqCst)
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        let changed = self.0.changed.notified();
        tokio::pin!(changed);
        // Listening begins before the look, so that a request between the two is heard.
        changed.as_mut().enable();
        if self.is_asked() {
            return;
        }
        changed.await;
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[tokio::test]
    async fn every_clone_hears_it_also_afterwards() {
        let stop = Stop::default();
        let listener = stop.clone();
        let waiting = tokio::spawn(async move { listener.asked().await });
        assert!(!stop.is_asked());
        stop.ask();
        waiting.await.unwrap();
        stop.clone().asked().await;
        assert!(stop.is_asked());
    }
}
