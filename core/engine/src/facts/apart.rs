//! Accounts of one customer that would share an allowance, and whose rows give them different calendars.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_model::ids::ItemKey;
use counterfoil_model::money::Currency;
use counterfoil_model::price::{AllowancePer, Buyer, Level, PriceBook, pooled_apart};
use counterfoil_model::time::BillingPeriod;

use super::judged::Facts;
use super::stretch::Whose;
use crate::config::ConfigProblem;

impl Facts {
    /// Told of the price book: no row is wrong by itself.
    pub(super) fn apart(
        &self,
        book: &PriceBook,
        period: &BillingPeriod,
        file: &Path,
    ) -> Vec<ConfigProblem> {
        let mut items: BTreeMap<&ItemKey, Vec<&Level>> = BTreeMap::new();
        for price in &book.prices {
            let allowance = price.tariff.allowance.as_ref();
            if allowance.is_some_and(|one| one.per == AllowancePer::Customer) {
                items.entry(&price.item).or_default().push(&price.level);
            }
        }
        if items.is_empty() {
            return Vec::new();
        }
        let Some(first) = book.prices.first() else {
            return Vec::new();
        };
        let buyers = self.buyers(period, first.currency);
        let apart = items.into_iter().filter_map(|(item, levels)| {
            let message = pooled_apart(levels, &buyers)?;
            let message = format!("item {item}: {message}");
            let hint = "give them one time zone, billing period and anchor, or each a price with an allowance of its own: \
                        allowance_per = \"charge\"";
            Some(ConfigProblem::of(file, message).with_hint(hint))
        });
        apart.collect()
    }

    /// Of the accounts that own anything, or have quantities by hand.
    fn buyers(&self, period: &BillingPeriod, stands_in: Currency) -> Vec<Buyer> {
        let mut agreements: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
        for account in self.agreed.accounts() {
            agreements.entry(account).or_default();
        }
        for row in self.resources.values().flatten() {
            if let Whose::Owned {
                account, agreement, ..
            } = &row.whose
            {
                agreements.entry(account).or_default().insert(agreement);
            }
        }
        let calendars: BTreeMap<_, _> = self.accounts.calendars().collect();
        let buyers = agreements.into_iter().map(|(account, agreements)| {
            let own = calendars.get(account);
            let zone = own.and_then(|own| own.zone.as_ref());
            let zone = zone.unwrap_or(period.zone()).iana_name();
            let gathers = own.map(|own| own.gathers).unwrap_or_default();
            let anchor = own.and_then(|own| own.anchor);
            Buyer {
                account: account.clone(),
                customer: self.accounts.customer(account).0,
                // Quantities are shared, whatever they cost.
                currency: self.accounts.currency(account).unwrap_or(stands_in),
                calendar: format!("{zone:?} {} {anchor:?}", gathers.name()),
                agreements: agreements
                    .into_iter()
                    .map(|name| (name.clone(), None))
                    .collect(),
            }
        });
        buyers.collect()
    }
}
