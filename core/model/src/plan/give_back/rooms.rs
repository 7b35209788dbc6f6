//! What is left of the documents that bill in advance, to be taken off by credits.

use std::collections::BTreeMap;

use super::moved::lessened;
use super::{Advance, advance_of};
use crate::charge::ChargeKey;
use crate::document::Reference;
use crate::plan::advances::Advances;
use crate::plan::credit::use_up_additions;
use crate::plan::family::Family;
use crate::plan::input::Confirmed;

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
pub(in crate::plan) struct Rooms<'a, 'p> {
    rooms: Vec<Room<'a>>,
    advances: &'p Advances<'a>,
}

impl<'a, 'p> Rooms<'a, 'p> {
    /// Those of the account of a family, in its currency.
    pub(in crate::plan) fn of(advances: &'p Advances<'a>, family: &Family<'_>) -> Self {
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
            let billing = rooms.iter_mut().filter(|room| room.bills(key, month));
            let mut billing: Vec<&mut Room<'a>> = billing.collect();
            let mut rest = less;
            // First what nobody took yet, then what has to be moved.
            for is_taken in [false, true] {
                for room in billing.iter_mut().rev() {
                    let most = if is_taken {
                        room.billed(key)
                    } else {
                        room.left
                    };
                    let part = rest.min(most.max(0));
                    room.lessen(key, part);
                    rest -= part;
                }
            }
            if let Some(original) = billing.first_mut() {
                original.lessen(key, rest);
            }
        }
        Self { rooms, advances }
    }

    /// Did a posted document bill it, whatever it was called?
    pub(in crate::plan) fn have(&self, advance: Advance<'a>) -> bool {
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
    pub(super) fn take(&mut self, advance: Advance<'a>, amount: i64) -> Vec<(&'a Confirmed, i64)> {
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

    pub(super) fn first_document(&self, advance: Advance<'a>) -> Option<&'a Confirmed> {
        self.first(advance).map(|first| self.rooms[first].document)
    }

    /// How much more was taken off a document than is left for others to take.
    pub(super) fn beyond(&self, reference: &Reference) -> i64 {
        let mut rooms = self.rooms.iter();
        let room = rooms.find(|room| room.document.delivery.reference == *reference);
        room.map_or(0, |room| room.left.saturating_neg().max(0))
    }

    /// What others have room for of an advance.
    pub(super) fn free(&self, advance: Advance<'a>) -> i64 {
        let rooms = self.rooms.iter();
        let billing = rooms.filter(|room| room.advances.contains_key(&advance));
        billing.fold(0, |sum, room| sum.saturating_add(room.left.max(0)))
    }

    pub(super) fn give(&mut self, document: &Confirmed, amount: i64) {
        let reference = &document.delivery.reference;
        let mut rooms = self.rooms.iter_mut();
        if let Some(room) = rooms.find(|room| room.document.delivery.reference == *reference) {
            room.left = room.left.saturating_add(amount);
        }
    }

    pub(super) fn named(&self, reference: Option<&Reference>) -> Option<&'a Confirmed> {
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

    fn bills(&self, key: &ChargeKey, month: &str) -> bool {
        let mut lines = self.document.delivery.lines.iter();
        self.month() == month && lines.any(|line| line.charge == *key && !line.billed.is_negative())
    }

    fn billed(&self, key: &ChargeKey) -> i64 {
        let lines = self.document.delivery.lines.iter();
        let own = lines.filter(|line| line.charge == *key);
        own.fold(0, |sum, line| sum.saturating_add(line.billed.minor()))
    }

    fn lessen(&mut self, key: &'a ChargeKey, amount: i64) {
        self.left = self.left.saturating_sub(amount);
        self.add(advance_of(key), amount.saturating_neg());
    }

    fn add(&mut self, advance: Advance<'a>, amount: i64) {
        let sum = self.advances.entry(advance).or_default();
        *sum = sum.saturating_add(amount);
    }
}
