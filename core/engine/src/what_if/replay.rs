//! Rates past periods once as they are and once under a candidate: facts are read once, and classified once for each set of
//! rules, whatever the number of periods.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use counterfoil_model::between::ChangeAt;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{
    AccountId, IntervalId, Kind, PlanKey, RecordingId, ResourceId, ServiceKey,
};
use counterfoil_model::inventory::{Configuration, GaugeRun, Interval};
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{OwnedInterval, Ownership};
use counterfoil_model::rate::Rated;
use counterfoil_model::time::{BillingPeriod, Period};
use counterfoil_model::what_if::{Change, Comparison};

use super::{SuspenseChange, WhatIfError};
use crate::between::{Placing, placed_intervals};
use crate::progress::Progress;
use crate::rating::{
    BilledPart, agreed, billed_part, classify_all, facts_needed, handovers, keep_from, rate_owned,
};
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// What one of the two is rated with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) wired: &'a Wired<'a>,
    pub(super) versions: &'a Versions,
}

#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) comparison: Comparison,
    pub(super) suspense: SuspenseChange,
    /// Of the candidate alone.
    pub(super) findings: Vec<Finding>,
}

/// Everything that was known of all periods.
struct Known {
    cutoff: RecordingId,
    intervals: Vec<Interval>,
    gauges: Vec<GaugeRun>,
}

pub(super) async fn replay(
    session: &Session,
    sides: &[Side<'_>; 2],
    periods: &[BillingPeriod],
    changes_owners: bool,
    progress: &dyn Progress,
) -> Result<Replayed, WhatIfError> {
    let wired = sides[0].wired;
    let billed: Vec<(&BillingPeriod, Period)> = periods
        .iter()
        .filter_map(|period| {
            Some((
                period,
                billed_part(wired, period, needed(sides, period)).period?,
            ))
        })
        .collect();
    let reads = billed.iter().map(|(period, part)| {
        let reads = sides.map(|side| read_of(&side, period, *part));
        reads[0].hull(reads[1])
    });
    let Some(whole) = reads.reduce(Period::hull) else {
        let bill_from = wired.pipeline.config.bill_from;
        return Err(WhatIfError::BeforeBilling {
            bill_from: bill_from.map(|day| day.to_string()).unwrap_or_default(),
        });
    };
    progress.begin("reading", None);
    let mut known = read(session, wired, whole).await?;
    let of_side = |side: &Side<'_>, intervals: &[Interval]| {
        classify_all(side.wired, side.versions, intervals, whole).map_err(WhatIfError::from)
    };
    let mut before = of_side(&sides[0], &known.intervals)?;
    alike_together(&mut known.intervals, &mut before);
    let after = if changes_owners {
        Some(of_side(&sides[1], &known.intervals)?)
    } else {
        None
    };
    progress.end();
    let owned = [&before, after.as_ref().unwrap_or(&before)];
    progress.begin("rating", Some(billed.len() as u64));
    let mut tally = Tally::default();
    for (period, part) in billed {
        // Whoever asks for a stop is heard in between.
        tokio::task::yield_now().await;
        progress.note(&period.id());
        let facts = known.within(part);
        let mut rated = Vec::with_capacity(sides.len());
        for (side, owned) in sides.iter().zip(owned) {
            let (wired, versions) = (side.wired, side.versions);
            let read = read_of(side, period, part);
            let placed = placed(session, side, period, (part, read), known.cutoff).await?;
            let (intervals, mut owned) = match &placed {
                Some((intervals, owned)) => (intervals.as_slice(), owned.clone()),
                None => (facts.0.as_slice(), clipped(owned, read)),
            };
            handovers(wired, versions, part).hand_over(&mut owned, part);
            let is_final = period.period().to() <= session.now;
            let agreed = agreed(wired, versions, period, Some(part), is_final);
            let facts = (intervals, owned.as_slice(), facts.1.as_slice());
            rated.push(rate_owned((wired, versions), period, &agreed, facts));
        }
        tally.add(period, &rated)?;
        progress.advance(1);
    }
    progress.end();
    tally.finish()
}

