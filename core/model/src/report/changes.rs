//! What changed between two instants, resource by resource and account by account, with its monthly value.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use super::used::Used;
use crate::counted::counted;
use crate::ids::{AccountId, IntervalId, ResourceId};
use crate::inventory::Interval;
use crate::money::{Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::Instant;
use crate::timeline::{AttributeChange, attribute_changes};

/// Why something comes to another amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The resource is new.
    New,
    /// The resource is gone.
    Gone,
    /// It has other attributes.
    Changed,
    /// It has another owner, service or plan, or is billed now and was not.
    Reclassified,
    /// Something else was measured of it: storage in use, traffic.
    Usage,
    /// Other days are charged: months are not of one length, and a charge period may be due in one of them alone.
    Calendar,
    /// It is as it was: the price changed, or the average of tiers that it climbs with others.
    Repriced,
    /// A line to which no resource adds: a percentage of others, or what was billed elsewhere.
    Derived,
}

/// One change of one resource for one account; repriced resources of an account are told together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ValuedChange {
    pub cause: Cause,
    /// Absent where it is several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// The resources that are told together.
    pub resources: u64,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    pub attributes: Vec<AttributeChange>,
    /// Absent where nobody is billed, before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What is billed in a whole month; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Money>,
    /// The instant from which it is as it is now, or is gone, as it is billed: a change between two listings is where
    /// `change_at` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

/// What the changes of an account come to in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountChange {
    pub account: AccountId,
    pub before: Money,
    pub after: Money,
    pub difference: Money,
    /// Sums to the difference.
    pub by_cause: BTreeMap<Cause, Money>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ValuedChanges {
    /// In the order of accounts, causes and ids at the source.
    pub changes: Vec<ValuedChange>,
    pub accounts: Vec<AccountChange>,
}

#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    interval: &'a Interval,
    owned: Option<&'a OwnedInterval>,
}

type Worth = BTreeMap<(ResourceId, AccountId), Money>;

/// Everything that differs. The sums of an account are exactly what its bills of whole months differ by.
pub fn changes(before: &Moment, after: &Moment) -> Result<ValuedChanges, MoneyError> {
    let (then, now) = (by_resource(before), by_resource(after));
    let (worth_then, worth_now) = (before.worth()?, after.worth()?);
    let (used_then, used_now) = (Used::at(before), Used::at(after));
    let resources: BTreeSet<ResourceId> = then.keys().chain(now.keys()).copied().collect();
    let mut rows: Vec<ValuedChange> = Vec::new();
    let mut repriced: BTreeMap<AccountId, ValuedChange> = BTreeMap::new();
    for resource in resources {
        let (was, is) = (then.get(&resource).copied(), now.get(&resource).copied());
        let cause = cause(was, is);
        let accounts = accounts(resource, &worth_then, &worth_now);
        let mut told = false;
        for account in accounts {
            let mut row = row(cause, resource, was, is);
            value(&mut row, (resource, account), &worth_then, &worth_now)?;
            told = true;
            if cause != Cause::Repriced {
                rows.push(row);
                continue;
            }
            if row.difference.is_none_or(Money::is_zero) {
                continue;
            }
            let used = used_then.changes(&used_now, (resource, account));
            if used.is_empty() {
                join(&mut repriced, account, row)?;
            } else {
                row.cause = Cause::Usage;
                row.attributes = used;
                rows.push(row);
            }
        }
        if !told && cause != Cause::Repriced {
            rows.push(row(cause, resource, was, is));
        }
    }
    rows.extend(repriced.into_values());
    rows.sort_by(|a, b| {
        let key = |row: &ValuedChange| (row.account, row.cause, row.external_id.clone());
        key(a).cmp(&key(b))
    });
    Ok(ValuedChanges {
        accounts: totals(before, after, &rows)?,
        changes: rows,
    })
}

/// The first of each resource: a second one is a source that shows the same thing.
fn by_resource(moment: &Moment) -> BTreeMap<ResourceId, Seen<'_>> {
    let owned: BTreeMap<IntervalId, &OwnedInterval> = moment
        .owned
        .iter()
        .map(|owned| (owned.interval, owned))
        .collect();
    let mut seen = BTreeMap::new();
    for interval in &moment.intervals {
        seen.entry(interval.resource).or_insert_with(|| Seen {
            interval,
            owned: owned.get(&interval.id).copied(),
        });
    }
    seen
}

fn cause(was: Option<Seen<'_>>, is: Option<Seen<'_>>) -> Cause {
    let (Some(was), Some(is)) = (was, is) else {
        return if was.is_none() {
            Cause::New
        } else {
            Cause::Gone
        };
    };
    if standing(was) != standing(is) {
        Cause::Reclassified
    } else if was.interval.configuration != is.interval.configuration {
        Cause::Changed
    } else {
        Cause::Repriced
    }
}

