//! Rating: owned intervals, prices and a billing period become charges that explain themselves.
//!
//! A pure function of its input; the order of the input does not matter. Must not know what was billed before, nor
//! documents, sinks or the clock.

mod absurd;
mod account_balances;
mod account_periods;
mod advance;
mod allocation;
mod amounts;
mod billed;
mod calendars;
mod charged_period;
mod choosing;
mod commitments;
mod completeness;
mod contributed;
mod counted;
mod cut;
mod due;
mod evaluate;
mod findings;
mod fraction;
mod group;
mod issued;
mod later_prices;
mod lines;
mod list_prices;
mod manual;
mod measured;
mod metering;
mod observed;
mod overlaps;
mod passes;
mod percentages;
mod pooled;
mod pricing;
mod pricing_small;
mod quantity;
mod renewals;
mod settling;
mod shared_total;
mod sum;
mod suspense;
mod timeline;
mod unfit;
mod unpriced;
mod usage;
mod weights;
mod zones;

use std::collections::{BTreeMap, HashMap};

use num_traits::One;
use rustc_hash::FxBuildHasher;

use crate::agreed::Agreed;
use crate::charge::Charge;
use crate::decimal::Rational;
use crate::finding::Finding;
use crate::holds_later::HoldsLater;
use crate::ids::{AccountId, AccountKey, CustomerKey, ResourceId};
use crate::inventory::{GaugeRun, Interval};
use crate::language::Spoken;
use crate::money::Currency;
use crate::ownership::OwnedInterval;
use crate::price::{ChargeCycle, PriceBook, Signing};
use crate::time::{BillingPeriod, Instant, Period};
use crate::validity::ConfigVersion;

pub use account_balances::account_balances;
pub use account_periods::{AccountPeriod, account_periods};
pub use calendars::{Calendars, ChargePeriods};
pub use completeness::{Balance, Completeness, KindBalance, NonBillableTotal};
pub use findings::{Concerned, LeftOut};
pub use lines::{ChargeLine, ChargeLinesError, charge_lines};
pub use quantity::Fault;
pub use renewals::{HeldAgreement, Renewal, renewals};
pub use suspense::{SuspendedLine, SuspendedResource, SuspenseEstimate};
pub use unfit::unfit;

use charged_period::{Frame, PriceTable};
use commitments::true_ups;
use contributed::Presumed;
use counted::spreads;
use due::Due;
pub(crate) use group::fits;

use findings::{Findings, apart, with_more};
use manual::{StandIns, meter_manual};
use metering::meter;
use observed::Observed;
use overlaps::Overlaps;
use passes::rate_passes;
use settling::{Settlement, settle};

/// Looked up many times for each resource, by numbers and names of which nobody outside makes many.
type QuickMap<K, V> = HashMap<K, V, FxBuildHasher>;

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
    pub charge_periods: ChargePeriods<'a>,
    pub detail: Detail,
}

/// The charge cycle of an item, and whether all accounts share one total of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ItemCycle {
    charge_cycle: ChargeCycle,
    is_split: bool,
}

/// The time of which facts are needed to rate a billing period: charge periods that are due with it may begin before, and those
/// that are billed in advance end after it.
pub fn facts_needed(
    billing_period: &BillingPeriod,
    price_book: &[ConfigVersion<&PriceBook>],
    accounts: impl IntoIterator<Item = AccountId>,
    calendars: &Calendars,
) -> Period {
    Due::find(billing_period, price_book, accounts, calendars).needs(billing_period)
}

/// When everything has ended that is billed in arrears with a billing period: midnight may be later where an account is.
pub fn billed_until(
    billing_period: &BillingPeriod,
    price_book: &[ConfigVersion<&PriceBook>],
    accounts: impl IntoIterator<Item = AccountId>,
    calendars: &Calendars,
) -> Instant {
    Due::find(billing_period, price_book, accounts, calendars).ends(billing_period)
}

/// How far charges explain themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Not at all: whose, for what and how much, and everything else is blank. For those who compare sums of many months.
    Amounts,
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
    /// Its agreements that follow one another.
    pub renewals: Vec<Renewal>,
    /// In which languages its lines are told, where the price book has their texts.
    pub spoken: Spoken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// In the order of their keys.
    pub charges: Vec<Charge>,
    /// Resource-seconds beyond the last coverage: each resource once, however many charges it is in.
    pub presumed_seconds: i64,
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// The quantities that they tell as left out.
    pub left_out: Vec<LeftOut>,
    /// The resources of those that block; only where what each resource adds was asked for.
    pub concerned: Vec<Concerned>,
    pub completeness: Completeness,
    /// Suspense as lines, in the order of service, plan and item.
    pub suspended: Vec<SuspendedLine>,
}

/// Rates a billing period. What cannot be priced is a finding, never a silent zero.
pub fn rate(input: &RateInput<'_>) -> Rated {
    let empty = PriceBook::default();
    let start = input.billing_period.period().from();
    let book = PriceBook::in_force(input.price_book, start).unwrap_or(&empty);
    let observed = Observed::of(input);
    let intervals = &observed.intervals;
    let frame = Frame {
        billing_period: input.billing_period,
        charged: input.billing_period.period(),
        own_cycles: true,
        billed_with: None,
    };
    let table = PriceTable::new(book, input, &frame);
    let mut findings = Findings::default();
    let stand_ins = StandIns::of(input.agreed);
    let mut metered = meter(input, &observed, (&table, None), &mut findings);
    let groups = &mut metered.groups;
    meter_manual(input, &stand_ins, (&table, None), groups, &mut findings);
    let overlaps = Overlaps::find(input, intervals);
    // The money of what is doubled is found by the resources' parts.
    let detail = match input.detail {
        less if overlaps.is_empty() => less,
        Detail::Amounts | Detail::Lines | Detail::Resources => Detail::Resources,
    };
    let Settlement {
        mut charges,
        billed,
        mut presumed,
    } = settle(&metered, &table, detail, &mut findings);
    overlaps.report(input, intervals, &charges, &mut findings);
    let due = Due::of(input);
    charges.retain(|charge| due.is_plain(charge));
    let mut spreads = spreads(&metered, &table, input.agreed);
    let (more, told) = rate_passes(input, &observed, &due, (&mut spreads, &mut presumed));
    charges.extend(more);
    charges.extend(true_ups(input, &charges, &spreads, &table, &mut findings));
    charges.sort_by(|a, b| a.key.cmp(&b.key));
    let presumed = Presumed::of_all(&charges, presumed);
    let whole_share = Rational::one();
    let (suspense, suspended) = suspense::estimate(input, &observed, (&table, &whole_share));
    let completeness = completeness::balance(input, &metered, &billed, suspense, &mut findings);
    let concerned = match input.detail {
        Detail::Resources => findings.concerned(),
        Detail::Amounts | Detail::Lines => Vec::new(),
    };
    let (findings, left_out) = apart(with_more(findings.into_sorted(input), told));
    Rated {
        concerned,
        findings,
        left_out,
        charges,
        presumed_seconds: presumed.seconds(),
        completeness,
        suspended,
    }
}

#[cfg(test)]
mod tests;
