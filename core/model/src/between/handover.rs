//! Who pays for a resource that changes hands within a billing period.

use std::cmp::Reverse;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Rational;
use crate::ids::AccountId;
use crate::ownership::{OwnedInterval, Ownership};

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

/// Gives the owned stretches of a billing period to those who pay for them. Each stretch stays what it is: only its owners
/// change, with the service and plan that they had it under nearest to it. What nobody owned stays so: nothing is billed
/// that was in suspense or not billable.
///
/// The owners of a resource are one side with their shares: other shares are a change of hands, another agreement of the
/// same account is none.
pub fn hand_over(owned: &mut [OwnedInterval], policy: Handover) {
    let is_owned = |one: &OwnedInterval| matches!(&*one.ownership, Ownership::Owned { .. });
    let mut order: Vec<usize> = (0..owned.len())
        .filter(|index| is_owned(&owned[*index]))
        .collect();
    match policy {
        Handover::Time => return,
        Handover::StartOfPeriod => {
            order.sort_by_key(|index| (owned[*index].resource, owned[*index].period));
        }
        Handover::EndOfPeriod => {
            order.sort_by_key(|index| (owned[*index].resource, Reverse(owned[*index].period)));
        }
    }
    // Where the side that pays had it last, on the way from its end of the period.
    let mut nearest: Option<usize> = None;
    for index in order {
        match nearest {
            Some(known) if owned[known].resource == owned[index].resource => {
                if payers(&owned[known].ownership) == payers(&owned[index].ownership) {
                    nearest = Some(index);
                } else {
                    owned[index].ownership = Arc::clone(&owned[known].ownership);
                }
            }
            Some(_) | None => nearest = Some(index),
        }
    }
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
