//! Reads for how long the prices of an item are, from when on, and whether they are billed before or after that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aggregate::Aggregate;
use super::config::ItemConfig;
use super::proration::Proration;
use crate::problem::Problem;
use crate::time::{Cycle, CycleLength};

/// When a charge period is billed (rule R30).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Billed {
    /// When it has ended, for what was there.
    #[default]
    InArrears,
    /// When it begins, for what is there then; what changes within it is billed when it has changed.
    InAdvance,
}

/// For how long prices are, and when they are billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ChargeCycle {
    pub cycle: Cycle,
    pub billed: Billed,
}

/// Paths are relative to the item.
pub(super) fn read_charge_cycle(
    config: &ItemConfig,
    problems: &mut Vec<Problem>,
) -> Option<ChargeCycle> {
    let before = problems.len();
    let length = config.per.parse::<CycleLength>().ok();
    if length.is_none() {
        let message = format!("`{}` is no charge cycle", config.per);
        let hint =
            "\"week\", \"month\", \"quarter\", \"year\", or a number of days such as \"10 days\"";
        problems.push(Problem::new(["per"], message).with_hint(hint));
    }
    let anchor = config.anchor.as_ref().and_then(|written| {
        let read = written.date(&["anchor"]);
        read.map_err(|problem| problems.push(problem)).ok()
    });
    if let (Some(CycleLength::Days(_)), None) = (length, &config.anchor) {
        let message = format!("periods of {} need a day on which one begins", config.per);
        problems.push(Problem::new(["per"], message).with_hint("anchor = 2026-03-01"));
    }
    if let (Some(length), Ok(proration)) = (length, config.proration.parse()) {
        check_proration(length, proration, problems);
    }
    if config.billed == Billed::InAdvance {
        check_advance(config, problems);
    }
    (problems.len() == before).then_some(ChargeCycle {
        cycle: Cycle {
            length: length?,
            anchor,
        },
        billed: config.billed,
    })
}

fn check_proration(length: CycleLength, proration: Proration, problems: &mut Vec<Problem>) {
    let of_thirty_days = matches!(proration, Proration::Actual360 | Proration::Strict30360);
    if of_thirty_days && length.days_of_thirty().is_none() {
        let message =
            format!("`{proration}` counts months of thirty days, and the prices are for {length}");
        let hint = "proration = \"actual-day\", or per = \"month\", \"quarter\" or \"year\"";
        problems.push(Problem::new(["proration"], message).with_hint(hint));
    }
    if proration == Proration::Hour730 && length != CycleLength::Month {
        let message =
            format!("`{proration}` is a month of 730 hours, and the prices are for {length}");
        let hint = "proration = \"hour\" for prices of an hour, or per = \"month\"";
        problems.push(Problem::new(["proration"], message).with_hint(hint));
    }
}

/// Nobody knows in advance what will be used.
fn check_advance(config: &ItemConfig, problems: &mut Vec<Problem>) {
    let meter = &config.meter;
    let is_usage = meter.gauge.is_some() || meter.gauges.is_some();
    if is_usage || meter.aggregate != Aggregate::Average {
        let message =
            "what is used is known when its period has ended: it is not billed in advance";
        let hint = "billed = \"in-arrears\", or a meter of an attribute or a count";
        problems.push(Problem::new(["billed"], message).with_hint(hint));
    }
}
