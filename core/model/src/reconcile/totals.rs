//! Money per currency: discovered, rated, sent, observed.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::ReconcileError;
use super::input::ReconcileInput;
use super::output::CurrencyTotals;
use crate::decimal::Rational;
use crate::document::DocumentKind;
use crate::effect::ObservedDocument;
use crate::money::{Currency, Money, MoneyError, Rounding, round_money};
use crate::plan::{Confirmed, RemoteState};

#[derive(Default)]
struct Sums {
    suspended: Option<Money>,
    rated: Option<Money>,
    sent: Option<Money>,
    to_send: Option<Money>,
    /// Exact: a sink may hold more decimals than the currency has.
    observed: Rational,
}

pub(super) fn totals(input: &ReconcileInput<'_>) -> Result<Vec<CurrencyTotals>, ReconcileError> {
    let mut sums: BTreeMap<Currency, Sums> = BTreeMap::new();
    let failed = |source| ReconcileError::Amount {
        subject: "the totals".to_owned(),
        source,
    };
    for amount in input.suspended {
        add(
            &mut sums.entry(amount.currency()).or_default().suspended,
            *amount,
        )
        .map_err(failed)?;
    }
    for charge in input.expected {
        let sums = sums.entry(charge.net.currency()).or_default();
        add(&mut sums.rated, charge.net).map_err(failed)?;
    }
    for sent in input.sent {
        let amount = sent_amount(&sent.confirmed)?;
        add(&mut sums.entry(amount.currency()).or_default().sent, amount).map_err(failed)?;
    }
    for planned in input.planned {
        let amount = planned.amount.difference;
        add(
            &mut sums.entry(amount.currency()).or_default().to_send,
            amount,
        )
        .map_err(failed)?;
    }
    let ours: std::collections::BTreeSet<_> = input
        .sent
        .iter()
        .map(|sent| &sent.confirmed.delivery.reference)
        .chain(input.open_effects.keys())
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for document in input.observed {
        let is_ours = document
            .reference
            .as_ref()
            .is_some_and(|it| ours.contains(it));
        if is_ours && document.state != RemoteState::Void && ids.insert(&document.id) {
            sums.entry(document.currency).or_default().observed += signed(document);
        }
    }
    let totals = sums
        .into_iter()
        .map(|(currency, sums)| total(currency, &sums));
    totals.collect::<Result<_, _>>().map_err(failed)
}

fn total(currency: Currency, sums: &Sums) -> Result<CurrencyTotals, MoneyError> {
    let zero = Money::zero(currency);
    let rated = sums.rated.unwrap_or(zero);
    let sent = sums.sent.unwrap_or(zero);
    let suspended = sums.suspended.unwrap_or(zero);
    Ok(CurrencyTotals {
        discovered: rated.checked_add(suspended)?,
        suspended,
        rated,
        sent,
        observed: round_money(&sums.observed, currency, Rounding::HalfUp)?,
        to_send: sums.to_send.unwrap_or(zero),
        balanced: rated == sent && sums.observed == sent.to_rational(),
    })
}

fn add(sum: &mut Option<Money>, amount: Money) -> Result<(), MoneyError> {
    *sum = Some(match sum {
        Some(sum) => sum.checked_add(amount)?,
        None => amount,
    });
    Ok(())
}

/// What a delivery bills, in the sign of an invoice; nothing once it is withdrawn.
pub(super) fn sent_amount(confirmed: &Confirmed) -> Result<Money, ReconcileError> {
    let delivery = &confirmed.delivery;
    let currency = delivery.slot.currency;
    if confirmed.state == RemoteState::Void {
        return Ok(Money::zero(currency));
    }
    Money::sum(delivery.lines.iter().map(|line| line.billed), currency).map_err(|source| {
        ReconcileError::Amount {
            subject: delivery.reference.to_string(),
            source,
        }
    })
}

/// In the sign of an invoice, rounded to the currency for people to read.
pub(super) fn observed_amount(document: &ObservedDocument) -> Result<Money, ReconcileError> {
    let amount = round_money(&signed(document), document.currency, Rounding::HalfUp);
    amount.map_err(|source| ReconcileError::Amount {
        subject: format!("remote document {}", document.id),
        source,
    })
}

fn signed(document: &ObservedDocument) -> Rational {
    let net = document.net.to_rational();
    match document.kind {
        DocumentKind::Invoice => net,
        DocumentKind::CreditNote => Rational::zero() - net,
    }
}
