//! The money diff for people: per account, per currency, and against the period before.

use std::collections::BTreeMap;

use super::PlanError;
use super::family::{Family, FamilyKey};
use super::input::{LookBack, PlanInput, RemoteState};
use super::output::{AccountTotal, Difference, ItemChange};
use crate::charge::ChargeKey;
use crate::ids::{AccountId, ItemKey};
use crate::money::{Currency, Money, MoneyError};

type Families<'a> = BTreeMap<FamilyKey, Family<'a>>;

impl Difference {
    pub(super) fn between(confirmed: Money, now: Money) -> Result<Self, MoneyError> {
        Ok(Self {
            confirmed,
            now,
            difference: now.checked_sub(confirmed)?,
        })
    }

    fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            confirmed: zero,
            now: zero,
            difference: zero,
        }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::between(
            self.confirmed.checked_add(other.confirmed)?,
            self.now.checked_add(other.now)?,
        )
    }
}

impl Difference {
    /// One sum a currency, in their order.
    pub fn by_currency(
        differences: impl IntoIterator<Item = Self>,
    ) -> Result<Vec<Self>, MoneyError> {
        let mut sums: BTreeMap<Currency, Self> = BTreeMap::new();
        for difference in differences {
            let currency = difference.now.currency();
            let sum = sums.entry(currency).or_insert_with(|| Self::zero(currency));
            *sum = sum.plus(difference)?;
        }
        Ok(sums.into_values().collect())
    }
}

/// Per account, period and currency. What is beyond the look-back is not in it.
pub(super) fn accounts(
    input: &PlanInput,
    families: &Families<'_>,
) -> Result<Vec<AccountTotal>, PlanError> {
    let mut sums: BTreeMap<(AccountId, &str, Currency), Difference> = BTreeMap::new();
    for family in within_look_back(families) {
        let key = &family.key;
        let sum = sums
            .entry((key.account, &key.billing_period, key.currency))
            .or_insert_with(|| Difference::zero(key.currency));
        let added = family.difference().and_then(|amount| sum.plus(amount));
        *sum = added.map_err(|source| family.amount_error(source))?;
    }
    Ok(sums
        .into_iter()
        .map(|((account, billing_period, _), amount)| {
            let buyer = input.buyers.get(&account).map(|terms| &terms.buyer);
            AccountTotal {
                account,
                key: buyer.map(|buyer| buyer.account.clone()),
                name: buyer.map(|buyer| buyer.name.clone()),
                billing_period: billing_period.to_owned(),
                amount,
            }
        })
        .collect())
}

pub(super) fn totals(families: &Families<'_>) -> Result<Vec<Difference>, PlanError> {
    let differences = within_look_back(families).map(Family::difference);
    let differences: Vec<Difference> = differences
        .collect::<Result<_, _>>()
        .map_err(|source| PlanError::Total { source })?;
    Difference::by_currency(differences).map_err(|source| PlanError::Total { source })
}

fn within_look_back<'f, 'a>(families: &'f Families<'a>) -> impl Iterator<Item = &'f Family<'a>> {
    families
        .values()
        .filter(|family| family.look_back == LookBack::Within)
}

/// Items of the period asked for that come to something else than what is confirmed for the period before.
pub(super) fn changes(input: &PlanInput) -> Result<Vec<ItemChange>, PlanError> {
    let Some(previous) = &input.previous_period else {
        return Ok(Vec::new());
    };
    let confirmed = input.confirmed.iter().filter(|confirmed| {
        confirmed.state != RemoteState::Void && confirmed.delivery.slot.billing_period == *previous
    });
    let before = confirmed
        .flat_map(|confirmed| &confirmed.delivery.lines)
        .map(|line| (&line.charge, line.billed));
    let asked = input
        .periods
        .iter()
        .filter(|period| period.billing_period == input.billing_period);
    let now = asked
        .flat_map(|period| &period.charges)
        .map(|charge| (&charge.key, charge.net));
    let before = by_item(before).map_err(|source| PlanError::Total { source })?;
    let now = by_item(now).map_err(|source| PlanError::Total { source })?;
    let items = before.keys().chain(now.keys());
    let items: std::collections::BTreeSet<_> = items.collect();
    let mut changes = Vec::new();
    for item in items {
        let (account, key, dimensions, currency) = *item;
        let amount = |sums: &ByItem<'_>| sums.get(item).copied().unwrap_or(Money::zero(currency));
        let (before, now) = (amount(&before), amount(&now));
        if before != now {
            let difference = now.checked_sub(before);
            changes.push(ItemChange {
                account,
                item: key.clone(),
                dimensions: dimensions.clone(),
                before,
                now,
                difference: difference.map_err(|source| PlanError::Total { source })?,
            });
        }
    }
    Ok(changes)
}

type Item<'a> = (
    AccountId,
    &'a ItemKey,
    &'a BTreeMap<String, String>,
    Currency,
);
type ByItem<'a> = BTreeMap<Item<'a>, Money>;

fn by_item<'a>(
    amounts: impl Iterator<Item = (&'a ChargeKey, Money)>,
) -> Result<ByItem<'a>, MoneyError> {
    let mut sums = ByItem::new();
    for (key, amount) in amounts {
        let item = (key.account, &key.item, &key.dimensions, amount.currency());
        let sum = sums
            .entry(item)
            .or_insert_with(|| Money::zero(amount.currency()));
        *sum = sum.checked_add(amount)?;
    }
    Ok(sums)
}
