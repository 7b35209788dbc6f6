//! What each portion counts for where it is not simply its level by the time for which it lasted: the sum over all portions is
//! the quantity of the charge.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use num_traits::Zero;

use super::group::Portion;
use super::measured::SAMPLE_SECONDS;
use super::weights::Weights;
use crate::decimal::Rational;
use crate::ids::ResourceId;
use crate::price::{Aggregate, Gaps, Meter, PriceItem, Proration};
use crate::time::{Instant, Period};

/// One for each portion, in their order. None where the level by time is all there is to it.
pub(super) fn evaluate(
    portions: &[Portion<'_>],
    item: &PriceItem,
    weights: &Weights,
    charged: Period,
) -> Option<Vec<Rational>> {
    let channels = portions.iter().any(|portion| portion.channel > 0);
    if is_by_time(item) && !channels {
        return None;
    }
    let evaluation = Evaluation::new(portions, item, (weights, charged), |portion| {
        portion.quantity.to_rational() * portion.share
    });
    Some(match item.aggregation.aggregate {
        Aggregate::Average => evaluation.of_resources(Evaluation::average),
        Aggregate::Sum => evaluation.of_resources(Evaluation::sum),
        Aggregate::Unique => evaluation.unique(),
        Aggregate::Maximum | Aggregate::Last | Aggregate::Percentile
            if item.aggregation.together =>
        {
            evaluation.together()
        }
        Aggregate::Maximum => evaluation.of_resources(Evaluation::maximum),
        Aggregate::Last => evaluation.of_resources(Evaluation::last),
        Aggregate::Percentile => evaluation.of_resources(Evaluation::percentile),
    })
}

/// What each resource has of an allowance: as much as that quantity of the item would count for while the resource is there.
pub(super) fn allowed(
    portions: &[Portion<'_>],
    item: &PriceItem,
    (weights, charged): (&Weights, Period),
    free: &Rational,
) -> BTreeMap<ResourceId, Rational> {
    let evaluation = Evaluation::new(portions, item, (weights, charged), |portion| {
        free * portion.share
    });
    let counts = match item.aggregation.aggregate {
        Aggregate::Average => evaluation.of_resources(Evaluation::average),
        // A sum, or a number of values, has its allowance once.
        _ => evaluation.of_resources(Evaluation::maximum),
    };
    let mut allowed: BTreeMap<ResourceId, Rational> = BTreeMap::new();
    let by_hour = (item.proration == Proration::Hour).then(|| weights.hours());
    for (portion, mut count) in portions.iter().zip(counts) {
        if let Some(hours) = &by_hour {
            count /= hours;
        }
        *allowed.entry(portion.interval.resource).or_default() += count;
    }
    allowed
}

/// Is a quantity its level by the time for which it lasted, whatever else the resource had?
pub(super) fn is_by_time(item: &PriceItem) -> bool {
    let by_time = matches!(
        item.proration,
        Proration::Second | Proration::ActualDay | Proration::Strict30360 | Proration::Hour
    );
    by_time && item.aggregation.aggregate == Aggregate::Average
}

/// Does a resource count for what it was at one moment, rather than for all of its time?
pub(super) fn is_of_one_moment(item: &PriceItem) -> bool {
    match item.aggregation.aggregate {
        Aggregate::Average => item.proration == Proration::FullUnit,
        Aggregate::Sum => false,
        Aggregate::Unique => true,
        Aggregate::Maximum | Aggregate::Last | Aggregate::Percentile => !item.aggregation.together,
    }
}

struct Evaluation<'a, 'b> {
    portions: &'a [Portion<'b>],
    /// Of each portion.
    levels: Vec<Rational>,
    item: &'a PriceItem,
    weights: &'a Weights,
    charged: Period,
    weight: Rational,
}

/// A level with when it held.
type Held = (Period, Rational);

impl<'a, 'b> Evaluation<'a, 'b> {
    fn new(
        portions: &'a [Portion<'b>],
        item: &'a PriceItem,
        (weights, charged): (&'a Weights, Period),
        level: impl Fn(&Portion<'b>) -> Rational,
    ) -> Self {
        Self {
            portions,
            levels: portions.iter().map(level).collect(),
            item,
            weights,
            charged,
            weight: weights.fraction(item.proration, charged),
        }
    }

    /// Of each resource by itself. Each of two gauges counts by itself too, and of both the greater one.
    fn of_resources(&self, evaluate: fn(&Self, &[usize], &mut [Rational])) -> Vec<Rational> {
        let mut resources: BTreeMap<ResourceId, BTreeMap<u8, Vec<usize>>> = BTreeMap::new();
        for (index, portion) in self.portions.iter().enumerate() {
            let channels = resources.entry(portion.interval.resource).or_default();
            channels.entry(portion.channel).or_default().push(index);
        }
        let mut counts = vec![Rational::zero(); self.portions.len()];
        for channels in resources.values_mut() {
            let mut greatest: Option<(Rational, &[usize])> = None;
            for own in channels.values_mut() {
                own.sort_by_key(|index| self.portions[*index].period);
                let own: &[usize] = own;
                evaluate(self, own, &mut counts);
                let value: Rational = own.iter().map(|index| &counts[*index]).sum();
                let lesser = match &greatest {
                    Some((best, _)) if *best >= value => own,
                    _ => greatest
                        .replace((value, own))
                        .map_or(&[][..], |(_, own)| own),
                };
                for index in lesser {
                    counts[*index] = Rational::zero();
                }
            }
        }
        counts
    }

    fn level(&self, index: usize) -> &Rational {
        &self.levels[index]
    }

    /// The average of a resource, by how long it was there.
    fn average(&self, own: &[usize], counts: &mut [Rational]) {
        if self.item.proration == Proration::FullUnit {
            return self.maximum(own, counts);
        }
        let units: i128 = own.iter().map(|index| self.portions[*index].units).sum();
        if units == 0 {
            return;
        }
        let present = Rational::from_integer(units.into());
        let part = self.weights.part(self.item.proration, units, self.charged);
        for index in own {
            let time = Rational::from_integer(self.portions[*index].units.into()) / &present;
            counts[*index] = self.level(*index) * time * &part;
        }
    }

    fn maximum(&self, own: &[usize], counts: &mut [Rational]) {
        let greatest = own.iter().copied().reduce(|best, next| {
            if self.level(next) > self.level(best) {
                next
            } else {
                best
            }
        });
        if let Some(index) = greatest {
            counts[index] = self.level(index) * &self.weight;
        }
    }

    fn last(&self, own: &[usize], counts: &mut [Rational]) {
        let last = own.iter().copied();
        if let Some(index) = last.max_by_key(|index| self.portions[*index].period.to()) {
            counts[index] = self.level(index) * &self.weight;
        }
    }

    fn percentile(&self, own: &[usize], counts: &mut [Rational]) {
        let held = own.iter();
        let held = held.map(|index| (self.portions[*index].period, self.level(*index).clone()));
        let value = self.percentile_of(&held.collect::<Vec<_>>());
        if let (Some(value), Some(first)) = (value, own.first()) {
            let index = own.iter().find(|index| *self.level(**index) == value);
            counts[*index.unwrap_or(first)] = value * &self.weight;
        }
    }

    /// Samples stand on a grid that begins with the charged period. Of n samples the highest n × (100 − p) %, rounded down,
    /// are dropped, and the highest that remains counts.
    fn percentile_of(&self, held: &[Held]) -> Option<Rational> {
        let aggregation = &self.item.aggregation;
        let every = aggregation.sample_seconds.unwrap_or(SAMPLE_SECONDS);
        let start = self.charged.from().seconds();
        let until = |at: Instant| (at.seconds() - start + every - 1) / every;
        let samples = |period: Period| until(period.to()) - until(period.from());
        let mut counted: BTreeMap<Rational, i64> = BTreeMap::new();
        for (period, level) in held {
            *counted.entry(level.clone()).or_default() += samples(*period);
        }
        let mut all: i64 = counted.values().sum();
        if aggregation.gaps == Gaps::Zero {
            let gaps = samples(self.charged) - all;
            *counted.entry(Rational::zero()).or_default() += gaps.max(0);
            all += gaps.max(0);
        }
        let mut left = all * (100 - i64::from(aggregation.percentile)) / 100;
        for (level, count) in counted.into_iter().rev() {
            if count > left {
                return Some(level);
            }
            left -= count;
        }
        None
    }

    /// A level that lasts beyond the charged period, or changes hands, counts there with its part of its time. Of one that goes on,
    /// all that is known is the time until the end of the period.
    fn sum(&self, own: &[usize], counts: &mut [Rational]) {
        for index in own {
            let portion = &self.portions[*index];
            let whole = self.item.aggregation.sample_seconds.unwrap_or_else(|| {
                let (valid, asked) = (portion.interval.valid, self.weights.period());
                let from = valid.from.unwrap_or(asked.from());
                let lasts = Period::new(from, valid.to.unwrap_or(asked.to()));
                lasts.map_or(1, Period::seconds)
            });
            let times = Rational::new(portion.period.seconds().into(), whole.into());
            counts[*index] = self.level(*index) * times;
        }
    }

    /// Each text counts once, with the greatest share that the owner has of it.
    fn unique(&self) -> Vec<Rational> {
        let Meter::Distinct(name) = &self.item.meter else {
            return vec![Rational::zero(); self.portions.len()];
        };
        let mut order: Vec<usize> = (0..self.portions.len()).collect();
        let place = |index: &usize| {
            let portion = &self.portions[*index];
            (
                Reverse(portion.share),
                portion.interval.resource,
                portion.interval.id,
                portion.period,
            )
        };
        order.sort_by_key(place);
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut counts = vec![Rational::zero(); self.portions.len()];
        for index in order {
            let portion = &self.portions[index];
            let text = portion.interval.configuration.attributes.get(name);
            if text.is_some_and(|text| known.insert(text)) {
                counts[index] = &self.weight * portion.share;
            }
        }
        counts
    }

    /// On the sum of all resources at each moment; each portion has its part of it by level and time.
    fn together(&self) -> Vec<Rational> {
        let mut channels: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for (index, portion) in self.portions.iter().enumerate() {
            channels.entry(portion.channel).or_default().push(index);
        }
        let valued = channels.into_values().map(|own| {
            let held = self.sums(&own);
            let value = match self.item.aggregation.aggregate {
                Aggregate::Maximum => held.iter().map(|(_, level)| level.clone()).max(),
                Aggregate::Last => held.last().map(|(_, level)| level.clone()),
                _ => self.percentile_of(&held),
            };
            (value.unwrap_or_default() * &self.weight, own)
        });
        let greatest = valued.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let mut counts = vec![Rational::zero(); self.portions.len()];
        let Some((quantity, own)) = greatest else {
            return counts;
        };
        for index in &own {
            let seconds = self.portions[*index].period.seconds();
            counts[*index] = self.level(*index) * Rational::from_integer(seconds.into());
        }
        let sum: Rational = counts.iter().sum();
        if !sum.is_zero() {
            for count in &mut counts {
                *count = &*count / &sum * &quantity;
            }
        }
        counts
    }

    /// The level of all portions together, while anything is there.
    fn sums(&self, own: &[usize]) -> Vec<Held> {
        let mut changes: BTreeMap<Instant, (Rational, i64)> = BTreeMap::new();
        for index in own {
            let (portion, level) = (&self.portions[*index], self.level(*index));
            let begin = changes.entry(portion.period.from()).or_default();
            begin.0 += level;
            begin.1 += 1;
            let end = changes.entry(portion.period.to()).or_default();
            end.0 -= level;
            end.1 -= 1;
        }
        let mut held: Vec<Held> = Vec::new();
        let (mut level, mut there) = (Rational::zero(), 0);
        let mut since = self.charged.from();
        for (at, (change, count)) in changes {
            if let Some(stretch) = Period::new(since, at).filter(|_| there > 0) {
                held.push((stretch, level.clone()));
            }
            since = at;
            level += change;
            there += count;
        }
        held
    }
}
