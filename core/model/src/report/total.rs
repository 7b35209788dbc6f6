//! What an account's bill of a period is made of: each line as it is rated now and as it was billed, with sums that are
//! proven. Must not know how anything was rated, nor how a document was sent.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::charge::{Charge, ChargeKey};
use crate::decimal::Decimal;
use crate::document::{DocumentKind, Line};
use crate::ids::{AccountId, ResourceId};
use crate::money::{Currency, Money, MoneyError};
use crate::opening::is_opening;
use crate::plan::{Confirmed, RemoteState, plain_description};
use crate::time::Date;
use crate::what_if::percent_of;

/// What an account comes to in a period, in one currency. Its parts sum to it, to the cent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Total {
    pub account: AccountId,
    /// As everything is known now: the sum of the lines.
    pub rated: Money,
    /// What stands at the ledger: the sum of the documents, and of what is billed of the lines.
    pub billed: Money,
    /// What is rated and not billed; below zero, what is to be given back.
    pub open: Money,
    /// In the order of agreements and items; what is billed and not rated any more is last.
    pub lines: Vec<TotalLine>,
    /// Originals and their corrections.
    pub documents: Vec<TotalDocument>,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineSort {
    /// What sources show.
    Resources,
    /// A quantity that a person gave.
    Manual,
    /// A part of other lines, in percent.
    Percentage,
    /// What lacks to a minimum that was agreed on.
    Commitment,
    /// What was billed elsewhere is taken off.
    Opening,
    /// It was billed, and nothing of it is rated any more.
    NoLongerRated,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TotalLine {
    /// From 1.
    pub number: usize,
    pub sort: LineSort,
    pub charge: ChargeKey,
    pub description: String,
    pub first_day: Date,
    pub last_day: Date,
    pub rated: Money,
    pub billed: Money,
    pub open: Money,
    /// Of what is rated of the account, rounded half-up to two decimals; absent where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// What each resource adds, the greatest part first. Their sum is what is rated; empty where no resource adds to it.
    pub resources: Vec<TotalPart>,
    /// The documents that bill it, in their order.
    pub billed_by: Vec<BilledBy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TotalPart {
    pub resource: ResourceId,
    pub name: String,
    /// The shares in which the account owned it, as fractions, in the order of time.
    pub shares: Vec<String>,
    pub allocated: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BilledBy {
    pub reference: String,
    /// In the sign of an invoice.
    pub billed: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TotalDocument {
    pub reference: String,
    /// What the sink calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub kind: DocumentKind,
    /// The original that it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    pub state: RemoteState,
    pub issue_date: Date,
    pub lines: u64,
    /// In the sign of an invoice: what a credit note gives back is negative.
    pub net: Money,
}

#[derive(Debug, Error)]
pub enum TotalError {
    #[error("sum the amounts")]
    Amount {
        #[from]
        source: MoneyError,
    },
    #[error("the document {reference} is over {net}, and its lines bill {lines}")]
    Document {
        reference: String,
        net: Money,
        lines: Money,
    },
    #[error("the resources of `{line}` add {resources}, and it comes to {rated}")]
    Resources {
        line: String,
        rated: Money,
        resources: Money,
    },
    #[error("the lines sum to {lines}, and the whole is {whole}")]
    Lines { lines: Money, whole: Money },
}

/// One total for each currency in which the account is rated or billed. Of the documents those count that stand.
pub fn totals(
    account: AccountId,
    charges: &[Charge],
    documents: &[Confirmed],
) -> Result<Vec<Total>, TotalError> {
    let charges: Vec<&Charge> = charges
        .iter()
        .filter(|charge| charge.key.account == account)
        .collect();
    let mut documents: Vec<&Confirmed> = documents
        .iter()
        .filter(|one| one.delivery.slot.account == account && one.state != RemoteState::Void)
        .collect();
    documents.sort_by(|a, b| {
        let key = |one: &Confirmed| {
            let slot = &one.delivery.slot;
            (slot.invoice_group.clone(), slot.part, slot.correction)
        };
        key(a).cmp(&key(b))
    });
    let rated = charges.iter().map(|charge| charge.net.currency());
    let billed = documents.iter().map(|one| one.delivery.net.currency());
    let currencies: BTreeSet<Currency> = rated.chain(billed).collect();
    let in_currency = |currency: Currency| {
        let charges = charges.iter().copied();
        let documents = documents.iter().copied();
        total(
            (account, currency),
            charges.filter(|one| one.net.currency() == currency),
            documents.filter(|one| one.delivery.net.currency() == currency),
        )
    };
    currencies.into_iter().map(in_currency).collect()
}

fn total<'a>(
    (account, currency): (AccountId, Currency),
    charges: impl Iterator<Item = &'a Charge>,
    documents: impl Iterator<Item = &'a Confirmed>,
) -> Result<Total, TotalError> {
    let charges: Vec<&Charge> = charges.collect();
    let documents: Vec<&Confirmed> = documents.collect();
    let rated = Money::sum(charges.iter().map(|charge| charge.net), currency)?;
    let charges: BTreeMap<&ChargeKey, &Charge> =
        charges.into_iter().map(|one| (&one.key, one)).collect();
    let told: Result<Vec<TotalDocument>, _> = documents.iter().map(|one| document(one)).collect();
    let told = told?;
    let billed = Money::sum(told.iter().map(|one| one.net), currency)?;
    let bills = bills(&documents)?;
    let mut lines = Vec::new();
    for (key, charge) in &charges {
        lines.push(rated_line(charge, rated, bills.get(*key))?);
    }
    for (key, bill) in bills.iter().filter(|(key, _)| !charges.contains_key(*key)) {
        lines.push(gone_line(key, bill, currency)?);
    }
    for (index, line) in lines.iter_mut().enumerate() {
        line.number = index + 1;
    }
    let sum = |of: fn(&TotalLine) -> Money| Money::sum(lines.iter().map(of), currency);
    for (lines, whole) in [
        (sum(|one| one.rated)?, rated),
        (sum(|one| one.billed)?, billed),
    ] {
        if lines != whole {
            return Err(TotalError::Lines { lines, whole });
        }
    }
    Ok(Total {
        account,
        rated,
        billed,
        open: rated.checked_sub(billed)?,
        lines,
        documents: told,
    })
}

/// A document says itself what it is over, beside its lines.
fn document(one: &Confirmed) -> Result<TotalDocument, TotalError> {
    let delivery = &one.delivery;
    let net = delivery.signed_net();
    let lines = Money::sum(
        delivery.lines.iter().map(|line| line.billed),
        net.currency(),
    )?;
    if lines != net {
        return Err(TotalError::Document {
            reference: delivery.reference.to_string(),
            net,
            lines,
        });
    }
    Ok(TotalDocument {
        reference: delivery.reference.to_string(),
        number: one.remote.number.clone(),
        kind: delivery.kind,
        corrects: delivery.corrects.as_ref().map(ToString::to_string),
        state: one.state,
        issue_date: delivery.issue_date,
        lines: delivery.lines.len() as u64,
        net,
    })
}

/// What is billed of a charge, by document.
#[derive(Debug)]
struct Bill<'a> {
    /// The first line of it: later ones say what they correct.
    line: &'a Line,
    billed: Money,
    by: Vec<BilledBy>,
}

fn bills<'a>(documents: &[&'a Confirmed]) -> Result<BTreeMap<&'a ChargeKey, Bill<'a>>, MoneyError> {
    let mut bills: BTreeMap<&ChargeKey, Bill<'_>> = BTreeMap::new();
    for document in documents {
        let reference = &document.delivery.reference;
        for line in &document.delivery.lines {
            let bill = bills.entry(&line.charge).or_insert_with(|| Bill {
                line,
                billed: Money::zero(line.billed.currency()),
                by: Vec::new(),
            });
            bill.billed = bill.billed.checked_add(line.billed)?;
            match bill.by.last_mut() {
                Some(last) if last.reference == reference.0 => {
                    last.billed = last.billed.checked_add(line.billed)?;
                }
                _ => bill.by.push(BilledBy {
                    reference: reference.to_string(),
                    billed: line.billed,
                }),
            }
        }
    }
    Ok(bills)
}

