//! What the resources do not say of a difference: lines to which none of them adds, and the prices that changed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use super::AccountReview;
use crate::charge::{Charge, PriceChoice};
use crate::decimal::Decimal;
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::money::{Currency, Money, MoneyError};
use crate::report::LineSort;
use crate::report::total::sort;

/// What a charge is, whatever its period.
type Charged<'a> = (&'a AgreementKey, &'a ItemKey, &'a BTreeMap<String, String>);

/// A line to which no resource adds, and that comes to something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DerivedLine {
    pub sort: LineSort,
    pub item: ItemKey,
    pub description: String,
    pub before: Money,
    pub now: Money,
    pub difference: Money,
}

/// An item whose price is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PriceChange {
    pub item: ItemKey,
    pub description: String,
    /// As the line shows it; of tiers and the like the average.
    pub unit_price_before: Decimal,
    pub unit_price_now: Decimal,
    pub before: PriceChoice,
    pub now: PriceChoice,
}

#[derive(Debug, Error)]
pub enum DifferenceError {
    #[error("sum the amounts")]
    Amount {
        #[from]
        source: MoneyError,
    },
    #[error("the {what} sum to {sum}, and the difference is {difference}")]
    Sum {
        what: &'static str,
        sum: Money,
        difference: Money,
    },
}

/// Proves that the causes of a review, and its resources and lines without resources, each sum to the difference.
pub fn adds_up(review: &AccountReview, derived: &[DerivedLine]) -> Result<(), DifferenceError> {
    let difference = review.now.checked_sub(review.before)?;
    let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(amounts, difference.currency());
    let causes = sum(&mut review.by_cause.values().copied())?;
    let resources = sum(&mut review.resources.iter().map(|one| one.difference))?;
    let lines = sum(&mut derived.iter().map(|one| one.difference))?;
    let all = resources.checked_add(lines)?;
    for (what, sum) in [("causes", causes), ("resources and other lines", all)] {
        if sum != difference {
            return Err(DifferenceError::Sum {
                what,
                sum,
                difference,
            });
        }
    }
    Ok(())
}

fn of_account(
    charges: &[Charge],
    (account, currency): (AccountId, Currency),
) -> impl Iterator<Item = &Charge> {
    let own = charges.iter();
    own.filter(move |one| one.key.account == account && one.net.currency() == currency)
}

/// Of an account in a currency, in the order of agreements and items.
pub fn derived(
    before: &[Charge],
    now: &[Charge],
    account: (AccountId, Currency),
) -> Result<Vec<DerivedLine>, MoneyError> {
    let mut lines: BTreeMap<Charged<'_>, (&Charge, [Money; 2])> = BTreeMap::new();
    for (side, charges) in [before, now].into_iter().enumerate() {
        let own = of_account(charges, account);
        for charge in own.filter(|charge| charge.contributions.is_empty()) {
            let key = &charge.key;
            let line = lines.entry((&key.agreement, &key.item, &key.dimensions));
            let (shown, sums) = line.or_insert((charge, [Money::zero(account.1); 2]));
            *shown = charge;
            sums[side] = sums[side].checked_add(charge.net)?;
        }
    }
    let lines = lines.into_values().filter(|(_, [was, is])| was != is);
    lines
        .map(|(charge, [before, now])| {
            Ok(DerivedLine {
                sort: sort(charge),
                item: charge.key.item.clone(),
                description: charge.description.clone(),
                before,
                now,
                difference: now.checked_sub(before)?,
            })
        })
        .collect()
}

/// Of an account in a currency: what was charged last before, and is charged last now, by another version of its price.
pub fn price_changes(
    before: &[Charge],
    now: &[Charge],
    account: (AccountId, Currency),
) -> Vec<PriceChange> {
    let last = |charges| {
        let mut last: BTreeMap<Charged<'_>, &Charge> = BTreeMap::new();
        for charge in of_account(charges, account) {
            let key = &charge.key;
            let of_item = last.entry((&key.agreement, &key.item, &key.dimensions));
            let known = of_item.or_insert(charge);
            if known.key.period.from() < key.period.from() {
                *known = charge;
            }
        }
        last
    };
    let (was, is) = (last(before), last(now));
    let both = was
        .into_iter()
        .filter_map(|(key, was)| Some((was, *is.get(&key)?)));
    let version = |charge: &Charge| {
        let price = &charge.explanation.price;
        (
            price.level.clone(),
            price.from.clone(),
            price.exchange.clone(),
        )
    };
    // A line of a file may have moved; a price without a date is another one where it also comes to something else.
    let edited = |was: &Charge, is: &Charge| {
        was.explanation.price.place != is.explanation.price.place && was.unit_price != is.unit_price
    };
    let changed = both.filter(|(was, is)| version(was) != version(is) || edited(was, is));
    changed
        .map(|(was, is)| PriceChange {
            item: is.key.item.clone(),
            description: is.description.clone(),
            unit_price_before: was.unit_price,
            unit_price_now: is.unit_price,
            before: was.explanation.price.clone(),
            now: is.explanation.price.clone(),
        })
        .collect()
}
