//! What a policy may approve by itself: accounts that come to almost the same as the last time that they were billed.

use std::collections::BTreeMap;

use num_traits::Signed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::{Decimal, Rational};
use crate::ids::AccountId;
use crate::money::{Currency, Money, MoneyError};
use crate::plan::{Confirmed, Plan, RemoteState};

/// How far an account may be from what it was billed last. What is absent is no limit; where amounts are given, an
/// account in another currency has a limit of nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Of the last bill.
    pub percent: Option<Decimal>,
    pub amount: BTreeMap<Currency, Money>,
}

/// What an account was billed the last time, over all its documents of that period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBilled {
    pub billing_period: String,
    pub total: Money,
}

/// An account's bill against its last one, with the numbers by which it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    pub account: AccountId,
    pub within: bool,
    pub now: Money,
    /// Nothing where it was never billed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_period: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Money>,
    /// By how much the period differs, and what is corrected of earlier ones, without signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent_max: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_max: Option<Money>,
}

/// By account and currency, what was billed in the last period before this one that has anything of it.
pub fn last_billed(
    confirmed: &[Confirmed],
    billing_period: &str,
) -> Result<BTreeMap<(AccountId, Currency), LastBilled>, MoneyError> {
    let mut last: BTreeMap<(AccountId, Currency), LastBilled> = BTreeMap::new();
    let standing = confirmed.iter().filter(|one| {
        one.state != RemoteState::Void && one.delivery.slot.billing_period.as_str() < billing_period
    });
    for one in standing {
        let slot = &one.delivery.slot;
        let billed = Money::sum(
            one.delivery.lines.iter().map(|line| line.billed),
            slot.currency,
        )?;
        let entry = last
            .entry((slot.account, slot.currency))
            .or_insert_with(|| LastBilled {
                billing_period: slot.billing_period.clone(),
                total: Money::zero(slot.currency),
            });
        if entry.billing_period < slot.billing_period {
            entry.billing_period.clone_from(&slot.billing_period);
            entry.total = billed;
        } else if entry.billing_period == slot.billing_period {
            entry.total = entry.total.checked_add(billed)?;
        }
    }
    Ok(last)
}

impl Tolerance {
    /// Judges every account of a plan. A correction of an earlier period counts in full.
    pub fn judge(
        &self,
        plan: &Plan,
        last: &BTreeMap<(AccountId, Currency), LastBilled>,
    ) -> Result<Vec<Judgement>, MoneyError> {
        let mut totals: BTreeMap<(AccountId, Currency), (Money, Money)> = BTreeMap::new();
        for total in &plan.accounts {
            let currency = total.amount.now.currency();
            let zero = Money::zero(currency);
            let (now, corrections) = totals
                .entry((total.account, currency))
                .or_insert((zero, zero));
            if total.billing_period == plan.billing_period {
                *now = now.checked_add(total.amount.now)?;
            } else {
                *corrections = corrections.checked_add(unsigned(total.amount.difference)?)?;
            }
        }
        let judged = totals
            .into_iter()
            .map(|(key, (now, corrections))| self.judge_one(key, now, corrections, last.get(&key)));
        judged.collect()
    }

    /// Is what differs by so much, whatever the sign, from its last amount within?
    pub fn holds(&self, deviation: Money, last: Money) -> Result<bool, MoneyError> {
        let deviation = unsigned(deviation)?;
        let by_percent = self.percent.is_none_or(|percent| {
            let share = percent.to_rational() / Rational::from_integer(100.into());
            deviation.to_rational() <= last.to_rational().abs() * share
        });
        let amount_max = self.amount_max(deviation.currency());
        Ok(by_percent && amount_max.is_none_or(|most| deviation.minor() <= most.minor()))
    }

    /// None where no amounts are given.
    fn amount_max(&self, currency: Currency) -> Option<Money> {
        let limit = || self.amount.get(&currency).copied();
        (!self.amount.is_empty()).then(|| limit().unwrap_or(Money::zero(currency)))
    }

    fn judge_one(
        &self,
        (account, currency): (AccountId, Currency),
        now: Money,
        corrections: Money,
        last: Option<&LastBilled>,
    ) -> Result<Judgement, MoneyError> {
        let amount_max = self.amount_max(currency);
        let deviation = match last {
            Some(last) => Some(unsigned(now.checked_sub(last.total)?)?.checked_add(corrections)?),
            None => None,
        };
        let within = match (last, deviation) {
            (Some(last), Some(deviation)) => self.holds(deviation, last.total)?,
            (_, _) => false,
        };
        Ok(Judgement {
            account,
            within,
            now,
            last_period: last.map(|last| last.billing_period.clone()),
            last: last.map(|last| last.total),
            deviation,
            percent_max: self.percent,
            amount_max,
        })
    }
}

fn unsigned(amount: Money) -> Result<Money, MoneyError> {
    if amount.is_negative() {
        amount.checked_neg()
    } else {
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId(7);

    fn euro() -> Currency {
        "EUR".parse().unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, euro())
    }

    fn tolerance(percent: Option<&str>, amount: Option<i64>) -> Tolerance {
        Tolerance {
            percent: percent.map(|text| text.parse().unwrap()),
            amount: amount
                .map(|minor| (euro(), eur(minor)))
                .into_iter()
                .collect(),
        }
    }

    fn is_within(tolerance: &Tolerance, last: Option<i64>, now: i64, corrections: i64) -> bool {
        let last = last.map(|minor| LastBilled {
            billing_period: "2026-02".to_owned(),
            total: eur(minor),
        });
        let judged =
            tolerance.judge_one((ACCOUNT, euro()), eur(now), eur(corrections), last.as_ref());
        judged.unwrap().within
    }

    #[test]
    fn the_limit_itself_is_within_and_a_cent_more_is_not() {
        let ten_percent = tolerance(Some("10"), None);
        assert!(is_within(&ten_percent, Some(10_000), 11_000, 0));
        assert!(!is_within(&ten_percent, Some(10_000), 11_001, 0));
        assert!(is_within(&ten_percent, Some(10_000), 9_000, 0));
        assert!(!is_within(&ten_percent, Some(10_000), 8_999, 0));
        let five_euro = tolerance(None, Some(500));
        assert!(is_within(&five_euro, Some(10_000), 10_500, 0));
        assert!(!is_within(&five_euro, Some(10_000), 10_501, 0));
    }

    #[test]
    fn both_limits_hold_where_both_are_given() {
        let both = tolerance(Some("10"), Some(500));
        assert!(is_within(&both, Some(10_000), 10_500, 0));
        assert!(!is_within(&both, Some(10_000), 10_600, 0), "the amount");
        assert!(!is_within(&both, Some(1_000), 1_200, 0), "the share");
    }

    #[test]
    fn corrections_count_in_full_and_new_accounts_wait() {
        let five_euro = tolerance(None, Some(500));
        assert!(!is_within(&five_euro, Some(10_000), 10_400, 200));
        assert!(!is_within(&five_euro, None, 0, 0));
        let of_nothing = tolerance(Some("10"), None);
        assert!(is_within(&of_nothing, Some(0), 0, 0));
        assert!(!is_within(&of_nothing, Some(0), 1, 0));
    }

    #[test]
    fn a_currency_without_an_amount_has_none() {
        let mut only_crowns = tolerance(None, None);
        let crowns: Currency = "SEK".parse().unwrap();
        only_crowns
            .amount
            .insert(crowns, Money::from_minor(10_000, crowns));
        assert!(is_within(&only_crowns, Some(10_000), 10_000, 0));
        assert!(!is_within(&only_crowns, Some(10_000), 10_001, 0));
    }
}
