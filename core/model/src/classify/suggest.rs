//! Rules for what is in suspense, from what resembles it and is owned: names alike, the same parent, the same value of an
//! attribute, or one that names a customer. Must not decide: a person takes a suggestion over, or does not.

mod candidates;
mod likeness;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use self::candidates::{Candidate, candidates, unknown};
pub use self::likeness::Likeness;
use super::config::{RuleConfig, SetConfig};
use super::written::TargetConfig;
use crate::ids::{AccountId, AccountKey, CustomerKey, Kind, ResourceId};
use crate::inventory::Interval;
use crate::money::Money;

/// So many are told at once; the next ones when those are taken over.
const SUGGESTIONS_MAX: usize = 50;

/// A resource as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub interval: &'a Interval,
    pub standing: Standing<'a>,
    /// What it may be worth a month, where it is in suspense.
    pub value: Option<Money>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nobody is known to pay for it, since no rule names anybody.
    Suspended,
    /// By one customer alone.
    Owned(&'a CustomerKey, AccountId),
    /// Shared, deliberately not billed, or in suspense for a reason that no rule would mend.
    Other,
}

/// An account that something could be given to.
#[derive(Debug, Clone)]
pub struct Payer {
    pub account: AccountId,
    pub key: AccountKey,
    pub customer: CustomerKey,
    pub name: String,
    /// Has the customer no other one?
    pub is_only: bool,
}

/// A rule that would take something out of suspense.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub rule: RuleConfig,
    pub customer: CustomerKey,
    pub because: Likeness,
    /// How many resources that are owned already it fits, all of them this customer's.
    pub owned: usize,
    /// Those in suspense that it would give away.
    pub resources: BTreeSet<ResourceId>,
    /// What they may be worth a month; absent where nothing of it has a price.
    pub per_month: Option<Money>,
}

/// Names alike in suspense that nothing tells the customer of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alike {
    pub kind: Kind,
    /// A pattern such as `web-*`.
    pub name: String,
    pub resources: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<Money>,
}

#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    /// The most valuable first. No resource is in two of them.
    pub rules: Vec<Suggestion>,
    pub unknown: Vec<Alike>,
}

/// `is_text` says whether an attribute of a resource is declared as text: numbers and dates tell nothing of whose it is.
pub fn suggest(
    subjects: &[Subject<'_>],
    payers: &[Payer],
    is_text: &dyn Fn(&Interval, &str) -> bool,
) -> Suggestions {
    let suspended: BTreeMap<ResourceId, &Subject<'_>> = subjects
        .iter()
        .filter(|subject| subject.standing == Standing::Suspended)
        .map(|subject| (subject.interval.resource, subject))
        .collect();
    let mut left: BTreeSet<ResourceId> = suspended.keys().copied().collect();
    let mut found = candidates(subjects, payers, is_text);
    let mut suggestions = Suggestions::default();
    let worth = |resources: &BTreeSet<ResourceId>| {
        total(resources.iter().filter_map(|one| suspended.get(one)?.value))
    };
    while suggestions.rules.len() < SUGGESTIONS_MAX {
        for candidate in &mut found {
            candidate
                .resources
                .retain(|resource| left.contains(resource));
        }
        found.retain(|candidate| !candidate.resources.is_empty());
        // The most valuable one; of equal ones that which more speaks for, and the plainest.
        let keyed = found.iter().enumerate().map(|(position, one)| {
            let minor = worth(&one.resources).map(Money::minor);
            let plain = std::cmp::Reverse(&one.likeness);
            ((minor, one.resources.len(), one.owned, plain), position)
        });
        let Some((_, position)) = keyed.max() else {
            break;
        };
        let best = found.remove(position);
        for resource in &best.resources {
            left.remove(resource);
        }
        let per_month = worth(&best.resources);
        let kinds: BTreeSet<&Kind> = best
            .resources
            .iter()
            .filter_map(|one| Some(&suspended.get(one)?.interval.kind))
            .collect();
        suggestions.rules.push(Suggestion {
            rule: rule(&best, &kinds),
            customer: best.payer.customer.clone(),
            because: best.likeness,
            owned: best.owned,
            resources: best.resources,
            per_month,
        });
    }
    suggestions.unknown = unknown(left.iter().filter_map(|one| suspended.get(one).copied()));
    suggestions
}

fn rule(candidate: &Candidate<'_>, kinds: &BTreeSet<&Kind>) -> RuleConfig {
    let mut when = BTreeMap::from([candidate.likeness.condition()]);
    // No wider than what it is for.
    if let [kind] = kinds.iter().collect::<Vec<_>>()[..] {
        let only = super::written::Scalars(vec![super::written::Scalar(kind.to_string())]);
        when.insert(
            "kind".to_owned(),
            super::written::ConditionConfig::AnyOf(only),
        );
    }
    let payer = candidate.payer;
    let set = if payer.is_only {
        SetConfig {
            customer: Some(TargetConfig::Literal(payer.customer.to_string())),
            ..SetConfig::default()
        }
    } else {
        SetConfig {
            account: Some(TargetConfig::Literal(payer.key.to_string())),
            ..SetConfig::default()
        }
    };
    RuleConfig {
        name: None,
        from: None,
        to: None,
        when,
        set,
        place: String::new(),
    }
}

fn total(mut values: impl Iterator<Item = Money>) -> Option<Money> {
    let first = values.next()?;
    values.try_fold(first, Money::checked_add).ok()
}
