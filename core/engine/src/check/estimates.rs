//! Suspense without a value: where nothing says in which currency it is to be estimated.

use std::collections::BTreeSet;

use counterfoil_model::problem::{Problem, Review};

use crate::config::DraftPipeline;

/// As rating takes it: what the pipeline says, else the only currency of accounts, else the only one of prices.
pub(super) fn review(pipeline: &DraftPipeline) -> Review {
    let mut review = Review::default();
    let (Some(terms), Some(config)) = (&pipeline.terms, &pipeline.config) else {
        return review;
    };
    let accounts = terms.classify.account.values();
    let accounts: BTreeSet<&str> = accounts.map(|one| one.currency.as_str()).collect();
    let prices = terms.price_book.item.iter().flat_map(|item| &item.price);
    let prices: BTreeSet<&str> = prices.map(|price| price.currency.as_str()).collect();
    let is_known = config.estimate_currency.is_some() || accounts.len() == 1 || prices.len() == 1;
    if is_known || accounts.is_empty() || prices.is_empty() {
        return review;
    }
    let named = accounts.iter().copied().collect::<Vec<_>>().join(", ");
    let message = format!(
        "what is in suspense has no value: accounts have several currencies ({named}), and none is named for estimates"
    );
    let first = prices.first().copied().unwrap_or_default();
    let hint = format!(
        "add `estimate_currency = \"{first}\"` to the pipeline, or another one that prices are in"
    );
    let path = ["pipeline", pipeline.name.as_str()];
    review
        .warnings
        .push(Problem::new(path, message).with_hint(hint));
    review
}
