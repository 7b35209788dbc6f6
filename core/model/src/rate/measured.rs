//! How the levels of a charge became its quantity, in words: what the numbers of a line do not say.

use crate::price::{
    Aggregate, Aggregation, Conversion, Gaps, Merge, Meter, PriceItem, RoundQuantity, Tariff,
};

/// Seconds between two samples where the item does not say.
pub(super) const SAMPLE_SECONDS: i64 = 300;

/// None where it is the average of the levels over time, in the unit that was metered.
pub(super) fn measured(item: &PriceItem, tariff: &Tariff) -> Option<String> {
    let aggregation = &item.aggregation;
    let words = [
        aggregated(item, aggregation),
        channels(item, aggregation),
        scope(aggregation),
        tariff.conversion.as_ref().map(|one| converted(item, one)),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn aggregated(item: &PriceItem, aggregation: &Aggregation) -> Option<String> {
    let every = aggregation.sample_seconds;
    Some(match aggregation.aggregate {
        Aggregate::Average => return None,
        Aggregate::Maximum => "the greatest level".to_owned(),
        Aggregate::Last => "the last level".to_owned(),
        Aggregate::Sum => match every {
            Some(every) => {
                format!("the sum of the levels, each once for every {every} s that it lasted")
            }
            None => "the sum of the levels, each once".to_owned(),
        },
        Aggregate::Unique => match &item.meter {
            Meter::Distinct(name) => {
                format!("the different values of `{name}`, over all resources of the line")
            }
            _ => "the different values, over all resources of the line".to_owned(),
        },
        Aggregate::Percentile => {
            let dropped = 100 - aggregation.percentile;
            let gaps = match aggregation.gaps {
                Gaps::LeftOut => "times without a sample are left out",
                Gaps::Zero => "times without a sample count as zero",
            };
            format!(
                "percentile {}: of n samples, one every {} s, the highest n × {dropped}/100 (rounded down) are dropped and the \
                 highest that remains counts; {gaps}",
                aggregation.percentile,
                every.unwrap_or(SAMPLE_SECONDS)
            )
        }
    })
}

fn channels(item: &PriceItem, aggregation: &Aggregation) -> Option<String> {
    let Meter::Gauges([one, other]) = &item.meter else {
        return None;
    };
    let merge = match aggregation.merge {
        Merge::Each => "each by itself",
        Merge::Sample => "sample by sample",
    };
    Some(format!("the greater one of `{one}` and `{other}`, {merge}"))
}

fn scope(aggregation: &Aggregation) -> Option<String> {
    match aggregation.aggregate {
        Aggregate::Average | Aggregate::Sum | Aggregate::Unique => None,
        Aggregate::Maximum | Aggregate::Last | Aggregate::Percentile if aggregation.together => {
            Some("of all resources of the line together".to_owned())
        }
        Aggregate::Maximum | Aggregate::Last | Aggregate::Percentile => {
            Some("of each resource, summed".to_owned())
        }
    }
}

fn converted(item: &PriceItem, conversion: &Conversion) -> String {
    let round = match conversion.round {
        RoundQuantity::None => "",
        RoundQuantity::Up => ", rounded up to whole ones once for the line",
    };
    format!(
        "what was metered × {} = {} ({}){round}",
        conversion.factor, item.unit.code, item.unit.name
    )
}
