//! What is given back of charge periods that were billed in advance: credited to the documents that billed them.
//!
//! Never a line of a later invoice: that would take money off a document that did not bill it, so that what it did bill could not
//! be credited any more, and with the VAT of today. The credits stand in a part of their own of the month in which it changed,
//! and name documents of earlier months.

mod moved;

use std::collections::{BTreeMap, BTreeSet};

use self::moved::{lessened, moved};
use super::Abilities;
use super::advances::Advances;
use super::chain::Chain;
use super::correction::{Change, Corrections, Words, kind_of};
use super::credit::use_up_additions;
use super::family::Family;
use super::input::{Confirmed, PlanInput};
use super::lines::Bundle;
use super::restated::come_to_nothing;
use super::wanted::{Corrected, Obstacle, Wanted, carried, split_by_lines, uncarried};
use crate::charge::{Charge, ChargeKey};
use crate::document::Reference;
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::money::Money;

/// What an advance and all that changes in it have in common.
pub(super) type Advance<'a> = (
    AccountId,
    &'a AgreementKey,
    &'a ItemKey,
    &'a str,
    &'a BTreeMap<String, String>,
);

pub(super) fn advance_of(key: &ChargeKey) -> Advance<'_> {
    (
        key.account,
        &key.agreement,
        &key.item,
        &key.billing_period,
        &key.dimensions,
    )
}

/// Less of what was billed in advance.
pub(super) fn is_given_back(charge: &Charge) -> bool {
    charge.key.since.is_some() && charge.net.is_negative()
}

/// A posted document and what is left of it after the credits that name it, in minor units.
struct Room<'a> {
    document: &'a Confirmed,
    left: i64,
    advances: BTreeMap<Advance<'a>, i64>,
}

/// What a document has to do with an advance that is given back.
#[derive(Debug, Clone, Copy)]
enum Nearness {
    /// What it billed of the advance itself.
    OfAdvance,
    /// All that it billed, the advance among it.
    WithAdvance,
    /// All that it billed, something of the same charge period among it, in the month of the advance.
    OfChargePeriod,
}

/// The posted documents of a sink that bill in advance, in their order.
pub(super) struct Rooms<'a, 'p> {
    rooms: Vec<Room<'a>>,
    advances: &'p Advances<'a>,
}

impl<'a, 'p> Rooms<'a, 'p> {
    /// Those of the account of a family, in its currency.
    pub(super) fn of(advances: &'p Advances<'a>, family: &Family<'_>) -> Self {
        let posted = advances.documents(family.key.account, family.key.currency);
        let mut rooms: Vec<Room<'a>> = Vec::new();
        let mut credits = Vec::new();
        for &document in posted {
            let room = Room::of(document);
            if room.left > 0 || document.delivery.corrects.is_none() {
                rooms.push(room);
            } else {
                credits.push(room);
            }
        }
        for credit in credits {
            let named = credit.document.delivery.corrects.as_ref();
            let named = rooms
                .iter_mut()
                .find(|room| Some(&room.document.delivery.reference) == named);
            if let Some(room) = named {
                room.left = room.left.saturating_add(credit.left);
                for (advance, amount) in credit.advances {
                    room.add(advance, amount);
                }
            }
        }
        let documents: Vec<&Confirmed> = rooms.iter().map(|room| room.document).collect();
        let mut left: Vec<i64> = rooms.iter().map(|room| room.left).collect();
        use_up_additions(&documents, &mut left);
        for (room, left) in rooms.iter_mut().zip(left) {
            room.left = left;
        }
        for (key, month, less) in lessened(advances, posted) {
            let billing = |room: &&mut Room<'a>| {
                let mut lines = room.document.delivery.lines.iter();
                let bills = lines.any(|line| line.charge == *key && !line.billed.is_negative());
                bills && room.month() == month
            };
            if let Some(room) = rooms.iter_mut().rev().find(billing) {
                room.left = room.left.saturating_sub(less);
                room.add(advance_of(key), less.saturating_neg());
            }
        }
        Self { rooms, advances }
    }

    /// Did a posted document bill it, whatever it was called?
    pub(super) fn have(&self, advance: Advance<'a>) -> bool {
        self.first(advance).is_some()
    }

    /// The month whose documents billed it.
    fn month(&self, advance: Advance<'a>) -> Option<&'a str> {
        let mut rooms = self.rooms.iter();
        let billed = rooms.find(|room| room.advances.contains_key(&advance));
        let month = billed.map(Room::month);
        month.or_else(|| self.advances.restated_in(advance))
    }

    /// Takes an amount off, the latest document first: first what it billed of the advance, then what it billed at all. Where the
    /// advance went by another name when it was billed, what billed the same charge period has it; the first has what is left then.
    fn take(&mut self, advance: Advance<'a>, amount: i64) -> Vec<(&'a Confirmed, i64)> {
        let month = self.month(advance);
        let mut rest = amount;
        let mut taken: BTreeMap<usize, i64> = BTreeMap::new();
        for nearness in [
            Nearness::OfAdvance,
            Nearness::WithAdvance,
            Nearness::OfChargePeriod,
        ] {
            for (position, room) in self.rooms.iter_mut().enumerate().rev() {
                let part = rest.min(room.most(advance, nearness, month));
                if part > 0 {
                    rest -= part;
                    room.left -= part;
                    room.add(advance, -part);
                    *taken.entry(position).or_default() += part;
                }
            }
        }
        if let Some(first) = self.first(advance).filter(|_| rest > 0) {
            *taken.entry(first).or_default() += rest;
        }
        let latest_first = taken.into_iter().rev();
        latest_first
            .map(|(position, amount)| (self.rooms[position].document, amount))
            .collect()
    }

    /// The first that billed it, else the first of the month that billed it under another name.
    fn first(&self, advance: Advance<'a>) -> Option<usize> {
        let has = |room: &Room<'a>| room.advances.contains_key(&advance);
        let position = self.rooms.iter().position(has);
        let month = self.month(advance);
        position.or_else(|| {
            self.rooms
                .iter()
                .position(|room| room.bills_of(advance, month))
        })
    }

    /// How much more was taken off a document than is left for others to take.
    fn beyond(&self, reference: &Reference) -> i64 {
        let mut rooms = self.rooms.iter();
        let room = rooms.find(|room| room.document.delivery.reference == *reference);
        room.map_or(0, |room| room.left.saturating_neg().max(0))
    }

    /// What others have room for of an advance.
    fn free(&self, advance: Advance<'a>) -> i64 {
        let rooms = self.rooms.iter();
        let billing = rooms.filter(|room| room.advances.contains_key(&advance));
        billing.fold(0, |sum, room| sum.saturating_add(room.left.max(0)))
    }

    fn give(&mut self, document: &Confirmed, amount: i64) {
        let reference = &document.delivery.reference;
        let mut rooms = self.rooms.iter_mut();
        if let Some(room) = rooms.find(|room| room.document.delivery.reference == *reference) {
            room.left = room.left.saturating_add(amount);
        }
    }

    fn named(&self, reference: Option<&Reference>) -> Option<&'a Confirmed> {
        let mut documents = self.rooms.iter().map(|room| room.document);
        documents.find(|one| Some(&one.delivery.reference) == reference)
    }
}

