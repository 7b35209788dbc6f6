//! What revenue is at risk now: rates the current period as known, and keeps what is presumed, withheld or in suspense.

use counterfoil_model::plan::LookBack;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, BillingPeriodError};
use counterfoil_store::StoreError;
use counterfoil_store::scheduling::AtRisk;
use thiserror::Error;

use crate::left_out;
use crate::rating::rate_period;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, versions};

#[derive(Debug, Error)]
pub(crate) enum AtRiskError {
    #[error("find the current period")]
    Period { source: BillingPeriodError },
    #[error("rate the current period")]
    Terms { source: TermsError },
    #[error("keep what is at risk")]
    Store { source: StoreError },
}

/// Assesses the period that runs now, and keeps the answer for those who ask often.
pub(crate) async fn assess(session: &Session, wired: &Wired<'_>) -> Result<AtRisk, AtRiskError> {
    let store_error = |source| AtRiskError::Store { source };
    let terms_error = |source| AtRiskError::Terms { source };
    let zone = wired.pipeline.zone.clone();
    let period = BillingPeriod::containing(session.now, zone)
        .map_err(|source| AtRiskError::Period { source })?;
    let versions = versions(session, wired, Keep::Transient)
        .await
        .map_err(terms_error)?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let rated = rate_period(session, wired, &versions, &period, cutoff, Detail::Lines)
        .await
        .map_err(terms_error)?;
    let mut findings = rated.rated.findings.clone();
    let rated = [(rated, LookBack::Within)];
    findings.extend(
        crate::staleness::findings(session, wired, &versions, &period, &rated)
            .await
            .map_err(store_error)?,
    );
    let unread = left_out::unread(session, wired, period.period()).await;
    findings.extend(unread.map_err(store_error)?);
    let at_risk = AtRisk {
        billing_period: period.id(),
        at: session.now,
        findings,
    };
    session
        .store
        .put_at_risk(wired.id, &at_risk)
        .await
        .map_err(store_error)?;
    Ok(at_risk)
}
