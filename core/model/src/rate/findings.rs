//! What rating could not price, gathered so that a thousand resources with one cause are one finding.

mod measured;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use self::measured::Measured;
pub use self::told::LeftOut;
pub(super) use self::told::{Told, apart, with_more};
use self::told::{left_out, sort};
use super::quantity::Fault;
use super::unpriced::{Unpriced, words as unpriced};
use super::{RateInput, later_prices};
use crate::charge::{Charge, Exchange};
use crate::counted::counted;
use crate::excerpt::excerpt;
use crate::finding::{Finding, FindingCode, Severity};
use crate::holds_later::advice;
use crate::ids::{AccountId, AccountKey, ItemKey, Kind, ResourceId};
use crate::inventory::Interval;
use crate::money::Currency;
use crate::time::{Date, Instant, Period};

/// How many resources a message names.
const NAMES_MAX: usize = 3;

/// A cause with everything that tells it from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    UnknownAccount {
        account: AccountId,
    },
    NoItem {
        kind: Kind,
    },
    FilteredOut {
        kind: Kind,
    },
    NoPrice(Unpriced),
    /// A price was converted by a rate that is too old.
    StaleRate {
        from: Currency,
        to: Currency,
        date: Date,
        on: Date,
        days: i32,
    },
    Fault {
        resource: ResourceId,
        item: ItemKey,
        fault: Fault,
    },
}

#[derive(Debug)]
struct Affected {
    resources: BTreeMap<ResourceId, String>,
    since: Instant,
    /// Of a quantity that was left out: while it was to be read.
    periods: Vec<Period>,
    /// Resource-seconds; of a gauge those without a sample.
    seconds: i64,
}

impl Topic {
    /// How much of a stretch has no sample, where that is what it is about.
    fn unsampled(&self) -> Option<i64> {
        match self {
            Self::Fault {
                fault: Fault::Unsampled { seconds, .. },
                ..
            } => Some(*seconds),
            Self::Fault { .. }
            | Self::UnknownAccount { .. }
            | Self::NoItem { .. }
            | Self::FilteredOut { .. }
            | Self::NoPrice(_)
            | Self::StaleRate { .. } => None,
        }
    }
}

/// What a blocking finding is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// Those of the finding.
    pub code: FindingCode,
    pub subject: String,
    /// Of a finding about one account alone.
    pub account: Option<AccountKey>,
    pub resources: BTreeSet<ResourceId>,
}

#[derive(Debug, Default)]
pub(super) struct Findings {
    topics: BTreeMap<Topic, Affected>,
    others: Vec<Finding>,
    measured: Measured,
}

impl Findings {
    pub(super) fn add(&mut self, topic: Topic, interval: &Interval, period: Period) {
        let missing = topic.unsampled().unwrap_or(period.seconds());
        let is_of_quantity = matches!(topic, Topic::Fault { .. });
        let affected = self.topics.entry(topic).or_insert_with(|| Affected {
            resources: BTreeMap::new(),
            since: period.from(),
            periods: Vec::new(),
            seconds: 0,
        });
        if is_of_quantity {
            affected.periods.push(period);
        }
        affected.seconds += missing;
        affected.since = affected.since.min(period.from());
        let name = &interval.configuration.name;
        match affected.resources.get_mut(&interval.resource) {
            // A renamed resource has several; the choice must not depend on the order of the input.
            Some(known) if *known <= *name => {}
            Some(known) => known.clone_from(name),
            None => {
                affected.resources.insert(interval.resource, name.clone());
            }
        }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.others.push(finding);
    }

    /// What could be charged of an item tells what its faults may be worth. `lasts`: not by the time of its samples.
    pub(super) fn measured(&mut self, charge: &Charge, seconds: i64, lasts: bool) {
        self.measured.add(charge, seconds, lasts);
    }

