//! A person looked at what is parked and lets it go on. Nothing is sent here: the next apply looks it up first.

use counterfoil_model::document::Reference;
use counterfoil_model::effect::{Event, Limits, ParkReason, State, advance};
use counterfoil_model::plan::Abilities;
use counterfoil_store::{Release, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::config::Right;
use crate::identity::IdentityError;
use crate::session::{Session, Wired};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseReport {
    pub pipeline: String,
    pub sink: String,
    pub reference: String,
    pub account: String,
    pub billing_period: String,
    /// Why it was parked.
    pub parked: Option<ParkReason>,
    pub state: State,
    /// All of this effect, the newest last.
    pub releases: Vec<Release>,
}

#[derive(Debug, Error)]
pub enum ReleaseError {
    #[error("nothing was ever sent or planned to be sent under {reference} in this pipeline")]
    NoEffect { reference: String },
    #[error("{reference} is not parked: it is {}", state.word())]
    NotParked { reference: String, state: State },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error("keep the release")]
    Store { source: StoreError },
}

impl ReleaseError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoEffect { .. } => {
                Some("`counterfoil apply` names the references of what is parked".to_owned())
            }
            Self::NotParked { state, .. } => Some(match state {
                State::Planned | State::Sending | State::Unknown | State::Rejected => {
                    "`counterfoil apply` takes it up again without a release".to_owned()
                }
                State::Confirmed | State::Verified | State::Parked => {
                    "`counterfoil reconcile` shows what stands at the sink".to_owned()
                }
            }),
            Self::Identity(_) | Self::Store { .. } => None,
        }
    }
}

/// Records who releases a parked effect and why, and moves it on.
pub async fn release(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
    by: &str,
    reason: &str,
) -> Result<ReleaseReport, ReleaseError> {
    let store = &session.store;
    let store_error = |source| ReleaseError::Store { source };
    let signature = session.signature(by, Right::Release)?;
    let wanted = Reference(reference.to_owned());
    let mut found = None;
    for (id, sink) in &wired.sinks {
        if let Some(stored) = store.effect(*id, &wanted).await.map_err(store_error)? {
            found = Some((sink, stored));
        }
    }
    let Some((sink, stored)) = found else {
        return Err(ReleaseError::NoEffect {
            reference: reference.to_owned(),
        });
    };
    let not_parked = |_| ReleaseError::NotParked {
        reference: reference.to_owned(),
        state: stored.effect.state,
    };
    // The state that follows does not depend on what the sink can do; the next apply asks for that.
    let released = advance(
        &stored.effect,
        &Event::Released,
        &Abilities::default(),
        &Limits::default(),
        session.now,
    )
    .map_err(not_parked)?;
    let release = Release {
        by: signature.by,
        login: signature.login,
        reason: reason.to_owned(),
        at: session.now,
    };
    store
        .release_effect(&stored, &released.effect, &release)
        .await
        .map_err(store_error)?;
    let delivery = &stored.planned.delivery;
    Ok(ReleaseReport {
        pipeline: wired.pipeline.name.clone(),
        sink: sink.name.clone(),
        reference: reference.to_owned(),
        account: wired.known.key_of(delivery).to_string(),
        billing_period: delivery.slot.billing_period.clone(),
        parked: stored.effect.parked,
        state: released.effect.state,
        releases: store.releases(stored.id).await.map_err(store_error)?,
    })
}