async fn read(session: &Session, wired: &Wired<'_>, whole: Period) -> Result<Known, WhatIfError> {
    let store_error = |source| WhatIfError::Store { source };
    let sources = wired.every_source();
    let store = &session.store;
    let cutoff = store.cutoff().await.map_err(store_error)?;
    let intervals = store.intervals(&sources, whole, cutoff).await;
    let gauges = store.gauges(&sources, whole, cutoff).await;
    let mut known = Known {
        cutoff,
        intervals: intervals.map_err(store_error)?,
        gauges: gauges.map_err(store_error)?,
    };
    keep_from(
        (wired, wired.pipeline.config.bill_from),
        &mut known.intervals,
        whole.from(),
    );
    Ok(known)
}

/// Brings what one account has of a kind together, also in memory: rating goes over it for every period, and what it needs of the
/// next one is then near what it needed of the last one.
fn alike_together(intervals: &mut [Interval], owned: &mut [OwnedInterval]) {
    let of_intervals = owned.chunk_by(|a, b| a.interval == b.interval);
    let mut firsts: Vec<&OwnedInterval> = of_intervals.map(|pieces| &pieces[0]).collect();
    firsts.sort_by(|a, b| whose(a).cmp(&whose(b)));
    let places = firsts.iter().enumerate();
    let places: HashMap<IntervalId, usize> = places
        .map(|(place, first)| (first.interval, place))
        .collect();
    intervals.sort_by_cached_key(|interval| places.get(&interval.id).copied());
    owned.sort_by_cached_key(|piece| places.get(&piece.interval).copied());
    for interval in intervals {
        interval.configuration = Arc::new(Configuration::clone(&interval.configuration));
    }
}

/// What tells charges apart first.
fn whose(
    owned: &OwnedInterval,
) -> (
    Option<AccountId>,
    &Kind,
    Option<&PlanKey>,
    Option<&ServiceKey>,
) {
    let Ownership::Owned {
        owners,
        service,
        plan,
    } = &*owned.ownership
    else {
        return (None, &owned.kind, None, None);
    };
    let account = owners.first().map(|owner| owner.account);
    (account, &owned.kind, plan.as_ref(), service.as_ref())
}