    /// The resources of those that block.
    pub(super) fn concerned(&self) -> Vec<Concerned> {
        let topics = self.topics.iter();
        let told = topics.filter_map(|(topic, affected)| {
            let (code, severity, subject) = class(topic, affected);
            (severity == Severity::Blocking).then(|| Concerned {
                code,
                subject,
                account: match topic {
                    Topic::NoPrice(of) => Some(of.account.clone()),
                    Topic::UnknownAccount { .. }
                    | Topic::NoItem { .. }
                    | Topic::FilteredOut { .. }
                    | Topic::StaleRate { .. }
                    | Topic::Fault { .. } => None,
                },
                resources: affected.resources.keys().copied().collect(),
            })
        });
        told.collect()
    }

    /// The gravest first.
    pub(super) fn into_sorted(mut self, input: &RateInput<'_>) -> Vec<Told> {
        for (topic, affected) in &self.topics {
            if let Topic::Fault { item, fault, .. } = topic
                && matches!(fault, Fault::Unsampled { some: true, .. })
            {
                self.measured.lasting(item, affected.seconds);
            }
        }
        let told = self.topics.iter();
        let told = told.map(|(topic, affected)| Told {
            finding: tell(input, topic, affected, &self.measured),
            left_out: left_out(topic, affected),
        });
        let others = self.others.into_iter().map(|finding| Told {
            finding,
            left_out: None,
        });
        let mut told: Vec<Told> = others.chain(told).collect();
        sort(&mut told);
        told
    }
}

fn tell(input: &RateInput<'_>, topic: &Topic, affected: &Affected, measured: &Measured) -> Finding {
    let (code, severity, subject) = class(topic, affected);
    let (mut message, next_step) = words(topic, affected);
    let mut next_step = next_step.to_owned();
    if let Some(later) = later_prices::later(input, topic) {
        message.push_str(&format!(
            " {} is there, but {}.",
            capitalized(&later.what),
            later.reason()
        ));
        next_step = later.next_step();
    } else if matches!(topic, Topic::NoItem { .. })
        || matches!(topic, Topic::NoPrice(of) if of.may_come())
    {
        next_step.push_str(&advice(input.billing_period, input.open_from));
    }
    Finding {
        code,
        severity,
        subject,
        message,
        next_step,
        value: match topic {
            Topic::Fault { item, .. } => measured.estimate(item, affected.seconds),
            Topic::UnknownAccount { .. }
            | Topic::NoItem { .. }
            | Topic::FilteredOut { .. }
            | Topic::NoPrice(_)
            | Topic::StaleRate { .. } => None,
        },
        since: Some(affected.since),
    }
}

fn class(topic: &Topic, affected: &Affected) -> (FindingCode, Severity, String) {
    match topic {
        Topic::UnknownAccount { account } => (
            FindingCode::MissingPrice,
            Severity::Blocking,
            format!("account {account}"),
        ),
        Topic::NoItem { kind } => (
            FindingCode::MissingPrice,
            Severity::Blocking,
            format!("kind {kind}"),
        ),
        Topic::FilteredOut { kind } => (
            FindingCode::MissingPrice,
            Severity::Warning,
            format!("kind {kind}"),
        ),
        Topic::NoPrice(of) => (
            FindingCode::MissingPrice,
            Severity::Blocking,
            format!("item {}, account {}", of.item, of.account),
        ),
        Topic::StaleRate { from, to, .. } => (
            FindingCode::StaleExchangeRate,
            Severity::Blocking,
            format!("rate {from} to {to}"),
        ),
        Topic::Fault { item, fault, .. } => {
            let code = match fault {
                Fault::Negative { .. } => FindingCode::NegativeQuantity,
                Fault::Absent { .. } | Fault::NoNumber { .. } | Fault::Unsampled { .. } => {
                    FindingCode::UnreadableQuantity
                }
            };
            let severity = if fault.blocks() {
                Severity::Blocking
            } else {
                Severity::Warning
            };
            (code, severity, format!("{}, item {item}", names(affected)))
        }
    }
}

