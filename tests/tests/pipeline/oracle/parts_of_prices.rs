//! Which part of a charge falls under one of several prices: by the quantity of its steps.

use std::collections::BTreeSet;

use num_traits::Zero;

use super::exact::{Exact, fraction, whole};
use super::quantity::{Held, Metered, Piece};
use super::world::{Aggregate, SHARES};

/// One of the prices of a charge: between which steps it counts, and what each resource has free under it.
pub(crate) struct Version {
    pub(crate) between: (usize, usize),
    pub(crate) free: Option<Exact>,
}

/// What one price has of what it makes of all of the charge.
#[derive(Clone)]
pub(crate) struct Part {
    /// Of what goes by quantity.
    pub(crate) of_quantity: Exact,
    /// Of amounts that are there once.
    pub(crate) of_amounts: Exact,
}

impl Part {
    pub(crate) fn all() -> Self {
        Self {
            of_quantity: whole(1),
            of_amounts: whole(1),
        }
    }
}

/// What counts together: how much of it is for which step, and what one free unit counts for.
struct Counted {
    steps: Vec<(usize, Exact)>,
    all: Exact,
    free_unit: Option<Exact>,
}

impl Counted {
    fn new(steps: Vec<(usize, Exact)>, free_unit: Option<Exact>) -> Self {
        let all = steps.iter().map(|(_, count)| count).sum();
        Self {
            steps,
            all,
            free_unit,
        }
    }

    /// Of the steps between two, what is left beyond what is free of all.
    fn within(&self, (from, to): (usize, usize), free: Option<&Exact>) -> Exact {
        let own = self.steps.iter();
        let own = own.filter(|(step, _)| (from..to).contains(step));
        let own: Exact = own.map(|(_, count)| count).sum();
        match (free, &self.free_unit) {
            (Some(free), Some(unit)) if !self.all.is_zero() => {
                own * (&self.all - free * unit).max(Exact::zero()) / &self.all
            }
            _ => own,
        }
    }
}

const MONTH: (usize, usize) = (0, usize::MAX);

impl Metered<'_> {
    /// Under a price, each step counts for what is left of its resources beyond what they have free. An amount that is there
    /// once is shared by all prices, each of which counts its own steps.
    pub(crate) fn part_of(&self, own: &Version, all: &[Version]) -> Part {
        let mut counted = self.counted();
        let sum = |counted: &[Counted], between, free: Option<&Exact>| -> Exact {
            counted.iter().map(|one| one.within(between, free)).sum()
        };
        let each = all.iter();
        let each = each.map(|one| sum(&counted, one.between, one.free.as_ref()));
        let each: Exact = each.sum();
        let of_own = sum(&counted, own.between, own.free.as_ref());
        let under_it = sum(&counted, MONTH, own.free.as_ref());
        let of_amounts = if each.is_zero() {
            if sum(&counted, MONTH, None).is_zero() {
                counted = vec![Counted::new(self.presence(), None)];
            }
            sum(&counted, own.between, None) / sum(&counted, MONTH, None)
        } else {
            &of_own / each
        };
        Part {
            of_quantity: if under_it.is_zero() {
                of_amounts.clone()
            } else {
                of_own / under_it
            },
            of_amounts,
        }
    }

    /// How many levels are there in each step.
    fn presence(&self) -> Vec<(usize, Exact)> {
        let there = |piece: &Piece| {
            let levels = piece.levels.iter().flatten().count();
            (piece.step, whole(levels as i128))
        };
        self.pieces.iter().map(there).collect()
    }

    fn counted(&self) -> Vec<Counted> {
        if self.item.model == "flat" {
            let steps: BTreeSet<usize> = self.pieces.iter().map(|piece| piece.step).collect();
            let steps = steps.into_iter();
            let steps = steps.map(|step| (step, whole(self.weighing.unit(step))));
            return vec![Counted::new(steps.collect(), None)];
        }
        if self.item.together {
            // A median of zero, say: no step counts for anything.
            if self.quantity(None).is_zero() {
                return Vec::new();
            }
            let gauge = self.greater_gauge(None);
            let counted = |piece: &Piece| {
                let level = piece.levels[gauge].unwrap_or(0);
                (piece.step, whole(i128::from(level * piece.share)))
            };
            let steps = self.pieces.iter().map(counted);
            return vec![Counted::new(steps.collect(), None)];
        }
        let resources = self.resources().into_iter();
        let counted = resources
            .map(|resource| Counted::new(self.spread(resource), Some(self.allowed(resource))));
        counted.collect()
    }

    fn greater_gauge(&self, resource: Option<usize>) -> usize {
        let value = |gauge| match resource {
            Some(resource) => self.aggregated(&self.held(resource, gauge)),
            None => self.aggregated(&self.held_together(gauge)),
        };
        usize::from(value(1) > value(0))
    }

    fn held(&self, resource: usize, gauge: usize) -> Vec<Held> {
        self.of(resource, gauge, |piece| {
            Some(i128::from(piece.levels[gauge]?) * i128::from(piece.share))
        })
    }

    /// What a resource counts for, step by step. What it counts for once is spread over its time.
    fn spread(&self, resource: usize) -> Vec<(usize, Exact)> {
        let item = self.item;
        let gauge = self.greater_gauge(Some(resource));
        let held = self.held(resource, gauge);
        let units = |held: &Held| self.weighing.unit(held.0);
        let all: i128 = held.iter().map(units).sum();
        let by_level = |(step, level, lasts): &Held| {
            let count = match item.aggregate {
                Aggregate::Sum => self.sum(&[(*step, *level, *lasts)]),
                _ => whole(level * self.weighing.unit(*step)),
            };
            (*step, count / whole(i128::from(SHARES) * 1_000))
        };
        let total = match item.aggregate {
            Aggregate::Sum => return held.iter().map(by_level).collect(),
            Aggregate::Unique => self.unique(resource),
            _ => self.aggregated(&held) / whole(i128::from(SHARES) * 1_000),
        };
        let is_average = item.aggregate == Aggregate::Average && item.proration != "full-unit";
        let by_time = |held: &Held| {
            let part = if all == 0 {
                fraction(1, self.steps_of(resource, gauge))
            } else {
                fraction(units(held), all)
            };
            (held.0, part * &total)
        };
        if !is_average {
            return held.iter().map(by_time).collect();
        }
        let counts: Vec<(usize, Exact)> = held.iter().map(by_level).collect();
        let sum: Exact = counts.iter().map(|(_, count)| count).sum();
        if sum.is_zero() {
            return Vec::new();
        }
        let scaled = counts.into_iter();
        scaled
            .map(|(step, count)| (step, count * &total / &sum))
            .collect()
    }

    fn steps_of(&self, resource: usize, gauge: usize) -> i128 {
        let own = |piece: &&Piece| piece.resource == resource && piece.levels[gauge].is_some();
        self.pieces.iter().filter(own).count() as i128
    }
}
