//! What was known when a document was issued against what is known now: charge by charge, and what the difference is due
//! to, the inventory or the terms.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::charge::{Charge, ChargeKey, Contribution, PriceChoice};
use crate::money::{Currency, Money, MoneyError};

/// The same charges, rated three times.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Inventory and terms as they were known then.
    pub then: &'a [Charge],
    /// What is known now of the inventory, under the terms of then.
    pub facts_now: &'a [Charge],
    /// Inventory and terms as they are known now.
    pub now: &'a [Charge],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RepricedCharge {
    pub key: ChargeKey,
    pub description: String,
    pub then: Money,
    pub now: Money,
    pub difference: Money,
    /// The part of the difference that what was learned of the inventory makes.
    pub by_inventory: Money,
    /// The part that rules, agreements and prices make.
    pub by_terms: Money,
    /// Where the price stood, and stands.
    pub price_then: Option<PriceChoice>,
    pub price_now: Option<PriceChoice>,
    /// Contributions of then that are no more, and of now that were not.
    pub gone: Vec<Contribution>,
    pub new: Vec<Contribution>,
}

/// Those of some charge keys, and of an account's others, that the filter lets through; in the order of keys. Charges
/// that are the same are in it too.
pub fn repriced(
    known: &Known<'_>,
    counts: impl Fn(&ChargeKey) -> bool,
) -> Result<Vec<RepricedCharge>, MoneyError> {
    let (then, facts, now) = (
        by_key(known.then),
        by_key(known.facts_now),
        by_key(known.now),
    );
    let keys: BTreeSet<&ChargeKey> = then
        .keys()
        .chain(facts.keys())
        .chain(now.keys())
        .copied()
        .filter(|key| counts(key))
        .collect();
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let of = |charges: &BTreeMap<&ChargeKey, &Charge>| charges.get(key).map(|one| one.net);
        let Some(currency) = of(&now).or(of(&then)).or(of(&facts)).map(Money::currency) else {
            continue;
        };
        let amount = |money: Option<Money>| money.unwrap_or(Money::zero(currency));
        let (before, middle, after) = (amount(of(&then)), amount(of(&facts)), amount(of(&now)));
        let (was, is) = (then.get(key).copied(), now.get(key).copied());
        let (gone, new) = differing(was, is);
        rows.push(RepricedCharge {
            key: key.clone(),
            description: is
                .or(was)
                .map_or_else(String::new, |one| one.description.clone()),
            then: before,
            now: after,
            difference: after.checked_sub(before)?,
            by_inventory: middle.checked_sub(before)?,
            by_terms: after.checked_sub(middle)?,
            price_then: was.map(|one| one.explanation.price.clone()),
            price_now: is.map(|one| one.explanation.price.clone()),
            gone,
            new,
        });
    }
    Ok(rows)
}

impl RepricedCharge {
    pub fn is_same(&self) -> bool {
        self.difference.is_zero() && self.by_inventory.is_zero() && self.by_terms.is_zero()
    }

    /// The sums of some, one for each currency: then, now, by inventory, by terms.
    pub fn totals(rows: &[Self]) -> Result<Vec<[Money; 4]>, MoneyError> {
        let mut sums: BTreeMap<Currency, [Money; 4]> = BTreeMap::new();
        for row in rows {
            let currency = row.now.currency();
            let sum = sums.entry(currency).or_insert([Money::zero(currency); 4]);
            let amounts = [row.then, row.now, row.by_inventory, row.by_terms];
            for (sum, amount) in sum.iter_mut().zip(amounts) {
                *sum = sum.checked_add(amount)?;
            }
        }
        Ok(sums.into_values().collect())
    }
}

fn by_key(charges: &[Charge]) -> BTreeMap<&ChargeKey, &Charge> {
    charges.iter().map(|charge| (&charge.key, charge)).collect()
}

/// An interval keeps its facts under another id when it is ended or corrected: what counts is what it adds.
fn differing(
    then: Option<&Charge>,
    now: Option<&Charge>,
) -> (Vec<Contribution>, Vec<Contribution>) {
    let parts = |charge: Option<&Charge>| {
        charge.map_or_else(Vec::new, |charge| charge.contributions.clone())
    };
    let (then, now) = (parts(then), parts(now));
    let adds = |part: &Contribution| {
        (
            part.resource,
            part.period,
            part.share.clone(),
            part.quantity,
        )
    };
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (
        then.iter().map(adds).collect(),
        now.iter().map(adds).collect(),
    );
    let gone = then.iter().filter(|part| !after.contains(&adds(part)));
    let new = now.iter().filter(|part| !before.contains(&adds(part)));
    (gone.cloned().collect(), new.cloned().collect())
}
