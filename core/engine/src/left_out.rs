//! What a bill would leave out unseen: rows that were never read, and periods that were never billed.

use std::collections::BTreeSet;

use counterfoil_model::counted::counted;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{ListingId, PipelineId, SourceId};
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant, Period};
use counterfoil_store::inventory::BrokenRowFound;
use counterfoil_store::{Store, StoreError};
use thiserror::Error;

use crate::config::Pipeline;
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
    let mut findings = unread(session, wired, period.period()).await?;
    findings.extend(unbilled(session, wired, period).await?);
    Ok(findings)
}

/// Rows that were never read, and what they may leave out of a period.
pub(crate) async fn unread(
    session: &Session,
    wired: &Wired<'_>,
    period: Period,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for (id, name) in &wired.known.sources {
        let is_listed = wired.sources.iter().any(|(listed, _)| listed == id);
        findings.extend(unread_of(&session.store, (*id, name), is_listed, period).await?);
    }
    Ok(findings)
}

/// What is listed no more has nothing that could be mended by listing it again.
pub(crate) async fn unread_of(
    store: &Store,
    (source, name): (SourceId, &str),
    is_listed: bool,
    period: Period,
) -> Result<Vec<Finding>, StoreError> {
    let unknown = store.broken_now(source).await?;
    let unknown: Vec<_> = unknown
        .into_iter()
        .filter(|row| row.resource.is_none())
        .collect();
    let mut others = store.broken_within(source, period).await?;
    others.retain(|row| {
        row.resource.is_some() || unknown.iter().all(|now| now.listing != row.listing)
    });
    let blocking = unknown.first().filter(|_| is_listed);
    let blocking = blocking.map(|first| no_resources(name, first, unknown.len()));
    let warning = others.first();
    let warning = warning.map(|first| not_mended(name, first, &others));
    Ok(blocking.into_iter().chain(warning).collect())
}

fn no_resources(source: &str, first: &BrokenRowFound, count: usize) -> Finding {
    let what = match count {
        1 => "1 row of the latest listing is no resource, because it could not be read, and is not billed: "
            .to_owned(),
        count => format!(
            "{count} rows of the latest listing are no resources, because they could not be read, and are not billed; \
             the first is "
        ),
    };
    Finding {
        code: FindingCode::BrokenRow,
        severity: Severity::Blocking,
        subject: source.to_owned(),
        message: format!("{what}{}: {}", first.place, first.message),
        next_step:
            "mend them at the source and list again; `counterfoil inventory broken` names all"
                .to_owned(),
        value: None,
        since: None,
    }
}

/// What such a row would have told holds only from the next listing on that tells it.
fn not_mended(source: &str, first: &BrokenRowFound, rows: &[BrokenRowFound]) -> Finding {
    let listings: BTreeSet<ListingId> = rows.iter().map(|row| row.listing).collect();
    let what = match rows.len() {
        1 => "1 row could not be read and was never mended: until a later listing has it, its resource is billed as \
              it was before, or not at all; it is "
            .to_owned(),
        count => format!(
            "{count} rows of {} could not be read and were never mended: until a later listing has them, their \
             resources are billed as they were before, or not at all; the first is ",
            counted(listings.len(), "listing")
        ),
    };
    let next_step = if rows.iter().any(|row| !row.key.is_empty()) {
        "mend them in the files and list again: what they tell then holds from their day on; \
         `counterfoil inventory broken` names all"
    } else {
        "what the source showed then cannot be listed again: see there since when it was so; \
         `counterfoil inventory broken` names all"
    };
    Finding {
        code: FindingCode::BrokenRow,
        severity: Severity::Warning,
        subject: source.to_owned(),
        message: format!("{what}{}: {}", first.place, first.message),
        next_step: next_step.to_owned(),
        value: None,
        since: Some(first.valid),
    }
}

/// From where to where the periods reach that may still be billed anew: the one that runs, and the one before it while
/// nothing of it was billed.
pub(crate) async fn to_be_billed(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Option<Period>, LeftOutError> {
    let current = BillingPeriod::containing(session.now, pipeline.zone.clone())?;
    let before = current.previous()?;
    let billed = session.store.billed_periods(id).await?;
    let from = if billed.contains(&before.id()) {
        current.period().from()
    } else {
        before.period().from()
    };
    Ok(Period::new(from, current.period().to()))
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
