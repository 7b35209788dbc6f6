//! In which order the deliveries of an account go out, and which of them have to wait: a document is credited no more than is
//! left of it at that moment, whatever month the credit is of.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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

/// Credits that what they name has no room for, once all that comes before them is sent, are taken out and told.
pub(super) fn hold_back(
    input: &PlanInput,
    deliveries: Vec<PlannedDelivery>,
) -> (Vec<PlannedDelivery>, Vec<Finding>) {
    let mut rooms = Rooms::of(input);
    let mut waits = vec![false; deliveries.len()];
    let mut findings = Vec::new();
    for (planned, waits) in deliveries.iter().zip(&mut waits) {
        if let Some(room) = rooms.beyond(planned) {
            findings.push(notice::waits_for_room(input, planned, room));
            *waits = true;
        } else {
            rooms.take(planned);
        }
    }
    let kept = deliveries.into_iter().zip(waits);
    let kept = kept.filter_map(|(planned, waits)| (!waits).then_some(planned));
    (kept.collect(), findings)
}

/// What is left of the documents that bill something, in minor units, as the plan goes on.
struct Rooms<'a> {
    left: BTreeMap<&'a Reference, i128>,
    /// By what they name.
    additions: BTreeMap<&'a Reference, Vec<&'a Reference>>,
}

impl<'a> Rooms<'a> {
    fn of(input: &'a PlanInput) -> Self {
        let live = input.confirmed.iter();
        let live = live.filter(|one| one.state != RemoteState::Void);
        let (credits, billing): (Vec<&Delivery>, Vec<&Delivery>) = live
            .map(|one| &one.delivery)
            .partition(|one| one.corrects.is_some() && billed(one) < 0);
        let mut rooms = Self {
            left: BTreeMap::new(),
            additions: BTreeMap::new(),
        };
        for one in billing {
            rooms.add(one, billed(one));
        }
        for one in credits {
            rooms.take_off(one, billed(one));
        }
        rooms
    }

    fn add(&mut self, delivery: &'a Delivery, amount: i128) {
        let known = self.left.entry(&delivery.reference);
        if let (Entry::Vacant(_), Some(named)) = (&known, &delivery.corrects) {
            let additions = self.additions.entry(named).or_default();
            additions.push(&delivery.reference);
        }
        *known.or_default() += amount;
    }

    fn take_off(&mut self, delivery: &'a Delivery, amount: i128) {
        let named = delivery.corrects.as_ref();
        if let Some(left) = named.and_then(|named| self.left.get_mut(named)) {
            *left += amount;
        }
    }

    /// Of a document with what was added to it.
    fn room(&self, named: &Reference) -> Option<i128> {
        let own = *self.left.get(named)?;
        let additions = self.additions.get(named).into_iter().flatten();
        let added: i128 = additions.map(|one| self.left[one].max(0)).sum();
        Some(own + added)
    }

    /// What is left, where a new credit is more than that.
    fn beyond(&self, planned: &PlannedDelivery) -> Option<i128> {
        let room = self.room(planned.delivery.corrects.as_ref()?)?;
        let is_credit = planned.action == PlannedAction::Create && planned.amount.now.is_negative();
        let after = room + i128::from(planned.amount.now.minor());
        (is_credit && after < 0).then_some(room)
    }

    fn take(&mut self, planned: &'a PlannedDelivery) {
        let difference = i128::from(planned.amount.difference.minor());
        if planned.amount.now.is_negative() {
            self.take_off(&planned.delivery, difference);
        } else {
            self.add(&planned.delivery, difference);
        }
    }
}

fn billed(delivery: &Delivery) -> i128 {
    let lines = delivery.lines.iter();
    lines.map(|line| i128::from(line.billed.minor())).sum()
}
