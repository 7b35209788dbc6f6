//! Past periods rated twice, as they are and under a candidate: the difference in money per account, period and item. Must
//! not know what the candidate is, nor how anything was rated.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Signed;
use schemars::JsonSchema;
use serde::Serialize;

use crate::charge::Charge;
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, ItemKey};
use crate::money::{Currency, Money, MoneyError, Rounding, round_decimals};

/// Decimals of a share in percent.
const PERCENT_DECIMALS: u32 = 2;

/// What something comes to, as it is and under the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    pub before: Money,
    pub after: Money,
    pub difference: Money,
    /// The difference of what it was before, rounded half-up to two decimals; absent where that was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
}

/// Over all periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountChanges {
    pub account: AccountId,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeriodChanges {
    pub billing_period: String,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountPeriodChanges {
    pub account: AccountId,
    pub billing_period: String,
    pub change: Change,
}

/// An item of an account over all periods, whatever its service and plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountItemChanges {
    pub account: AccountId,
    pub item: ItemKey,
    pub change: Change,
}

/// An item over all accounts and periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ItemChanges {
    pub item: ItemKey,
    /// How many accounts it makes a difference for.
    pub accounts: u64,
    pub change: Change,
}

/// Everything in a currency. `gains` and `losses` sum to the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Total {
    pub change: Change,
    /// Of the accounts that pay more, over all periods.
    pub gains: Money,
    pub accounts_gaining: u64,
    /// Of the accounts that pay less.
    pub losses: Money,
    pub accounts_losing: u64,
}

/// Rows in the order of their difference without its sign, the greatest first; periods in their own order. Currencies are
/// never added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Changes {
    pub totals: Vec<Total>,
    pub accounts: Vec<AccountChanges>,
    pub periods: Vec<PeriodChanges>,
    pub account_periods: Vec<AccountPeriodChanges>,
    pub items: Vec<ItemChanges>,
    pub account_items: Vec<AccountItemChanges>,
}

/// What was rated so far.
#[derive(Debug, Default)]
pub struct Comparison {
    sums: BTreeMap<(AccountId, ItemKey, String, Currency), [Money; 2]>,
}

impl Comparison {
    /// Adds a billing period by its civil id: the same facts as they are billed, and under the candidate. Other charge periods
    /// that are due with it count in it.
    pub fn add(
        &mut self,
        billing_period: &str,
        before: &[Charge],
        after: &[Charge],
    ) -> Result<(), MoneyError> {
        for (side, charges) in [before, after].into_iter().enumerate() {
            // They come in the order of their keys: those of an item of an account mostly together.
            let together = charges.chunk_by(|a, b| {
                let sum = |one: &Charge| (one.key.account, one.net.currency());
                sum(a) == sum(b) && a.key.item == b.key.item
            });
            for charges in together {
                let (key, currency) = (&charges[0].key, charges[0].net.currency());
                let net = Money::sum(charges.iter().map(|charge| charge.net), currency)?;
                let key = (
                    key.account,
                    key.item.clone(),
                    billing_period.to_owned(),
                    currency,
                );
                let zero = Money::zero(currency);
                let sums = self.sums.entry(key).or_insert([zero; 2]);
                sums[side] = sums[side].checked_add(net)?;
            }
        }
        Ok(())
    }

