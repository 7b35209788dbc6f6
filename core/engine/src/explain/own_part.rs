//! What of a charge that was rated again is one line's, where several lines have a part of it: tiers, discounts, a minimum.

use std::collections::BTreeMap;

use counterfoil_model::charge::{ChargeKey, PricedPart};
use counterfoil_model::decimal::Rational;
use counterfoil_model::document::{Delivery, DocumentKind, Line};
use counterfoil_model::money::{Money, MoneyError, round_to_total};
use counterfoil_model::plan::is_taken_back;

/// The lines of a document by the charge that they have a part of. What is taken back stands by itself: it is of the charge as
/// it was known for one earlier document, the same for all its lines.
pub(super) struct OwnParts<'a> {
    delivery: &'a Delivery,
    by_charge: BTreeMap<(&'a ChargeKey, bool), Vec<&'a Line>>,
    /// Of each line among those of its charge.
    positions: Vec<usize>,
}

impl<'a> OwnParts<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        let mut by_charge: BTreeMap<_, Vec<&Line>> = BTreeMap::new();
        let mut positions = Vec::with_capacity(delivery.lines.len());
        for line in &delivery.lines {
            let beside = by_charge.entry(charge_of(line)).or_default();
            positions.push(beside.len());
            beside.push(line);
        }
        Self {
            delivery,
            by_charge,
            positions,
        }
    }

    /// Those beside the line at the index.
    pub(super) fn beside(&self, index: usize) -> Lines<'_> {
        Lines {
            kind: self.delivery.kind,
            beside: &self.by_charge[&charge_of(&self.delivery.lines[index])],
            position: self.positions[index],
        }
    }
}

fn charge_of(line: &Line) -> (&ChargeKey, bool) {
    (&line.charge, is_taken_back(line))
}

/// The lines of a document that have a part of one charge as it was known at one time.
pub(super) struct Lines<'a> {
    kind: DocumentKind,
    beside: &'a [&'a Line],
    /// Which of them is asked for.
    position: usize,
}

impl Lines<'_> {
    /// The line's part of the charge in the sign of the document; `None` where it does not fit.
    ///
    /// Where the charge still comes to what its lines say, each has its own net; else the parts of the arithmetic, where
    /// there are as many; else the last line has what is more or less.
    pub(super) fn own_part(&self, charge: Money, parts: &[PricedPart]) -> Option<Money> {
        self.split(charge, parts).ok()
    }

    fn split(&self, charge: Money, parts: &[PricedPart]) -> Result<Money, MoneyError> {
        let charge = match self.kind {
            DocumentKind::Invoice => charge,
            DocumentKind::CreditNote => charge.checked_neg()?,
        };
        let own = self.beside[self.position].net;
        let nets = self.beside.iter().map(|line| line.net);
        let lines = Money::sum(nets, charge.currency())?;
        if lines == charge {
            return Ok(own);
        }
        if let Some(amounts) = rounded(charge, parts)
            && amounts.len() == self.beside.len()
        {
            return Ok(amounts[self.position]);
        }
        if self.position + 1 == self.beside.len() {
            own.checked_add(charge.checked_sub(lines)?)
        } else {
            Ok(own)
        }
    }
}

/// What the parts of the arithmetic come to as lines: those of nothing are none.
fn rounded(charge: Money, parts: &[PricedPart]) -> Option<Vec<Money>> {
    let exact = parts
        .iter()
        .map(|part| part.amount.parse::<Rational>().ok());
    let exact: Vec<Rational> = exact.collect::<Option<_>>()?;
    let minor: Rational = exact.iter().sum();
    // The parts are those of an invoice, the charge may be one that is taken back.
    let is_turned = (minor < Rational::default()) != (charge.minor() < 0);
    let total = if is_turned {
        charge.checked_neg().ok()?
    } else {
        charge
    };
    let amounts = round_to_total(total, &exact)?.into_iter();
    let amounts = amounts.filter(|amount| !amount.is_zero());
    let turn = |amount: Money| {
        if is_turned {
            amount.checked_neg().ok()
        } else {
            Some(amount)
        }
    };
    amounts.map(turn).collect()
}
