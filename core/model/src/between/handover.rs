//! Who pays for a resource that changes hands within a billing period.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Rational;
use crate::ids::AccountId;
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::{BillingPeriod, Instant, Period, TimeZone};
use crate::validity::pieces;

/// Who pays for a resource that changes hands within a billing period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Handover {
    /// Each for the time in which it is his.
    #[default]
    Time,
    /// Who has it first in the period, until the period ends or the resource does.
    StartOfPeriod,
    /// Who has it last in the period, since the period began or the resource did.
    EndOfPeriod,
}

impl Handover {
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::StartOfPeriod => "start-of-period",
            Self::EndOfPeriod => "end-of-period",
        }
    }

    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Who pays in each of the months that a time touches. Whatever charge periods and calendars of accounts are cut of it, a
/// month is decided whole, so that all that is billed of it agrees.
#[derive(Debug, Clone, Default)]
pub struct Handovers {
    /// In the order of time; nothing where each pays for his own time in all of them.
    months: Vec<(Period, Handover)>,
}

impl Handovers {
    /// By the policy of each month, as it is in force when the month begins.
    pub fn of(time: Period, zone: &TimeZone, policy: impl Fn(Instant) -> Handover) -> Self {
        let Ok(first) = BillingPeriod::containing(time.from(), zone.clone()) else {
            return Self::default();
        };
        let months = first.covering(time).into_iter();
        let months = months.map(|month| (month.period(), policy(month.period().from())));
        let months: Vec<_> = months.collect();
        let is_by_time = months.iter().all(|(_, policy)| *policy == Handover::Time);
        Self {
            months: if is_by_time { Vec::new() } else { months },
        }
    }

    pub fn is_by_time(&self) -> bool {
        self.months.is_empty()
    }

    /// The policy of the month that holds an instant.
    pub fn at(&self, instant: Instant) -> Handover {
        let mut months = self.months.iter();
        let month = months.find(|(month, _)| month.contains(instant));
        month.map_or(Handover::Time, |(_, policy)| *policy)
    }

    /// The time of whose facts follows who pays within a time: whole months.
    pub fn needs(&self, time: Period) -> Period {
        let decided = self.months.iter();
        let decided = decided.filter(|(_, policy)| *policy != Handover::Time);
        decided.fold(time, |hull, (month, _)| hull.hull(*month))
    }

    /// Gives the owned stretches of each month to those who pay for them, and keeps what lies within a part of the time. Each
    /// stretch stays what it is: only its owners change, with the service and plan that they had it under nearest to it. What
    /// nobody owned stays so: nothing is billed that was in suspense or not billable.
    ///
    /// The owners of a resource are one side with their shares: other shares are a change of hands, another agreement of the
    /// same account is none.
    pub fn hand_over(&self, owned: &mut Vec<OwnedInterval>, part: Period) {
        if self.is_by_time() {
            return;
        }
        let bounds: Vec<Instant> = self.months.iter().map(|(month, _)| month.from()).collect();
        let parts = owned.drain(..).flat_map(|one| cut(&one, &bounds));
        *owned = parts.collect();
        let is_owned = |one: &OwnedInterval| matches!(&*one.ownership, Ownership::Owned { .. });
        let mut order: Vec<usize> = (0..owned.len())
            .filter(|index| is_owned(&owned[*index]))
            .collect();
        order.sort_by_key(|index| (owned[*index].resource, owned[*index].period));
        let month_of = |one: &OwnedInterval| {
            let from = one.period.from();
            (one.resource, bounds.partition_point(|bound| *bound <= from))
        };
        let months: Vec<_> = order.iter().map(|index| month_of(&owned[*index])).collect();
        let mut rest = order.as_slice();
        for month in months.chunk_by(PartialEq::eq) {
            let (own, after) = rest.split_at(month.len());
            rest = after;
            match self.at(owned[own[0]].period.from()) {
                Handover::Time => {}
                Handover::StartOfPeriod => pay_as_nearest(owned, own.iter().copied()),
                Handover::EndOfPeriod => pay_as_nearest(owned, own.iter().rev().copied()),
            }
        }
        owned.dedup_by(|next, last| joined(last, next));
        owned.retain_mut(|one| match one.period.intersect(part) {
            Some(within) => {
                one.period = within;
                true
            }
            None => false,
        });
    }
}

/// The first of them pays for all, as it had it last on the way.
fn pay_as_nearest(owned: &mut [OwnedInterval], order: impl Iterator<Item = usize>) {
    let mut nearest: Option<usize> = None;
    for index in order {
        match nearest {
            Some(known) if payers(&owned[known].ownership) != payers(&owned[index].ownership) => {
                owned[index].ownership = Arc::clone(&owned[known].ownership);
            }
            Some(_) | None => nearest = Some(index),
        }
    }
}

/// The parts of a stretch that lie between bounds.
fn cut(owned: &OwnedInterval, bounds: &[Instant]) -> Vec<OwnedInterval> {
    let parts = pieces(owned.period, bounds.iter().copied());
    let parts = parts.into_iter().map(|period| OwnedInterval {
        period,
        ..owned.clone()
    });
    parts.collect()
}

/// Makes one of two stretches where nothing tells them apart but a bound between them.
fn joined(last: &mut OwnedInterval, next: &OwnedInterval) -> bool {
    let alike = last.interval == next.interval
        && last.period.to() == next.period.from()
        && Arc::ptr_eq(&last.ownership, &next.ownership)
        && Arc::ptr_eq(&last.because, &next.because);
    if alike {
        last.period = last.period.hull(next.period);
    }
    alike
}

/// In one order, since rules may name owners in any.
pub(super) fn payers(ownership: &Ownership) -> Vec<(AccountId, &Rational)> {
    let Ownership::Owned { owners, .. } = ownership else {
        return Vec::new();
    };
    let mut payers: Vec<_> = owners
        .iter()
        .map(|owner| (owner.account, &owner.share))
        .collect();
    payers.sort();
    payers
}
