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

/// What steps count for.
type Counts = Vec<(usize, Exact)>;

fn within(counts: &Counts, (from, to): (usize, usize)) -> Exact {
    let own = counts.iter().filter(|(step, _)| (from..to).contains(step));
    own.map(|(_, count)| count).sum()
}

impl Metered<'_> {
    /// Under a price, each step counts for what is left of its resources beyond what they have free. An amount that is there
    /// once is shared by all prices, each of which counts its own steps.
    pub(crate) fn part_of(&self, own: &Version, all: &[Version]) -> Part {
        let month = (0, usize::MAX);
        let each: Vec<Exact> = all
            .iter()
            .map(|version| within(&self.counts(version.free.as_ref()), version.between))
            .collect();
        let sum: Exact = each.iter().sum();
        let mut bare = self.counts(None);
        if within(&bare, month).is_zero() {
            bare = self.presence();
        }
        let counted = self.counts(own.free.as_ref());
        let of_amounts = if sum.is_zero() {
            within(&bare, own.between) / within(&bare, month)
        } else {
            within(&counted, own.between) / sum
        };
        let under_it = within(&counted, month);
        Part {
            of_quantity: if under_it.is_zero() {
                of_amounts.clone()
            } else {
                within(&counted, own.between) / under_it
            },
            of_amounts,
        }
    }

    /// How many levels are there in each step.
    fn presence(&self) -> Counts {
        let there = |piece: &Piece| {
            let levels = piece.levels.iter().flatten().count();
            (piece.step, whole(levels as i128))
        };
        self.pieces.iter().map(there).collect()
    }

    fn counts(&self, free: Option<&Exact>) -> Counts {
        if self.item.model == "flat" {
            let steps: BTreeSet<usize> = self.pieces.iter().map(|piece| piece.step).collect();
            let steps = steps.into_iter();
            return steps
                .map(|step| (step, whole(self.weighing.unit(step))))
                .collect();
        }
        if self.item.together {
            let gauge = self.greater_gauge(None);
            let counted = |piece: &Piece| {
                let level = piece.levels[gauge].unwrap_or(0);
                (piece.step, whole(i128::from(level * piece.share)))
            };
            return self.pieces.iter().map(counted).collect();
        }
        let mut counts = Counts::new();
        for resource in self.resources() {
            let spread = self.spread(resource);
            let all: Exact = spread.iter().map(|(_, count)| count).sum();
            let Some(free) = free.filter(|_| !all.is_zero()) else {
                counts.extend(spread);
                continue;
            };
            let left = (&all - free * self.allowed(resource)).max(Exact::zero()) / all;
            let left = spread
                .into_iter()
                .map(|(step, count)| (step, count * &left));
            counts.extend(left);
        }
        counts
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
