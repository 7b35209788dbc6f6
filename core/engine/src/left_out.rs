//! What a bill would leave out unseen: rows that were never read, and periods that were never billed.

use counterfoil_model::counted::counted;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{PipelineId, SourceId};
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant, Period};
use counterfoil_store::inventory::{BrokenRows, UnknownRows};
use counterfoil_store::{Store, StoreError};
use thiserror::Error;

use crate::config::Pipeline;
use crate::session::{Session, Wired};

/// Of so many periods back it is asked whether they were billed.
const PERIODS_MAX: usize = 120;

const NAMES_ALL: &str = "`counterfoil inventory broken` names all";

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
        if is_listed {
            findings.extend(unread_listings(&session.store, (*id, name), period).await?);
        }
    }
    Ok(findings)
}

/// Files of days in the period that could not be read, or not to their end.
async fn unread_listings(
    store: &Store,
    (source, name): (SourceId, &str),
    period: Period,
) -> Result<Option<Finding>, StoreError> {
    let mut unread = store.unread_listings(source).await?;
    unread.retain(|listing| {
        let covered = Period::new(listing.valid, listing.covered_until);
        covered.is_some_and(|day| day.intersect(period).is_some())
    });
    let Some(first) = unread.first() else {
        return Ok(None);
    };
    let reason = first.coverage.reason.as_deref().unwrap_or("it broke off");
    let (what, which) = match unread.len() {
        1 => ("1 listing could not be read".to_owned(), "it is"),
        count => (
            format!("{count} listings could not be read"),
            "the first is",
        ),
    };
    Ok(Some(Finding {
        code: FindingCode::UnreadListing,
        severity: Severity::Warning,
        subject: name.to_owned(),
        message: format!(
            "{what}: what only it would have shown is billed as it was before, or not at all; {which} {}: {reason}",
            first.key
        ),
        next_step: "mend the file, or its name, and list again: what it tells then holds from its day on; where it is no \
                    listing, take it out of the folder"
            .to_owned(),
        value: None,
        since: Some(first.valid),
    }))
}

/// What is listed no more has nothing that could be mended by listing it again.
pub(crate) async fn unread_of(
    store: &Store,
    (source, name): (SourceId, &str),
    is_listed: bool,
    period: Period,
) -> Result<Vec<Finding>, StoreError> {
    let blocking = if is_listed {
        store.unknown_now(source).await?
    } else {
        None
    };
    let besides = blocking
        .as_ref()
        .map_or(&[][..], |unknown| &unknown.listings);
    let within = store.broken_within(source, period, besides).await?;
    let blocking = blocking.map(|unknown| no_resources(name, &unknown));
    let unread = within.unread.map(|rows| not_mended(name, &rows, is_listed));
    let repeated = within
        .repeated
        .map(|rows| repeated_ids(name, &rows, is_listed));
    Ok([blocking, unread, repeated].into_iter().flatten().collect())
}

fn no_resources(source: &str, unknown: &UnknownRows) -> Finding {
    let what = match unknown.count {
        1 => "1 row of the latest listing is no resource, because it could not be read, and is not billed: "
            .to_owned(),
        count => format!(
            "{count} rows of the latest listing are no resources, because they could not be read, and are not billed; \
             the first is "
        ),
    };
    let first = &unknown.first;
    Finding {
        code: FindingCode::BrokenRow,
        severity: Severity::Blocking,
        subject: source.to_owned(),
        message: format!("{what}{}: {}", first.place, first.message),
        next_step: format!("mend them at the source and list again; {NAMES_ALL}"),
        value: None,
        since: None,
    }
}

/// What such a row would have told holds only from the next listing on that tells it.
fn not_mended(source: &str, rows: &BrokenRows, is_listed: bool) -> Finding {
    let what = if rows.count == 1 {
        "could not be read and was never mended: until a later listing has it, its resource is billed as it was before, \
         or not at all"
    } else {
        "could not be read and were never mended: until a later listing has them, their resources are billed as they \
         were before, or not at all"
    };
    let next_step = if !is_listed {
        "the source is listed no more: see there what they were about"
    } else if rows.can_be_mended {
        "mend them in the files and list again: what they tell then holds from their day on"
    } else {
        "mend them at the source and list again: they hold from then on, and what was before cannot be listed any more"
    };
    finding(source, Severity::Warning, (what, rows), next_step)
}

/// The row that counts is billed as ever; what the others are about is known to people alone.
fn repeated_ids(source: &str, rows: &BrokenRows, is_listed: bool) -> Finding {
    let what = if rows.count == 1 {
        "has the id of another row of its listing, which counts: if it is about another resource, that is not billed by it"
    } else {
        "have the id of another row of their listing, which counts: if one is about another resource, that is not billed \
         by it"
    };
    let next_step = if !is_listed {
        "the source is listed no more: see there what they were about"
    } else if rows.can_be_mended {
        "where one is about another resource, give it the id of that in its file and list again"
    } else {
        "where one is about another resource, give it the id of that at the source"
    };
    finding(source, Severity::Note, (what, rows), next_step)
}

fn finding(
    source: &str,
    severity: Severity,
    (what, rows): (&str, &BrokenRows),
    next_step: &str,
) -> Finding {
    let BrokenRows { first, count, .. } = rows;
    let counted = match rows.listings {
        1 => counted(*count, "row"),
        listings => format!("{} of {listings} listings", counted(*count, "row")),
    };
    let which = if *count == 1 && rows.listings == 1 {
        "it is"
    } else {
        "the first is"
    };
    Finding {
        code: FindingCode::BrokenRow,
        severity,
        subject: source.to_owned(),
        message: format!(
            "{counted} {what}; {which} {}: {}",
            first.place, first.message
        ),
        next_step: format!("{next_step}; {NAMES_ALL}"),
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
    let mut billed = session.store.billed_periods(wired.id).await?;
    // A period may be closed with nothing to bill.
    billed.extend(session.store.certified_periods(wired.id).await?);
    billed.sort();
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
