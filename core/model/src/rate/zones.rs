//! Terms whose days are those of an account's zone: a price from the 16th begins at the account's midnight.

use std::collections::BTreeMap;

use super::{AccountTerms, RateInput};
use crate::agreed::Agreed;
use crate::ids::AccountId;
use crate::price::PriceBook;
use crate::time::{Instant, Period, TimeZone, Validity};
use crate::validity::ConfigVersion;

/// The terms of an input with days of another zone.
#[derive(Debug)]
pub(super) struct Moved {
    books: Vec<(Option<Instant>, PriceBook)>,
    pub(super) accounts: BTreeMap<AccountId, AccountTerms>,
    pub(super) agreed: Agreed,
}

/// From the days of one zone to those of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zones<'a> {
    pub(super) own: &'a TimeZone,
    pub(super) other: &'a TimeZone,
}

impl Moved {
    pub(super) fn of(input: &RateInput<'_>, zone: &TimeZone) -> Self {
        let mut moved = Self {
            books: input
                .price_book
                .iter()
                .map(|version| (version.effective_from, version.terms.clone()))
                .collect(),
            accounts: input.accounts.clone(),
            agreed: input.agreed.clone(),
        };
        let zones = Zones {
            own: input.billing_period.zone(),
            other: zone,
        };
        if zones.own != zones.other {
            moved.apply(zones);
        }
        moved
    }

    pub(super) fn price_book(&self) -> Vec<ConfigVersion<&PriceBook>> {
        let books = self.books.iter();
        books
            .map(|(effective_from, terms)| ConfigVersion {
                effective_from: *effective_from,
                terms,
            })
            .collect()
    }

    fn apply(&mut self, zones: Zones<'_>) {
        for (effective_from, book) in &mut self.books {
            *effective_from = effective_from.map(|from| zones.day(from));
            for price in &mut book.prices {
                price.validity = zones.validity(price.validity);
                if let Some(before) = &mut price.signed_before {
                    before.at = zones.day(before.at);
                }
            }
            for rate in &mut book.exchange_rates {
                rate.since = zones.day(rate.since);
            }
        }
        let signings = self.accounts.values_mut().flat_map(|one| &mut one.signings);
        for signing in signings {
            signing.validity = zones.validity(signing.validity);
            signing.signed.at = zones.day(signing.signed.at);
        }
        let renewals = self.accounts.values_mut().flat_map(|one| &mut one.renewals);
        for renewal in renewals {
            renewal.validity = zones.validity(renewal.validity);
        }
        self.agreed.quantities.retain_mut(|placed| {
            let moved = Period::new(
                zones.day(placed.period.from()),
                zones.day(placed.period.to()),
            );
            if let Some(moved) = moved {
                placed.period = moved;
            }
            moved.is_some()
        });
    }
}

impl Zones<'_> {
    /// The midnight of the same day; a moment within a day is the same everywhere.
    pub(super) fn day(self, instant: Instant) -> Instant {
        let day = instant.date(self.own);
        if Instant::start_of_day(day, self.own).ok() != Some(instant) {
            return instant;
        }
        // A day that the zone skips begins with the one after it.
        Instant::start_of_day(day, self.other).unwrap_or(instant)
    }

    fn validity(self, validity: Validity) -> Validity {
        Validity {
            from: validity.from.map(|from| self.day(from)),
            to: validity.to.map(|to| self.day(to)),
        }
    }
}
