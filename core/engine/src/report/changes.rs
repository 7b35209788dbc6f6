//! What changed between two times, per customer, with its monthly value, when it was seen and by what it was delivered.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{IntervalId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::ownership::{OwnedInterval, Owner, Ownership};
use counterfoil_model::report::{self, AccountChange, Cause, Moment, ValuedChange};
use counterfoil_model::time::{Instant, Period};
use schemars::JsonSchema;
use serde::Serialize;

use super::delivered::standing;
use super::delivery::{Asked, Edge, Sighting, Way};
use super::filter::{Filter, Known};
use super::moment::{blocking, first_listed, moment, under_last_customers};
use super::placed::Placed;
use super::tracks::Tracks;
use super::{ReportError, amount_error};
use crate::rating::classify_all;
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangesReport {
    pub pipeline: String,
    pub from: Instant,
    pub to: Instant,
    /// What was asked for, where nothing was listed yet: the comparison starts with the first listing.
    pub asked_from: Option<Instant>,
    /// With a kind asked for, only its changes are summed.
    pub customers: Vec<CustomerChange>,
    pub changes: Vec<ShownChange>,
    /// What could not be priced at either time, and is in no amount.
    pub findings: Vec<Finding>,
}

/// What the changes of an account come to in a month.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CustomerChange {
    pub customer: String,
    pub account_key: String,
    #[serde(flatten)]
    pub change: AccountChange,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownChange {
    /// Absent where nobody is billed, before and after.
    pub customer: Option<String>,
    pub account_key: Option<String>,
    #[serde(flatten)]
    pub change: ValuedChange,
    /// Whose it was, and is; absent where it was not there.
    pub standing_before: Option<String>,
    pub standing_after: Option<String>,
    /// The agreements, where another one holds: one for each who pays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agreements_before: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agreements_after: Vec<String>,
    /// The shares of those who pay, where they are others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares_before: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares_after: Vec<String>,
    pub seen: Option<Sighting>,
    #[serde(flatten)]
    pub way: Way,
}

/// The states at two times are compared: what came and went between them is not told.
pub async fn changes(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    (asked, to): (Instant, Instant),
) -> Result<ChangesReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    let cutoff = filter.cutoff(session).await?;
    let first = first_listed(session, wired).await?;
    let from = asked.max(*first.values().min().ok_or(ReportError::NothingListed)?);
    if from >= to {
        return Err(ReportError::Order { from, to });
    }
    let before = moment(session, wired, &versions, from, cutoff).await?;
    let after = moment(session, wired, &versions, to, cutoff).await?;
    let compared = report::changes(&before, &after).map_err(amount_error)?;
    let mut rows: Vec<ValuedChange> = compared.changes;
    rows.retain(|row| {
        let is_kind = known.is_kind(&row.kind) || (row.resource.is_none() && known.is_any_kind());
        is_kind && known.is_account(row.account)
    });
    let changed: BTreeSet<ResourceId> = rows.iter().filter_map(|row| row.resource).collect();
    let changed: Vec<ResourceId> = changed.into_iter().collect();
    let mut tracks = Tracks::load(session, wired, &versions, &changed).await?;
    let intervals = tracks.intervals(Some(cutoff));
    let whole = Period::new(from, next(to));
    let mut owned = match whole {
        Some(whole) => classify_all(wired, &versions, &intervals, whole)?,
        None => Vec::new(),
    };
    under_last_customers(wired, &versions, &mut owned);
    let lives = Lives::new(&intervals, owned);
    let findings = blocking((&before, &after), |interval, customers| {
        known.counts(interval, customers)
    });
    let (before, after) = (standings(&before), standings(&after));
    for row in &mut rows {
        if let Some(resource) = row.resource {
            row.since = match row.cause {
                Cause::Usage | Cause::Calendar | Cause::Repriced | Cause::Derived => None,
                cause => lives.since(resource, cause).or(row.since),
            };
        }
    }
    let seen = rows.iter().filter_map(|row| row.resource.zip(row.since));
    let seen: Vec<(ResourceId, Instant)> = seen.collect();
    let of = (intervals.as_slice(), seen.as_slice());
    let placed = Placed::of(session, (wired, &versions), of, cutoff).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let mut row = show(&mut tracks, &known, (&before, &after), &lives, row).await?;
        if let (Some(resource), Some(since)) = (row.change.resource, row.change.since) {
            row.change.since = Some(placed.at(resource, since));
        }
        shown.push(row);
    }
    let customers = totals(&known, compared.accounts, &shown).map_err(amount_error)?;
    Ok(ChangesReport {
        pipeline: wired.pipeline.name.clone(),
        from,
        to,
        asked_from: (from != asked).then_some(asked),
        customers,
        changes: shown,
        findings,
    })
}

