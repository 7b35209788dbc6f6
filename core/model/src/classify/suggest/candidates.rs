//! Which likenesses point at one customer, and at nobody else.

use std::collections::{BTreeMap, BTreeSet};

use super::likeness::prefixes;
use super::{Alike, Likeness, Payer, Standing, Subject, total};
use crate::ids::{AccountId, Kind, ResourceId};
use crate::inventory::Interval;

/// A value tells customers apart where this share of what is owned, in percent, has one that is one customer's alone.
const TELLING_PERCENT: usize = 90;

/// A likeness and whose it would be.
#[derive(Debug)]
pub(super) struct Candidate<'p> {
    pub(super) likeness: Likeness,
    pub(super) payer: &'p Payer,
    pub(super) owned: usize,
    pub(super) resources: BTreeSet<ResourceId>,
}

/// What is owned and has a likeness.
#[derive(Debug, Default)]
struct Owners {
    accounts: BTreeMap<AccountId, usize>,
    /// Shared, or deliberately not billed: a rule would claim it.
    has_others: bool,
}

/// How well the values of one sort tell customers apart.
#[derive(Debug, Default)]
struct Telling {
    single: usize,
    all: usize,
    accounts: BTreeSet<AccountId>,
}

pub(super) fn candidates<'p>(
    subjects: &[Subject<'_>],
    payers: &'p [Payer],
    is_text: &dyn Fn(&Interval, &str) -> bool,
) -> Vec<Candidate<'p>> {
    let mut waiting: BTreeMap<Likeness, BTreeSet<ResourceId>> = BTreeMap::new();
    for subject in subjects {
        if subject.standing == Standing::Suspended {
            for likeness in Likeness::all_of(subject.interval, is_text) {
                let alike = waiting.entry(likeness).or_default();
                alike.insert(subject.interval.resource);
            }
        }
    }
    let sorts: BTreeSet<String> = waiting.keys().map(|one| one.sort().to_owned()).collect();
    let mut owners: BTreeMap<Likeness, Owners> = BTreeMap::new();
    for subject in subjects {
        if subject.standing == Standing::Suspended {
            continue;
        }
        for likeness in Likeness::all_of(subject.interval, is_text) {
            if !sorts.contains(likeness.sort()) {
                continue;
            }
            let owned = owners.entry(likeness).or_default();
            match subject.standing {
                Standing::Owned(_, account) => *owned.accounts.entry(account).or_default() += 1,
                Standing::Other => owned.has_others = true,
                Standing::Suspended => {}
            }
        }
    }
    let telling = telling(&owners);
    let mut found: Vec<Candidate<'p>> = Vec::new();
    for (likeness, resources) in waiting {
        let owned = owners.get(&likeness);
        if let Some((payer, owned)) = pointed_at(&likeness, owned, payers, &telling) {
            found.push(Candidate {
                likeness,
                payer,
                owned,
                resources,
            });
        }
    }
    uncontested(found)
}

fn telling(owners: &BTreeMap<Likeness, Owners>) -> BTreeMap<&str, Telling> {
    let mut telling: BTreeMap<&str, Telling> = BTreeMap::new();
    for (likeness, owned) in owners {
        let sort = telling.entry(likeness.sort()).or_default();
        let count: usize = owned.accounts.values().sum();
        sort.all += count;
        if owned.accounts.len() == 1 {
            sort.single += count;
        }
        sort.accounts.extend(owned.accounts.keys());
    }
    telling
}

