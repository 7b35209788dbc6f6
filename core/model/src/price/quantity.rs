//! Reads what gives the quantity of an item: the meter, how its levels become one number, and the conversion of that.

use num_traits::One;

use super::aggregate::{Aggregate, Aggregation, Conversion, Gaps, Merge, RoundQuantity};
use super::book::Meter;
use super::config::{ItemConfig, MeterConfig};
use super::tiers::read_decimal;
use super::unit::unit;
use crate::decimal::Rational;
use crate::problem::Problem;

const PERCENTILE: u32 = 95;
const SAMPLE_SECONDS_MAX: i64 = 86_400;

/// Paths are relative to the item.
pub(super) fn read_meter(config: &MeterConfig, problems: &mut Vec<Problem>) -> Option<Meter> {
    if config.optional && config.attribute.is_none() {
        let message = "only the `attribute` of a meter can be optional";
        problems.push(Problem::new(["meter", "optional"], message));
    }
    let gauges = config.gauges.as_deref();
    if config.manual {
        let reads = config.attribute.is_some() || config.count.is_some() || config.gauge.is_some();
        if !reads && gauges.is_none() {
            return Some(Meter::Manual);
        }
        problems.push(exactly_one());
        return None;
    }
    match (&config.attribute, config.count, &config.gauge, gauges) {
        (Some(name), None, None, None) if config.aggregate == Aggregate::Unique => {
            Some(Meter::Distinct(name.clone()))
        }
        (Some(name), None, None, None) => Some(Meter::Attribute(name.clone())),
        (None, None, Some(name), None) => Some(Meter::Gauge(name.clone())),
        (None, None, None, Some([one, other])) => Some(Meter::Gauges([one.clone(), other.clone()])),
        (None, None, None, Some(_)) => {
            let message = "`gauges` are two; one alone is a `gauge`";
            let hint = "gauges = [\"bits_in\", \"bits_out\"]";
            problems.push(Problem::new(["meter", "gauges"], message).with_hint(hint));
            None
        }
        (None, Some(count), None, None) if count > 0 => Some(Meter::Count(count)),
        (None, Some(count), None, None) => {
            let message = format!("the count is {count}; it must be at least 1");
            problems.push(Problem::new(["meter", "count"], message));
            None
        }
        _ => {
            problems.push(exactly_one());
            None
        }
    }
}

fn exactly_one() -> Problem {
    let message = "a meter is exactly one of `attribute`, `count`, `gauge`, `gauges` and `manual`";
    let hint = "meter = { attribute = \"vcpu\" } or meter = { count = 1 }";
    Problem::new(["meter"], message).with_hint(hint)
}

pub(super) fn read_aggregation(
    config: &ItemConfig,
    problems: &mut Vec<Problem>,
) -> Option<Aggregation> {
    let meter = &config.meter;
    let before = problems.len();
    let mut refuse = |key: &str, message: &str, hint: &str| {
        problems.push(Problem::new(["meter", key], message).with_hint(hint));
    };
    let is_percentile = meter.aggregate == Aggregate::Percentile;
    if meter.aggregate == Aggregate::Unique && meter.attribute.is_none() {
        let hint = "meter = { attribute = \"owner\", aggregate = \"unique\" }";
        refuse(
            "aggregate",
            "`unique` counts the values of an `attribute`",
            hint,
        );
    }
    let of_gauges = meter.gauge.is_some() || meter.gauges.is_some();
    if meter.aggregate == Aggregate::Sum && of_gauges && meter.sample.is_none() {
        let message = "a gauge is summed sample by sample, and the time between two is not said";
        refuse("sample", message, "sample = \"5m\"");
    }
    if meter.percentile.is_some() && !is_percentile {
        refuse(
            "percentile",
            "the aggregate is no percentile",
            "aggregate = \"percentile\"",
        );
    }
    if meter
        .percentile
        .is_some_and(|percent| percent == 0 || percent > 100)
    {
        refuse(
            "percentile",
            "a percentile is from 1 to 100",
            "percentile = 95",
        );
    }
    if meter.gaps != Gaps::default() && !is_percentile {
        refuse(
            "gaps",
            "only a percentile has gaps",
            "aggregate = \"percentile\"",
        );
    }
    if meter.merge != Merge::default() && meter.gauges.is_none() {
        refuse(
            "merge",
            "only two `gauges` are merged",
            "gauges = [\"bits_in\", \"bits_out\"]",
        );
    }
    let alone = [Aggregate::Average, Aggregate::Sum, Aggregate::Unique];
    if meter.together && alone.contains(&meter.aggregate) {
        let message = "this aggregate is the same for each resource and for all together";
        refuse(
            "together",
            message,
            "leave it out, or aggregate = \"maximum\"",
        );
    }
    let sample_seconds = meter.sample.as_ref().map(|text| seconds(text));
    let wrong = match sample_seconds {
        Some(None) => Some("the time between two samples cannot be read"),
        Some(Some(seconds)) if seconds > SAMPLE_SECONDS_MAX => {
            Some("two samples are a day apart at most")
        }
        Some(Some(_)) | None => None,
    };
    if let Some(message) = wrong {
        refuse("sample", message, "\"30s\", \"5m\" or \"1h\"");
    }
    (problems.len() == before).then(|| Aggregation {
        aggregate: meter.aggregate,
        together: meter.together,
        sample_seconds: sample_seconds.flatten(),
        percentile: meter.percentile.unwrap_or(PERCENTILE),
        gaps: meter.gaps,
        merge: meter.merge,
    })
}

/// "30s", "5m", "1h".
fn seconds(text: &str) -> Option<i64> {
    let (number, length) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let length = match length {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    number.checked_mul(length)
}

/// What a quantity is multiplied by and rounded to before it is priced. Problems are told when `problems` is asked for them:
/// each price of an item has the same.
pub(super) fn read_conversion(
    config: &ItemConfig,
    problems: &mut Vec<Problem>,
) -> Option<Conversion> {
    let meter = &config.meter;
    let mut factor = Rational::one();
    if let (Some(code), Some(priced)) = (&meter.unit, unit(&config.unit)) {
        if let Some(size) = unit(code).and_then(|metered| metered.in_units_of(priced)) {
            factor = size;
        } else {
            let message = format!("`{code}` cannot be converted to `{}`", config.unit);
            let hint = "both are codes of Recommendation 20 that measure the same: \"E62\" and \"E34\", say";
            problems.push(Problem::new(["meter", "unit"], message).with_hint(hint));
        }
    }
    if let Some(written) = &meter.divide
        && let Some(divisor) = read_decimal(written, &["meter", "divide"], problems)
    {
        if divisor.is_zero() {
            let message = "nothing can be divided by zero";
            problems.push(Problem::new(["meter", "divide"], message));
        } else {
            factor /= divisor.to_rational();
        }
    }
    let changes = !factor.is_one() || meter.round != RoundQuantity::None;
    changes.then_some(Conversion {
        factor,
        round: meter.round,
    })
}
