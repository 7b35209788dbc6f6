//! In which order the deliveries of an account go out, and which of them have to wait: a document is credited no more than is
//! left of it at that moment, whatever month the credit is of.

use std::collections::BTreeMap;

use super::input::{PlanInput, RemoteState};
use super::notice;
use super::output::{PlannedAction, PlannedDelivery};
use super::rooms::{Rooms, billed};
use crate::document::{Delivery, Reference};
use crate::finding::Finding;

/// The deliveries in their order, and what is told of those that are taken out.
pub(super) fn in_order(
    input: &PlanInput,
    deliveries: Vec<PlannedDelivery>,
) -> (Vec<PlannedDelivery>, Vec<Finding>) {
    let posted = input.confirmed.iter();
    let posted = posted.filter(|one| one.state == RemoteState::Posted);
    let posted: Vec<&Delivery> = posted.map(|one| &one.delivery).collect();
    let rooms = Rooms::of(&posted);
    let deliveries = additions_first(deliveries, &rooms);
    hold_back(input, deliveries, rooms)
}

/// What adds to a document comes before what is taken off it for another month: within one the order is that of its documents.
fn additions_first(deliveries: Vec<PlannedDelivery>, rooms: &Rooms<'_>) -> Vec<PlannedDelivery> {
    let mut credits: BTreeMap<usize, usize> = BTreeMap::new();
    let mut moved: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, planned) in deliveries.iter().enumerate() {
        let Some(named) = rooms.named_by(&planned.delivery) else {
            continue;
        };
        let root = rooms.root(named);
        let month = |one: &PlannedDelivery| one.delivery.slot.billing_period.clone();
        if planned.action == PlannedAction::Nothing {
            continue;
        }
        let difference = planned.amount.difference;
        if difference.is_negative() {
            credits.entry(root).or_insert(position);
        } else if let Some(&credit) = credits.get(&root)
            && !difference.is_zero()
            && month(planned) != month(&deliveries[credit])
        {
            moved.entry(credit).or_default().push(position);
        }
    }
    if moved.is_empty() {
        return deliveries;
    }
    let mut rest: Vec<Option<PlannedDelivery>> = deliveries.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(rest.len());
    for position in 0..rest.len() {
        for addition in moved.remove(&position).unwrap_or_default() {
            ordered.extend(rest[addition].take());
        }
        ordered.extend(rest[position].take());
    }
    ordered
}

/// Credits that what they name has no room for, once all that comes before them is sent, are taken out and told.
fn hold_back(
    input: &PlanInput,
    deliveries: Vec<PlannedDelivery>,
    mut rooms: Rooms<'_>,
) -> (Vec<PlannedDelivery>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut kept = Vec::with_capacity(deliveries.len());
    let drafts = input.confirmed.iter();
    let drafts = drafts.filter(|one| one.state == RemoteState::Draft);
    let mut drafts: BTreeMap<&Reference, &Delivery> = drafts
        .map(|one| (&one.delivery.reference, &one.delivery))
        .collect();
    for draft in drafts.values() {
        if let Some(named) = rooms.named_by(draft) {
            rooms.change(named, billed(draft));
        }
    }
    for planned in deliveries {
        let named = rooms.named_by(&planned.delivery);
        let now = planned.amount.now;
        let left = named.map(|named| rooms.left(named));
        let is_new_credit = planned.action == PlannedAction::Create && now.is_negative();
        let beyond = left.filter(|left| is_new_credit && left + i128::from(now.minor()) < 0);
        if let Some(left) = beyond {
            findings.push(notice::waits_for_room(input, &planned, left));
            continue;
        }
        let draft = drafts.remove(&planned.delivery.reference);
        // A draft may have named another document until now.
        if let Some(draft) = draft
            && let Some(named) = rooms.named_by(draft)
        {
            rooms.change(named, -billed(draft));
        }
        let is_open = draft.is_some() || planned.action != PlannedAction::Nothing;
        if let Some(named) = named.filter(|_| is_open) {
            rooms.change(named, i128::from(now.minor()));
        }
        kept.push(planned);
    }
    (kept, findings)
}
