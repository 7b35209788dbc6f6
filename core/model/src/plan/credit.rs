//! Which documents a credit is taken off, so that none of them is credited more than it billed (rule R33).
//!
//! A credit that the original has room for names the original. Where later corrections billed more, what they added is given
//! back first, the latest first, each by a credit that names it.

use std::collections::BTreeMap;

use super::chain::Chain;
use super::input::{Confirmed, RemoteState};
use super::rooms::Rooms;
use crate::charge::ChargeKey;
use crate::money::{Money, MoneyError};

/// A posted document, and what is left of each of its keys after the credits that name it.
struct Room<'a> {
    document: &'a Confirmed,
    place: usize,
    by_key: BTreeMap<&'a ChargeKey, Money>,
}

/// A part of a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Positive.
    pub(super) amount: Money,
    /// It is all that is given back of its key.
    pub(super) is_whole: bool,
}

/// What is given back of each key, positive, by the document that it is taken off.
pub(super) struct Credits<'a> {
    pub(super) by_document: Vec<(&'a Confirmed, BTreeMap<&'a ChargeKey, Share>)>,
    /// Have the documents room for all of it?
    pub(super) fit: bool,
}

/// Of a chain: the original, the corrections that billed more, and what others added to these, in their order.
///
/// The cap of a document is its net, since that is what a ledger lets nobody credit more of; the cap of an item is over the
/// original and its corrections together. Where a document has lines of both signs, one of them was worth more than all of it,
/// and both caps cannot hold line by line.
pub(super) struct Split<'a> {
    documents: Vec<Room<'a>>,
    rooms: Rooms<'a>,
}

impl<'a> Split<'a> {
    pub(super) fn of(chain: &Chain<'a>, rooms: &Rooms<'a>) -> Result<Self, MoneyError> {
        let own = chain.in_state(RemoteState::Posted).into_iter();
        let all: Vec<&Confirmed> = own.chain(chain.elsewhere()).collect();
        let mut documents: Vec<Room<'a>> = Vec::new();
        for &document in &all {
            if let Some(place) = rooms.place(&document.delivery.reference) {
                documents.push(Room::of(document, place)?);
            }
        }
        for &credit in &all {
            let named = rooms.named_by(&credit.delivery);
            let room = documents.iter_mut().find(|room| Some(room.place) == named);
            if rooms.place(&credit.delivery.reference).is_none()
                && let Some(room) = room
            {
                room.add_lines_of(credit)?;
            }
        }
        Ok(Self {
            documents,
            rooms: rooms.clone(),
        })
    }

    /// Has the original room for all that is given back? `total` is what the whole document gives back.
    pub(super) fn original_has_all(
        &self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> bool {
        let Some(original) = self.documents.first() else {
            return true;
        };
        let fits = |(key, amount): (&&ChargeKey, &Money)| {
            let room = original.by_key.get(*key);
            room.is_some_and(|room| amount.minor() <= room.minor())
        };
        let is_alone = self.documents.len() == 1;
        self.has_room(original, total) && (is_alone || given_back.iter().all(fits))
    }

    /// The document that nobody is credited too much of by all that a credit gives back and adds together: the original, or the
    /// latest that billed something of what is given back.
    pub(super) fn with_room(
        &self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> Option<&'a Confirmed> {
        let has_room = |room: &&Room<'a>| self.has_room(room, total);
        let billed = |room: &&Room<'a>| given_back.keys().any(|key| room.of_key(key) > 0);
        let original = self.documents.first().filter(has_room);
        let latest = || self.documents.iter().rev().filter(has_room).find(billed);
        original.or_else(latest).map(|room| room.document)
    }

    fn has_room(&self, room: &Room<'a>, total: Money) -> bool {
        self.rooms.most(room.place, total.minor()) == total.minor()
    }

    /// Splits a credit by documents; `None` where the original has it.
    pub(super) fn split(
        self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> Result<Option<Credits<'a>>, MoneyError> {
        let original = self.documents.first();
        let has_room = original.is_none_or(|original| self.has_room(original, total));
        let (mut documents, mut rooms) = (self.documents, self.rooms);
        let mut taken: Vec<BTreeMap<&ChargeKey, Money>> = vec![BTreeMap::new(); documents.len()];
        let mut rests = given_back.clone();
        // First what a document billed of each key, then what it billed at all.
        for by_key in [true, false] {
            for (&key, rest) in &mut rests {
                for (room, taken) in documents.iter_mut().zip(&mut taken).rev() {
                    let asked = if by_key {
                        rest.minor().min(room.of_key(key))
                    } else {
                        rest.minor()
                    };
                    let part = Money::from_minor(rooms.most(room.place, asked), rest.currency());
                    if part.minor() > 0 {
                        *rest = rest.checked_sub(part)?;
                        rooms.change(room.place, -i128::from(part.minor()));
                        add(&mut room.by_key, key, part.checked_neg()?)?;
                        add(taken, key, part)?;
                    }
                }
            }
            // Documents with lines of both signs have less to give than their lines: the original has it then.
            if by_key && has_room && rests.values().any(|rest| !rest.is_zero()) {
                return Ok(None);
            }
        }
        let fit = rests.values().all(|rest| rest.is_zero());
        for (key, rest) in rests {
            if !rest.is_zero() {
                add(&mut taken[0], key, rest)?;
            }
        }
        let share = |(key, amount): (&'a ChargeKey, Money)| {
            let is_whole = given_back.get(key) == Some(&amount);
            (key, Share { amount, is_whole })
        };
        let credits = documents.into_iter().zip(taken);
        let credits = credits.filter(|(_, taken)| !taken.is_empty());
        let by_document = credits
            .map(|(room, taken)| (room.document, taken.into_iter().map(share).collect()))
            .collect();
        Ok(Some(Credits { by_document, fit }))
    }
}

fn add<'a>(
    sums: &mut BTreeMap<&'a ChargeKey, Money>,
    key: &'a ChargeKey,
    amount: Money,
) -> Result<(), MoneyError> {
    let sum = match sums.get(key) {
        Some(sum) => sum.checked_add(amount)?,
        None => amount,
    };
    sums.insert(key, sum);
    Ok(())
}

impl<'a> Room<'a> {
    fn of(document: &'a Confirmed, place: usize) -> Result<Self, MoneyError> {
        let mut room = Self {
            document,
            place,
            by_key: BTreeMap::new(),
        };
        room.add_lines_of(document)?;
        Ok(room)
    }

    fn add_lines_of(&mut self, document: &'a Confirmed) -> Result<(), MoneyError> {
        for line in &document.delivery.lines {
            add(&mut self.by_key, &line.charge, line.billed)?;
        }
        Ok(())
    }

    /// In minor units.
    fn of_key(&self, key: &ChargeKey) -> i64 {
        self.by_key.get(key).map_or(0, |amount| amount.minor())
    }
}

#[cfg(test)]
mod tests;
