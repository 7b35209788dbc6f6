//! Does a change raise what the customer pays? The very rating of the bill is asked what each side of it would cost alone for
//! a whole billing period.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use num_traits::Signed;

use super::handover::payers;
use crate::agreed::Agreed;
use crate::decimal::Rational;
use crate::ids::{AccountId, Kind};
use crate::inventory::{Configuration, Interval};
use crate::money::Currency;
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::PriceBook;
use crate::rate::{AccountTerms, ChargePeriods, Detail, RateInput, rate};
use crate::time::{BillingPeriod, Date, Instant, TimeZone, Validity};
use crate::validity::ConfigVersion;

/// What a change does to the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Raises,
    Lowers,
    /// It costs the same, and is as much.
    Alike,
    /// Others pay after it.
    ChangesHands,
}

/// A resource at one side of a change, and whose it is there.
#[derive(Debug, Clone)]
pub struct Side {
    pub interval: Interval,
    pub owned: OwnedInterval,
}

#[derive(Debug, Clone, Copy)]
pub struct FavourInput<'a> {
    /// Of the months.
    pub zone: &'a TimeZone,
    pub price_book: &'a [ConfigVersion<&'a PriceBook>],
    pub accounts: &'a BTreeMap<AccountId, AccountTerms>,
}

/// Judges changes, each by the month in which it was first seen: whichever month is rated, it counts at one moment. Changes
/// of a month from and to the same are judged once.
#[derive(Debug)]
pub struct Favour<'a> {
    input: FavourInput<'a>,
    known: HashMap<Alike, (Arc<Ownership>, Worth)>,
}

/// What costs the same: the first day of the month, its kind, what it is, and the address of whose it is.
type Alike = (Date, Kind, Arc<Configuration>, usize);

#[derive(Debug, Clone, Default)]
struct Worth {
    /// Before rounding, by currency.
    money: BTreeMap<Currency, Rational>,
    /// Over all items, in units of each: only compared where the money does not differ.
    quantity: Rational,
}

impl<'a> Favour<'a> {
    pub fn new(input: FavourInput<'a>) -> Self {
        Self {
            input,
            known: HashMap::new(),
        }
    }

    /// What a change does that was seen at an instant. What nobody owns costs nothing.
    pub fn direction(
        &mut self,
        seen: Instant,
        (before, after): (Option<&Side>, Option<&Side>),
    ) -> Direction {
        // At the very start of a month it can only lie in the one before.
        let last = Instant::from_seconds(seen.seconds() - 1).unwrap_or(seen);
        let Ok(month) = BillingPeriod::containing(last, self.input.zone.clone()) else {
            return Direction::Alike;
        };
        let owners = |side: Option<&Side>| {
            let side = side.map(|side| Arc::clone(&side.owned.ownership));
            side.filter(|ownership| matches!(**ownership, Ownership::Owned { .. }))
        };
        if let (Some(from), Some(to)) = (owners(before), owners(after))
            && payers(&from) != payers(&to)
        {
            return Direction::ChangesHands;
        }
        let mut worth = |side: Option<&Side>| side.map(|side| self.worth(&month, side));
        let (from, to) = (worth(before), worth(after));
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        let mut change = to.money;
        for (currency, amount) in from.money {
            *change.entry(currency).or_default() -= amount;
        }
        let (raised, lowered) = (
            change.values().any(Signed::is_positive),
            change.values().any(Signed::is_negative),
        );
        match (raised, lowered) {
            (true, false) => Direction::Raises,
            (false, true) => Direction::Lowers,
            (true, true) | (false, false) => {
                let more = to.quantity - from.quantity;
                if more.is_negative() {
                    Direction::Lowers
                } else if more.is_positive() {
                    Direction::Raises
                } else {
                    // What is measured by samples alone has no worth here, and less time is never dearer.
                    match (owners(before), owners(after)) {
                        (None, Some(_)) => Direction::Raises,
                        (Some(_), None) => Direction::Lowers,
                        _ => Direction::Alike,
                    }
                }
            }
        }
    }

    fn worth(&mut self, month: &BillingPeriod, side: &Side) -> Worth {
        // The ownership is kept beside its address, which no other can have meanwhile.
        let key = (
            month.first_day(),
            side.interval.kind.clone(),
            Arc::clone(&side.interval.configuration),
            Arc::as_ptr(&side.owned.ownership).addr(),
        );
        if let Some((_, worth)) = self.known.get(&key) {
            return worth.clone();
        }
        let worth = self.rated(month, side);
        let ownership = Arc::clone(&side.owned.ownership);
        self.known.insert(key, (ownership, worth.clone()));
        worth
    }

    fn rated(&self, month: &BillingPeriod, side: &Side) -> Worth {
        let whole = month.period();
        let interval = Interval {
            valid: Validity {
                from: Some(whole.from()),
                to: Some(whole.to()),
            },
            covered_until: whole.to(),
            ..side.interval.clone()
        };
        let owned = OwnedInterval {
            period: whole,
            ..side.owned.clone()
        };
        let rated = rate(&RateInput {
            billing_period: month,
            intervals: &[interval],
            owned: &[owned],
            gauges: &[],
            agreed: &Agreed::default(),
            price_book: self.input.price_book,
            accounts: self.input.accounts,
            estimate_currency: None,
            later: &BTreeMap::new(),
            open_from: None,
            charge_periods: ChargePeriods::Whole,
            detail: Detail::Lines,
        });
        let mut worth = Worth::default();
        for charge in &rated.charges {
            let explanation = &charge.explanation;
            let read = |text: &str| text.parse::<Rational>().unwrap_or_default();
            *worth.money.entry(charge.net.currency()).or_default() += read(&explanation.net_exact);
            let metered = explanation.metered_exact.as_ref();
            worth.quantity += read(metered.unwrap_or(&explanation.quantity_exact));
        }
        worth
    }
}
