//! In which order the deliveries of an account go out, and which of them have to wait: a document is credited no more than is
//! left of it at that moment, whatever month the credit is of.

use std::collections::BTreeMap;

use super::family::FamilyKey;
use super::input::{Confirmed, PlanInput, RemoteState};
use super::output::{PlannedAction, PlannedDelivery};
use super::rooms::{Rooms, billed};
use super::{assign, notice};
use crate::document::{Delivery, Reference};
use crate::finding::Finding;
use crate::money::MoneyError;

/// The deliveries in their order, and what is told of those that are taken out.
pub(super) fn in_order(
    input: &PlanInput,
    deliveries: Vec<PlannedDelivery>,
) -> Result<(Vec<PlannedDelivery>, Vec<Finding>), MoneyError> {
    let posted = input.confirmed.iter();
    let posted = posted.filter(|one| one.state == RemoteState::Posted);
    let posted: Vec<&Delivery> = posted.map(|one| &one.delivery).collect();
    let rooms = Rooms::of(&posted);
    let deliveries = additions_first(deliveries, &rooms);
    hold_back(input, deliveries, rooms)
}

/// What adds to a document comes before what is taken off it for another family: within one the order is that of its documents.
fn additions_first(deliveries: Vec<PlannedDelivery>, rooms: &Rooms<'_>) -> Vec<PlannedDelivery> {
    let mut credits: BTreeMap<usize, usize> = BTreeMap::new();
    let mut moved: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, planned) in deliveries.iter().enumerate() {
        let Some(named) = rooms.named_by(&planned.delivery) else {
            continue;
        };
        let root = rooms.root(named);
        let family = |one: &PlannedDelivery| FamilyKey::of_slot(&one.delivery.slot);
        if planned.action == PlannedAction::Nothing {
            continue;
        }
        let difference = planned.amount.difference;
        if difference.is_negative() {
            credits.entry(root).or_insert(position);
        } else if let Some(&credit) = credits.get(&root)
            && !difference.is_zero()
            && family(planned) != family(&deliveries[credit])
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

/// Credits that what they name has no room for, once all that comes before them is sent, are taken out and told. A draft
/// that would become such a credit is withdrawn, where the sink can do that.
fn hold_back<'a>(
    input: &'a PlanInput,
    deliveries: Vec<PlannedDelivery>,
    rooms: Rooms<'a>,
) -> Result<(Vec<PlannedDelivery>, Vec<Finding>), MoneyError> {
    let mut findings = Vec::new();
    let mut kept = Vec::with_capacity(deliveries.len());
    let mut left = Left {
        with_drafts: rooms.clone(),
        posted: rooms,
    };
    let drafts = input.confirmed.iter();
    let drafts = drafts.filter(|one| one.state == RemoteState::Draft);
    let mut drafts: BTreeMap<&Reference, &Confirmed> =
        drafts.map(|one| (&one.delivery.reference, one)).collect();
    let mut reserved = reserved(&drafts, &deliveries, &left);
    for &(named, amount) in reserved.values() {
        left.add_draft(named, amount);
    }
    for planned in deliveries {
        let delivery = &planned.delivery;
        if let Some((named, amount)) = reserved.remove(&delivery.reference) {
            left.remove_draft(named, amount);
        }
        let draft = drafts.remove(&delivery.reference);
        let now = i128::from(planned.amount.now.minor());
        let may_wait = match planned.action {
            PlannedAction::Create => true,
            PlannedAction::Update => input.abilities.void,
            PlannedAction::Void | PlannedAction::Nothing => false,
        };
        let beyond = left.of(delivery).filter(|left| left + now < 0);
        if let Some(room) = beyond.filter(|_| may_wait && now < 0) {
            findings.push(notice::waits_for_room(input, &planned, room));
            if let Some(draft) = draft {
                kept.push(assign::withdrawn(draft)?);
            }
            continue;
        }
        if draft.is_some() || planned.action != PlannedAction::Nothing {
            left.add(&planned);
        }
        kept.push(planned);
    }
    Ok((kept, findings))
}

/// The place of what each draft names, and what it takes or adds. One that changes counts where it will, with the lesser of its
/// credits.
fn reserved<'a>(
    drafts: &BTreeMap<&'a Reference, &'a Confirmed>,
    deliveries: &[PlannedDelivery],
    left: &Left<'_>,
) -> BTreeMap<&'a Reference, (Option<usize>, i128)> {
    let named = |delivery: &Delivery| left.posted.named_by(delivery);
    let as_is = |draft: &Confirmed| (named(&draft.delivery), billed(&draft.delivery));
    let drafts = drafts.iter();
    let mut all: BTreeMap<_, _> = drafts
        .map(|(reference, draft)| (*reference, as_is(draft)))
        .collect();
    for planned in deliveries {
        let now = i128::from(planned.amount.now.minor());
        if let Some(draft) = all.get_mut(&planned.delivery.reference) {
            *draft = (named(&planned.delivery), now.max(draft.1));
        }
    }
    all
}

/// What is left of posted documents. What a draft takes off is gone already; what it adds is there for other drafts only.
struct Left<'a> {
    posted: Rooms<'a>,
    with_drafts: Rooms<'a>,
}

impl Left<'_> {
    /// Of what a delivery names.
    fn of(&self, delivery: &Delivery) -> Option<i128> {
        let rooms = if delivery.post {
            &self.posted
        } else {
            &self.with_drafts
        };
        rooms.named_by(delivery).map(|named| rooms.left(named))
    }

    fn add(&mut self, planned: &PlannedDelivery) {
        let amount = i128::from(planned.amount.now.minor());
        let named = self.posted.named_by(&planned.delivery);
        if planned.action == PlannedAction::Nothing || !planned.delivery.post {
            self.add_draft(named, amount);
        } else if let Some(named) = named {
            self.posted.change(named, amount);
            self.with_drafts.change(named, amount);
        }
    }

    fn add_draft(&mut self, named: Option<usize>, amount: i128) {
        if let Some(named) = named {
            self.posted.change(named, amount.min(0));
            self.with_drafts.change(named, amount);
        }
    }

    fn remove_draft(&mut self, named: Option<usize>, amount: i128) {
        if let Some(named) = named {
            self.posted.change(named, -amount.min(0));
            self.with_drafts.change(named, -amount);
        }
    }
}
