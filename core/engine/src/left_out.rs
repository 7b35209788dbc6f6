//! What a bill would leave out unseen: rows that were never read, and periods that were never billed.

use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant};
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::session::{Session, Wired};

/// Of so many periods back it is asked whether they were billed.
const PERIODS_MAX: usize = 120;

#[derive(Debug, Error)]
pub enum LeftOutError {
    #[error("look for what is left out")]
    Store(#[from] StoreError),
    #[error("find the periods before")]
    Period(#[from] BillingPeriodError),
}

pub(crate) async fn findings(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Vec<Finding>, LeftOutError> {
    let mut findings = Vec::new();
    for (id, source) in &wired.sources {
        let broken = session.store.broken_now(*id).await?;
        let unread: Vec<_> = broken.iter().filter(|row| row.resource.is_none()).collect();
        if let Some(first) = unread.first() {
            findings.push(Finding {
                code: FindingCode::BrokenRow,
                severity: Severity::Blocking,
                subject: source.name.clone(),
                message: format!(
                    "{} rows of the latest listing are no resources, because they could not be read, and are not billed; \
                     the first is {} {}: {}",
                    unread.len(),
                    first.key,
                    first.place,
                    first.message
                ),
                next_step: "mend them at the source and list again; `counterfoil inventory broken` names all"
                    .to_owned(),
                value: None,
                since: None,
            });
        }
    }
    findings.extend(unbilled(session, wired, period).await?);
    Ok(findings)
}

/// Periods before one that were never billed, as far back as anything is billed.
pub(crate) async fn unbilled(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Option<Finding>, LeftOutError> {
    let billed = session.store.billed_periods(wired.id).await?;
    let opening = wired.pipeline.config.bill_from;
    let start = opening.and_then(|day| Instant::start_of_day(day, period.zone()).ok());
    let mut missed = Vec::new();
    let mut earlier = period.previous()?;
    for _ in 0..PERIODS_MAX {
        let is_before_opening = start.is_some_and(|start| earlier.period().to() <= start);
        let is_before_all =
            opening.is_none() && billed.first().is_none_or(|first| earlier.id() < *first);
        if is_before_opening || is_before_all {
            break;
        }
        if !billed.contains(&earlier.id()) {
            missed.push(earlier.id());
        }
        earlier = earlier.previous()?;
    }
    missed.reverse();
    let (Some(first), Some(last)) = (missed.first(), missed.last()) else {
        return Ok(None);
    };
    let named = if missed.len() > 3 {
        format!("{first} to {last}, {} periods,", missed.len())
    } else {
        missed.join(", ")
    };
    Ok(Some(Finding {
        code: FindingCode::UnbilledPeriod,
        severity: Severity::Warning,
        subject: wired.pipeline.name.clone(),
        message: format!("nothing was billed for {named} before {}", period.id()),
        next_step: format!(
            "look at `counterfoil plan {} --period {first}`: what it shows is not billed yet",
            wired.pipeline.name
        ),
        value: None,
        since: None,
    }))
}
