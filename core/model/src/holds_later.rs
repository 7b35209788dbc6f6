//! What the files say and what does not hold yet in a billing period: since when it does, why, and what makes it reach
//! back. Must not know rules or prices; it is told of one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{BillingPeriod, Date, Instant};

/// A rule, an agreement or a price that covers something, and holds only later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct HoldsLater {
    /// What it is, and where it stands: "rule `acme` (rules.toml:12)".
    pub what: String,
    pub holds_from: Date,
    /// The month of which documents had been issued when it was added; absent where its own `from` says when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// The month in which it does not hold.
    pub billing_period: String,
    /// The `from` with which it would hold then.
    pub needed_from: Date,
}

impl HoldsLater {
    pub fn new(
        what: String,
        billing_period: &BillingPeriod,
        holds_from: Instant,
        is_written: bool,
    ) -> Self {
        Self {
            what,
            holds_from: holds_from.date(billing_period.zone()),
            issued: (!is_written).then(|| month_before(holds_from, billing_period)),
            billing_period: billing_period.id(),
            needed_from: billing_period.first_day(),
        }
    }

    /// Since when it holds, and why only then.
    pub fn reason(&self) -> String {
        let why = match &self.issued {
            Some(month) => format!("since documents of {month} were issued before it was added"),
            None => "as its `from` says".to_owned(),
        };
        format!("holds only from {}, {why}", self.holds_from)
    }

    pub fn next_step(&self) -> String {
        format!(
            "give it `from = \"{}\"` to bill {} too: a correction where the customer's invoice of it was sent already",
            self.needed_from, self.billing_period
        )
    }
}

impl fmt::Display for HoldsLater {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} covers it, but {}; {}",
            self.what,
            self.reason(),
            self.next_step()
        )
    }
}

/// What an advice to add something has to add, where an edit without a date would hold only after the billing period.
pub(crate) fn advice(billing_period: &BillingPeriod, open_from: Option<Instant>) -> String {
    match open_from.filter(|open| *open > billing_period.period().from()) {
        Some(open) => format!(
            "; give it `from = \"{}\"`: without one it holds only from {}, since documents of {} were issued",
            billing_period.first_day(),
            open.date(billing_period.zone()),
            month_before(open, billing_period)
        ),
        None => String::new(),
    }
}

fn month_before(start: Instant, like: &BillingPeriod) -> String {
    let current = BillingPeriod::containing(start, like.zone().clone());
    let before = current.and_then(|current| current.previous());
    before.map_or_else(|_| like.id(), |before| before.id())
}
