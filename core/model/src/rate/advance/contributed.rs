//! What each resource adds to a change, or no longer adds, and for which time.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use crate::charge::{Charge, Contribution};
use crate::decimal::{Decimal, Rational};
use crate::ids::ResourceId;
use crate::money::{Money, split_largest_remainder};
use crate::time::{Instant, Period};

/// How much of what is in a charge.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level<'c> {
    resource: ResourceId,
    share: &'c str,
    quantity: Decimal,
}

/// What has a level, before and after a change.
#[derive(Default)]
pub(super) struct Held<'c> {
    before: Vec<&'c Contribution>,
    after: Vec<&'c Contribution>,
}

pub(super) fn contributions(charge: Option<&Charge>) -> &[Contribution] {
    charge.map_or(&[], |charge| charge.contributions.as_slice())
}

pub(super) fn levels<'c>(
    before: &'c [Contribution],
    after: &'c [Contribution],
) -> BTreeMap<Level<'c>, Held<'c>> {
    let level = |one: &'c Contribution| Level {
        resource: one.resource,
        share: &one.share,
        quantity: one.quantity,
    };
    let mut levels: BTreeMap<Level<'c>, Held<'c>> = BTreeMap::new();
    for one in before {
        levels.entry(level(one)).or_default().before.push(one);
    }
    for one in after {
        levels.entry(level(one)).or_default().after.push(one);
    }
    levels
}

/// Each stands at the time for which it is added or taken off, in what the charge changes; where only the price of what stays
/// is another, at the time of the change.
pub(super) fn contributed(
    levels: &BTreeMap<Level<'_>, Held<'_>>,
    change: Period,
    units: &dyn Fn(Period) -> i128,
) -> Vec<Contribution> {
    let rows = levels.values().flat_map(|held| held.rows(change, units));
    rows.filter(|one| !one.allocated.is_zero() || one.weighted != "0")
        .collect()
}

impl Held<'_> {
    /// Until then both take the same turns.
    pub(super) fn differs_from(&self) -> Option<Instant> {
        let (one, other) = (turns(&self.before), turns(&self.after));
        let same = one.iter().zip(&other);
        let same = same.take_while(|(one, other)| one == other).count();
        let next = [one.get(same), other.get(same)];
        next.into_iter().flatten().min().copied()
    }

    fn rows(&self, change: Period, units: &dyn Fn(Period) -> i128) -> Vec<Contribution> {
        let Some((weighted, allocated)) = self.difference() else {
            return Vec::new();
        };
        let row = |period: Period, weighted: &Rational, allocated: Money| {
            let words = self.words(period, weighted.is_negative())?;
            Some(Contribution {
                period,
                weighted: weighted.to_string(),
                allocated,
                ..words.clone()
            })
        };
        let pieces = self.pieces();
        if let Some(parts) = split(&pieces, (&weighted, allocated), units) {
            let rows = pieces.iter().zip(&parts);
            let rows = rows.map(|((period, _), (weighted, own))| row(*period, weighted, *own));
            return rows.flatten().collect();
        }
        let whole = self
            .whole()
            .map(|whole| whole.intersect(change).unwrap_or(whole));
        let whole = whole.and_then(|whole| row(whole, &weighted, allocated));
        whole.into_iter().collect()
    }

    /// What it comes to more.
    fn difference(&self) -> Option<(Rational, Money)> {
        let mut every = self.after.iter().chain(&self.before);
        let zero = Money::zero(every.next()?.allocated.currency());
        let sum = |of: &[&Contribution]| -> Option<(Rational, Money)> {
            of.iter().try_fold((Rational::zero(), zero), |sum, one| {
                let weighted: Rational = one.weighted.parse().ok()?;
                Some((sum.0 + weighted, sum.1.checked_add(one.allocated).ok()?))
            })
        };
        let (after, before) = (sum(&self.after)?, sum(&self.before)?);
        Some((after.0 - before.0, after.1.checked_sub(before.1).ok()?))
    }

    /// The times when it is there more often or less often than before, each with how often.
    fn pieces(&self) -> Vec<(Period, i64)> {
        let mut turns: BTreeMap<Instant, i64> = BTreeMap::new();
        let sides = [(&self.after, 1), (&self.before, -1)];
        for (side, sign) in sides {
            for one in side {
                *turns.entry(one.period.from()).or_default() += sign;
                *turns.entry(one.period.to()).or_default() -= sign;
            }
        }
        turns.retain(|_, turn| *turn != 0);
        let mut pieces = Vec::new();
        let mut since: Option<(Instant, i64)> = None;
        for (at, turn) in turns {
            let before = since.map_or(0, |(_, times)| times);
            if let Some((from, times)) = since.filter(|(_, times)| *times != 0)
                && let Some(period) = Period::new(from, at)
            {
                pieces.push((period, times));
            }
            since = Some((at, before + turn));
        }
        pieces
    }

    fn whole(&self) -> Option<Period> {
        let every = self.after.iter().chain(&self.before);
        every.map(|one| one.period).reduce(Period::hull)
    }

    /// Those of the last interval of a time.
    fn words(&self, period: Period, is_taken: bool) -> Option<&Contribution> {
        let sides = if is_taken {
            [&self.before, &self.after]
        } else {
            [&self.after, &self.before]
        };
        sides.into_iter().find_map(|side| {
            let within = side.iter().copied();
            let within = within.filter(|one| one.period.intersect(period).is_some());
            within.max_by_key(|one| one.period.from())
        })
    }
}

/// By the time of each. `None` where there are none, or they come to no time together.
fn split(
    pieces: &[(Period, i64)],
    (weighted, allocated): (&Rational, Money),
    units: &dyn Fn(Period) -> i128,
) -> Option<Vec<(Rational, Money)>> {
    if let [_] = pieces {
        return Some(vec![(weighted.clone(), allocated)]);
    }
    let own = pieces.iter();
    let own = own.map(|(period, times)| units(*period) * i128::from(*times));
    let own: Vec<Rational> = own.map(|one| Rational::from_integer(one.into())).collect();
    let all: Rational = own.iter().sum();
    if all.is_zero() {
        return None;
    }
    let sizes: Vec<Rational> = own.iter().map(Signed::abs).collect();
    let amounts = split_largest_remainder(allocated, &sizes)?;
    let weighted = own.iter().map(|one| weighted * one / &all);
    Some(weighted.zip(amounts).collect())
}

/// When something begins and ends, by turns. An interval that goes on as another one is no change.
fn turns(contributions: &[&Contribution]) -> Vec<Instant> {
    let mut periods: Vec<Period> = contributions.iter().map(|one| one.period).collect();
    periods.sort_unstable();
    let mut turns: Vec<Instant> = Vec::new();
    for period in periods {
        match turns.last_mut() {
            Some(until) if *until >= period.from() => *until = period.to().max(*until),
            _ => turns.extend([period.from(), period.to()]),
        }
    }
    turns
}
