//! What a line is charged for: the levels of its resources, step by step, made one quantity.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::Zero;

use super::exact::{Exact, fraction, whole};
use super::weighing::Weighing;
use super::world::{Aggregate, Item, SHARES};

/// Thousandths of a unit, in sixtieths.
const SCALE: i128 = 1_000 * SHARES as i128;

/// What a resource adds to a line in one step.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) resource: usize,
    pub(crate) step: usize,
    /// In thousandths, of each gauge; of anything else the first.
    pub(crate) levels: [Option<i64>; 2],
    /// In sixtieths.
    pub(crate) share: i64,
    pub(crate) colour: usize,
    /// How many steps of the month the stretch of the resource has.
    pub(crate) lasts: i64,
}

/// The pieces of a line between two steps.
pub(crate) struct Metered<'a> {
    pub(crate) item: &'a Item,
    pub(crate) weighing: &'a Weighing,
    pub(crate) between: (usize, usize),
    pub(crate) pieces: &'a [Piece],
}

/// A level at a step, and how many steps the stretch has to which it belongs.
pub(crate) type Held = (usize, i128, i64);

impl Metered<'_> {
    fn weight(&self) -> Exact {
        self.weighing.of(self.between.0, self.between.1)
    }

    /// In the order of time.
    pub(crate) fn of(
        &self,
        resource: usize,
        gauge: usize,
        level: impl Fn(&Piece) -> Option<i128>,
    ) -> Vec<Held> {
        let own = self
            .pieces
            .iter()
            .filter(|piece| piece.resource == resource);
        let own = own.filter(|piece| piece.levels[gauge].is_some());
        let mut held: Vec<Held> = own
            .filter_map(|piece| Some((piece.step, level(piece)?, piece.lasts)))
            .collect();
        held.sort_unstable();
        held
    }

    pub(crate) fn resources(&self) -> BTreeSet<usize> {
        self.pieces.iter().map(|piece| piece.resource).collect()
    }

    /// What all resources come to, less `free` units of each.
    pub(crate) fn quantity(&self, free: Option<&Exact>) -> Exact {
        if self.item.together {
            return self.together();
        }
        let mut quantity = Exact::zero();
        for resource in self.resources() {
            let count = match self.item.aggregate {
                Aggregate::Unique => self.unique(resource),
                _ => greater(|gauge| {
                    let level = |piece: &Piece| {
                        Some(i128::from(piece.levels[gauge]?) * i128::from(piece.share))
                    };
                    self.aggregated(&self.of(resource, gauge, level)) / whole(SCALE)
                }),
            };
            let free = free.map_or_else(Exact::zero, |free| free * self.allowed(resource));
            quantity += (count - free).max(Exact::zero());
        }
        quantity
    }

    /// What one free unit counts for.
    pub(crate) fn allowed(&self, resource: usize) -> Exact {
        greater(|gauge| {
            let held = self.of(resource, gauge, |piece| Some(piece.share.into()));
            let value = match self.item.aggregate {
                Aggregate::Average => self.aggregated(&held),
                _ => self.maximum(&held),
            };
            value * self.weighing.once_of() / whole(SHARES.into())
        })
    }

    pub(crate) fn aggregated(&self, held: &[Held]) -> Exact {
        match self.item.aggregate {
            Aggregate::Average => self.average(held),
            Aggregate::Maximum => self.maximum(held),
            Aggregate::Last => whole(held.last().map_or(0, |held| held.1)) * self.weight(),
            Aggregate::Sum => self.sum(held),
            Aggregate::Unique => Exact::zero(),
            Aggregate::Percentile {
                percent,
                gaps_are_zero,
            } => whole(self.percentile(held, percent, gaps_are_zero)) * self.weight(),
        }
    }

    fn maximum(&self, held: &[Held]) -> Exact {
        whole(held.iter().map(|held| held.1).max().unwrap_or(0)) * self.weight()
    }

    fn average(&self, held: &[Held]) -> Exact {
        if self.item.proration == "full-unit" {
            return self.maximum(held);
        }
        let units: i128 = held.iter().map(|held| self.weighing.unit(held.0)).sum();
        if units == 0 {
            return Exact::zero();
        }
        let area: i128 = held
            .iter()
            .map(|held| held.1 * self.weighing.unit(held.0))
            .sum();
        let there = held.iter().map(|held| held.0);
        fraction(area, units) * self.weighing.part(there, self.between)
    }

    pub(crate) fn sum(&self, held: &[Held]) -> Exact {
        let times = |lasts: i64| match self.item.sample {
            Some(minutes) => fraction(15, minutes.into()),
            None => fraction(1, lasts.into()),
        };
        let mut by_length: BTreeMap<i64, i128> = BTreeMap::new();
        for (_, level, lasts) in held {
            *by_length.entry(*lasts).or_default() += level;
        }
        by_length
            .into_iter()
            .map(|(lasts, level)| whole(level) * times(lasts))
            .sum()
    }

    /// The samples in their order, each on a grid that begins with the line.
    fn percentile(&self, held: &[Held], percent: usize, gaps_are_zero: bool) -> i128 {
        let minutes = usize::try_from(self.item.sample.unwrap_or(5)).expect("minutes are some");
        let levels: BTreeMap<usize, i128> = held.iter().map(|held| (held.0, held.1)).collect();
        let mut samples = Vec::new();
        let (from, to) = self.between;
        for step in from..to {
            let level = levels.get(&step).copied();
            for minute in [0, 5, 10] {
                let since = (step - from) * 15 + minute;
                if since % minutes == 0 {
                    samples.extend(level.or(gaps_are_zero.then_some(0)));
                }
            }
        }
        samples.sort_unstable();
        let dropped = samples.len() * (100 - percent) / 100;
        samples.truncate(samples.len() - dropped);
        samples.last().copied().unwrap_or(0)
    }

    /// A value counts once, with the greatest share that there is of it; the first resource has it where several have as much.
    pub(crate) fn unique(&self, resource: usize) -> Exact {
        let own = self
            .pieces
            .iter()
            .filter(|piece| piece.resource == resource);
        let colours: BTreeSet<usize> = own.map(|piece| piece.colour).collect();
        let mut shares = 0;
        for colour in colours {
            let alike = self.pieces.iter().filter(|piece| piece.colour == colour);
            let most = alike.clone().map(|piece| piece.share).max().unwrap_or(0);
            let mut having = alike.filter(|piece| piece.share == most);
            if having.all(|piece| piece.resource >= resource) && self.has(resource, colour, most) {
                shares += most;
            }
        }
        fraction(shares.into(), SHARES.into()) * self.weight()
    }

    fn has(&self, resource: usize, colour: usize, share: i64) -> bool {
        let mut pieces = self.pieces.iter();
        pieces.any(|piece| {
            piece.resource == resource && piece.colour == colour && piece.share == share
        })
    }

    /// Of the sum of all resources at each step.
    fn together(&self) -> Exact {
        greater(|gauge| self.aggregated(&self.held_together(gauge)) / whole(SCALE))
    }

    pub(crate) fn held_together(&self, gauge: usize) -> Vec<Held> {
        let mut sums: BTreeMap<usize, i128> = BTreeMap::new();
        for piece in self.pieces {
            if let Some(level) = piece.levels[gauge] {
                *sums.entry(piece.step).or_default() += i128::from(level) * i128::from(piece.share);
            }
        }
        let sums = sums.into_iter();
        sums.map(|(step, level)| (step, level, 1)).collect()
    }

    /// Each level of all resources together, less what is free of each, with how much of an amount the steps have in
    /// which it was there.
    pub(crate) fn moments(&self, free: Option<&Exact>) -> Vec<(Exact, Exact)> {
        let mut at: BTreeMap<usize, Vec<(i128, i64)>> = BTreeMap::new();
        for piece in self.pieces {
            if let Some(level) = piece.levels[0] {
                let level = i128::from(level) * i128::from(piece.share);
                at.entry(piece.step).or_default().push((level, piece.share));
            }
        }
        let mut alike: BTreeMap<Vec<(i128, i64)>, i128> = BTreeMap::new();
        for step in self.between.0..self.between.1 {
            // While nothing is there nothing is due.
            let Some(mut levels) = at.remove(&step) else {
                continue;
            };
            levels.sort_unstable();
            *alike.entry(levels).or_default() += self.weighing.unit(step);
        }
        let beyond = |(level, share): &(i128, i64)| {
            let free = free.map_or_else(Exact::zero, |free| {
                free * fraction((*share).into(), SHARES.into())
            });
            (fraction(*level, SCALE) - free).max(Exact::zero())
        };
        let moments = alike.iter().map(|(levels, units)| {
            let level: Exact = levels.iter().map(beyond).sum();
            (level, fraction(*units, self.weighing.full()))
        });
        moments.collect()
    }

    /// How much of an amount the time has in which anything was there.
    pub(crate) fn there(&self) -> Exact {
        let steps: BTreeSet<usize> = self.pieces.iter().map(|piece| piece.step).collect();
        self.weighing.part(steps.into_iter(), self.between)
    }
}

/// Of two gauges the greater one.
fn greater(value: impl Fn(usize) -> Exact) -> Exact {
    value(0).max(value(1))
}
