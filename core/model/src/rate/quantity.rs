//! How much of an item a resource has, and while: from an attribute, a count or the samples of a gauge.

use crate::decimal::Decimal;
use crate::ids::ResourceId;
use crate::inventory::{GaugeRun, Interval};
use crate::price::{Gaps, Merge, Meter, PriceItem, SplitBy};
use crate::time::Period;

/// The samples of all gauges, by resource and name, in the order of time.
#[derive(Debug)]
pub(super) struct Gauges<'a> {
    sorted: Vec<&'a GaugeRun>,
}

/// What a meter read of a resource within a stretch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) levels: Vec<(Period, Decimal)>,
    /// Of the second of two gauges.
    pub(super) others: Vec<(Period, Decimal)>,
    pub(super) fault: Option<Fault>,
}

/// Why a part of the stretch, or all of it, has no quantity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Absent {
        attribute: String,
    },
    NoNumber {
        attribute: String,
        text: String,
    },
    Negative {
        name: String,
        value: String,
    },
    /// No sample says what the gauge was for so many seconds.
    Unsampled {
        gauge: String,
        seconds: i64,
        /// Is there a sample of the rest?
        some: bool,
        /// They count as nothing, where others are left out.
        as_zero: bool,
    },
}

impl Fault {
    /// Is it the same but for how long?
    pub(super) fn is_like(&self, other: &Self) -> bool {
        if let (Self::Unsampled { gauge, .. }, Self::Unsampled { gauge: others, .. }) =
            (self, other)
        {
            return gauge == others;
        }
        self == other
    }

    /// Does nothing say how much it is? The samples of a part of the time say about how much.
    pub(super) fn blocks(&self) -> bool {
        match self {
            Self::Absent { .. } | Self::NoNumber { .. } | Self::Negative { .. } => true,
            Self::Unsampled { some, .. } => !some,
        }
    }
}

impl<'a> Gauges<'a> {
    /// Of the resources that are asked for.
    pub(super) fn of(gauges: &'a [GaugeRun], wanted: impl Fn(ResourceId) -> bool) -> Self {
        let mut sorted: Vec<&GaugeRun> = gauges.iter().filter(|run| wanted(run.resource)).collect();
        sorted.sort_by(|a, b| sample_order(a).cmp(&sample_order(b)));
        Self { sorted }
    }

    fn runs(&self, resource: ResourceId, name: &str) -> &[&'a GaugeRun] {
        let of = |run: &GaugeRun| {
            let by_resource = run.resource.cmp(&resource);
            by_resource.then_with(|| run.name.as_str().cmp(name))
        };
        let begin = self.sorted.partition_point(|run| of(run).is_lt());
        let rest = &self.sorted[begin..];
        let count = rest.iter().take_while(|run| of(run).is_eq()).count();
        &rest[..count]
    }

    fn read(
        &self,
        item: &PriceItem,
        (resource, name): (ResourceId, &str),
        period: Period,
    ) -> Reading {
        let mut reading = Reading {
            levels: Vec::new(),
            others: Vec::new(),
            fault: None,
        };
        let mut sampled = 0;
        for run in self.runs(resource, name) {
            let Some(part) = run.period.intersect(period) else {
                continue;
            };
            if run.value.is_negative() {
                let (name, value) = (name.to_owned(), run.value.to_string());
                reading.fault = Some(Fault::Negative { name, value });
            } else {
                reading.levels.push((part, run.value));
            }
            sampled += part.seconds();
        }
        let seconds = period.seconds() - sampled;
        if seconds > 0 && reading.fault.is_none() {
            reading.fault = Some(Fault::Unsampled {
                gauge: name.to_owned(),
                seconds,
                some: sampled > 0,
                as_zero: item.aggregation.gaps == Gaps::Zero,
            });
        }
        reading
    }
}

fn sample_order(run: &GaugeRun) -> impl Ord + use<'_> {
    (run.resource, &run.name, run.period, run.value)
}

/// Reads a meter over a stretch of an interval. Equal parts of a total go by who is there: what has no quantity counts as nothing
/// there, and is no fault.
pub(super) fn read(
    item: &PriceItem,
    interval: &Interval,
    period: Period,
    gauges: &Gauges<'_>,
) -> Reading {
    let reading = of_meter(item, interval, period, gauges);
    match item.split_by {
        SplitBy::Equal => reading.throughout(period),
        SplitBy::Quantity => reading,
    }
}

