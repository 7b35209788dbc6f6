//! From samples to runs of a gauge. As in the inventory a sample holds until the next one, unless it says for how long.

use std::collections::BTreeMap;

use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::ResourceId;
use counterfoil_model::inventory::GaugeRun;
use counterfoil_model::time::{BillingPeriod, Instant, Period, TimeZone};

use super::gathered::{Row, RowPlace};
use super::moment::{end, moment, never, shown, span_secs};
use super::words::{SampleFacts, Word};
use crate::config::ConfigProblem;

/// A sample whose values are right by themselves.
#[derive(Debug)]
pub(super) struct Sample {
    value: Decimal,
    begins: Instant,
    ends: Ends,
    place: RowPlace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    At(Instant),
    /// With the next sample, and after so many seconds at the latest.
    WithTheNext(Option<i64>),
}

/// By resource and gauge.
pub(super) type Samples = BTreeMap<(String, String), Vec<Sample>>;

fn text(word: Option<&Word>) -> Option<&str> {
    word.map(|word| word.0.trim())
        .filter(|text| !text.is_empty())
}

/// Judges a sample. `every` is what `--sample` says.
pub(super) fn sample(
    row: &mut Row<SampleFacts>,
    period: &BillingPeriod,
    every: Option<i64>,
    broken: &mut Vec<ConfigProblem>,
) -> Option<Sample> {
    let facts = row.facts.clone();
    for (key, word) in [("resource", &facts.resource), ("gauge", &facts.gauge)] {
        if word.0.trim().is_empty() && !row.is_broken {
            let message = format!("the sample names no {key}");
            row.refuse((key, &message, "name it"), broken);
        }
    }
    let value = match facts.value.0.trim().parse::<Decimal>() {
        Ok(value) => Some(value),
        // Its absence was told.
        Err(_) if row.is_broken => None,
        Err(_) if facts.value.0.trim().is_empty() => {
            let hint = "digits with a point, such as 12.5";
            row.refuse(("value", "the sample has no value", hint), broken);
            None
        }
        Err(error) => {
            let hint = "digits with a point, such as 12.5";
            row.refuse(("value", &error.to_string(), hint), broken);
            None
        }
    };
    let mut read = |key: &str, word: &Option<Word>| {
        let written = text(word.as_ref())?;
        let read = if key == "to" { end } else { moment };
        match read(written, period.zone()) {
            Ok(instant) => Some(instant),
            Err((message, hint)) => {
                row.refuse((key, &message, hint), broken);
                None
            }
        }
    };
    let moments = (
        read("at", &facts.at),
        read("from", &facts.from),
        read("to", &facts.to),
    );
    let own = match text(facts.every.as_ref()).map(span_secs) {
        None => None,
        Some(Ok(secs)) => Some(secs),
        Some(Err((message, hint))) => {
            row.refuse(("every", &message, hint), broken);
            None
        }
    };
    if row.is_broken {
        return None;
    }
    let (begins, ends) = match moments {
        (Some(at), None, None) => (at, Ends::WithTheNext(own.or(every))),
        (None, Some(from), Some(to)) if from < to && own.is_none() => (from, Ends::At(to)),
        (None, Some(from), Some(to)) if own.is_none() => {
            let message = never(from, to, period.zone());
            row.refuse(
                ("to", &message, "`to` is the first moment after it"),
                broken,
            );
            return None;
        }
        _ => {
            let message = "a sample has `at`, or `from` and `to`";
            let hint = "`at` is the moment at which it was taken, and may stand with `every`";
            row.refuse(("", message, hint), broken);
            return None;
        }
    };
    Some(Sample {
        value: value?,
        begins,
        ends,
        place: row.place.clone(),
    })
}

/// Samples that say again what another one says count once. Answers how many did; they get sorted.
pub(super) fn without_repeated(samples: &mut Vec<Sample>) -> usize {
    let all = samples.len();
    samples.sort_by_key(|sample| (sample.begins, sample.value));
    samples.dedup_by(|one, other| {
        (one.begins, one.ends, one.value) == (other.begins, other.ends, other.value)
    });
    all - samples.len()
}

/// Tells samples of one gauge that speak of the same moment. They get sorted.
pub(super) fn contradictions(
    (resource, gauge): &(String, String),
    samples: &mut [Sample],
    zone: &TimeZone,
    broken: &mut Vec<ConfigProblem>,
) {
    samples.sort_by_key(|sample| sample.begins);
    for (index, sample) in samples.iter().enumerate().skip(1) {
        let before = &samples[index - 1];
        let overlaps = match before.ends {
            Ends::At(end) => end > sample.begins,
            Ends::WithTheNext(_) => before.begins == sample.begins,
        };
        if overlaps {
            let message = format!(
                "`{gauge}` of `{resource}` has another value at {} in {}",
                shown(sample.begins, zone),
                before.place.label()
            );
            let hint = "a gauge has one value at a time";
            broken.push(sample.place.problem("value", &message, hint));
        }
    }
}

/// While each sample of a gauge holds within the period. They are sorted.
fn holding(samples: &[Sample], billed: Period) -> impl Iterator<Item = (Period, &Sample)> {
    samples
        .iter()
        .enumerate()
        .filter_map(move |(index, sample)| {
            let next = samples.get(index + 1).map(|next| next.begins);
            let ends = match sample.ends {
                Ends::At(end) => end,
                Ends::WithTheNext(every) => {
                    let next = next.unwrap_or_else(|| billed.to().max(sample.begins));
                    let latest = every.and_then(|secs| {
                        Instant::from_seconds(sample.begins.seconds().saturating_add(secs)).ok()
                    });
                    latest.map_or(next, |latest| latest.min(next))
                }
            };
            let period =
                Period::new(sample.begins, ends).and_then(|period| period.intersect(billed));
            Some((period?, sample))
        })
}

/// The runs of a gauge within the period. Its samples are sorted.
pub(super) fn runs(
    resource: ResourceId,
    gauge: &str,
    samples: &[Sample],
    billed: Period,
) -> Vec<GaugeRun> {
    let runs = holding(samples, billed).map(|(period, sample)| GaugeRun {
        resource,
        name: gauge.to_owned(),
        period,
        value: sample.value,
    });
    runs.collect()
}

/// The rows of samples below zero that hold within the period.
pub(super) fn negatives(samples: &[Sample], billed: Period) -> Vec<String> {
    let below = holding(samples, billed).filter(|(_, sample)| sample.value.is_negative());
    below.map(|(_, sample)| sample.place.label()).collect()
}

/// How many samples hold at no time at which something is there, all within the period.
pub(super) fn idle(samples: &[Sample], there: &[Period], billed: Period) -> usize {
    let is_used = |held: Period| there.iter().any(|there| there.intersect(held).is_some());
    let used = holding(samples, billed).filter(|(held, _)| is_used(*held));
    samples.len() - used.count()
}

pub(super) fn places(samples: &[Sample]) -> impl Iterator<Item = String> {
    samples.iter().map(|sample| sample.place.label())
}
