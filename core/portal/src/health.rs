//! `/healthz`: is the scheduler's loop alive, and does the store answer?

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use counterfoil_engine::run::Pulse;
use serde::Serialize;

use crate::server::Portal;

/// So many looks may be missed before the loop counts as stuck.
const MISSED_MAX: u32 = 4;
const STORE_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
    /// Why it fails, or what is not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(crate) async fn answer(State(portal): State<Arc<Portal>>) -> (StatusCode, Json<Health>) {
    match failure(&portal).await {
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(Health {
                status: "failing",
                reason: Some(reason),
            }),
        ),
        None => (
            StatusCode::OK,
            Json(Health {
                status: "ok",
                reason: portal.pulse.problem(),
            }),
        ),
    }
}

async fn failure(portal: &Portal) -> Option<String> {
    if let Some(reason) = stuck(portal.pulse.silent_for()) {
        return Some(reason);
    }
    match tokio::time::timeout(STORE_WAIT, portal.store.cutoff()).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("failed to {}", counterfoil_engine::chain(&error))),
        Err(_) => Some(format!(
            "the store has not answered for {} seconds",
            STORE_WAIT.as_secs()
        )),
    }
}

fn stuck(silent: Duration) -> Option<String> {
    (silent > Pulse::INTERVAL * MISSED_MAX).then(|| {
        format!(
            "the scheduler has not looked for {} seconds",
            silent.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use counterfoil_store::{OpenMode, Store};

    use super::*;

    #[tokio::test]
    async fn a_store_that_does_not_answer_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Store::open(&path, OpenMode::Create).await.unwrap();
        let portal = Arc::new(Portal {
            store: store.clone(),
            pulse: Arc::new(Pulse::default()),
            clock: Arc::new(|| "2026-03-01T00:00:00Z".parse().unwrap()),
        });
        let (code, health) = answer(State(Arc::clone(&portal))).await;
        assert_eq!((code, health.status), (StatusCode::OK, "ok"));
        store.close().await;
        let (code, health) = answer(State(portal)).await;
        assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
        let reason = health.0.reason.unwrap();
        assert!(
            reason.starts_with("failed to read the newest recording"),
            "{reason}"
        );
    }

    #[test]
    fn a_loop_that_is_silent_for_long_is_stuck() {
        assert_eq!(stuck(Duration::from_mins(1)), None);
        assert_eq!(
            stuck(Duration::from_secs(61)).as_deref(),
            Some("the scheduler has not looked for 61 seconds")
        );
    }
}
