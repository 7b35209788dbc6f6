//! What was observed, laid out to be looked up: once for all charge periods that are rated.

use std::collections::HashMap;

use super::RateInput;
use super::quantity::Gauges;
use crate::ids::IntervalId;
use crate::inventory::Interval;

pub(super) struct Observed<'a> {
    pub(super) intervals: HashMap<IntervalId, &'a Interval>,
    pub(super) gauges: Gauges<'a>,
}

impl<'a> Observed<'a> {
    pub(super) fn of(input: &RateInput<'a>) -> Self {
        let intervals = input.intervals.iter();
        Self {
            intervals: intervals.map(|interval| (interval.id, interval)).collect(),
            gauges: Gauges::of(input.gauges, |_| true),
        }
    }
}