impl<'a> Room<'a> {
    fn of(document: &'a Confirmed) -> Self {
        let mut room = Self {
            document,
            left: 0,
            advances: BTreeMap::new(),
        };
        for line in &document.delivery.lines {
            room.left = room.left.saturating_add(line.billed.minor());
            room.add(advance_of(&line.charge), line.billed.minor());
        }
        room
    }

    fn month(&self) -> &'a str {
        &self.document.delivery.slot.billing_period
    }

    /// Something of the same charge period, in the month that billed the advance.
    fn bills_of(&self, (_, _, _, charge_period, _): Advance<'_>, month: Option<&str>) -> bool {
        let mut advances = self.advances.keys();
        month == Some(self.month()) && advances.any(|(_, _, _, period, _)| *period == charge_period)
    }

    fn most(&self, advance: Advance<'a>, nearness: Nearness, month: Option<&str>) -> i64 {
        let billed = self.advances.get(&advance).copied();
        match nearness {
            Nearness::OfAdvance => self.left.min(billed.unwrap_or(0)),
            Nearness::WithAdvance if billed.is_some() => self.left,
            Nearness::OfChargePeriod if self.bills_of(advance, month) => self.left,
            Nearness::WithAdvance | Nearness::OfChargePeriod => 0,
        }
    }

    fn add(&mut self, advance: Advance<'a>, amount: i64) {
        let sum = self.advances.entry(advance).or_default();
        *sum = sum.saturating_add(amount);
    }
}

/// The document that it names, whether its lines are negative, and its lines.
type Credit<'a> = (&'a Confirmed, bool, Vec<Bundle>);

