//! What was there at an instant, and what it comes to if it stays so for a whole billing period.
//!
//! The very rating of the bill is asked, with facts and prices that are stretched over the period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::agreed::Agreed;
use crate::ids::{AccountId, AccountKey, ItemKey, ResourceId};
use crate::inventory::{GaugeRun, Interval};
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership, Suspense};
use crate::price::{ExchangeRate, Price, PriceAt, PriceBook};
use crate::rate::{AccountTerms, ChargePeriods, Detail, RateInput, Rated, SuspenseEstimate, rate};
use crate::time::{BillingPeriod, Instant, Period, Validity};
use crate::validity::{ConfigVersion, segments};

/// Everything that decides what an instant is worth.
#[derive(Debug)]
pub struct MomentInput<'a> {
    pub at: Instant,
    /// The one that holds the instant.
    pub billing_period: &'a BillingPeriod,
    /// What holds at the instant.
    pub intervals: Vec<Interval>,
    /// Whose they are at the instant.
    pub owned: Vec<OwnedInterval>,
    /// Samples that hold at the instant.
    pub gauges: Vec<GaugeRun>,
    pub price_book: &'a [ConfigVersion<&'a PriceBook>],
    pub accounts: &'a BTreeMap<AccountId, AccountTerms>,
    pub estimate_currency: Option<Currency>,
}

#[derive(Debug)]
pub struct Moment {
    pub at: Instant,
    /// As they were known, not stretched.
    pub intervals: Vec<Interval>,
    pub owned: Vec<OwnedInterval>,
    pub gauges: Vec<GaugeRun>,
    /// The prices that hold at the instant.
    pub price_book: PriceBook,
    /// Charges of a whole billing period.
    pub rated: Rated,
    /// What is not billed, at list price for a whole billing period, as if it were owned: resources that a rule
    /// exempts too.
    pub not_billed: SuspenseEstimate,
    /// By what findings name accounts.
    pub(super) accounts: BTreeMap<AccountId, AccountKey>,
}

impl Moment {
    pub fn new(input: MomentInput<'_>) -> Self {
        let whole = input.billing_period.period();
        let price_book = PriceBook {
            rates_until: Some(input.at.date(input.billing_period.zone())),
            ..holding(input.price_book, (input.at, whole.from()), input.accounts)
        };
        let intervals: Vec<Interval> = input
            .intervals
            .iter()
            .map(|interval| Interval {
                valid: Validity {
                    from: Some(whole.from()),
                    to: Some(whole.to()),
                },
                covered_until: whole.to(),
                ..interval.clone()
            })
            .collect();
        let stretched = |owned: &OwnedInterval| OwnedInterval {
            period: whole,
            ..owned.clone()
        };
        let owned: Vec<OwnedInterval> = input.owned.iter().map(stretched).collect();
        let gauges: Vec<GaugeRun> = input
            .gauges
            .iter()
            .map(|run| GaugeRun {
                period: whole,
                ..run.clone()
            })
            .collect();
        let version = [ConfigVersion {
            effective_from: None,
            terms: &price_book,
        }];
        let nothing_later = BTreeMap::new();
        let rate_input = RateInput {
            billing_period: input.billing_period,
            intervals: &intervals,
            owned: &owned,
            gauges: &gauges,
            // What is asked is what resources are worth.
            agreed: &Agreed::default(),
            price_book: &version,
            accounts: input.accounts,
            estimate_currency: input.estimate_currency,
            later: &nothing_later,
            // What is asked is the instant, and not what an edit would make of the month.
            open_from: None,
            charge_periods: ChargePeriods::Whole,
            detail: Detail::Resources,
        };
        let rated = rate(&rate_input);
        let exempted: Vec<OwnedInterval> = owned.iter().filter_map(as_if_suspended).collect();
        let not_billed = rate(&RateInput {
            owned: &exempted,
            ..rate_input
        });
        Self {
            at: input.at,
            intervals: input.intervals,
            owned: input.owned,
            gauges: input.gauges,
            rated,
            not_billed: not_billed.completeness.suspense,
            accounts: input
                .accounts
                .iter()
                .map(|(id, terms)| (*id, terms.key.clone()))
                .collect(),
            price_book,
        }
    }