fn of_meter(item: &PriceItem, interval: &Interval, period: Period, gauges: &Gauges<'_>) -> Reading {
    let name = match &item.meter {
        // No resource has it.
        Meter::Manual => return Reading::nothing(),
        Meter::Count(count) => return Reading::of(period, Decimal::from(*count)),
        Meter::Gauge(name) => return gauges.read(item, (interval.resource, name), period),
        Meter::Gauges(names) => {
            let [one, other] = names.each_ref();
            let one = gauges.read(item, (interval.resource, one), period);
            let other = gauges.read(item, (interval.resource, other), period);
            return one.with(other, item.aggregation.merge);
        }
        Meter::Distinct(name) => {
            return match interval.configuration.attributes.get(name) {
                Some(_) => Reading::of(period, Decimal::ONE),
                None => Reading::failed(Fault::Absent {
                    attribute: name.clone(),
                }),
            };
        }
        Meter::Attribute(name) => name,
    };
    let attribute = || name.clone();
    let Some(text) = interval.configuration.attributes.get(name) else {
        return Reading::failed(Fault::Absent {
            attribute: attribute(),
        });
    };
    match text.trim().parse::<Decimal>() {
        Err(_) => Reading::failed(Fault::NoNumber {
            attribute: attribute(),
            text: text.to_owned(),
        }),
        Ok(value) if value.is_negative() => Reading::failed(Fault::Negative {
            name: attribute(),
            value: value.to_string(),
        }),
        Ok(value) => Reading::of(period, value),
    }
}

impl Reading {
    /// Does it say something that is no quantity? What was not sampled says nothing.
    pub(super) fn is_unread(&self) -> bool {
        let fault = self.fault.as_ref();
        fault.is_some_and(|fault| !matches!(fault, Fault::Unsampled { .. }))
    }

    fn nothing() -> Self {
        Self {
            levels: Vec::new(),
            others: Vec::new(),
            fault: None,
        }
    }

    fn of(period: Period, value: Decimal) -> Self {
        Self {
            levels: vec![(period, value)],
            others: Vec::new(),
            fault: None,
        }
    }

    fn failed(fault: Fault) -> Self {
        Self {
            levels: Vec::new(),
            others: Vec::new(),
            fault: Some(fault),
        }
    }

    /// With a level of nothing where it has none.
    fn throughout(mut self, period: Period) -> Self {
        self.fault = None;
        self.levels.sort_unstable();
        let mut gaps = Vec::new();
        let mut since = period.from();
        let ends = self.levels.iter().map(|(read, _)| (read.from(), read.to()));
        for (from, to) in ends.chain([(period.to(), period.to())]) {
            let gap = Period::new(since, from);
            gaps.extend(gap.map(|gap| (gap, Decimal::ZERO)));
            since = since.max(to);
        }
        self.levels.extend(gaps);
        self.levels.sort_unstable();
        self
    }

    /// Together with the reading of a second gauge.
    fn with(self, other: Self, merge: Merge) -> Self {
        let fault = self.fault.or(other.fault);
        match merge {
            Merge::Each => Self {
                levels: self.levels,
                others: other.levels,
                fault,
            },
            Merge::Sample => Self {
                levels: greater(&self.levels, &other.levels),
                others: Vec::new(),
                fault,
            },
        }
    }
}

/// The greater level at each moment at which one of both has one.
fn greater(one: &[(Period, Decimal)], other: &[(Period, Decimal)]) -> Vec<(Period, Decimal)> {
    let both = || one.iter().chain(other);
    let mut cuts: Vec<_> = both()
        .flat_map(|(period, _)| [period.from(), period.to()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let stretches = cuts
        .windows(2)
        .filter_map(|cut| Period::new(cut[0], cut[1]));
    let at = |levels: &[(Period, Decimal)], stretch: Period| {
        let holding = levels.partition_point(|(period, _)| period.to() <= stretch.from());
        let found = levels.get(holding);
        found
            .filter(|(period, _)| period.from() <= stretch.from())
            .map(|(_, level)| *level)
    };
    let level = |stretch: Period| at(one, stretch).max(at(other, stretch));
    stretches
        .filter_map(|stretch| Some((stretch, level(stretch)?)))
        .collect()
}