/// The documents of the part that gives back: rated now minus posted, per advance. Nothing is charged again while what takes its
/// place waits.
pub(super) fn given_back<'a>(
    (part, chain): (u32, &Chain<'a>),
    (targets, waiting): (&BTreeMap<&'a ChargeKey, &'a Charge>, &[&Charge]),
    mut rooms: Rooms<'a, '_>,
    input: &PlanInput,
) -> Result<Corrections, Obstacle> {
    let abilities = &input.abilities;
    let net_posted = chain.net_posted()?;
    let mut advances: BTreeMap<Advance<'a>, Vec<Change<'a>>> = BTreeMap::new();
    let words = Words::of(targets, input);
    let keys: BTreeSet<_> = net_posted.keys().chain(targets.keys()).collect();
    for &key in keys {
        let change = Change {
            key,
            posted: net_posted.get(key).copied(),
            target: targets.get(key).copied(),
            words: words.of_key(key),
        };
        let mut replacing = waiting.iter().map(|charge| &charge.key.billing_period);
        let is_replaced =
            change.target.is_none() && replacing.any(|one| *one == key.billing_period);
        if change.is_needed() && !is_replaced {
            advances.entry(advance_of(key)).or_default().push(change);
        }
    }
    let mut parts = Vec::new();
    for (advance, changes) in advances {
        for (document, bundle) in by_document(chain, (advance, &changes), &mut rooms, abilities)? {
            parts.push((advance, document, bundle));
        }
    }
    if waiting.is_empty() {
        parts.extend(moved(chain, (&net_posted, targets), &mut rooms, input)?);
    }
    let mut documents: Vec<Credit<'_>> = Vec::new();
    for (advance, document, mut bundle) in parts {
        tax_as_billed(document, advance, &mut bundle);
        // Where no line may be negative, what is added is a document of its own.
        let sign = !abilities.negative_lines && bundle.has_negative_line();
        let same = |(other, of_sign, _): &&mut Credit<'_>| {
            other.delivery.reference == document.delivery.reference && *of_sign == sign
        };
        match documents.iter_mut().find(same) {
            Some((_, _, bundles)) => bundles.push(bundle),
            None => documents.push((document, sign, vec![bundle])),
        }
    }
    let mut wanted = Vec::new();
    let mut restated = 0;
    for (document, _, bundles) in documents {
        if come_to_nothing(&bundles)? {
            restated += bundles.len();
            continue;
        }
        for bundles in split_by_lines(bundles, abilities) {
            wanted.push(Wanted {
                part,
                parts: part,
                kind: kind_of(&bundles, abilities)?,
                corrects: Some(Corrected::naming(document)),
                bundles,
            });
        }
    }
    Ok(Corrections {
        documents: wanted,
        restated,
    })
}

/// The VAT of what is given back is that of what was billed, whatever the terms of the buyer are by now.
fn tax_as_billed(document: &Confirmed, advance: Advance<'_>, bundle: &mut Bundle) {
    let lines = || document.delivery.lines.iter();
    let (_, _, item, charge_period, _) = advance;
    let own = lines().find(|line| advance_of(&line.charge) == advance);
    let of_period = || lines().find(|line| line.charge.billing_period == charge_period);
    let of_item = || lines().find(|line| line.charge.item == *item);
    if let Some(billed) = own.or_else(of_item).or_else(of_period) {
        for line in &mut bundle.lines {
            line.tax_category.clone_from(&billed.tax_category);
        }
    }
}

/// The changes of an advance by the document that they name.
fn by_document<'a>(
    chain: &Chain<'a>,
    (advance, changes): (Advance<'a>, &[Change<'a>]),
    rooms: &mut Rooms<'a, '_>,
    abilities: &Abilities,
) -> Result<Vec<(&'a Confirmed, Bundle)>, Obstacle> {
    let mut sum: i64 = 0;
    let mut added: i64 = 0;
    for change in changes {
        let difference = change.difference_in_all()?.minor();
        sum = sum.saturating_add(difference);
        added = added.saturating_add(difference.max(0));
    }
    let mut shares = rooms.take(advance, sum.min(0).saturating_neg());
    if shares.is_empty() {
        let before = chain.naming(advance);
        let first = || {
            rooms
                .first(advance)
                .map(|first| rooms.rooms[first].document)
        };
        let named = rooms.named(before).or_else(first);
        shares.extend(named.map(|document| (document, 0)));
    }
    let Some((first, _)) = shares.first().copied() else {
        let [change, ..] = changes else {
            return Ok(Vec::new());
        };
        let reason = "what it corrects is not posted";
        return Err(uncarried(change.key, change.difference_in_all()?, reason));
    };
    // What is added again makes room where it is added.
    shares[0].1 = shares[0].1.saturating_add(added);
    rooms.give(first, sum.max(0));
    let mut bundles = Vec::new();
    let is_one = shares.len() == 1;
    let mut shares = shares.into_iter().peekable();
    for change in changes {
        let difference = change.difference_in_all()?;
        if is_one || !difference.is_negative() {
            bundles.push((first, change.whole(chain, abilities)?));
            continue;
        }
        let currency = difference.currency();
        let mut before = change.posted.unwrap_or(Money::zero(currency));
        let mut back = difference.minor().saturating_neg();
        while back > 0
            && let Some((document, left)) = shares.peek_mut()
        {
            let part = back.min(*left);
            if part > 0 {
                let now = before.checked_sub(Money::from_minor(part, currency))?;
                let bundle = change.difference_between(chain, before, now, abilities)?;
                bundles.push((*document, bundle));
                before = now;
                back -= part;
                *left -= part;
            }
            if *left == 0 {
                shares.next();
            }
        }
    }
    Ok(bundles)
}

impl Change<'_> {
    /// All of it: as it is rated where nothing of it is posted yet.
    fn whole(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Bundle, Obstacle> {
        if let (None, Some(charge)) = (self.posted, self.target) {
            let bundle = carried(charge, abilities)?;
            if bundle.lines.iter().all(|line| line.billed.is_negative()) {
                return Ok(bundle);
            }
        }
        self.bundle(chain, abilities)
    }
}

#[cfg(test)]
mod tests;
