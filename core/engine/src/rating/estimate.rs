//! In which currency suspense is valued.

use std::collections::BTreeSet;

use counterfoil_model::money::Currency;

use crate::session::Wired;
use crate::terms::Versions;

/// The one that the pipeline names, else the only one that accounts have, else the only one that prices have, as the files have
/// them now. `None` where that is several.
pub(crate) fn estimate_currency(wired: &Wired<'_>, versions: &Versions) -> Option<Currency> {
    wired.pipeline.config.estimate_currency.or_else(|| {
        let terms = &versions.versions.last()?.terms;
        let accounts = terms.classification.accounts.iter();
        let prices = terms.price_book.prices.iter();
        only(accounts.map(|account| account.currency))
            .or_else(|| only(prices.map(|price| price.currency)))
    })
}

fn only(currencies: impl Iterator<Item = Currency>) -> Option<Currency> {
    let several: BTreeSet<Currency> = currencies.collect();
    let mut several = several.into_iter();
    several.next().filter(|_| several.next().is_none())
}
