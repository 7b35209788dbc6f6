//! A sink that holds what it was sent, for the tests of this and of reconcile.

use super::{ObservedDocument, ObservedLine};
use crate::decimal::Decimal;
use crate::document::Delivery;
use crate::money::Money;
use crate::plan::RemoteState;

pub(crate) fn observed(delivery: &Delivery) -> ObservedDocument {
    let amount = |money: Money| -> Decimal { money.amount().parse().unwrap() };
    ObservedDocument {
        id: format!("remote {}", delivery.reference),
        number: None,
        url: None,
        version: None,
        reference: Some(delivery.reference.clone()),
        content_digest: None,
        kind: delivery.kind,
        state: RemoteState::Posted,
        customer: delivery.buyer.remote_id.clone(),
        currency: delivery.slot.currency,
        issue_date: Some(delivery.issue_date),
        net: amount(delivery.net),
        lines: delivery
            .lines
            .iter()
            .map(|line| ObservedLine {
                id: format!("remote {}", line.id),
                line: None,
                description: line.description.clone(),
                quantity: Some(line.quantity),
                unit_price: Some(line.unit_price),
                net: amount(line.net),
            })
            .collect(),
        changed: None,
    }
}