fn standing(seen: Seen<'_>) -> Option<&Ownership> {
    seen.owned.map(|owned| &*owned.ownership)
}

fn accounts(resource: ResourceId, then: &Worth, now: &Worth) -> BTreeSet<AccountId> {
    let of_resource = |worth: &Worth| {
        let least = (resource, AccountId(i64::MIN));
        let most = (resource, AccountId(i64::MAX));
        let keys = worth.range(least..=most).map(|((_, account), _)| *account);
        keys.collect::<Vec<_>>()
    };
    of_resource(then)
        .into_iter()
        .chain(of_resource(now))
        .collect()
}

fn row(
    cause: Cause,
    resource: ResourceId,
    was: Option<Seen<'_>>,
    is: Option<Seen<'_>>,
) -> ValuedChange {
    let shown = is
        .or(was)
        .expect("it was there at one of the instants")
        .interval;
    let attributes = match (was, is) {
        (Some(was), Some(is)) => {
            attribute_changes(&was.interval.configuration, &is.interval.configuration)
        }
        _ => Vec::new(),
    };
    ValuedChange {
        cause,
        resource: Some(resource),
        resources: 1,
        kind: shown.kind.to_string(),
        external_id: shown.external_id.clone(),
        name: shown.configuration.name.clone(),
        attributes,
        account: None,
        before: None,
        after: None,
        difference: None,
        since: match (was, is) {
            (_, Some(is)) => is.interval.valid.from,
            (Some(was), None) => was.interval.valid.to,
            (None, None) => None,
        },
    }
}

fn value(
    row: &mut ValuedChange,
    key: (ResourceId, AccountId),
    then: &Worth,
    now: &Worth,
) -> Result<(), MoneyError> {
    let (before, after) = (then.get(&key).copied(), now.get(&key).copied());
    let Some(currency) = before.or(after).map(Money::currency) else {
        return Ok(());
    };
    let zero = Money::zero(currency);
    let (before, after) = (before.unwrap_or(zero), after.unwrap_or(zero));
    row.account = Some(key.1);
    row.before = Some(before);
    row.after = Some(after);
    row.difference = Some(after.checked_sub(before)?);
    Ok(())
}

/// A price that changed moves every resource of an account: one row says how much that is.
fn join(
    joined: &mut BTreeMap<AccountId, ValuedChange>,
    account: AccountId,
    row: ValuedChange,
) -> Result<(), MoneyError> {
    let Some(sum) = joined.get_mut(&account) else {
        joined.insert(account, row);
        return Ok(());
    };
    let add = |a: Option<Money>, b: Option<Money>| match (a, b) {
        (Some(a), Some(b)) => a.checked_add(b).map(Some),
        (one, other) => Ok(one.or(other)),
    };
    sum.resource = None;
    sum.resources += 1;
    sum.kind = String::new();
    sum.external_id = String::new();
    sum.name = counted(sum.resources, "resource");
    sum.since = None;
    sum.before = add(sum.before, row.before)?;
    sum.after = add(sum.after, row.after)?;
    sum.difference = add(sum.difference, row.difference)?;
    Ok(())
}

fn totals(
    before: &Moment,
    after: &Moment,
    rows: &[ValuedChange],
) -> Result<Vec<AccountChange>, MoneyError> {
    let mut totals: BTreeMap<AccountId, AccountChange> = BTreeMap::new();
    for (moment, is_after) in [(before, false), (after, true)] {
        for charge in &moment.rated.charges {
            let zero = Money::zero(charge.net.currency());
            let total = totals
                .entry(charge.key.account)
                .or_insert_with(|| AccountChange {
                    account: charge.key.account,
                    before: zero,
                    after: zero,
                    difference: zero,
                    by_cause: BTreeMap::new(),
                });
            let sum = if is_after {
                &mut total.after
            } else {
                &mut total.before
            };
            *sum = sum.checked_add(charge.net)?;
        }
    }
    for row in rows {
        let (Some(account), Some(difference)) = (row.account, row.difference) else {
            continue;
        };
        if let Some(total) = totals.get_mut(&account) {
            let zero = Money::zero(difference.currency());
            let sum = total.by_cause.entry(row.cause).or_insert(zero);
            *sum = sum.checked_add(difference)?;
        }
    }
    for total in totals.values_mut() {
        total.difference = total.after.checked_sub(total.before)?;
        let told = total.by_cause.values().copied();
        let told = Money::sum(told, total.difference.currency())?;
        let derived = total.difference.checked_sub(told)?;
        if !derived.is_zero() {
            total.by_cause.insert(Cause::Derived, derived);
        }
    }
    Ok(totals.into_values().collect())
}