fn words(topic: &Topic, affected: &Affected) -> (String, &'static str) {
    let of_topic = affected.resources.values().map(String::as_str);
    let resources = resources(affected.resources.len(), of_topic);
    match topic {
        Topic::UnknownAccount { account } => (
            format!("Account {account} owns {resources}, and its currency is not known."),
            "give the account's terms in the configuration",
        ),
        Topic::NoItem { kind } => (
            format!("The price book has no item for the kind `{kind}`: {resources}."),
            "add an item for the kind, or list it under not_charged_kinds",
        ),
        Topic::FilteredOut { kind } => (
            format!("No item's `when` fits {resources} of the kind `{kind}`: nothing is charged."),
            "check the `when` of the items, or leave it if this is meant",
        ),
        Topic::NoPrice(of) => unpriced(of, &resources),
        Topic::StaleRate {
            from,
            to,
            date,
            on,
            days,
        } => (
            old_rate_words((*from, *to), (*date, *on), *days, &resources),
            RATE_NEXT,
        ),
        Topic::Fault { item, fault, .. } => (
            fault_words(item, fault, &names(affected)),
            match fault {
                Fault::Absent { .. } => {
                    "correct the source, or say `optional = true` in the item's meter where it need not be there"
                }
                Fault::NoNumber { text, .. } if text.contains(',') => {
                    "correct the source: numbers have a point and no separators, such as 1234.5; or the item's meter"
                }
                Fault::NoNumber { .. } | Fault::Negative { .. } | Fault::Unsampled { .. } => {
                    "correct the source, or the item's meter"
                }
            },
        ),
    }
}

const RATE_NEXT: &str = "add the rate of that day, or allow older ones with `rate_age_days_max`";

fn old_rate_words(
    (from, to): (Currency, Currency),
    (date, on): (Date, Date),
    days: i32,
    what: &str,
) -> String {
    format!(
        "The newest exchange rate from {from} to {to} on or before {on} is of {date}, {} before: {what}.",
        counted(days, "day")
    )
}

/// Of a price that no resource has a part in: a percentage of so many lines.
pub(super) fn old_rate(
    exchange: &Exchange,
    days: i32,
    (lines, since): (usize, Instant),
) -> Finding {
    let (from, to) = (exchange.from, exchange.to);
    let what = format!("a percentage of {}", counted(lines, "line"));
    Finding {
        code: FindingCode::StaleExchangeRate,
        severity: Severity::Blocking,
        subject: format!("rate {from} to {to}"),
        message: old_rate_words((from, to), (exchange.date, exchange.on), days, &what),
        next_step: RATE_NEXT.to_owned(),
        value: None,
        since: Some(since),
    }
}

fn fault_words(item: &ItemKey, fault: &Fault, name: &str) -> String {
    match fault {
        Fault::Absent { attribute } => {
            format!(
                "{name} has no attribute `{attribute}`, which the item `{item}` meters: it is left out."
            )
        }
        Fault::NoNumber { attribute, text } => format!(
            "{name} has `{attribute}` = `{}`, which is no number for the item `{item}`: it is left out.",
            excerpt(text)
        ),
        Fault::Negative { name: meter, value } => {
            format!(
                "{name} has `{meter}` = {value}, which is negative: the item `{item}` leaves it out."
            )
        }
        Fault::Unsampled {
            gauge,
            seconds,
            as_zero,
            ..
        } => format!(
            "{name} has no sample of `{gauge}` for {}, which the item `{item}` {}.",
            counted(*seconds, "second"),
            if *as_zero {
                "counts as zero"
            } else {
                "leaves out"
            }
        ),
    }
}

fn names(affected: &Affected) -> String {
    let named: Vec<&str> = affected
        .resources
        .values()
        .take(NAMES_MAX)
        .map(String::as_str)
        .collect();
    named.join(", ")
}

/// How many resources, with the names of the first.
pub(super) fn resources<'a>(count: usize, names: impl Iterator<Item = &'a str>) -> String {
    let more = if count > NAMES_MAX { ", …" } else { "" };
    let shown: Vec<&str> = names.take(NAMES_MAX).collect();
    format!(
        "{} ({}{more})",
        counted(count, "resource"),
        shown.join(", ")
    )
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
