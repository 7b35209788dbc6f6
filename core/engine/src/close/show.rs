//! Certificates that were written: looked up, and told of where a period is spoken of.

use counterfoil_model::close::Sealed;
use counterfoil_model::ids::PipelineId;
use counterfoil_model::time::Instant;
use counterfoil_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use super::error::CloseError;
use crate::session::{Session, Wired};

/// That a period is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClosedPeriod {
    pub billing_period: String,
    /// The number of the certificate that holds.
    pub certificate: i64,
    pub closed: Instant,
    pub by: String,
    /// How many findings somebody answers for.
    pub accepted: usize,
}

impl From<&Sealed> for ClosedPeriod {
    fn from(sealed: &Sealed) -> Self {
        let certificate = &sealed.certificate;
        Self {
            billing_period: certificate.billing_period.clone(),
            certificate: certificate.number,
            closed: certificate.closed,
            by: certificate.by.clone(),
            accepted: certificate.statement.accepted.len(),
        }
    }
}

/// Is a period closed?
pub(crate) async fn closed(
    store: &Store,
    pipeline: PipelineId,
    billing_period: &str,
) -> Result<Option<ClosedPeriod>, StoreError> {
    let latest = store.latest_certificate(pipeline, billing_period).await?;
    Ok(latest.as_ref().map(ClosedPeriod::from))
}

/// The certificate with a number, or the one by which a period is closed.
pub async fn certificate(
    session: &Session,
    wired: &Wired<'_>,
    billing_period: &str,
    number: Option<i64>,
) -> Result<Sealed, CloseError> {
    let store = &session.store;
    let (found, what) = match number {
        Some(number) => (
            store.certificate(wired.id, number).await,
            format!("the number {number}"),
        ),
        None => (
            store.latest_certificate(wired.id, billing_period).await,
            billing_period.to_owned(),
        ),
    };
    found
        .map_err(|source| CloseError::Store { source })?
        .ok_or(CloseError::NoCertificate { what })
}