    /// What was added, of the accounts that count.
    pub fn changes(&self, counts: impl Fn(AccountId) -> bool) -> Result<Changes, MoneyError> {
        let sums = self
            .sums
            .iter()
            .filter(|((account, ..), _)| counts(*account));
        let sums: Vec<_> = sums.collect();
        let mut changes = Changes::default();
        let by_account = group(&sums, |(account, _, _, currency)| (*account, *currency))?;
        changes.totals = totals(&by_account)?;
        for ((account, _), change) in by_account {
            changes.accounts.push(AccountChanges { account, change });
        }
        for ((period, _), change) in group(&sums, |(_, _, period, currency)| (period, *currency))? {
            changes.periods.push(PeriodChanges {
                billing_period: period.clone(),
                change,
            });
        }
        let key = |(account, _, period, currency): &Key| (*account, period.clone(), *currency);
        for ((account, billing_period, _), change) in group(&sums, key)? {
            changes.account_periods.push(AccountPeriodChanges {
                account,
                billing_period,
                change,
            });
        }
        let key = |(account, item, _, currency): &Key| (*account, item.clone(), *currency);
        let mut differing: BTreeMap<(ItemKey, Currency), BTreeSet<AccountId>> = BTreeMap::new();
        for ((account, item, currency), change) in group(&sums, key)? {
            if !change.difference.is_zero() {
                let accounts = differing.entry((item.clone(), currency)).or_default();
                accounts.insert(account);
            }
            changes.account_items.push(AccountItemChanges {
                account,
                item,
                change,
            });
        }
        for (key, change) in group(&sums, |(_, item, _, currency)| (item.clone(), *currency))? {
            let accounts = differing.get(&key).map_or(0, BTreeSet::len);
            changes.items.push(ItemChanges {
                item: key.0,
                accounts: accounts as u64,
                change,
            });
        }
        changes.accounts.sort_by_key(|row| row.change.rank());
        changes.items.sort_by_key(|row| row.change.rank());
        changes.account_items.sort_by_key(|row| row.change.rank());
        Ok(changes)
    }
}

type Key = (AccountId, ItemKey, String, Currency);

fn group<'s, K: Ord>(
    sums: &[(&'s Key, &[Money; 2])],
    key: impl Fn(&'s Key) -> K,
) -> Result<BTreeMap<K, Change>, MoneyError> {
    let mut groups: BTreeMap<K, [Money; 2]> = BTreeMap::new();
    for (full, [before, after]) in sums {
        let zero = Money::zero(before.currency());
        let sum = groups.entry(key(full)).or_insert([zero; 2]);
        *sum = [sum[0].checked_add(*before)?, sum[1].checked_add(*after)?];
    }
    let groups = groups.into_iter();
    groups
        .map(|(key, [before, after])| Ok((key, Change::between(before, after)?)))
        .collect()
}

fn totals(accounts: &BTreeMap<(AccountId, Currency), Change>) -> Result<Vec<Total>, MoneyError> {
    let mut totals: BTreeMap<Currency, Total> = BTreeMap::new();
    for ((_, currency), change) in accounts {
        let zero = Money::zero(*currency);
        let total = totals.entry(*currency).or_insert_with(|| Total {
            change: Change {
                before: zero,
                after: zero,
                difference: zero,
                percent: None,
            },
            gains: zero,
            accounts_gaining: 0,
            losses: zero,
            accounts_losing: 0,
        });
        let (before, after) = (total.change.before, total.change.after);
        total.change = Change::between(
            before.checked_add(change.before)?,
            after.checked_add(change.after)?,
        )?;
        if change.difference.is_negative() {
            total.losses = total.losses.checked_add(change.difference)?;
            total.accounts_losing += 1;
        } else if !change.difference.is_zero() {
            total.gains = total.gains.checked_add(change.difference)?;
            total.accounts_gaining += 1;
        }
    }
    Ok(totals.into_values().collect())
}

impl Change {
    pub fn between(before: Money, after: Money) -> Result<Self, MoneyError> {
        let difference = after.checked_sub(before)?;
        Ok(Self {
            before,
            after,
            difference,
            percent: percent_of(difference, before),
        })
    }

    /// The greatest difference first, whichever way it goes.
    fn rank(&self) -> (std::cmp::Reverse<u64>, bool) {
        let minor = self.difference.minor();
        (std::cmp::Reverse(minor.unsigned_abs()), minor > 0)
    }
}

/// A part in percent of a whole in the same currency. None where the whole is nothing.
pub fn percent_of(part: Money, whole: Money) -> Option<Decimal> {
    if whole.is_zero() || part.currency() != whole.currency() {
        return None;
    }
    let hundred = Rational::from_integer(BigInt::from(100));
    let exact = part.to_rational() * hundred / whole.to_rational().abs();
    Decimal::from_rational(&round_decimals(&exact, PERCENT_DECIMALS, Rounding::HalfUp))
}