    /// What each resource adds to the bill of each account in a whole billing period.
    pub(super) fn worth(&self) -> Result<BTreeMap<(ResourceId, AccountId), Money>, MoneyError> {
        let mut worth: BTreeMap<(ResourceId, AccountId), Money> = BTreeMap::new();
        for charge in &self.rated.charges {
            for part in &charge.contributions {
                let key = (part.resource, charge.key.account);
                let sum = match worth.get(&key) {
                    Some(sum) => sum.checked_add(part.allocated)?,
                    None => part.allocated,
                };
                worth.insert(key, sum);
            }
        }
        Ok(worth)
    }
}

fn as_if_suspended(owned: &OwnedInterval) -> Option<OwnedInterval> {
    let ownership = match &*owned.ownership {
        Ownership::Owned { .. } => return None,
        Ownership::Suspended(_) => Arc::clone(&owned.ownership),
        Ownership::NonBillable(_) => Arc::new(Ownership::Suspended(Suspense::NoCustomer)),
    };
    Some(OwnedInterval {
        ownership,
        ..owned.clone()
    })
}

/// The items and prices that hold at an instant, as a book in which they hold always, or at least since the start of the
/// billing period.
pub fn holding(
    versions: &[ConfigVersion<&PriceBook>],
    (at, start): (Instant, Instant),
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> PriceBook {
    let mut book = PriceBook::in_force(versions, at)
        .cloned()
        .unwrap_or_default();
    let Some(second) = Period::new(at, next_second(at)) else {
        return book;
    };
    let held = segments::<Price, _>(versions, second);
    let prices = held.iter().flat_map(|segment| &segment.items);
    book.prices = prices
        .map(|price| Price {
            validity: Validity::ALWAYS,
            ..(*price).clone()
        })
        .collect();
    // An item of a later version, with a price that reaches back to the instant.
    let with_price: BTreeSet<ItemKey> =
        book.prices.iter().map(|price| price.item.clone()).collect();
    let later = versions.iter().rev();
    for version in later.filter(|version| version.effective_from.is_some_and(|from| from > at)) {
        for item in &version.terms.items {
            let is_known = book.items.iter().any(|known| known.key == item.key);
            if with_price.contains(&item.key) && !is_known {
                book.items.push(item.clone());
            }
        }
    }
    let rates = segments::<ExchangeRate, _>(versions, second).into_iter();
    let rates = rates.flat_map(|segment| segment.items).cloned();
    book.exchange_rates = rates.collect();
    keep_history(&mut book, versions, (at, start), accounts);
    book
}

/// Where the signing of an agreement decides, the prices since then have to be known with their times; the last ones go on.
fn keep_history(
    book: &mut PriceBook,
    versions: &[ConfigVersion<&PriceBook>],
    (at, start): (Instant, Instant),
    accounts: &BTreeMap<AccountId, AccountTerms>,
) {
    let kept = book.items.iter();
    let kept = kept.filter(|item| item.price_at == PriceAt::AgreementSigning);
    let kept: BTreeSet<ItemKey> = kept.map(|item| item.key.clone()).collect();
    let signings = accounts.values().flat_map(|terms| &terms.signings);
    let Some(earliest) = signings.map(|signing| signing.signed.at).min() else {
        return;
    };
    let whole = Period::new(earliest, next_second(at));
    let Some(whole) = whole.filter(|_| !kept.is_empty()) else {
        return;
    };
    book.prices.retain(|price| !kept.contains(&price.item));
    for segment in segments::<Price, _>(versions, whole) {
        // What holds at the instant is stretched over the billing period, as everything is.
        let is_last = segment.period.to() == whole.to();
        let from = Some(segment.period.from());
        let to = Some(segment.period.to().min(start)).filter(|_| !is_last);
        let from = from.map(|from| if is_last { from.min(start) } else { from });
        if to.is_some() && to <= from {
            continue;
        }
        let prices = segment.items.into_iter();
        for price in prices.filter(|price| kept.contains(&price.item)) {
            book.prices.push(Price {
                validity: Validity { from, to },
                ..price.clone()
            });
        }
    }
}

fn next_second(at: Instant) -> Instant {
    Instant::from_seconds(at.seconds().saturating_add(1)).unwrap_or(at)
}
