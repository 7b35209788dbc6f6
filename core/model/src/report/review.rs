//! What an account's bill differs by from that of the period before, and why: resource by resource, with money that sums to
//! the difference.

mod derived;
mod evidence;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Cause;
use crate::charge::Charge;
use crate::decimal::Decimal;
use crate::ids::{AccountId, ItemKey, ResourceId};
use crate::inventory::Interval;
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::OwnedInterval;
use crate::time::Period;
use crate::timeline::{AttributeChange, attribute_changes};
use crate::what_if::percent_of;
pub use derived::{DerivedLine, DifferenceError, PriceChange, adds_up, derived, price_changes};
use evidence::{Evidence, Reasons, Subject};

/// The kind of what a person gave.
const MANUAL: &str = "manual";

/// A period as it is rated, with what each resource adds.
#[derive(Debug, Clone, Copy)]
pub struct ReviewedPeriod<'a> {
    /// Its civil id: "2026-03".
    pub id: &'a str,
    pub period: Period,
    pub intervals: &'a [Interval],
    pub owned: &'a [OwnedInterval],
    /// Of the accounts that are reviewed, at least.
    pub charges: &'a [Charge],
}

#[derive(Debug, Clone, Copy)]
pub struct ReviewInput<'a> {
    pub before: ReviewedPeriod<'a>,
    pub now: ReviewedPeriod<'a>,
    /// The facts of now at the prices of before, where those are others.
    pub at_old_prices: Option<&'a [Charge]>,
    /// The items that measure gauges: another level of them is other usage.
    pub gauged: &'a BTreeSet<ItemKey>,
    /// Resources that are told of an account, from the greatest difference on.
    pub resources_max: usize,
}

/// Why the bill of an account differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountReview {
    pub account: AccountId,
    pub before: Money,
    pub now: Money,
    pub difference: Money,
    /// The difference of what it was before; absent where that was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// Sums to the difference.
    pub by_cause: BTreeMap<Cause, Money>,
    /// The greatest differences first.
    pub resources: Vec<ReviewedResource>,
    /// Resources that differ and are not told.
    pub more_resources: u64,
}

/// A resource, or a quantity by hand, that adds something else to the bill of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReviewedResource {
    pub cause: Cause,
    /// Absent of a quantity by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// `manual` of a quantity by hand.
    pub kind: String,
    /// The item of a quantity by hand.
    pub external_id: String,
    pub name: String,
    /// From how it was first before to how it was last now.
    pub attributes: Vec<AttributeChange>,
    pub before: Money,
    pub now: Money,
    pub difference: Money,
    /// The part of the difference that other prices make, where the resource has changed too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repriced: Option<Money>,
    /// Sums to the difference; empty where all of it has the one cause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_cause: BTreeMap<Cause, Money>,
}

/// The sum of an account's charges, before and now, whatever they are of.
pub fn account_totals(
    before: &[Charge],
    now: &[Charge],
) -> Result<BTreeMap<(AccountId, Currency), [Money; 2]>, MoneyError> {
    let mut totals: BTreeMap<(AccountId, Currency), [Money; 2]> = BTreeMap::new();
    for (side, charges) in [before, now].into_iter().enumerate() {
        for charge in charges {
            let currency = charge.net.currency();
            let zero = Money::zero(currency);
            let total = totals.entry((charge.key.account, currency));
            let total = total.or_insert([zero; 2]);
            total[side] = total[side].checked_add(charge.net)?;
        }
    }
    Ok(totals)
}

/// The accounts in the order of their ids.
pub fn review(
    input: &ReviewInput<'_>,
    totals: &BTreeMap<(AccountId, Currency), [Money; 2]>,
) -> Result<Vec<AccountReview>, MoneyError> {
    let accounts: BTreeSet<AccountId> = totals.keys().map(|(account, _)| *account).collect();
    let evidence = Evidence::of(input, &accounts)?;
    let mut reviews = Vec::with_capacity(totals.len());
    for ((account, currency), [before, now]) in totals {
        let mut review = AccountReview {
            account: *account,
            before: *before,
            now: *now,
            difference: now.checked_sub(*before)?,
            percent: None,
            by_cause: BTreeMap::new(),
            resources: Vec::new(),
            more_resources: 0,
        };
        review.percent = percent_of(review.difference, *before);
        for (subject, reasons) in evidence.reasons((*account, *currency))? {
            for (cause, money) in &reasons.parts {
                review.count(*cause, *money)?;
            }
            review
                .resources
                .push(reviewed(&evidence, subject, reasons)?);
        }
        let explained = Money::sum(review.by_cause.values().copied(), *currency)?;
        // Lines to which no resource adds: percentages of others, and what was billed elsewhere.
        review.count(Cause::Derived, review.difference.checked_sub(explained)?)?;
        review.resources.sort_by_key(|row| {
            let minor = row.difference.minor().unsigned_abs();
            (std::cmp::Reverse(minor), row.resource)
        });
        let more = review.resources.len().saturating_sub(input.resources_max);
        review.more_resources = more as u64;
        review.resources.truncate(input.resources_max);
        reviews.push(review);
    }
    Ok(reviews)
}

impl AccountReview {
    fn count(&mut self, cause: Cause, amount: Money) -> Result<(), MoneyError> {
        if amount.is_zero() {
            return Ok(());
        }
        let zero = Money::zero(amount.currency());
        let sum = self.by_cause.entry(cause).or_insert(zero);
        *sum = sum.checked_add(amount)?;
        if sum.is_zero() {
            self.by_cause.remove(&cause);
        }
        Ok(())
    }
}

fn reviewed<'a>(
    evidence: &Evidence<'a>,
    subject: Subject<'a>,
    reasons: Reasons,
) -> Result<ReviewedResource, MoneyError> {
    let (first, last) = evidence.shown(subject);
    let attributes = match (first, last) {
        (Some(first), Some(last)) => attribute_changes(&first.configuration, &last.configuration),
        _ => Vec::new(),
    };
    let shown = last.or(first).map(|one| {
        let kind = one.kind.as_str();
        (
            kind,
            one.external_id.as_str(),
            one.configuration.name.as_str(),
        )
    });
    let (resource, shown) = match subject {
        Subject::Resource(resource) => (Some(resource), shown.unwrap_or_default()),
        Subject::ByHand { item, name } => (None, (MANUAL, item.as_str(), name)),
    };
    let (kind, external_id, name) = shown;
    let Reasons {
        before,
        now,
        cause,
        mut parts,
    } = reasons;
    let repriced = parts.get(&Cause::Repriced).copied();
    if parts.keys().eq([&cause]) {
        parts.clear();
    }
    Ok(ReviewedResource {
        cause,
        resource,
        kind: kind.to_owned(),
        external_id: external_id.to_owned(),
        name: name.to_owned(),
        attributes,
        before,
        now,
        difference: now.checked_sub(before)?,
        repriced: repriced.filter(|_| cause != Cause::Repriced),
        by_cause: parts,
    })
}
