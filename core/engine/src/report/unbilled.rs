//! What runs and is not billed: since when, and worth how much a month. And what is rated and was never sent.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use counterfoil_model::finding::{Finding, FindingCode};
use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::{RecordingId, ResourceId, SourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::ownership::{OwnedInterval, Ownership};
use counterfoil_model::report::{self, Moment, NotBilled, Reason};
use counterfoil_model::time::{BillingPeriod, Date, Instant, Period};
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::{Filter, Known};
use super::moment::{first_listed, moment};
use super::{ReportError, amount_error, store_error};
use crate::later::{LastMonth, LeftBehind, last_month, later};
use crate::left_out;
use crate::rating::{classify_all, estimate_currency};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct UnbilledReport {
    pub pipeline: String,
    pub at: Instant,
    /// The most valuable first.
    pub resources: Vec<Unbilled>,
    /// In suspense in the month that ended last, which is what is billed now, and not among the resources.
    pub left_behind: Vec<LeftBehind>,
    /// Estimates at list price, one for each currency.
    pub per_month: Vec<Money>,
    /// In which they are estimated; absent where accounts and prices have several currencies and the pipeline names none.
    pub estimate_currency: Option<Currency>,
    /// What rating could not price of resources that are billed otherwise or not at all.
    pub findings: Vec<Finding>,
    /// Rows that never became resources: nobody knows what they are worth.
    pub unread: Vec<Unread>,
    /// Nothing is billed before this day, and it has not come.
    pub before_bill_from: Option<BeforeBillFrom>,
    /// Documents that wait: rated, and not at the sink. And what is older than the look-back, which no plan corrects unless it is
    /// asked for the month by name.
    pub not_sent: Vec<NotSent>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Unbilled {
    #[serde(flatten)]
    pub what: NotBilled,
    /// Since when it is so without a break.
    pub since: Instant,
    /// What the files have for it, and what does not hold yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<HoldsLater>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Unread {
    pub source: String,
    pub listing: String,
    pub place: String,
    pub external_id: Option<String>,
    pub message: String,
    pub since: Instant,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct BeforeBillFrom {
    pub bill_from: Date,
    /// Of everything that is owned and priced.
    pub per_month: Vec<Money>,
}

/// What a plan would send and did not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NotSent {
    pub sink: String,
    pub account: String,
    pub billing_period: String,
    /// Of what is older than the look-back that of the invoice that it would correct; empty where there is none.
    pub reference: String,
    pub amount: Money,
    /// When the plan was made.
    pub since: Instant,
    /// Why: "held by anna: …", "waits for approval", "parked", …
    pub state: String,
}

/// What runs at an instant and is not billed.
pub async fn unbilled(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    at: Instant,
    since: Option<Instant>,
) -> Result<UnbilledReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    let cutoff = filter.cutoff(session).await?;
    let moment = moment(session, wired, &versions, at, cutoff).await?;
    let first = first_listed(session, wired).await?;
    let mut rows = report::not_billed(&moment);
    rows.retain(|row| {
        let customers = &row.customers;
        known.is_kind(&row.kind)
            && (known.is_customer(None) || customers.iter().any(|one| known.is_customer(Some(one))))
    });
    // What is nobody's is told of no customer.
    let last = if known.is_customer(None) {
        last_month(session, wired, &versions, at, cutoff).await?
    } else {
        LastMonth::default()
    };
    let suspended = rows
        .iter()
        .filter(|row| matches!(row.reason, Reason::Suspense { .. }));
    let still: HashSet<ResourceId> = suspended.map(|row| row.resource).collect();
    let is_told = |left: &LeftBehind| known.is_kind(&left.kind) && !still.contains(&left.resource);
    let left_behind: Vec<LeftBehind> = last.left_behind.into_iter().filter(is_told).collect();
    let mut resources = dated(session, wired, &versions, rows, (at, cutoff, &first)).await?;
    let month = BillingPeriod::containing(at, wired.pipeline.zone.clone())
        .map_err(|source| ReportError::Period { source })?;
    let mut later = later(wired, &versions, &month, (&moment.intervals, &moment.owned))?;
    for row in &mut resources {
        row.later = later.remove(&row.what.resource);
    }
    resources.retain(|row| since.is_none_or(|since| row.since >= since));
    let per_month = Money::by_currency(resources.iter().filter_map(|row| row.what.per_month));
    let per_month: Vec<Money> = per_month.collect::<Result<_, _>>().map_err(amount_error)?;
    Ok(UnbilledReport {
        pipeline: wired.pipeline.name.clone(),
        at,
        per_month,
        estimate_currency: estimate_currency(wired, &versions),
        findings: findings(session, wired, &moment, &known, last.findings).await?,
        unread: unread(session, wired, &known).await?,
        before_bill_from: before_bill_from(wired, &moment, &known)?,
        not_sent: if known.is_any_kind() {
            let counts = |account| known.is_account(Some(account));
            let not_sent = super::not_sent::not_sent(session, wired, &counts).await;
            not_sent.map_err(store_error)?
        } else {
            Vec::new()
        },
        resources,
        left_behind,
    })
}

/// Walks back from the instant while the reason stays of the same sort.
async fn dated(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    rows: Vec<NotBilled>,
    (at, cutoff, first): (Instant, RecordingId, &BTreeMap<SourceId, Instant>),
) -> Result<Vec<Unbilled>, ReportError> {
    let ids: BTreeSet<ResourceId> = rows.iter().map(|row| row.resource).collect();
    let ids: Vec<ResourceId> = ids.into_iter().collect();
    let histories = session.store.histories(&ids).await.map_err(store_error)?;
    let held = histories
        .into_iter()
        .filter(|one| one.recorded_from <= cutoff && one.recorded_to.is_none_or(|to| to > cutoff));
    let intervals: Vec<Interval> = held.map(|known| known.interval).collect();
    let next = Instant::from_seconds(at.seconds() + 1).unwrap_or(at);
    let whole = first
        .values()
        .min()
        .and_then(|from| Period::new(*from, next));
    let mut stretches: BTreeMap<ResourceId, Vec<OwnedInterval>> = BTreeMap::new();
    if let Some(whole) = whole {
        for owned in classify_all(wired, versions, &intervals, whole)? {
            stretches.entry(owned.resource).or_default().push(owned);
        }
    }
    let mut dated = Vec::with_capacity(rows.len());
    for what in rows {
        let mut of_resource = stretches.remove(&what.resource).unwrap_or_default();
        of_resource.sort_by_key(|owned| owned.period);
        let mut since = of_resource.last().map_or(at, |last| last.period.from());
        let sort = of_resource.last().map(|last| sort(&last.ownership));
        for before in of_resource.iter().rev().skip(1) {
            if before.period.to() != since || Some(self::sort(&before.ownership)) != sort {
                break;
            }
            since = before.period.from();
        }
        dated.push(Unbilled {
            what,
            since,
            later: None,
        });
    }
    Ok(dated)
}

fn sort(ownership: &Ownership) -> u8 {
    match ownership {
        Ownership::Owned { .. } => 0,
        Ownership::NonBillable(_) => 1,
        Ownership::Suspended(_) => 2,
    }
}

/// Suspense is told resource by resource.
async fn findings(
    session: &Session,
    wired: &Wired<'_>,
    moment: &Moment,
    known: &Known,
    of_last_month: Vec<Finding>,
) -> Result<Vec<Finding>, ReportError> {
    if !known.is_any_kind() || !known.is_customer(None) {
        return Ok(Vec::new());
    }
    let unpriced = |finding: &&Finding| {
        matches!(
            finding.code,
            FindingCode::MissingPrice
                | FindingCode::UnreadableQuantity
                | FindingCode::NegativeQuantity
                | FindingCode::AmountOverflow
        )
    };
    // The stretched month of the moment says nothing of since when.
    let undated = |finding: &Finding| Finding {
        since: None,
        ..finding.clone()
    };
    let found = moment.rated.findings.iter().filter(unpriced);
    let mut findings: Vec<Finding> = found.map(undated).collect();
    let current = BillingPeriod::containing(moment.at, wired.pipeline.zone.clone())
        .map_err(|source| ReportError::Period { source })?;
    findings.extend(of_last_month);
    findings.extend(left_out::unbilled(session, wired, &current).await?);
    Ok(findings)
}

async fn unread(
    session: &Session,
    wired: &Wired<'_>,
    known: &Known,
) -> Result<Vec<Unread>, ReportError> {
    let mut unread = Vec::new();
    if !known.is_any_kind() || !known.is_customer(None) {
        return Ok(unread);
    }
    for (id, name) in &wired.known.sources {
        let unknown = session.store.unknown_rows(*id).await;
        for row in unknown.map_err(store_error)? {
            let listing = session.store.listing(row.listing).await;
            unread.push(Unread {
                source: name.clone(),
                listing: row.key,
                place: row.place,
                external_id: row.external_id,
                message: row.message,
                since: listing.map_err(store_error)?.valid,
            });
        }
    }
    Ok(unread)
}

fn before_bill_from(
    wired: &Wired<'_>,
    moment: &Moment,
    known: &Known,
) -> Result<Option<BeforeBillFrom>, ReportError> {
    let Some(bill_from) = wired.pipeline.config.bill_from else {
        return Ok(None);
    };
    let start = Instant::start_of_day(bill_from, &wired.pipeline.zone);
    if start.is_ok_and(|start| start <= moment.at) {
        return Ok(None);
    }
    let charges = moment.rated.charges.iter();
    let own = charges.filter(|charge| known.is_account(Some(charge.key.account)));
    Ok(Some(BeforeBillFrom {
        bill_from,
        per_month: Money::by_currency(own.map(|charge| charge.net))
            .collect::<Result<_, _>>()
            .map_err(amount_error)?,
    }))
}