fn rated_line(
    charge: &Charge,
    rated: Money,
    bill: Option<&Bill<'_>>,
) -> Result<TotalLine, TotalError> {
    let zero = Money::zero(charge.net.currency());
    let billed = bill.map_or(zero, |bill| bill.billed);
    Ok(TotalLine {
        number: 0,
        sort: sort(charge),
        charge: charge.key.clone(),
        description: charge.description.clone(),
        first_day: charge.first_day,
        last_day: charge.last_day,
        rated: charge.net,
        billed,
        open: charge.net.checked_sub(billed)?,
        percent: percent_of(charge.net, rated),
        resources: resources(charge)?,
        billed_by: bill.map_or_else(Vec::new, |bill| bill.by.clone()),
    })
}

fn gone_line(
    key: &ChargeKey,
    bill: &Bill<'_>,
    currency: Currency,
) -> Result<TotalLine, TotalError> {
    Ok(TotalLine {
        number: 0,
        sort: LineSort::NoLongerRated,
        charge: key.clone(),
        description: plain_description(bill.line).to_owned(),
        first_day: bill.line.first_day,
        last_day: bill.line.last_day,
        rated: Money::zero(currency),
        billed: bill.billed,
        open: bill.billed.checked_neg()?,
        percent: None,
        resources: Vec::new(),
        billed_by: bill.by.clone(),
    })
}

pub(super) fn sort(charge: &Charge) -> LineSort {
    let explanation = &charge.explanation;
    if is_opening(&charge.key) {
        LineSort::Opening
    } else if explanation.commitment.is_some() {
        LineSort::Commitment
    } else if !explanation.manual.is_empty() {
        LineSort::Manual
    } else if charge.contributions.is_empty() && explanation.model == "percentage" {
        LineSort::Percentage
    } else {
        LineSort::Resources
    }
}

fn resources(charge: &Charge) -> Result<Vec<TotalPart>, TotalError> {
    let zero = Money::zero(charge.net.currency());
    let mut parts: BTreeMap<ResourceId, TotalPart> = BTreeMap::new();
    let mut sum = zero;
    for one in &charge.contributions {
        let part = parts.entry(one.resource).or_insert_with(|| TotalPart {
            resource: one.resource,
            name: one.name.clone(),
            shares: Vec::new(),
            allocated: zero,
        });
        if part.shares.last() != Some(&one.share) {
            part.shares.push(one.share.clone());
        }
        part.allocated = part.allocated.checked_add(one.allocated)?;
        sum = sum.checked_add(one.allocated)?;
    }
    if !parts.is_empty() && sum != charge.net {
        return Err(TotalError::Resources {
            line: charge.description.clone(),
            rated: charge.net,
            resources: sum,
        });
    }
    let mut parts: Vec<TotalPart> = parts.into_values().collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.allocated.minor().unsigned_abs()));
    Ok(parts)
}
