//! In which order the deliveries of an account go out, and which of them have to wait: a document is credited no more than is
//! left of it at that moment, whatever month the credit is of.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{PlanInput, RemoteState};
use super::notice;
use super::output::{PlannedAction, PlannedDelivery};
use crate::document::{Delivery, Reference};
use crate::finding::Finding;

/// What adds to a document comes before what is taken off it for another month: within one the order is that of its documents.
pub(super) fn additions_first(deliveries: Vec<PlannedDelivery>) -> Vec<PlannedDelivery> {
    let mut credits: BTreeMap<&Reference, usize> = BTreeMap::new();
    let mut moved: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, planned) in deliveries.iter().enumerate() {
        let Some(named) = &planned.delivery.corrects else {
            continue;
        };
        let month = |one: &PlannedDelivery| one.delivery.slot.billing_period.clone();
        if planned.action == PlannedAction::Nothing {
            continue;
        }
        let difference = planned.amount.difference;
        if difference.is_negative() {
            credits.entry(named).or_insert(position);
        } else if let Some(&credit) = credits.get(named)
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

/// Credits that what they name has no room for, once all that comes before them is sent, are taken out and told. Those of its own
/// month are planned so that they fit; others may have been taken off it since.
pub(super) fn hold_back(
    input: &PlanInput,
    deliveries: Vec<PlannedDelivery>,
) -> (Vec<PlannedDelivery>, Vec<Finding>) {
    let mut rooms = Rooms::of(input, &deliveries);
    let mut kept: Vec<PlannedDelivery> = Vec::with_capacity(deliveries.len());
    let mut findings = Vec::new();
    for planned in deliveries {
        if let Some(room) = rooms.beyond(&planned) {
            findings.push(notice::waits_for_room(input, &planned, room));
        } else {
            rooms.take(&planned);
            kept.push(planned);
        }
    }
    (kept, findings)
}

/// What is left of each document that a plan corrects, in minor units, as the plan goes on.
struct Rooms {
    rooms: BTreeMap<Reference, Room>,
}

struct Room {
    left: i128,
    /// Documents of other months name it too.
    is_shared: bool,
}

impl Rooms {
    fn of(input: &PlanInput, deliveries: &[PlannedDelivery]) -> Self {
        let corrected: BTreeSet<&Reference> = deliveries
            .iter()
            .filter_map(|planned| planned.delivery.corrects.as_ref())
            .collect();
        let live = input.confirmed.iter();
        let live = live.filter(|one| one.state != RemoteState::Void);
        let live: Vec<&Delivery> = live.map(|one| &one.delivery).collect();
        let mut months: BTreeMap<&Reference, &str> = BTreeMap::new();
        let mut rooms = BTreeMap::new();
        for one in &live {
            if corrected.contains(&one.reference) {
                months.insert(&one.reference, &one.slot.billing_period);
                let left = billed(one);
                let room = Room {
                    left,
                    is_shared: false,
                };
                rooms.insert(one.reference.clone(), room);
            }
        }
        let planned = deliveries.iter().map(|planned| &planned.delivery);
        for one in live.iter().copied().chain(planned) {
            let named = one.corrects.as_ref();
            if let Some((named, room)) =
                named.and_then(|named| Some((named, rooms.get_mut(named)?)))
            {
                room.is_shared |= months.get(named) != Some(&one.slot.billing_period.as_str());
            }
        }
        for one in live {
            let named = one.corrects.as_ref();
            if let Some(room) = named.and_then(|named| rooms.get_mut(named)) {
                room.left += billed(one);
            }
        }
        Self { rooms }
    }

    fn room(&self, planned: &PlannedDelivery) -> Option<&Room> {
        let named = planned.delivery.corrects.as_ref()?;
        self.rooms.get(named)
    }

    /// What is left, where a new credit is more than that.
    fn beyond(&self, planned: &PlannedDelivery) -> Option<i128> {
        let room = self.room(planned).filter(|room| room.is_shared)?;
        let is_credit = planned.action == PlannedAction::Create && planned.amount.now.is_negative();
        let after = room.left + i128::from(planned.amount.now.minor());
        (is_credit && after < 0).then_some(room.left)
    }

    fn take(&mut self, planned: &PlannedDelivery) {
        let named = planned.delivery.corrects.as_ref();
        if let Some(room) = named.and_then(|named| self.rooms.get_mut(named)) {
            room.left += i128::from(planned.amount.difference.minor());
        }
    }
}

fn billed(delivery: &Delivery) -> i128 {
    let lines = delivery.lines.iter();
    lines.map(|line| i128::from(line.billed.minor())).sum()
}
