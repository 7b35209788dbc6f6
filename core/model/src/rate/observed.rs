//! What was observed, laid out to be looked up: once for all charge periods that are rated.

use std::cell::{Cell, OnceCell};

use super::quantity::Gauges;
use super::{QuickMap, RateInput};
use crate::ids::IntervalId;
use crate::inventory::Interval;

/// How far the next interval is looked for before all of them are gathered by their ids.
const NEAR: usize = 8;

pub(super) struct Observed<'a> {
    pub(super) intervals: Intervals<'a>,
    pub(super) gauges: Gauges<'a>,
}

impl<'a> Observed<'a> {
    pub(super) fn of(input: &RateInput<'a>) -> Self {
        Self {
            intervals: Intervals::of(input.intervals),
            gauges: Gauges::of(input.gauges, |_| true),
        }
    }
}

/// Intervals by their ids. What is owned comes in the order of the intervals: the one that is asked for is mostly the last one
/// or the next.
pub(super) struct Intervals<'a> {
    all: &'a [Interval],
    last: Cell<usize>,
    places: OnceCell<QuickMap<IntervalId, usize>>,
}

impl<'a> Intervals<'a> {
    pub(super) fn of(all: &'a [Interval]) -> Self {
        Self {
            all,
            last: Cell::new(0),
            places: OnceCell::new(),
        }
    }

    pub(super) fn get(&self, id: IntervalId) -> Option<&'a Interval> {
        let last = self.last.get();
        let mut near = (last..last + NEAR).chain([0]);
        let is_it = |place: &usize| self.all.get(*place).is_some_and(|one| one.id == id);
        let place = near
            .find(is_it)
            .or_else(|| self.places().get(&id).copied())?;
        self.last.set(place);
        self.all.get(place)
    }

    fn places(&self) -> &QuickMap<IntervalId, usize> {
        self.places.get_or_init(|| {
            let all = self.all.iter().enumerate();
            all.map(|(place, one)| (one.id, place)).collect()
        })
    }
}
