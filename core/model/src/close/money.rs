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

/// Amounts in the sign of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountMoney {
    pub sink: String,
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    /// The period that is closed.
    pub billing_period: String,
    pub amounts: Amounts,
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
    pub billing_period: &'a str,
    /// All that is billed with it, whatever their charge periods are.
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

/// A row for each account and currency that anything is rated, confirmed or planned of, in their order.
pub fn balance(input: &MoneyInput<'_>) -> Result<Vec<AccountMoney>, MoneyError> {
    type Key = (AccountId, Currency);
    let mut rows: BTreeMap<Key, Amounts> = BTreeMap::new();
    let mut add = |key: Key, change: &dyn Fn(&mut Amounts) -> Result<(), MoneyError>| {
        let row = rows.entry(key);
        change(row.or_insert_with(|| Amounts::zero(key.1)))
    };
    for charge in input.charges {
        let own = (charge.key.account, charge.net.currency());
        add(own, &|row| {
            if opening::takes_off(charge) {
                row.billed_elsewhere = row.billed_elsewhere.checked_sub(charge.net)?;
            } else {
                row.rated = row.rated.checked_add(charge.net)?;
            }
            Ok(())
        })?;
    }
    let of_period = |slot: &Slot| slot.billing_period == input.billing_period;
    for confirmed in input.confirmed {
        let slot = &confirmed.delivery.slot;
        if !of_period(slot) {
            continue;
        }
        let amount = standing(confirmed)?;
        add((slot.account, slot.currency), &|row| {
            row.confirmed = row.confirmed.checked_add(amount)?;
            if slot.correction > 0 {
                row.corrections = row.corrections.checked_add(amount)?;
            }
            Ok(())
        })?;
    }
    for planned in input.planned {
        let slot = &planned.delivery.slot;
        if !of_period(slot) {
            continue;
        }
        let difference = planned.amount.difference;
        add((slot.account, slot.currency), &|row| {
            row.not_sent = row.not_sent.checked_add(difference)?;
            Ok(())
        })?;
    }
    let rows = rows.into_iter().map(|((account, _), amounts)| {
        Ok(AccountMoney {
            sink: input.sink.to_owned(),
            account,
            key: input.keys.get(&account).cloned(),
            billing_period: input.billing_period.to_owned(),
            amounts: amounts.balanced()?,
        })
    });
    rows.collect()
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
