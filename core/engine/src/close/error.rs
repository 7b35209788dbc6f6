//! Why closing a period failed. That something is unexplained is no failure: it is the answer.

use counterfoil_model::money::MoneyError;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::identity::IdentityError;
use crate::plan::PlanError;
use crate::reconcile::ReconcileError;
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum CloseError {
    #[error("close a period: the pipeline has no sink")]
    NoSink,
    #[error("accept `{id}`: nothing that is to be explained has this id now")]
    NoFinding { id: String, known: Vec<String> },
    #[error("accept `{id}`: several findings begin with it")]
    Ambiguous { id: String, known: Vec<String> },
    #[error("accept {id} ({subject}): nobody can know what would be accepted")]
    Unacceptable {
        id: String,
        subject: String,
        next_step: String,
    },
    #[error("accept a finding: the reason is empty")]
    NoReason,
    #[error("close {billing_period}: another process delivered or closed something meanwhile")]
    Meanwhile { billing_period: String },
    #[error("find a certificate of {what}")]
    NoCertificate { what: String },
    #[error("sum the money of the period")]
    Amount { source: MoneyError },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    #[error("keep the close")]
    Store { source: StoreError },
}

impl CloseError {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoSink => "add a table [[pipeline.NAME.sink]]".to_owned(),
            Self::NoFinding { known, .. } if known.is_empty() => {
                "nothing is to be explained: close it without --accept".to_owned()
            }
            Self::NoFinding { known, .. } => format!(
                "a finding that says something else by now has another id; there are: {}",
                known.join(", ")
            ),
            Self::Ambiguous { known, .. } => format!("write it out: {}", known.join(", ")),
            Self::Unacceptable { next_step, .. } => format!("it has to be mended: {next_step}"),
            Self::NoReason => "say why it is in order, for whoever asks in a year".to_owned(),
            Self::Meanwhile { .. } => "nothing was closed; run it again".to_owned(),
            Self::NoCertificate { .. } => {
                "`counterfoil status` shows which periods are closed; `counterfoil close` closes one".to_owned()
            }
            Self::Terms(error) => return error.hint(),
            Self::Plan(error) => return error.hint(),
            Self::Reconcile(error) => return error.hint(),
            Self::Amount { .. } | Self::Identity(_) | Self::Store { .. } => return None,
        })
    }
}
