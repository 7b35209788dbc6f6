//! Stops a pipeline's effects at once, or lets them go on. Kept with who and why.

use counterfoil_model::ids::PipelineId;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::config::Right;
use crate::identity::IdentityError;
use crate::session::Session;

#[derive(Debug, Error)]
pub enum PauseError {
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error("keep the pause")]
    Store { source: StoreError },
}

/// Nothing more is sent, also by an apply that runs now.
pub async fn pause(
    session: &Session,
    pipeline: PipelineId,
    by: &str,
    reason: &str,
) -> Result<(), PauseError> {
    let signature = session.signature(by, Right::Pause)?;
    let signed = session.signed(&signature, Some(reason));
    let kept = session.store.pause_pipeline(pipeline, signed).await;
    kept.map_err(|source| PauseError::Store { source })
}

pub async fn resume(
    session: &Session,
    pipeline: PipelineId,
    by: &str,
    reason: Option<&str>,
) -> Result<(), PauseError> {
    let signature = session.signature(by, Right::Pause)?;
    let signed = session.signed(&signature, reason);
    let kept = session.store.resume_pipeline(pipeline, signed).await;
    kept.map_err(|source| PauseError::Store { source })
}
