//! What is given back of charge periods that were billed in advance: credited to the documents that billed them.
//!
//! An invoice that comes to something carries it as a line; this is for what no invoice has room for. The documents stand in a
//! part of their own of the month in which it changed, and name documents of earlier months.

use std::collections::{BTreeMap, BTreeSet};

use super::Abilities;
use super::chain::Chain;
use super::correction::{Change, Corrections, Words, kind_of};
use super::family::Family;
use super::input::{Confirmed, PlanInput, RemoteState};
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

/// The posted documents of a sink that bill in advance, in their order.
pub(super) struct Rooms<'a> {
    rooms: Vec<Room<'a>>,
}

impl<'a> Rooms<'a> {
    /// Those of the account of a family, in its currency.
    pub(super) fn of(input: &'a PlanInput, family: &Family<'_>) -> Self {
        let meant = (family.key.account, family.key.currency);
        let is_meant = |one: &&Confirmed| {
            let slot = &one.delivery.slot;
            one.state == RemoteState::Posted && (slot.account, slot.currency) == meant
        };
        let mut posted: Vec<&Confirmed> = input.confirmed.iter().filter(is_meant).collect();
        posted.sort_by_key(|one| {
            let slot = &one.delivery.slot;
            (&slot.billing_period, slot.part, slot.correction)
        });
        let mut rooms: Vec<Room<'a>> = Vec::new();
        let mut credits = Vec::new();
        for document in posted {
            let room = Room::of(document);
            if room.left > 0 {
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
        Self { rooms }
    }

    /// Did a posted document bill it?
    pub(super) fn have(&self, key: &ChargeKey) -> bool {
        let advance = advance_of(key);
        let mut rooms = self.rooms.iter();
        rooms.any(|room| room.advances.contains_key(&advance))
    }

    /// Takes an amount off, the latest document first: first what it billed of the advance, then what it billed at all; the
    /// first that billed it has what is left then.
    fn take(&mut self, advance: Advance<'a>, amount: i64) -> Vec<(&'a Confirmed, i64)> {
        let mut rest = amount;
        let mut taken: BTreeMap<usize, i64> = BTreeMap::new();
        for of_advance in [true, false] {
            for (position, room) in self.rooms.iter_mut().enumerate().rev() {
                let Some(&billed) = room.advances.get(&advance) else {
                    continue;
                };
                let most = if of_advance {
                    room.left.min(billed)
                } else {
                    room.left
                };
                let part = rest.min(most);
                if part > 0 {
                    rest -= part;
                    room.left -= part;
                    room.add(advance, -part);
                    *taken.entry(position).or_default() += part;
                }
            }
        }
        let mut rooms = self.rooms.iter();
        let first = rooms.position(|room| room.advances.contains_key(&advance));
        if let Some(first) = first.filter(|_| rest > 0) {
            *taken.entry(first).or_default() += rest;
        }
        let latest_first = taken.into_iter().rev();
        latest_first
            .map(|(position, amount)| (self.rooms[position].document, amount))
            .collect()
    }

    fn first(&self, advance: Advance<'a>) -> Option<&'a Confirmed> {
        let mut rooms = self.rooms.iter();
        let room = rooms.find(|room| room.advances.contains_key(&advance));
        room.map(|room| room.document)
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

    fn add(&mut self, advance: Advance<'a>, amount: i64) {
        let sum = self.advances.entry(advance).or_default();
        *sum = sum.saturating_add(amount);
    }
}

/// The document that it names, whether its lines are negative, and its lines.
type Credit<'a> = (&'a Confirmed, bool, Vec<Bundle>);

/// What is charged besides is taken off the greatest credit.
fn take_off(
    documents: &mut [Credit<'_>],
    others: &[Change<'_>],
    chain: &Chain<'_>,
    abilities: &Abilities,
) -> Result<(), Obstacle> {
    let net = |(_, _, bundles): &&mut Credit<'_>| -> i128 {
        let lines = bundles.iter().flat_map(|bundle| &bundle.lines);
        lines.map(|line| i128::from(line.billed.minor())).sum()
    };
    let greatest = documents.iter_mut().min_by_key(net);
    match (greatest, others) {
        (_, []) => Ok(()),
        (Some((_, _, bundles)), others) => {
            for change in others {
                bundles.push(change.whole(chain, abilities)?);
            }
            Ok(())
        }
        (None, [first, ..]) => {
            let reason = "what it corrects is not posted";
            Err(uncarried(first.key, first.difference_in_all()?, reason))
        }
    }
}

/// The documents of the part that gives back: rated now minus posted, per advance.
pub(super) fn given_back<'a>(
    (part, chain): (u32, &Chain<'a>),
    targets: &BTreeMap<&'a ChargeKey, &'a Charge>,
    mut rooms: Rooms<'a>,
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
        if change.is_needed() {
            advances.entry(advance_of(key)).or_default().push(change);
        }
    }
    let mut documents: Vec<Credit<'_>> = Vec::new();
    let mut others = Vec::new();
    for (advance, changes) in advances {
        let placed = by_document(chain, (advance, &changes), &mut rooms, abilities)?;
        if placed.is_empty() {
            others.extend(changes);
        }
        for (document, mut bundle) in placed {
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
    }
    take_off(&mut documents, &others, chain, abilities)?;
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
    let mut billed = document.delivery.lines.iter();
    if let Some(billed) = billed.find(|line| advance_of(&line.charge) == advance) {
        for line in &mut bundle.lines {
            line.tax_category.clone_from(&billed.tax_category);
        }
    }
}

/// The changes of an advance by the document that they name.
fn by_document<'a>(
    chain: &Chain<'a>,
    (advance, changes): (Advance<'a>, &[Change<'a>]),
    rooms: &mut Rooms<'a>,
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
        let named = rooms.named(before).or_else(|| rooms.first(advance));
        shares.extend(named.map(|document| (document, 0)));
    }
    let Some((first, _)) = shares.first().copied() else {
        return Ok(Vec::new());
    };
    // What is added again makes room where it is added.
    shares[0].1 = shares[0].1.saturating_add(added);
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
