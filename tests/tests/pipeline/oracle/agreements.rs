//! Agreements that follow one another: what goes on under the next one is one charge.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Month;
use super::rater::{Key, Run};
use super::world::Case;

/// What is one charge, whatever prices and agreements cut it: account, contract, plan, service, resource.
pub(crate) type Charge = (
    usize,
    Option<usize>,
    Option<usize>,
    Option<usize>,
    Option<usize>,
);

/// An agreement; the standard one has no name.
type Named = Option<usize>;

/// While an account has anything under an agreement.
#[derive(Debug, Clone)]
struct Had {
    from: usize,
    to: usize,
    plans: BTreeSet<Option<usize>>,
}

/// By account and agreement.
#[derive(Debug, Default)]
pub(crate) struct Agreements {
    had: BTreeMap<(usize, Option<usize>), Had>,
    renews_nothing: bool,
}

impl Agreements {
    pub(crate) fn of(case: &Case, month: &Month) -> Self {
        let mut agreements = Self {
            renews_nothing: case.renews_nothing,
            ..Self::default()
        };
        for stretch in case.resources.iter().flat_map(|one| &one.stretches) {
            let bound = |step: i64| usize::try_from(step.clamp(0, month.end())).unwrap_or(0);
            let (from, to) = (bound(stretch.from), bound(stretch.to));
            if from == to {
                continue;
            }
            for (account, _) in &stretch.owners {
                let own = (*account, stretch.agreement);
                let had = agreements.had.entry(own).or_insert_with(|| Had {
                    from,
                    to,
                    plans: BTreeSet::new(),
                });
                (had.from, had.to) = (had.from.min(from), had.to.max(to));
                had.plans.insert(stretch.plan);
            }
        }
        agreements
    }

    fn others(&self, account: usize) -> impl Iterator<Item = (Option<usize>, &Had)> {
        let own = self.had.iter();
        let own = own.filter(move |((of, _), _)| *of == account);
        own.map(|((_, agreement), had)| (*agreement, had))
    }

    /// The one that begins next after one has ended, where it ended last before that.
    fn next(&self, account: usize, agreement: Option<usize>) -> Option<Named> {
        let own = &self.had[&(account, agreement)];
        let follows = |(name, next): &(Option<usize>, &Had)| {
            let is_between = |(other, had): (Option<usize>, &Had)| {
                let begins = other != *name && own.to <= had.from && had.from <= next.from;
                let ends = other != agreement && own.to <= had.to && had.to <= next.from;
                begins || ends
            };
            own.to <= next.from && !self.others(account).any(is_between)
        };
        let next = self.others(account).find(follows)?;
        (!self.renews_nothing).then_some(next.0)
    }

    fn before(&self, account: usize, agreement: Option<usize>) -> Option<Named> {
        let mut others = self.others(account);
        let before = others.find(|(name, _)| self.next(account, *name) == Some(agreement));
        before.map(|(name, _)| name)
    }

    fn is_renewed(&self, account: usize, agreement: Option<usize>) -> bool {
        self.next(account, agreement).is_some() || self.before(account, agreement).is_some()
    }

    /// The first of those that follow one another.
    pub(crate) fn contract(&self, account: usize, agreement: Option<usize>) -> Option<usize> {
        let mut first = agreement;
        while let Some(before) = self.before(account, first) {
            first = before;
        }
        first
    }

    pub(crate) fn charge(&self, key: &Key) -> Charge {
        let (account, agreement) = (key.0, key.6);
        let plans = &self.had[&(account, agreement)].plans;
        let is_of_agreement = plans.len() == 1 && self.is_renewed(account, agreement);
        (
            account,
            self.contract(account, agreement),
            key.1.filter(|_| !is_of_agreement),
            key.2,
            key.3,
        )
    }

    /// The steps of a run in which an agreement holds: until the next one does. `None` where it does not.
    pub(crate) fn held(&self, account: usize, agreement: Option<usize>, run: Run) -> Option<Run> {
        let from = match self.before(account, agreement) {
            Some(_) => self.had[&(account, agreement)].from,
            None => 0,
        };
        let to = match self.next(account, agreement) {
            Some(next) => self.had[&(account, next)].from,
            None => usize::MAX,
        };
        let held = Run {
            from: run.from.max(from),
            to: run.to.min(to),
        };
        (held.from < held.to).then_some(held)
    }

    /// The steps of a line.
    pub(crate) fn shown(&self, key: &Key) -> Run {
        let run = Run {
            from: key.4,
            to: key.5,
        };
        self.held(key.0, key.6, run).unwrap_or(run)
    }
}
