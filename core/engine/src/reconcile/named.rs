//! Which documents a person means by reference or by number, what is told of each, and when each was sent.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Reference;
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::session::Wired;

/// A document that counts as void from now on or, where that is retracted, as billed again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AcceptedVoid {
    pub sink: String,
    pub reference: String,
    /// The remote's number of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub account: String,
    pub billing_period: String,
    /// What it billed, in the sign of an invoice.
    pub amount: Money,
    pub by: String,
    pub reason: String,
}

impl AcceptedVoid {
    pub(super) fn of(
        newest: &Counterfoil,
        (wired, sink): (&Wired<'_>, &str),
        (by, reason): (&str, &str),
    ) -> Result<Self, MoneyError> {
        let delivery = &newest.delivery;
        let billed = delivery.lines.iter().map(|line| line.billed);
        Ok(Self {
            sink: sink.to_owned(),
            reference: delivery.reference.to_string(),
            number: newest.remote.number.clone(),
            account: wired.known.key_of(delivery).to_string(),
            billing_period: delivery.slot.billing_period.clone(),
            amount: Money::sum(billed, delivery.slot.currency)?,
            by: by.to_owned(),
            reason: reason.to_owned(),
        })
    }
}

/// The newest counterfoil of each document of a sink that is meant by a reference or by the sink's number; these are left
/// out of what is still to be found. One may be named twice.
pub(super) fn named<'c>(
    counterfoils: &'c [Counterfoil],
    left: &mut BTreeSet<&str>,
) -> Vec<&'c Counterfoil> {
    let mut own: Vec<&Counterfoil> = Vec::new();
    left.retain(|wanted| {
        let of_it = counterfoils.iter().rfind(|one| {
            one.delivery.reference.0 == *wanted || one.remote.number.as_deref() == Some(*wanted)
        });
        let Some(meant) = of_it.map(|one| &one.delivery.reference) else {
            return true;
        };
        let newest = counterfoils
            .iter()
            .rfind(|one| one.delivery.reference == *meant);
        let is_new = own.iter().all(|known| known.delivery.reference != *meant);
        own.extend(newest.filter(|_| is_new));
        false
    });
    own
}

/// When each document was sent last: from then on the sink may take its time to show it. Where no sending was recorded it is
/// when anything was.
pub(super) fn sent_at(counterfoils: &[Counterfoil]) -> BTreeMap<&Reference, Instant> {
    let mut sent = BTreeMap::new();
    for counterfoil in counterfoils {
        let reference = &counterfoil.delivery.reference;
        if counterfoil.action.is_sent() {
            sent.insert(reference, counterfoil.confirmed);
        } else {
            sent.entry(reference).or_insert(counterfoil.confirmed);
        }
    }
    sent
}