fn next(instant: Instant) -> Instant {
    Instant::from_seconds(instant.seconds().saturating_add(1)).unwrap_or(instant)
}

/// The stretches of some resources between the two times.
struct Lives<'a> {
    intervals: BTreeMap<IntervalId, &'a Interval>,
    by_resource: BTreeMap<ResourceId, Vec<&'a Interval>>,
    owned: BTreeMap<ResourceId, Vec<OwnedInterval>>,
}

impl<'a> Lives<'a> {
    fn new(intervals: &'a [Interval], mut owned: Vec<OwnedInterval>) -> Self {
        owned.sort_by_key(|owned| owned.period);
        let mut lives = Self {
            intervals: intervals.iter().map(|one| (one.id, one)).collect(),
            by_resource: BTreeMap::new(),
            owned: BTreeMap::new(),
        };
        for interval in intervals {
            let of_resource = lives.by_resource.entry(interval.resource).or_default();
            of_resource.push(interval);
        }
        for stretch in owned {
            let of_resource = lives.owned.entry(stretch.resource).or_default();
            of_resource.push(stretch);
        }
        lives
    }

    /// Since when it has been as it was at the end, or is gone.
    fn since(&self, resource: ResourceId, cause: Cause) -> Option<Instant> {
        let stretches = self.owned.get(&resource)?;
        let last = stretches.last()?;
        if cause == Cause::Gone {
            return Some(last.period.to());
        }
        let configuration = |owned: &OwnedInterval| {
            let interval = self.intervals.get(&owned.interval);
            interval.map(|interval| &interval.configuration)
        };
        let mut since = last.period.from();
        for stretch in stretches.iter().rev().skip(1) {
            // What is new counts from its first day on, whatever became of it since.
            let is_same = cause == Cause::New
                || (stretch.ownership == last.ownership
                    && configuration(stretch) == configuration(last));
            let is_same = is_same && stretch.period.to() == since;
            if !is_same {
                break;
            }
            since = stretch.period.from();
        }
        Some(since)
    }
}

async fn show(
    tracks: &mut Tracks<'_>,
    known: &Known,
    (before, after): (&Standings, &Standings),
    lives: &Lives<'_>,
    row: ValuedChange,
) -> Result<ShownChange, ReportError> {
    let standing = |of: &Standings| row.resource.and_then(|one| of.get(&one).cloned());
    let (was, is) = (standing(before), standing(after));
    let both = was.as_ref().zip(is.as_ref());
    let (agreements, shares) = match both {
        // Another buyer has another agreement in any case.
        Some((was, is)) if was.accounts == is.accounts => (
            differ(&was.agreements, &is.agreements),
            differ(&was.shares, &is.shares),
        ),
        Some(_) | None => Default::default(),
    };
    let mut shown = ShownChange {
        customer: row.account.map(|id| known.customer_of(id)),
        account_key: row.account.map(|id| known.account_key(id)),
        agreements_before: agreements.0,
        agreements_after: agreements.1,
        shares_before: shares.0,
        shares_after: shares.1,
        standing_before: was.map(|one| one.words),
        standing_after: is.map(|one| one.words),
        seen: None,
        way: Way::default(),
        change: row,
    };
    let row = &shown.change;
    let (Some(resource), Some(since)) = (row.resource, row.since) else {
        return Ok(shown);
    };
    let edge = edge(row);
    let asked = Asked {
        resource,
        at: since,
        edge,
        account: row.account,
        lasts: None,
    };
    let mut of_resource = lives.by_resource.get(&resource).into_iter().flatten();
    let interval = of_resource.find(|interval| match edge {
        Edge::Start => interval.valid.contains(since),
        Edge::End => interval.valid.to == Some(since) || interval.valid.contains(since),
    });
    let seen = interval.and_then(|interval| tracks.sighting(&asked, interval));
    let way = tracks.way(&asked).await?;
    (shown.seen, shown.way) = (seen, way);
    Ok(shown)
}

