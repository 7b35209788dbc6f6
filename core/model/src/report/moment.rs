//! What was there at an instant, and what it comes to if it stays so for a whole billing period.
//!
//! The very rating of the bill is asked, with facts and prices that are stretched over the period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::agreed::Agreed;
use crate::ids::{AccountId, ItemKey, ResourceId};
use crate::inventory::{GaugeRun, Interval};
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership, Suspense};
use crate::price::{Price, PriceBook};
use crate::rate::{AccountTerms, Detail, RateInput, Rated, SuspenseEstimate, rate};
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
}

impl Moment {
    pub fn new(input: MomentInput<'_>) -> Self {
        let whole = input.billing_period.period();
        let price_book = holding(input.price_book, input.at);
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

/// The items and prices that hold at an instant, as a book in which they hold always.
fn holding(versions: &[ConfigVersion<&PriceBook>], at: Instant) -> PriceBook {
    let mut book = PriceBook::in_force(versions, at)
        .cloned()
        .unwrap_or_default();
    let next = Instant::from_seconds(at.seconds().saturating_add(1)).unwrap_or(at);
    let held =
        Period::new(at, next).map_or(Vec::new(), |second| segments::<Price, _>(versions, second));
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
    book
}