/// The time of which either side needs facts to rate a period.
fn needed(sides: &[Side<'_>; 2], period: &BillingPeriod) -> Period {
    let [a, b] = sides.map(|side| facts_needed(side.wired, side.versions, period));
    Period::new(a.from().min(b.from()), a.to().max(b.to())).unwrap_or(a)
}

/// The time of which intervals decide who pays within the billed part of a period.
fn read_of(side: &Side<'_>, period: &BillingPeriod, part: Period) -> Period {
    let bill_from = side.wired.pipeline.config.bill_from;
    let billed = BilledPart {
        period: Some(part),
        bill_from,
    };
    let needs = handovers(side.wired, side.versions, part).needs(part);
    billed.since(period, needs)
}

/// The intervals of a period with their owners, where its policy has uncertain changes elsewhere than where they were seen.
async fn placed(
    session: &Session,
    side: &Side<'_>,
    period: &BillingPeriod,
    (part, read): (Period, Period),
    cutoff: RecordingId,
) -> Result<Option<(Vec<Interval>, Vec<OwnedInterval>)>, WhatIfError> {
    let (wired, versions) = (side.wired, side.versions);
    let policy = versions.in_force(period.period().from()).change_at;
    if policy == ChangeAt::FirstSeen {
        return Ok(None);
    }
    let asked = (
        period,
        facts_needed(wired, versions, period).hull(read),
        Placing::AsConfigured,
    );
    let mut intervals = placed_intervals(session, wired, versions, asked, cutoff).await?;
    keep_from(
        (wired, wired.pipeline.config.bill_from),
        &mut intervals,
        read.from(),
    );
    let owned = classify_all(wired, versions, &intervals, read)?;
    if read != part {
        intervals.retain(|interval| interval.valid.clip(part).is_some());
    }
    Ok(Some((intervals, owned)))
}

impl Known {
    /// What holds at any time of a part.
    fn within(&self, part: Period) -> (Vec<Interval>, Vec<GaugeRun>) {
        let holds = |interval: &&Interval| {
            let begins = interval.valid.from.is_none_or(|from| from < part.to());
            begins && interval.valid.to.is_none_or(|to| to > part.from())
        };
        let intervals = self.intervals.iter().filter(holds).cloned().collect();
        let gauges = self.gauges.iter();
        let gauges = gauges.filter(|run| run.period.intersect(part).is_some());
        (intervals, gauges.cloned().collect())
    }
}

fn clipped(owned: &[OwnedInterval], part: Period) -> Vec<OwnedInterval> {
    let within = owned.iter().filter_map(|owned| {
        Some(OwnedInterval {
            period: owned.period.intersect(part)?,
            ..owned.clone()
        })
    });
    within.collect()
}

/// What was found of both sides so far.
#[derive(Default)]
struct Tally {
    comparison: Comparison,
    suspended: [HashSet<ResourceId>; 2],
    values: [Vec<Money>; 2],
    /// Of the candidate alone, with the periods in which each was found.
    found: BTreeMap<(FindingCode, String), (Finding, Vec<String>)>,
}

impl Tally {
    fn add(&mut self, period: &BillingPeriod, rated: &[Rated]) -> Result<(), WhatIfError> {
        let [before, after] = rated else {
            return Ok(());
        };
        let added = self
            .comparison
            .add(&period.id(), &before.charges, &after.charges);
        added.map_err(|source| WhatIfError::Amount { source })?;
        for (side, rated) in rated.iter().enumerate() {
            let suspense = &rated.completeness.suspense;
            let waiting = suspense.resources.iter().map(|one| one.resource);
            self.suspended[side].extend(waiting);
            self.values[side].extend(suspense.total);
        }
        let blocks = |finding: &&Finding| {
            finding.severity == Severity::Blocking && finding.code != FindingCode::Suspense
        };
        let key = |finding: &Finding| (finding.code, finding.subject.clone());
        let as_it_is = before.findings.iter().filter(blocks).map(key);
        let as_it_is: BTreeSet<_> = as_it_is.collect();
        for finding in after.findings.iter().filter(blocks) {
            let key = key(finding);
            if as_it_is.contains(&key) {
                continue;
            }
            let found = self.found.entry(key);
            let (last, periods) = found.or_insert_with(|| (finding.clone(), Vec::new()));
            last.clone_from(finding);
            periods.push(period.id());
        }
        Ok(())
    }

    fn finish(self) -> Result<Replayed, WhatIfError> {
        let resources = |side: usize| self.suspended[side].len() as u64;
        let suspense = SuspenseChange {
            resources_before: resources(0),
            resources_after: resources(1),
            value: value(&self.values)?,
        };
        let findings = self.found.into_iter();
        let findings = findings.map(|(_, (finding, periods))| Finding {
            subject: match periods.as_slice() {
                [only] => format!("{}, {only}", finding.subject),
                [first, .., last] => format!("{}, {first} to {last}", finding.subject),
                [] => finding.subject.clone(),
            },
            ..finding
        });
        Ok(Replayed {
            comparison: self.comparison,
            suspense,
            findings: findings.collect(),
        })
    }
}

/// The estimates of both sides; none where they cannot be added.
fn value(values: &[Vec<Money>; 2]) -> Result<Option<Change>, WhatIfError> {
    let Some(currency) = values.iter().flatten().next().map(|one| one.currency()) else {
        return Ok(None);
    };
    if values
        .iter()
        .flatten()
        .any(|one| one.currency() != currency)
    {
        return Ok(None);
    }
    let sum = |side: usize| Money::sum(values[side].iter().copied(), currency);
    let change = sum(0).and_then(|before| Change::between(before, sum(1)?));
    change
        .map(Some)
        .map_err(|source| WhatIfError::Amount { source })
}