/// The one account that it points at, and how many owned resources say so.
fn pointed_at<'p>(
    likeness: &Likeness,
    owned: Option<&Owners>,
    payers: &'p [Payer],
    telling: &BTreeMap<&str, Telling>,
) -> Option<(&'p Payer, usize)> {
    if owned.is_some_and(|owned| owned.has_others || owned.accounts.len() > 1) {
        return None;
    }
    let named = named_by(likeness, payers);
    let Some((account, count)) = owned.and_then(|owned| owned.accounts.first_key_value()) else {
        return named.map(|payer| (payer, 0));
    };
    let payer = payers.iter().find(|payer| payer.account == *account)?;
    if let Some(named) = named {
        // It names one, and is another's.
        return (named.customer == payer.customer).then_some((payer, *count));
    }
    let sort = telling.get(likeness.sort())?;
    let is_telling = match likeness {
        // A name is a value of its own; that its beginning is one customer's is what tells.
        Likeness::Name { .. } => sort.accounts.len() > 1,
        Likeness::Parent { .. } | Likeness::Attribute { .. } => {
            sort.accounts.len() > 1 && sort.single * 100 >= sort.all * TELLING_PERCENT
        }
    };
    is_telling.then_some((payer, *count))
}

/// The customer whose key or name it is, where that has one account.
fn named_by<'p>(likeness: &Likeness, payers: &'p [Payer]) -> Option<&'p Payer> {
    let word = likeness.word().to_lowercase();
    let mut named = payers.iter().filter(|payer| {
        payer.customer.as_str().to_lowercase() == word
            || payer.key.as_str().to_lowercase() == word
            || payer.name.to_lowercase() == word
    });
    let first = named.next()?;
    (named.next().is_none() && first.is_only).then_some(first)
}

/// Without those that share a resource with another customer's for which as much speaks.
fn uncontested(found: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let mut best: BTreeMap<ResourceId, BTreeMap<AccountId, usize>> = BTreeMap::new();
    for candidate in &found {
        for resource in &candidate.resources {
            let of_account = best.entry(*resource).or_default();
            let most = of_account.entry(candidate.payer.account).or_default();
            *most = candidate.owned.max(*most);
        }
    }
    let is_contested = |candidate: &Candidate<'_>| {
        candidate.resources.iter().any(|resource| {
            let others = best.get(resource).into_iter().flatten();
            others
                .filter(|(account, _)| **account != candidate.payer.account)
                .any(|(_, most)| *most >= candidate.owned)
        })
    };
    let contested: Vec<bool> = found.iter().map(is_contested).collect();
    let kept = found.into_iter().zip(contested);
    kept.filter(|(_, is_contested)| !is_contested)
        .map(|(candidate, _)| candidate)
        .collect()
}

/// Groups of names alike, the longest beginnings that at least two share; the most valuable first.
pub(super) fn unknown<'a>(left: impl Iterator<Item = &'a Subject<'a>>) -> Vec<Alike> {
    let mut groups: BTreeMap<(&Kind, &str), Vec<&Subject<'_>>> = BTreeMap::new();
    let left: Vec<&Subject<'_>> = left.collect();
    for subject in &left {
        for prefix in prefixes(&subject.interval.configuration.name) {
            let key = (&subject.interval.kind, prefix);
            groups.entry(key).or_default().push(subject);
        }
    }
    groups.retain(|_, alike| alike.len() > 1);
    // A beginning that no more share than a longer one says less than that.
    let keys: Vec<(&Kind, &str, usize)> = groups
        .iter()
        .map(|((kind, prefix), alike)| (*kind, *prefix, alike.len()))
        .collect();
    groups.retain(|(kind, prefix), alike| {
        !keys.iter().any(|(other, longer, count)| {
            other == kind
                && longer.len() > prefix.len()
                && longer.starts_with(prefix)
                && *count == alike.len()
        })
    });
    let mut alike: Vec<Alike> = groups
        .into_iter()
        .map(|((kind, prefix), alike)| Alike {
            kind: kind.clone(),
            name: format!("{prefix}*"),
            resources: alike.len(),
            per_month: total(alike.iter().filter_map(|subject| subject.value)),
        })
        .collect();
    alike.sort_by_key(|one| {
        let minor = one.per_month.map(crate::money::Money::minor);
        std::cmp::Reverse((minor, one.resources))
    });
    alike
}
