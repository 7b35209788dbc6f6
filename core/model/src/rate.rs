//! Rating: owned intervals, prices and a billing period become charges that explain themselves.
//!
//! A pure function of its input; the order of the input does not matter. Must not know what was billed before, nor
//! documents, sinks or the clock.

mod allocation;
mod billed;
mod charged_period;
mod choosing;
mod commitments;
mod completeness;
mod evaluate;
mod findings;
mod fraction;
mod group;
mod later_prices;
mod lines;
mod list_prices;
mod manual;
mod measured;
mod metering;
mod overlaps;
mod percentages;
mod pooled;
mod pricing;
mod pricing_small;
mod quantity;
mod settling;
mod shared_total;
mod sum;
mod suspense;
mod unpriced;
mod usage;
mod weights;

use std::collections::{BTreeMap, HashMap};

use crate::agreed::Agreed;
use crate::charge::Charge;
use crate::finding::Finding;
use crate::holds_later::HoldsLater;
use crate::ids::{AccountId, AccountKey, CustomerKey, IntervalId, ResourceId};
use crate::inventory::{GaugeRun, Interval};
use crate::money::Currency;
use crate::ownership::OwnedInterval;
use crate::price::{PriceBook, Signing};
use crate::time::{BillingPeriod, Instant};
use crate::validity::ConfigVersion;

pub use completeness::{Balance, Completeness, KindBalance, NonBillableTotal};
pub use lines::{ChargeLine, ChargeLinesError, charge_lines};
pub use suspense::{SuspendedLine, SuspendedResource, SuspenseEstimate};

use charged_period::PriceTable;
pub(crate) use group::fits;

use findings::Findings;
use manual::{StandIns, meter_manual};
use metering::meter;
use overlaps::Overlaps;
use settling::settle;

/// Everything that decides the charges of a billing period.
#[derive(Debug, Clone, Copy)]
pub struct RateInput<'a> {
    pub billing_period: &'a BillingPeriod,
    pub intervals: &'a [Interval],
    /// The answer of classification: it tiles what the intervals share with the billing period.
    pub owned: &'a [OwnedInterval],
    pub gauges: &'a [GaugeRun],
    /// What is agreed with accounts and no source shows.
    pub agreed: &'a Agreed,
    /// Oldest first. Items are those of the version in force at the start of the period, and new ones of later versions
    /// whose price says that it held then; prices are dated one by one.
    pub price_book: &'a [ConfigVersion<&'a PriceBook>],
    pub accounts: &'a BTreeMap<AccountId, AccountTerms>,
    /// In which the value of suspense is estimated.
    pub estimate_currency: Option<Currency>,
    /// What would cover a resource in suspense, did it hold already.
    pub later: &'a BTreeMap<ResourceId, HoldsLater>,
    /// Since when an edit without a date would hold that is made now; from the beginning where absent.
    pub open_from: Option<Instant>,
    pub detail: Detail,
}

/// How far charges explain themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// To the arithmetic: without contributions, which are many, and dear to allocate.
    Lines,
    /// To what each resource adds, and its part of the net.
    Resources,
}

/// What rating needs of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTerms {
    pub key: AccountKey,
    /// For people.
    pub name: String,
    pub customer: CustomerKey,
    pub currency: Currency,
    /// When its agreements were signed, as far as that is known and a price asks for it.
    pub signings: Vec<Signing>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// In the order of their keys.
    pub charges: Vec<Charge>,
    /// The gravest first.
    pub findings: Vec<Finding>,
    pub completeness: Completeness,
    /// Suspense as lines, in the order of service, plan and item.
    pub suspended: Vec<SuspendedLine>,
}

/// Rates a billing period. What cannot be priced is a finding, never a silent zero.
pub fn rate(input: &RateInput<'_>) -> Rated {
    let empty = PriceBook::default();
    let start = input.billing_period.period().from();
    let book = PriceBook::in_force(input.price_book, start).unwrap_or(&empty);
    let intervals: HashMap<IntervalId, &Interval> = input
        .intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let table = PriceTable::new(book, input);
    let mut findings = Findings::default();
    let stand_ins = StandIns::of(input.agreed);
    let mut metered = meter(input, &intervals, &table, &mut findings);
    let groups = &mut metered.groups;
    meter_manual(input, &stand_ins, &table, groups, &mut findings);
    let overlaps = Overlaps::find(input, &intervals);
    // The money of what is doubled is found by the resources' parts.
    let detail = match input.detail {
        Detail::Lines if overlaps.is_empty() => Detail::Lines,
        Detail::Lines | Detail::Resources => Detail::Resources,
    };
    let (charges, billed) = settle(input, &metered, &table, detail, &mut findings);
    overlaps.report(input, &intervals, &charges, &mut findings);
    let (suspense, suspended) = suspense::estimate(input, &intervals, &table);
    let completeness = completeness::balance(input, &metered, &billed, suspense, &mut findings);
    Rated {
        findings: findings.into_sorted(input),
        charges,
        completeness,
        suspended,
    }
}

#[cfg(test)]
mod tests;
