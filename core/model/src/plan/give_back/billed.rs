//! Which posted documents bill what of an advance.

use std::collections::{BTreeMap, BTreeSet};

use super::{Advance, advance_of};
use crate::plan::advances::Advances;
use crate::plan::input::Confirmed;
use crate::plan::rooms::Rooms;
use crate::plan::wanted::Laid;

/// Of an account in a currency. A place is that of `Rooms`, a tree goes by the place of its root.
pub(super) struct Billed<'a, 'p> {
    advances: &'p Advances<'a>,
    /// By place, in the order of their slots.
    pub(super) documents: Vec<Document<'a>>,
    /// Those of a tree, in their order.
    pub(super) trees: BTreeMap<usize, Vec<usize>>,
    billing: BTreeMap<Advance<'a>, BTreeSet<usize>>,
    /// By month and charge period.
    billing_in: BTreeMap<(&'a str, &'a str), BTreeSet<usize>>,
    /// What may be given back of the documents of a tree, in minor units, after what is given back by now.
    spare: BTreeMap<(usize, Advance<'a>), i64>,
    spare_in_period: BTreeMap<(usize, &'a str), i64>,
}

pub(super) struct Document<'a> {
    pub(super) confirmed: &'a Confirmed,
    pub(super) root: usize,
    /// After the credits that name it.
    pub(super) of_advance: BTreeMap<Advance<'a>, i64>,
}

impl<'a> Document<'a> {
    fn month(&self) -> &'a str {
        &self.confirmed.delivery.slot.billing_period
    }
}

impl<'a, 'p> Billed<'a, 'p> {
    pub(super) fn of(
        posted: &[&'a Confirmed],
        rooms: &Rooms<'a>,
        advances: &'p Advances<'a>,
    ) -> Self {
        let mut billed = Self {
            advances,
            documents: Vec::new(),
            trees: BTreeMap::new(),
            billing: BTreeMap::new(),
            billing_in: BTreeMap::new(),
            spare: BTreeMap::new(),
            spare_in_period: BTreeMap::new(),
        };
        for &confirmed in posted {
            if let Some(place) = rooms.place(&confirmed.delivery.reference) {
                let root = rooms.root(place);
                billed.trees.entry(root).or_default().push(place);
                billed.documents.push(Document {
                    confirmed,
                    root,
                    of_advance: BTreeMap::new(),
                });
            }
        }
        for &confirmed in posted {
            let own = rooms.place(&confirmed.delivery.reference);
            let Some(place) = own.or_else(|| rooms.named_by(&confirmed.delivery)) else {
                continue;
            };
            let month = billed.documents[place].month();
            for line in &confirmed.delivery.lines {
                let (advance, amount) = (advance_of(&line.charge), line.billed.minor());
                let document = &mut billed.documents[place];
                let of_advance = document.of_advance.entry(advance).or_default();
                *of_advance = of_advance.saturating_add(amount);
                let root = document.root;
                billed.change(root, advance, amount);
                billed.billing.entry(advance).or_default().insert(place);
                let in_period = (month, line.charge.billing_period.as_str());
                billed
                    .billing_in
                    .entry(in_period)
                    .or_default()
                    .insert(place);
            }
        }
        billed
    }

    /// Takes what a part is going to bill less off what may be given back of it. What goes by other names now and comes to the same
    /// is as much under these.
    pub(super) fn lessen(&mut self, laid: &Laid<'a>, rooms: &Rooms<'a>) {
        for (part, chain) in &laid.posted {
            let original = chain.original().map(|one| &one.delivery.reference);
            let Some(place) = original.and_then(|original| rooms.place(original)) else {
                continue;
            };
            let mut less: BTreeMap<Advance<'a>, i64> = BTreeMap::new();
            let nets = laid.posted_nets[part].iter();
            let nets = nets.map(|(key, net)| (*key, net.minor()));
            let targets = laid.sorted.targets.get(part).into_iter().flatten();
            let targets = targets.map(|(key, charge)| (*key, charge.net.minor().saturating_neg()));
            for (key, amount) in nets.chain(targets) {
                let sum = less.entry(advance_of(key)).or_default();
                *sum = sum.saturating_add(amount);
            }
            let mut in_period: BTreeMap<&str, i64> = BTreeMap::new();
            for ((_, _, _, charge_period, _), amount) in &less {
                let sum = in_period.entry(charge_period).or_default();
                *sum = sum.saturating_add(*amount);
            }
            for (advance, amount) in less {
                let (_, _, _, charge_period, _) = advance;
                let less = match in_period.get(charge_period) {
                    Some(0) => amount,
                    Some(_) | None => amount.max(0),
                };
                self.change(rooms.root(place), advance, less.saturating_neg());
            }
        }
    }

    pub(super) fn change(&mut self, tree: usize, advance: Advance<'a>, amount: i64) {
        let (_, _, _, charge_period, _) = advance;
        let of_advance = self.spare.entry((tree, advance)).or_default();
        let in_period = self
            .spare_in_period
            .entry((tree, charge_period))
            .or_default();
        for sum in [of_advance, in_period] {
            *sum = sum.saturating_add(amount);
        }
    }

    pub(super) fn spare(&self, tree: usize, advance: Advance<'a>) -> i64 {
        self.spare.get(&(tree, advance)).copied().unwrap_or(0)
    }

    /// Of all that a tree bills of the same charge period.
    pub(super) fn spare_in_period(
        &self,
        tree: usize,
        (_, _, _, charge_period, _): Advance<'a>,
    ) -> i64 {
        let of_period = self.spare_in_period.get(&(tree, charge_period));
        of_period.copied().unwrap_or(0)
    }

    /// How much more is given back of a tree than it is going to bill.
    pub(super) fn beyond(&self, tree: usize, advance: Advance<'a>) -> i64 {
        let spare = match self.advances.restated_in(advance) {
            Some(_) => self.spare_in_period(tree, advance),
            None => self.spare(tree, advance),
        };
        spare.min(0).saturating_neg()
    }

    /// The trees that bill something of an advance; of the month that billed it under another name, those that bill something of the
    /// same charge period. The latest of those up to a month first, then what follows it.
    pub(super) fn trees(&self, advance: Advance<'a>, month: &str) -> Vec<usize> {
        let places = self.places(advance);
        let trees: BTreeSet<usize> = places.map(|place| self.documents[place].root).collect();
        self.latest_first(trees, month)
    }

    pub(super) fn latest_first(&self, trees: BTreeSet<usize>, month: &str) -> Vec<usize> {
        let (before, after): (Vec<usize>, Vec<usize>) = trees
            .into_iter()
            .partition(|tree| self.documents[*tree].month() <= month);
        before.into_iter().rev().chain(after).collect()
    }

    fn places(&self, advance: Advance<'a>) -> impl Iterator<Item = usize> {
        let (_, _, _, charge_period, _) = advance;
        let own = self.billing.get(&advance);
        let month = self.advances.restated_in(advance);
        let other = month.and_then(|month| self.billing_in.get(&(month, charge_period)));
        let all = own.into_iter().chain(other).flatten();
        all.copied()
    }

    pub(super) fn first_document(&self, advance: Advance<'a>) -> Option<&'a Confirmed> {
        let first = self.places(advance).next();
        first.map(|place| self.documents[place].confirmed)
    }
}
