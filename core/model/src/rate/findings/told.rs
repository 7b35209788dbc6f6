//! Findings with the quantities that they are about: charge periods tell theirs apart, and each is told once.

use super::{Affected, Topic};
use crate::finding::Finding;
use crate::ids::{ItemKey, ResourceId};
use crate::rate::quantity::Fault;
use crate::time::Period;

/// A quantity that rating left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The position of the finding that tells it.
    pub finding: usize,
    pub resource: ResourceId,
    pub item: ItemKey,
    pub fault: Fault,
    /// While it was to be read.
    pub periods: Vec<Period>,
}

/// A finding, with the quantity that it is about.
#[derive(Debug)]
pub(in crate::rate) struct Told {
    pub(super) finding: Finding,
    pub(super) left_out: Option<LeftOut>,
}

impl Told {
    /// Does it say the same, be it of other times?
    fn is_like(&self, other: &Self) -> bool {
        let (finding, others) = (&self.finding, &other.finding);
        if finding.code != others.code || finding.subject != others.subject {
            return false;
        }
        match (&self.left_out, &other.left_out) {
            (Some(own), Some(other)) => {
                own.resource == other.resource && own.fault.is_like(&other.fault)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// What lacks in a charge period may lack in the billing period, too.
pub(in crate::rate) fn with_more(mut told: Vec<Told>, more: Vec<Told>) -> Vec<Told> {
    for one in more {
        match told.iter_mut().find(|known| known.is_like(&one)) {
            None => told.push(one),
            Some(known) => {
                if let (Some(known), Some(one)) = (&mut known.left_out, one.left_out) {
                    known.periods.extend(one.periods);
                }
            }
        }
    }
    sort(&mut told);
    told
}

/// The findings, and what was left out by them.
pub(in crate::rate) fn apart(told: Vec<Told>) -> (Vec<Finding>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let findings = told.into_iter().enumerate().map(|(finding, told)| {
        left_out.extend(told.left_out.map(|one| LeftOut { finding, ..one }));
        told.finding
    });
    (findings.collect(), left_out)
}

/// Of a topic that is about a quantity.
pub(super) fn left_out(topic: &Topic, affected: &Affected) -> Option<LeftOut> {
    match topic {
        Topic::Fault {
            resource,
            item,
            fault,
        } => Some(LeftOut {
            finding: 0,
            resource: *resource,
            item: item.clone(),
            fault: fault.clone(),
            periods: affected.periods.clone(),
        }),
        Topic::UnknownAccount { .. }
        | Topic::NoItem { .. }
        | Topic::FilteredOut { .. }
        | Topic::NoPrice(_)
        | Topic::StaleRate { .. } => None,
    }
}

/// The gravest first.
pub(super) fn sort(told: &mut [Told]) {
    told.sort_by(|a, b| {
        let (a, b) = (&a.finding, &b.finding);
        let key = |finding: &Finding| (finding.severity, finding.code, finding.since);
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.subject, &a.message).cmp(&(&b.subject, &b.message)))
    });
}
