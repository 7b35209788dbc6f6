//! Stages 2 and 3 for looking: the charges of a period as they would be now. Nothing is kept, and no sink is asked.

pub(crate) mod line;

use std::collections::{BTreeMap, HashMap};

use counterfoil_model::charge::Charge;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{AccountId, IntervalId, RecordingId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::rate::{Detail, KindBalance, Rated, SuspendedLine};
use counterfoil_model::time::{BillingPeriod, Instant, Period};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::between::{Extremes, Placing, extremes};
use crate::facts::FactsRead;
use crate::left_out;
use crate::rating::{rate_period, rate_placed};
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, versions};

pub use line::{RatedContribution, RatedLine, RatedPart};

#[derive(Debug, Serialize, JsonSchema)]
pub struct RateReport {
    /// Absent where facts of files were rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    pub billing_period: String,
    /// The billing period in instants, the end exclusive.
    pub period: Period,
    /// When it ends, where that is still to come: what is rated beyond the last coverage is presumed to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// Resource-seconds beyond the last coverage: each resource once, however many lines it is on.
    pub presumed_seconds: i64,
    /// Whose midnights bound it: an IANA name.
    pub timezone: String,
    /// What was learned later is not in it. Absent where facts of files were rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<RecordingId>,
    /// Where facts of files were rated: what was read of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsRead>,
    pub lines: Vec<RatedLine>,
    /// By currency.
    pub totals: BTreeMap<Currency, Money>,
    /// What has no known payer, priced as if it were one buyer's: an estimate.
    pub suspended: Vec<SuspendedLine>,
    pub kinds: BTreeMap<String, KindBalance>,
    pub findings: Vec<Finding>,
}

impl RateReport {
    /// Does anything wait for a person?
    pub fn is_right(&self) -> bool {
        let blocks = |finding: &Finding| finding.severity == Severity::Blocking;
        let facts = self.facts.as_ref();
        !self.findings.iter().any(blocks) && facts.is_none_or(|facts| facts.broken.is_empty())
    }
}

/// Where what was rated came from.
#[derive(Debug)]
pub(crate) enum Source {
    Pipeline {
        name: String,
        cutoff: RecordingId,
        now: Instant,
    },
    Facts(FactsRead),
}

#[derive(Debug, Error)]
pub enum RateError {
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("read what was learned")]
    Store { source: StoreError },
}

impl RateError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terms(error) => error.hint(),
            Self::Store { .. } => None,
        }
    }
}

/// Rates a period from everything that is known now, under the configuration as the files have it.
pub async fn rate(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    detail: Detail,
) -> Result<RateReport, RateError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await;
    let cutoff = cutoff.map_err(|source| RateError::Store { source })?;
    let (mut rated, extremes) = match detail {
        Detail::Amounts | Detail::Lines => {
            let rated = rate_period(session, wired, &versions, period, cutoff, detail);
            (rated.await?, None)
        }
        Detail::Resources => {
            let placing = (period, Placing::Explained);
            let rated = rate_placed(session, wired, &versions, placing, cutoff, detail).await?;
            let extremes = extremes(session, wired, &versions, &rated, cutoff).await?;
            (rated, extremes)
        }
    };
    let unread = left_out::unread(session, wired, period.period()).await;
    let unread = unread.map_err(|source| RateError::Store { source })?;
    rated.rated.findings.extend(unread);
    let account = |id: AccountId| wired.known.accounts.get(&id).map(ToString::to_string);
    let source = Source::Pipeline {
        name: wired.pipeline.name.clone(),
        cutoff,
        now: session.now,
    };
    let facts = (period, rated.intervals.as_slice());
    let names: (&dyn Fn(AccountId) -> Option<String>, _) = (&account, extremes.as_ref());
    Ok(report(source, rated.rated, facts, names, detail))
}

/// What was rated, with the names of accounts and resources.
pub(crate) fn report(
    source: Source,
    rated: Rated,
    (period, intervals): (&BillingPeriod, &[Interval]),
    (account, extremes): (&dyn Fn(AccountId) -> Option<String>, Option<&Extremes>),
    detail: Detail,
) -> RateReport {
    let mut findings = rated.findings;
    let totals = totals(&rated.charges, &mut findings);
    let by_id: HashMap<IntervalId, &Interval> = match detail {
        Detail::Amounts | Detail::Lines => HashMap::new(),
        Detail::Resources => intervals.iter().map(|one| (one.id, one)).collect(),
    };
    let lines = rated.charges.iter().map(|charge| {
        let id = charge.key.account;
        let account = account(id).unwrap_or_else(|| id.to_string());
        let nets = extremes.and_then(|extremes| extremes.nets(&charge.key));
        line::line(charge, (account, nets), detail, &by_id)
    });
    let zone = period.zone();
    let end = period.period().to();
    let (pipeline, cutoff, facts, not_ended) = match source {
        Source::Pipeline { name, cutoff, now } => {
            let not_ended = (end > now).then_some(end);
            (Some(name), Some(cutoff), None, not_ended)
        }
        // Facts say themselves until when they are proven.
        Source::Facts(read) => (None, None, Some(read), None),
    };
    let kinds = rated.completeness.kinds.into_iter();
    RateReport {
        pipeline,
        billing_period: period.id(),
        period: period.period(),
        not_ended,
        presumed_seconds: rated.presumed_seconds,
        timezone: zone.iana_name().unwrap_or("UTC").to_owned(),
        cutoff,
        facts,
        lines: lines.collect(),
        totals,
        suspended: rated.suspended,
        kinds: kinds
            .map(|(kind, balance)| (kind.to_string(), balance))
            .collect(),
        findings,
    }
}

/// What does not fit has no total, and is told.
fn totals(charges: &[Charge], findings: &mut Vec<Finding>) -> BTreeMap<Currency, Money> {
    let mut totals = BTreeMap::new();
    for total in Money::by_currency(charges.iter().map(|charge| charge.net)) {
        match total {
            Ok(total) => {
                totals.insert(total.currency(), total);
            }
            Err(error) => findings.push(Finding {
                code: FindingCode::AmountOverflow,
                severity: Severity::Blocking,
                subject: "total".to_owned(),
                message: format!("The lines of a currency have no total: {error}."),
                next_step: "look for a quantity or a price that nobody meant".to_owned(),
                value: None,
                since: None,
            }),
        }
    }
    totals
}
