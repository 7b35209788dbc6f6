//! Money per sink, account and currency: what is rated is billed elsewhere, confirmed, or known not to be sent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::charge::Charge;
use crate::document::Slot;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{AccountId, AccountKey};
use crate::money::{Currency, Money, MoneyError};
use crate::opening;
use crate::plan::{Confirmed, PlannedDelivery, RemoteState};
use crate::time::Date;

/// Amounts in the sign of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountMoney {
    pub sink: String,
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    /// The month with which it is billed.
    pub billing_period: String,
    /// What is rated for each charge period, where any is another one than that month. In their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge_periods: Vec<ChargedPeriod>,
    pub amounts: Amounts,
}

/// A charge period that is billed with the month: before it in arrears, after it in advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChargedPeriod {
    /// Its civil id: "2026-Q1", "2026-01-31/2026-02-28".
    pub charge_period: String,
    /// Of what is charged of it, inclusive, in the account's zone.
    pub first_day: Date,
    pub last_day: Date,
    pub rated: Money,
}

/// Of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrencyMoney {
    pub sink: String,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amounts {
    /// What the period comes to by all facts.
    pub rated: Money,
    /// What an opening position takes off.
    pub billed_elsewhere: Money,
    /// The net of all documents that were confirmed, corrections included.
    pub confirmed: Money,
    /// The part of it that corrections make.
    pub corrections: Money,
    /// What a plan would still send.
    pub not_sent: Money,
    /// What the equation leaves: zero, or money was lost on the way or counted twice.
    pub remainder: Money,
}

/// One sink.
#[derive(Debug, Clone)]
pub struct MoneyInput<'a> {
    pub sink: &'a str,
    /// The month that is closed.
    pub billing_period: &'a str,
    /// What is billed with it, whatever charge period it is for.
    pub charges: &'a [Charge],
    /// The latest confirmed state of each reference.
    pub confirmed: &'a [Confirmed],
    /// Of a plan that was made now.
    pub planned: &'a [PlannedDelivery],
    pub keys: &'a BTreeMap<AccountId, AccountKey>,
}

impl Amounts {
    fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            rated: zero,
            billed_elsewhere: zero,
            confirmed: zero,
            corrections: zero,
            not_sent: zero,
            remainder: zero,
        }
    }

    fn balanced(mut self) -> Result<Self, MoneyError> {
        self.remainder = self
            .rated
            .checked_sub(self.billed_elsewhere)?
            .checked_sub(self.confirmed)?
            .checked_sub(self.not_sent)?;
        Ok(self)
    }

    fn plus(self, other: &Self) -> Result<Self, MoneyError> {
        Ok(Self {
            rated: self.rated.checked_add(other.rated)?,
            billed_elsewhere: self.billed_elsewhere.checked_add(other.billed_elsewhere)?,
            confirmed: self.confirmed.checked_add(other.confirmed)?,
            corrections: self.corrections.checked_add(other.corrections)?,
            not_sent: self.not_sent.checked_add(other.not_sent)?,
            remainder: self.remainder.checked_add(other.remainder)?,
        })
    }
}

type Key = (AccountId, Currency);

/// A row for each account and currency that anything is rated, confirmed or planned of, in their order.
pub fn balance(input: &MoneyInput<'_>) -> Result<Vec<AccountMoney>, MoneyError> {
    let mut rows: BTreeMap<Key, Amounts> = BTreeMap::new();
    let mut add = |key: Key, change: &dyn Fn(&mut Amounts) -> Result<(), MoneyError>| {
        let row = rows.entry(key);
        change(row.or_insert_with(|| Amounts::zero(key.1)))
    };
    for charge in input.charges {
        add((charge.key.account, charge.net.currency()), &|row| {
            if opening::takes_off(charge) {
                row.billed_elsewhere = row.billed_elsewhere.checked_sub(charge.net)?;
            } else {
                row.rated = row.rated.checked_add(charge.net)?;
            }
            Ok(())
        })?;
    }
    let is_own = |slot: &Slot| slot.billing_period == input.billing_period;
    let confirmed = input.confirmed.iter();
    for confirmed in confirmed.filter(|one| is_own(&one.delivery.slot)) {
        let slot = &confirmed.delivery.slot;
        let amount = standing(confirmed)?;
        add((slot.account, slot.currency), &|row| {
            row.confirmed = row.confirmed.checked_add(amount)?;
            if slot.correction > 0 {
                row.corrections = row.corrections.checked_add(amount)?;
            }
            Ok(())
        })?;
    }
    let planned = input.planned.iter();
    for planned in planned.filter(|one| is_own(&one.delivery.slot)) {
        let slot = &planned.delivery.slot;
        let difference = planned.amount.difference;
        add((slot.account, slot.currency), &|row| {
            row.not_sent = row.not_sent.checked_add(difference)?;
            Ok(())
        })?;
    }
    let mut charged = charge_periods(input)?;
    let rows = rows.into_iter().map(|(key, amounts)| {
        Ok(AccountMoney {
            sink: input.sink.to_owned(),
            account: key.0,
            key: input.keys.get(&key.0).cloned(),
            billing_period: input.billing_period.to_owned(),
            charge_periods: charged.remove(&key).unwrap_or_default(),
            amounts: amounts.balanced()?,
        })
    });
    rows.collect()
}

