//! What is left of the documents that bill something, after the credits that name them, in minor units.
//!
//! A document that adds to another one names it, so that the documents of an account are trees. What was credited to a document
//! beyond what it billed itself was taken off what others added to it: so no document, with all below it, is credited more than
//! they billed together.

use std::collections::BTreeMap;

use crate::document::{Delivery, Reference};

#[derive(Debug, Clone)]
struct Room {
    named: Option<usize>,
    root: usize,
    /// After the credits that name it.
    own: i128,
    /// With all that names it, as a ledger has it.
    named_by_all: i128,
    /// With all below it.
    all: i128,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Rooms<'a> {
    rooms: Vec<Room>,
    places: BTreeMap<&'a Reference, usize>,
}

impl<'a> Rooms<'a> {
    pub(super) fn of(deliveries: &[&'a Delivery]) -> Self {
        let mut rooms = Self::default();
        let (billing, credits): (Vec<&Delivery>, Vec<&Delivery>) =
            deliveries.iter().partition(|one| bills(one));
        for (place, delivery) in billing.iter().enumerate() {
            let amount = billed(delivery);
            rooms.places.insert(&delivery.reference, place);
            rooms.rooms.push(Room {
                named: None,
                root: place,
                own: amount,
                named_by_all: amount,
                all: 0,
            });
        }
        for (place, delivery) in billing.iter().enumerate() {
            let named = delivery.corrects.as_ref();
            rooms.rooms[place].named = named.and_then(|named| rooms.place(named));
        }
        for (place, delivery) in billing.iter().enumerate() {
            let amount = billed(delivery);
            let path = rooms.path(place);
            for &above in &path {
                rooms.rooms[above].all += amount;
            }
            if let [.., root] = path.as_slice() {
                rooms.rooms[place].root = *root;
            }
            if let Some(named) = rooms.rooms[place].named {
                rooms.rooms[named].named_by_all += amount;
            }
        }
        for delivery in credits {
            if let Some(named) = rooms.named_by(delivery) {
                rooms.change(named, billed(delivery));
            }
        }
        rooms
    }

    pub(super) fn place(&self, reference: &Reference) -> Option<usize> {
        self.places.get(reference).copied()
    }

    pub(super) fn named_by(&self, delivery: &Delivery) -> Option<usize> {
        self.place(delivery.corrects.as_ref()?)
    }

    /// The first of all that a document adds to.
    pub(super) fn root(&self, place: usize) -> usize {
        self.rooms[place].root
    }

    /// How much of an amount can be credited to it.
    pub(super) fn most(&self, place: usize, amount: i64) -> i64 {
        let path = self.path(place);
        let above = path.iter().map(|above| self.rooms[*above].all);
        let left = above.fold(self.rooms[place].own, i128::min).max(0);
        i64::try_from(left).map_or(amount, |left| amount.min(left))
    }

    /// How much more a ledger takes off it: that counts all that names it, whatever was credited of what adds to it.
    pub(super) fn left(&self, place: usize) -> i128 {
        let path = self.path(place);
        let above = path.iter().map(|above| self.rooms[*above].all);
        above.fold(self.rooms[place].named_by_all, i128::min)
    }

    /// A document names it that comes to an amount: less than nothing for a credit.
    pub(super) fn change(&mut self, place: usize, amount: i128) {
        self.rooms[place].own += amount;
        self.rooms[place].named_by_all += amount;
        for above in self.path(place) {
            self.rooms[above].all += amount;
        }
    }

    /// Itself, and all that it adds to.
    fn path(&self, place: usize) -> Vec<usize> {
        let mut path = vec![place];
        while let Some(named) = self.rooms[path[path.len() - 1]].named
            && !path.contains(&named)
        {
            path.push(named);
        }
        path
    }
}

/// Others may be taken off it; else it is taken off what it names.
pub(super) fn bills(delivery: &Delivery) -> bool {
    delivery.corrects.is_none() || billed(delivery) > 0
}

pub(super) fn billed(delivery: &Delivery) -> i128 {
    let lines = delivery.lines.iter();
    lines.map(|line| i128::from(line.billed.minor())).sum()
}