/// For an account that is charged no more, what counts is the end of what it was charged.
fn edge(row: &ValuedChange) -> Edge {
    let nothing_after = row.after.is_some_and(Money::is_zero);
    let something_before = row.before.is_some_and(|before| !before.is_zero());
    match row.cause {
        Cause::Gone => Edge::End,
        Cause::Reclassified if nothing_after && something_before => Edge::End,
        Cause::New
        | Cause::Changed
        | Cause::Reclassified
        | Cause::Usage
        | Cause::Calendar
        | Cause::Repriced
        | Cause::Derived => Edge::Start,
    }
}

/// What is said of whose each resource is.
type Standings = BTreeMap<ResourceId, Standing>;

#[derive(Debug, Clone)]
struct Standing {
    words: String,
    accounts: Vec<String>,
    agreements: Vec<String>,
    shares: Vec<String>,
}

impl Standing {
    fn of(ownership: &Ownership) -> Self {
        let owners = match ownership {
            Ownership::Owned { owners, .. } => owners.as_slice(),
            Ownership::NonBillable(_) | Ownership::Suspended(_) => &[],
        };
        let all = |told: fn(&Owner) -> String| owners.iter().map(told).collect();
        Self {
            words: standing(ownership),
            accounts: all(|owner| owner.account.to_string()),
            agreements: all(|owner| owner.agreement.to_string()),
            shares: all(|owner| owner.share.to_string()),
        }
    }
}

/// Both, where they are not the same.
fn differ(before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
    if before == after || before.is_empty() || after.is_empty() {
        return Default::default();
    }
    (before.to_vec(), after.to_vec())
}

fn standings(moment: &Moment) -> Standings {
    let mut standings = Standings::new();
    for owned in &moment.owned {
        let told = || Standing::of(&owned.ownership);
        standings.entry(owned.resource).or_insert_with(told);
    }
    standings
}

/// Of all accounts whose money changed; limited to a kind, what its changes come to.
fn totals(
    known: &Known,
    accounts: Vec<AccountChange>,
    shown: &[ShownChange],
) -> Result<Vec<CustomerChange>, counterfoil_model::money::MoneyError> {
    let mut customers = Vec::new();
    for mut change in accounts {
        if !known.is_account(Some(change.account)) {
            continue;
        }
        if !known.is_any_kind() {
            let zero = Money::zero(change.difference.currency());
            (change.before, change.after, change.difference) = (zero, zero, zero);
            change.by_cause.clear();
            let own = shown
                .iter()
                .filter(|row| row.change.account == Some(change.account));
            for row in own {
                let amount = |money: Option<Money>| money.unwrap_or(zero);
                change.before = change.before.checked_add(amount(row.change.before))?;
                change.after = change.after.checked_add(amount(row.change.after))?;
                let difference = amount(row.change.difference);
                change.difference = change.difference.checked_add(difference)?;
                let sum = change.by_cause.entry(row.change.cause).or_insert(zero);
                *sum = sum.checked_add(difference)?;
            }
        }
        if change.by_cause.is_empty() {
            continue;
        }
        customers.push(CustomerChange {
            customer: known.customer_of(change.account),
            account_key: known.account_key(change.account),
            change,
        });
    }
    customers.sort_by(|a, b| a.account_key.cmp(&b.account_key));
    Ok(customers)
}
