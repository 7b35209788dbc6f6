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
    let silent = portal.pulse.silent_for();
    if silent > Pulse::INTERVAL * MISSED_MAX {
        return Some(format!(
            "the scheduler has not looked for {} seconds",
            silent.as_secs()
        ));
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
