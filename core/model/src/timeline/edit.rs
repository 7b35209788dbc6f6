//! What one listing changes in the history of one resource at one source and scope.

use std::sync::Arc;

use crate::ids::IntervalId;
use crate::inventory::Configuration;
use crate::time::{Instant, Validity};

/// A current (not superseded) interval of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub id: IntervalId,
    pub valid: Validity,
    pub configuration: Arc<Configuration>,
}

/// What the listing says of the resource. A listing that says nothing of it (partial, or its ending withheld) is
/// not passed at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Present(Arc<Configuration>),
    /// Not there, within proven complete coverage.
    Absent,
    /// A broken row under its id: there, with whatever configuration was known last.
    PresentUnread,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    Supersede(IntervalId),
    Insert {
        valid: Validity,
        configuration: Arc<Configuration>,
        evidence: EvidenceOf,
    },
}

/// Where the configuration of an inserted interval was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceOf {
    /// As for the interval of which this is what is left.
    Kept(IntervalId),
    ThisListing,
    /// By the next listing that told the state: it is what is left of the interval, and begins there. Where that was read
    /// tells of an earlier time, of which this listing says otherwise.
    NextListing(IntervalId),
}

/// The edits by which the state from `at` until `next` becomes what was seen, while the state before `at` and from
/// `next` on stays as it was. Superseded ones come first.
///
/// `next` is the time of the next later listing that told the state of this resource: that read it, or proved it
/// absent. One that said nothing, or met a broken row, told no state: it goes on from the listing before it, and
/// must go on from this one once this one is known. (After an absence a broken row does tell: that it is there.)
///
/// A resource was there since the first listing that saw it, and is gone since the first that proved its absence.
pub fn edits(current: &[Held], at: Instant, next: Option<Instant>, seen: &Seen) -> Vec<Edit> {
    if next.is_some_and(|next| next <= at) {
        return Vec::new();
    }
    let mut current: Vec<&Held> = current.iter().collect();
    current.sort_by_key(|held| (held.valid.from, held.id));
    let window = Validity {
        from: Some(at),
        to: next,
    };
    let mut stretches: Vec<Stretch> = current
        .iter()
        .flat_map(|held| outside(held, window))
        .collect();
    match seen {
        Seen::Absent => {}
        Seen::Present(configuration) => stretches.push(Stretch {
            valid: window,
            configuration: Arc::clone(configuration),
            evidence: EvidenceOf::ThisListing,
        }),
        Seen::PresentUnread => match last_known(&current, at) {
            Some(held) if !held.valid.contains(at) => stretches.push(Stretch {
                valid: window,
                configuration: Arc::clone(&held.configuration),
                evidence: EvidenceOf::Kept(held.id),
            }),
            // It goes on as it is; and where nothing was ever read, there is nothing to bill.
            Some(_) | None => return Vec::new(),
        },
    }
    difference(&current, merged(stretches))
}

/// A part of the history that is to be.
struct Stretch {
    valid: Validity,
    configuration: Arc<Configuration>,
    evidence: EvidenceOf,
}

/// What is left of an interval before and after the window.
fn outside(held: &Held, window: Validity) -> impl Iterator<Item = Stretch> {
    let before = Validity {
        from: held.valid.from,
        to: earlier_end(held.valid.to, window.from),
    };
    let after = window.to.map(|end| Validity {
        from: Some(held.valid.from.map_or(end, |from| from.max(end))),
        to: held.valid.to,
    });
    let after = after.map(|valid| {
        let is_whole = valid.from == held.valid.from;
        let evidence = if is_whole {
            EvidenceOf::Kept(held.id)
        } else {
            EvidenceOf::NextListing(held.id)
        };
        (valid, evidence)
    });
    let before = (before, EvidenceOf::Kept(held.id));
    let parts = [Some(before), after].into_iter().flatten();
    let parts = parts.filter(|(valid, _)| !is_empty(*valid));
    parts.map(|(valid, evidence)| Stretch {
        valid,
        configuration: Arc::clone(&held.configuration),
        evidence,
    })
}

fn earlier_end(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (end, None) | (None, end) => end,
    }
}

fn is_empty(valid: Validity) -> bool {
    matches!((valid.from, valid.to), (Some(from), Some(to)) if from >= to)
}

/// The interval that holds at an instant, else the last one before it.
fn last_known<'a>(current: &[&'a Held], at: Instant) -> Option<&'a Held> {
    let begun = |held: &&&Held| held.valid.from.is_none_or(|from| from <= at);
    current.iter().rev().find(begun).copied()
}

/// Equal neighbours become one, with the evidence of the first.
fn merged(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_by_key(|stretch| stretch.valid.from);
    let mut merged: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match merged.last_mut() {
            Some(last)
                if last.valid.to.is_some()
                    && last.valid.to == stretch.valid.from
                    && last.configuration == stretch.configuration =>
            {
                last.valid.to = stretch.valid.to;
            }
            _ => merged.push(stretch),
        }
    }
    merged
}

fn difference(current: &[&Held], wanted: Vec<Stretch>) -> Vec<Edit> {
    let is_as_wanted = |held: &Held, stretch: &Stretch| {
        held.valid == stretch.valid && held.configuration == stretch.configuration
    };
    let superseded = current
        .iter()
        .filter(|held| !wanted.iter().any(|stretch| is_as_wanted(held, stretch)))
        .map(|held| Edit::Supersede(held.id));
    let mut edits: Vec<Edit> = superseded.collect();
    edits.extend(
        wanted
            .into_iter()
            .filter(|stretch| !current.iter().any(|held| is_as_wanted(held, stretch)))
            .map(|stretch| Edit::Insert {
                valid: stretch.valid,
                configuration: stretch.configuration,
                evidence: stretch.evidence,
            }),
    );
    edits
}
