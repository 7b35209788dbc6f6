//! Which documents a credit is taken off, so that none of them is credited more than it billed (rule R33).
//!
//! A credit that the original has room for names the original. Where later corrections billed more, what they added is given
//! back first, the latest first, each by a credit that names it.

use std::collections::BTreeMap;

use super::chain::Chain;
use super::input::{Confirmed, RemoteState};
use crate::charge::ChargeKey;
use crate::money::{Money, MoneyError};

/// What is left of a posted document after the credits that name it.
struct Room<'a> {
    document: &'a Confirmed,
    left: Money,
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
pub(super) type Credits<'a> = Vec<(&'a Confirmed, BTreeMap<&'a ChargeKey, Share>)>;

/// Of a chain: the original and the corrections that billed more, in their order.
///
/// The cap of a document is its net, since that is what a ledger lets nobody credit more of; the cap of an item is over the
/// original and its corrections together. Where a document has lines of both signs, one of them was worth more than all of it,
/// and both caps cannot hold line by line.
pub(super) struct Rooms<'a>(Vec<Room<'a>>);

impl<'a> Rooms<'a> {
    /// Credits are taken off what they name. Documents of other months that name one of these gave back what was billed in
    /// advance, or took that back.
    pub(super) fn of(chain: &Chain<'a>) -> Result<Self, MoneyError> {
        let mut rooms: Vec<Room<'a>> = Vec::new();
        let mut credits = Vec::new();
        let own = chain.in_state(RemoteState::Posted);
        let own_count = own.len();
        let documents = own.into_iter().chain(chain.elsewhere());
        for (position, document) in documents.enumerate() {
            let room = Room::of(document)?;
            if rooms.is_empty() || room.left.minor() > 0 {
                rooms.push(room);
            } else {
                credits.push((position < own_count, room));
            }
        }
        for (is_own, credit) in credits {
            let named = credit.document.delivery.corrects.as_ref();
            let position = rooms
                .iter()
                .position(|room| Some(&room.document.delivery.reference) == named);
            let Some(position) = position.or(is_own.then_some(0)) else {
                continue;
            };
            for (key, amount) in credit.by_key {
                rooms[position].take(key, amount.checked_neg()?)?;
            }
        }
        let documents: Vec<&Confirmed> = rooms.iter().map(|room| room.document).collect();
        let mut left: Vec<i64> = rooms.iter().map(|room| room.left.minor()).collect();
        use_up_additions(&documents, &mut left);
        for (room, left) in rooms.iter_mut().zip(left) {
            room.left = Money::from_minor(left, room.left.currency());
        }
        Ok(Self(rooms))
    }

    /// Has the original room for all that is given back? `total` is what the whole document gives back.
    pub(super) fn original_has_all(
        &self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> bool {
        let Some(original) = self.0.first() else {
            return true;
        };
        let fits = |(key, amount): (&&ChargeKey, &Money)| {
            let room = original.by_key.get(*key);
            room.is_some_and(|room| amount.minor() <= room.minor())
        };
        self.0.len() == 1 || total.minor() <= original.left.minor() && given_back.iter().all(fits)
    }

    /// The document that nobody is credited too much of by all that a credit gives back and adds together: the original, or the
    /// latest that billed something of what is given back.
    pub(super) fn with_room(
        &self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> Option<&'a Confirmed> {
        let has_room = |room: &&Room<'a>| total.minor() <= room.left.minor();
        let billed = |room: &&Room<'a>| given_back.keys().any(|key| room.most(Some(key)) > 0);
        let original = self.0.first().filter(has_room);
        let latest = || self.0.iter().rev().filter(has_room).find(billed);
        original.or_else(latest).map(|room| room.document)
    }

    /// Splits a credit by documents; `None` where the original has it.
    pub(super) fn split(
        self,
        total: Money,
        given_back: &BTreeMap<&'a ChargeKey, Money>,
    ) -> Result<Option<Credits<'a>>, MoneyError> {
        let Self(mut rooms) = self;
        let has_room = rooms
            .first()
            .is_none_or(|original| total.minor() <= original.left.minor());
        let mut taken: Vec<BTreeMap<&ChargeKey, Money>> = vec![BTreeMap::new(); rooms.len()];
        let mut rests = given_back.clone();
        // First what a document billed of each key, then what it billed at all.
        for by_key in [true, false] {
            for (&key, rest) in &mut rests {
                for (room, taken) in rooms.iter_mut().zip(&mut taken).rev() {
                    let most = room.most(by_key.then_some(key));
                    let part = Money::from_minor(rest.minor().min(most), rest.currency());
                    if part.minor() > 0 {
                        *rest = rest.checked_sub(part)?;
                        room.take(key, part)?;
                        add(taken, key, part)?;
                    }
                }
            }
            // Documents with lines of both signs have less to give than their lines: the original has it then.
            if by_key && has_room && rests.values().any(|rest| !rest.is_zero()) {
                return Ok(None);
            }
        }
        for (key, rest) in rests {
            if !rest.is_zero() {
                add(&mut taken[0], key, rest)?;
            }
        }
        let share = |(key, amount): (&'a ChargeKey, Money)| {
            let is_whole = given_back.get(key) == Some(&amount);
            (key, Share { amount, is_whole })
        };
        let credits = rooms.into_iter().zip(taken);
        let credits = credits.filter(|(_, taken)| !taken.is_empty());
        Ok(Some(
            credits
                .map(|(room, taken)| (room.document, taken.into_iter().map(share).collect()))
                .collect(),
        ))
    }
}

/// What was credited beyond what a document billed itself was taken off what others added to it, the latest first.
pub(super) fn use_up_additions(documents: &[&Confirmed], left: &mut [i64]) {
    for (place, document) in documents.iter().enumerate() {
        let reference = Some(&document.delivery.reference);
        for (other, addition) in documents.iter().enumerate().rev() {
            if addition.delivery.corrects.as_ref() == reference && left[place] < 0 {
                let part = left[other].max(0).min(left[place].saturating_neg());
                left[other] -= part;
                left[place] += part;
            }
        }
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
    fn of(document: &'a Confirmed) -> Result<Self, MoneyError> {
        let mut by_key = BTreeMap::new();
        let mut left = Money::zero(document.delivery.slot.currency);
        for line in &document.delivery.lines {
            add(&mut by_key, &line.charge, line.billed)?;
            left = left.checked_add(line.billed)?;
        }
        Ok(Self {
            document,
            left,
            by_key,
        })
    }

    /// In minor units: of a key, or at all.
    fn most(&self, key: Option<&ChargeKey>) -> i64 {
        let left = self.left.minor();
        match key {
            None => left,
            Some(key) => self
                .by_key
                .get(key)
                .map_or(0, |of_key| left.min(of_key.minor())),
        }
    }

    fn take(&mut self, key: &'a ChargeKey, amount: Money) -> Result<(), MoneyError> {
        self.left = self.left.checked_sub(amount)?;
        add(&mut self.by_key, key, amount.checked_neg()?)
    }
}

#[cfg(test)]
mod tests;
