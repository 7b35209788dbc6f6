//! Who pays for a resource that changes hands within a billing period.

use std::cmp::Reverse;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Rational;
use crate::ids::AccountId;
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::{BillingPeriod, Instant, Period};
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

/// Gives the owned stretches of each billing period to those who pay for them. Each stretch stays what it is: only its owners
/// change, with the service and plan that they had it under nearest to it. What nobody owned stays so: nothing is billed
/// that was in suspense or not billable. Stretches may reach beyond a billing period, where longer charge periods are due
/// with it: what is decided of a billing period depends on nothing outside of it.
///
/// The owners of a resource are one side with their shares: other shares are a change of hands, another agreement of the
/// same account is none.
pub fn hand_over(owned: &mut Vec<OwnedInterval>, policy: Handover, billing_period: &BillingPeriod) {
    if policy == Handover::Time {
        return;
    }
    let whole = owned.iter().map(|one| one.period).reduce(Period::hull);
    let Some(whole) = whole else { return };
    let periods = billing_period.covering(whole);
    let bounds: Vec<Instant> = periods.iter().map(|one| one.period().from()).collect();
    if bounds.len() > 1 {
        let parts = owned.drain(..).flat_map(|one| cut(&one, &bounds));
        *owned = parts.collect();
    }
    let is_owned = |one: &OwnedInterval| matches!(&*one.ownership, Ownership::Owned { .. });
    let mut order: Vec<usize> = (0..owned.len())
        .filter(|index| is_owned(&owned[*index]))
        .collect();
    if policy == Handover::StartOfPeriod {
        order.sort_by_key(|index| (owned[*index].resource, owned[*index].period));
    } else {
        order.sort_by_key(|index| (owned[*index].resource, Reverse(owned[*index].period)));
    }
    let period_of = |one: &OwnedInterval| {
        let from = one.period.from();
        (one.resource, bounds.partition_point(|bound| *bound <= from))
    };
    // Where the side that pays had it last, on the way from its end of the period.
    let mut nearest: Option<usize> = None;
    for index in order {
        match nearest {
            Some(known) if period_of(&owned[known]) == period_of(&owned[index]) => {
                if payers(&owned[known].ownership) == payers(&owned[index].ownership) {
                    nearest = Some(index);
                } else {
                    owned[index].ownership = Arc::clone(&owned[known].ownership);
                }
            }
            Some(_) | None => nearest = Some(index),
        }
    }
    owned.dedup_by(|next, last| joined(last, next));
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
