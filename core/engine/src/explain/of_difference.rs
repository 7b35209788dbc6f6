//! A line that is only what its charge comes to more or less by now: what was billed before, by which documents, and what is
//! rated now.

use std::collections::BTreeMap;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::{DocumentKind, Line, Reference};
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::plan::{Confirmed, PlannedDelivery, RemoteState, is_difference};
use schemars::JsonSchema;
use serde::Serialize;

use super::ExplainError;
use super::made_with::plan_of;
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// What was billed of a charge, and what it comes to by now, in the sign of an invoice.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DifferenceOfLine {
    pub billed_before: Money,
    pub billed_by: Vec<BilledPart>,
    /// Nothing where no fact leads to the charge any more.
    pub rated_now: Money,
    pub difference: Money,
    /// Parts of the difference that other documents of the same plan have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<BilledPart>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BilledPart {
    /// The number that the sink gave the document, or else its reference.
    pub document: String,
    pub billed: Money,
}

/// What stood when a document was planned, and what its plan sent beside it.
pub(super) struct Differences {
    before: Vec<Confirmed>,
    beside: Vec<PlannedDelivery>,
    numbers: BTreeMap<Reference, String>,
}

impl Differences {
    /// `None` where no line that is asked for is a difference. The others are all of the sink.
    pub(super) async fn of(
        (session, wired, terms): (&Session, &Wired<'_>, &Versions),
        counterfoil: &Counterfoil,
        others: &[Counterfoil],
        asked: &[usize],
    ) -> Result<Option<Self>, ExplainError> {
        let lines = &counterfoil.delivery.lines;
        if !asked.iter().any(|&index| is_difference(&lines[index])) {
            return Ok(None);
        }
        let own = &counterfoil.delivery;
        let is_own = |one: &&Counterfoil| one.delivery.reference == own.reference;
        let sent = others.iter().filter(is_own).chain([counterfoil]);
        let sent = sent.filter(|one| one.action.is_sent());
        let sent = sent.map(|one| one.number).max();
        let sent = sent.unwrap_or(counterfoil.number);
        let plan = plan_of(session, counterfoil).await?.plan;
        let mut beside: Vec<PlannedDelivery> = plan
            .effects()
            .filter(|one| {
                let slot = &one.delivery.slot;
                slot.account == own.slot.account
                    && slot.billing_period == own.slot.billing_period
                    && one.delivery.reference != own.reference
            })
            .cloned()
            .collect();
        let of_family = others.iter().filter(|one| {
            let slot = &one.delivery.slot;
            slot.account == own.slot.account && slot.billing_period == own.slot.billing_period
        });
        let numbers = of_family.clone().filter_map(|one| {
            let number = one.remote.number.clone()?;
            Some((one.delivery.reference.clone(), number))
        });
        let numbers = numbers.collect();
        let before = of_family.filter(|one| {
            one.number < sent
                && one.delivery.reference != own.reference
                && one.delivery.slot.currency == own.slot.currency
                && !beside
                    .iter()
                    .any(|other| other.delivery.reference == one.delivery.reference)
        });
        let mut before = Confirmed::latest(before);
        before.retain(|one| one.state != RemoteState::Void);
        before.sort_by(|a, b| a.delivery.slot.cmp(&b.delivery.slot));
        for planned in &mut beside {
            terms.read_all(wired, &mut planned.delivery);
        }
        Ok(Some(Self {
            before,
            beside,
            numbers,
        }))
    }

    /// Of a line, with what its charge comes to now; `None` where it is no difference.
    pub(super) fn of_line(&self, line: &Line, rated: Option<Money>) -> Option<DifferenceOfLine> {
        if !is_difference(line) {
            return None;
        }
        let before = self.before.iter();
        let before = before.map(|one| (&one.delivery.reference, &one.delivery.lines));
        let beside = self.beside.iter();
        let beside = beside.map(|one| (&one.delivery.reference, &one.delivery.lines));
        self.summed(line, rated, (before, beside)).ok()
    }

    fn summed<'a>(
        &self,
        line: &Line,
        rated: Option<Money>,
        (before, beside): (
            impl Iterator<Item = (&'a Reference, &'a Vec<Line>)>,
            impl Iterator<Item = (&'a Reference, &'a Vec<Line>)>,
        ),
    ) -> Result<DifferenceOfLine, MoneyError> {
        let currency = line.billed.currency();
        let billed_by = self.parts(&line.charge, line.billed, before)?;
        let billed_before = Money::sum(billed_by.iter().map(|one| one.billed), currency)?;
        let rated_now = rated.unwrap_or(Money::zero(currency));
        Ok(DifferenceOfLine {
            billed_before,
            difference: rated_now.checked_sub(billed_before)?,
            billed_by,
            rated_now,
            elsewhere: self.parts(&line.charge, line.billed, beside)?,
        })
    }

    /// What each document bills of a charge, where it does.
    fn parts<'a>(
        &self,
        charge: &ChargeKey,
        like: Money,
        documents: impl Iterator<Item = (&'a Reference, &'a Vec<Line>)>,
    ) -> Result<Vec<BilledPart>, MoneyError> {
        let mut parts = Vec::new();
        for (reference, lines) in documents {
            let own = lines.iter().filter(|line| line.charge == *charge);
            let billed = Money::sum(own.map(|line| line.billed), like.currency())?;
            if !billed.is_zero() {
                let number = self.numbers.get(reference);
                parts.push(BilledPart {
                    document: number.map_or_else(|| reference.to_string(), Clone::clone),
                    billed,
                });
            }
        }
        Ok(parts)
    }
}

impl DifferenceOfLine {
    /// The line's part of the difference as it would be now, in the sign of the document.
    pub(super) fn own_part(&self, kind: DocumentKind) -> Option<Money> {
        let elsewhere = self.elsewhere.iter().map(|one| one.billed);
        let elsewhere = Money::sum(elsewhere, self.difference.currency()).ok()?;
        let own = self.difference.checked_sub(elsewhere).ok()?;
        match kind {
            DocumentKind::Invoice => Some(own),
            DocumentKind::CreditNote => own.checked_neg().ok(),
        }
    }
}
