//! Which part of a charge falls under one of several prices: by the quantity of its steps.

use std::collections::BTreeSet;

use num_traits::Zero;

use super::exact::{Exact, fraction, whole};
use super::quantity::{Held, Metered, Piece};
use super::world::{Aggregate, SHARES};

impl Metered<'_> {
    /// Of all that the charge comes to.
    pub(crate) fn part_between(&self, from: usize, to: usize) -> Exact {
        let mut counts: Vec<(usize, Exact)> = if self.item.model == "flat" {
            let steps: BTreeSet<usize> = self.pieces.iter().map(|piece| piece.step).collect();
            let steps = steps.into_iter();
            steps
                .map(|step| (step, whole(self.weighing.unit(step))))
                .collect()
        } else if self.item.together {
            let gauge = self.greater_gauge(None);
            let counted = |piece: &Piece| {
                let level = piece.levels[gauge].unwrap_or(0);
                (piece.step, whole(i128::from(level * piece.share)))
            };
            self.pieces.iter().map(counted).collect()
        } else {
            let resources = self.resources().into_iter();
            resources
                .flat_map(|resource| self.spread(resource))
                .collect()
        };
        if counts.iter().all(|(_, count)| count.is_zero()) {
            let there = |piece: &Piece| {
                let levels = piece.levels.iter().flatten().count();
                (piece.step, whole(levels as i128))
            };
            counts = self.pieces.iter().map(there).collect();
        }
        let all: Exact = counts.iter().map(|(_, count)| count).sum();
        let own = counts.iter().filter(|(step, _)| (from..to).contains(step));
        own.map(|(_, count)| count).sum::<Exact>() / all
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