/// Of the accounts that are charged for another period than the month itself.
fn charge_periods(input: &MoneyInput<'_>) -> Result<BTreeMap<Key, Vec<ChargedPeriod>>, MoneyError> {
    let mut charged: BTreeMap<Key, Vec<ChargedPeriod>> = BTreeMap::new();
    let rated = input.charges.iter();
    for charge in rated.filter(|charge| !opening::takes_off(charge)) {
        let key = (charge.key.account, charge.net.currency());
        let periods = charged.entry(key).or_default();
        let id = &charge.key.billing_period;
        match periods.iter_mut().find(|one| one.charge_period == *id) {
            Some(known) => {
                known.first_day = known.first_day.min(charge.first_day);
                known.last_day = known.last_day.max(charge.last_day);
                known.rated = known.rated.checked_add(charge.net)?;
            }
            None => periods.push(ChargedPeriod {
                charge_period: id.clone(),
                first_day: charge.first_day,
                last_day: charge.last_day,
                rated: charge.net,
            }),
        }
    }
    charged.retain(|_, periods| {
        let is_other = |one: &ChargedPeriod| one.charge_period != input.billing_period;
        periods.sort_by_key(|one| (one.first_day, one.last_day));
        periods.iter().any(is_other)
    });
    Ok(charged)
}

/// What a document bills, in the sign of an invoice; nothing once it is void.
pub(super) fn standing(confirmed: &Confirmed) -> Result<Money, MoneyError> {
    let currency = confirmed.delivery.slot.currency;
    if confirmed.state == RemoteState::Void {
        return Ok(Money::zero(currency));
    }
    let billed = confirmed.delivery.lines.iter().map(|line| line.billed);
    Money::sum(billed, currency)
}

/// For each sink and currency.
pub fn totals(rows: &[AccountMoney]) -> Result<Vec<CurrencyMoney>, MoneyError> {
    let mut totals: BTreeMap<(&str, Currency), Amounts> = BTreeMap::new();
    for row in rows {
        let currency = row.amounts.rated.currency();
        let total = totals
            .entry((row.sink.as_str(), currency))
            .or_insert_with(|| Amounts::zero(currency));
        *total = total.plus(&row.amounts)?;
    }
    let totals = totals
        .into_iter()
        .map(|((sink, _), amounts)| CurrencyMoney {
            sink: sink.to_owned(),
            amounts,
        });
    Ok(totals.collect())
}

/// Of each account whose money does not add up.
pub fn unbalanced(rows: &[AccountMoney]) -> Vec<Finding> {
    let lost = rows.iter().filter(|row| !row.amounts.remainder.is_zero());
    let finding = |row: &AccountMoney| {
        let Amounts {
            rated,
            billed_elsewhere,
            confirmed,
            not_sent,
            remainder,
            ..
        } = row.amounts;
        let key = row.key.as_ref();
        let account = key.map_or_else(|| format!("account {}", row.account), ToString::to_string);
        Finding {
            code: FindingCode::Unbalanced,
            severity: Severity::Blocking,
            subject: format!("{account} at {}", row.sink),
            message: format!(
                "{rated} are rated for {}; {billed_elsewhere} billed elsewhere, {confirmed} confirmed and {not_sent} to be \
                 sent leave {remainder}.",
                row.billing_period
            ),
            next_step: format!(
                "see `counterfoil plan --period {0}`: what it finds keeps the account from being billed",
                row.billing_period
            ),
            value: Some(remainder),
            since: None,
        }
    };
    lost.map(finding).collect()
}
