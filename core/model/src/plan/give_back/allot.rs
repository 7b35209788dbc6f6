//! Which documents all that is given back of an account is taken off: each no more than it is going to bill, once all months are
//! sent as they are rated now. What was taken off a document that bills less now moves to others.

use std::collections::BTreeMap;

use super::billed::Billed;
use super::{Advance, advance_of};
use crate::document::Reference;
use crate::plan::correction::Change;
use crate::plan::input::{Confirmed, RemoteState};
use crate::plan::rooms::Rooms;
use crate::plan::wanted::Laid;

/// What becomes of an advance in what a month gives back.
pub(super) struct Need<'a> {
    /// Its place among those of the account.
    pub(super) family: usize,
    pub(super) advance: Advance<'a>,
    month: &'a str,
    /// In minor units: less than nothing where more is given back.
    more: i64,
    may_move: bool,
    /// What the last document that has something of it names.
    naming: Option<&'a Reference>,
}

impl<'a> Need<'a> {
    pub(super) fn of(
        (family, laid): (usize, &Laid<'a>),
        (advance, changes): (Advance<'a>, &[Change<'a>]),
    ) -> Self {
        // A difference that is too great is told where its lines are made.
        let differences = changes
            .iter()
            .filter_map(|one| one.difference_in_all().ok());
        Self {
            family,
            advance,
            month: &laid.family.key.billing_period,
            more: differences.fold(0, |sum, more| sum.saturating_add(more.minor())),
            may_move: laid.sorted.waiting.is_empty(),
            naming: laid.back_chain.naming(advance),
        }
    }
}

/// A document that a credit names.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) document: &'a Confirmed,
    /// What has no room yet is a credit of its own, so that the rest does not wait with it.
    pub(super) has_room: bool,
}

impl<'a> Named<'a> {
    pub(super) fn reference(self) -> &'a Reference {
        &self.document.delivery.reference
    }

    pub(super) fn is_same(self, other: Self) -> bool {
        self.reference() == other.reference() && self.has_room == other.has_room
    }
}

/// What is to be named, and by how much: what is added first. In minor units.
pub(super) type Shares<'a> = Vec<(Named<'a>, i64)>;

/// Of each need, in their order.
pub(super) fn allot<'a>(
    needs: &[Need<'a>],
    laid: &[Laid<'a>],
    (billed, rooms): (&mut Billed<'a, '_>, &mut Rooms<'a>),
) -> Vec<Shares<'a>> {
    for laid in laid {
        billed.lessen(laid, rooms);
    }
    let mut allotment = Allotment {
        needs,
        taken: needs.iter().map(|_| BTreeMap::new()).collect(),
        changed: needs.iter().map(|_| BTreeMap::new()).collect(),
        billed,
        rooms,
    };
    allotment.gather(laid);
    let all = || needs.iter().enumerate();
    for (place, need) in all().filter(|(_, need)| need.more > 0) {
        allotment.add_again(place, need.more);
    }
    let less = all().filter(|(_, need)| need.more < 0);
    let mut less: Vec<(usize, i64)> = less
        .map(|(place, need)| (place, need.more.saturating_neg()))
        .collect();
    // Each takes what is its own before any takes what is of its charge period.
    for is_own in [true, false] {
        for (place, rest) in &mut less {
            *rest = allotment.take_off_by((*place, is_own), *rest);
        }
    }
    for (place, rest) in less {
        allotment.leave_with_first(place, rest.saturating_neg());
    }
    for (place, _) in all().filter(|(_, need)| need.may_move) {
        allotment.move_on(place);
    }
    allotment.into_shares()
}

struct Allotment<'a, 'n, 'p> {
    needs: &'n [Need<'a>],
    /// By need and by the place of the document that is named: what is given back of it by now.
    taken: Vec<BTreeMap<usize, i64>>,
    /// By need and by tree.
    changed: Vec<BTreeMap<usize, i64>>,
    billed: &'n mut Billed<'a, 'p>,
    rooms: &'n mut Rooms<'a>,
}

impl<'a> Allotment<'a, '_, '_> {
    fn gather(&mut self, laid: &[Laid<'a>]) {
        let places = self.needs.iter().enumerate();
        let places: BTreeMap<(usize, Advance<'a>), usize> = places
            .map(|(place, need)| ((need.family, need.advance), place))
            .collect();
        for (family, laid) in laid.iter().enumerate() {
            for document in laid.back_chain.in_state(RemoteState::Posted) {
                let Some(named) = self.rooms.named_by(&document.delivery) else {
                    continue;
                };
                for line in &document.delivery.lines {
                    let advance = advance_of(&line.charge);
                    if let Some(&need) = places.get(&(family, advance)) {
                        let taken = self.taken[need].entry(named).or_default();
                        *taken = taken.saturating_sub(line.billed.minor());
                    }
                }
            }
        }
    }

    /// What is given back of a tree by now, with what was changed of it just now.
    fn taken_of(&self, need: usize, tree: usize) -> i64 {
        let taken = self.taken[need].iter();
        let of_tree = taken.filter(|(place, _)| self.billed.documents[**place].root == tree);
        let taken = of_tree.fold(0, |sum: i64, (_, amount)| sum.saturating_add(*amount));
        let changed = self.changed[need].get(&tree).copied().unwrap_or(0);
        taken.saturating_sub(changed)
    }

    /// The latest first.
    fn taken_trees(&self, need: usize) -> Vec<usize> {
        let places = self.taken[need].keys();
        let trees = places.map(|place| self.billed.documents[*place].root);
        let month = self.needs[need].month;
        self.billed.latest_first(trees.collect(), month)
    }

    fn change(&mut self, need: usize, tree: usize, amount: i64) {
        if amount == 0 {
            return;
        }
        let changed = self.changed[need].entry(tree).or_default();
        *changed = changed.saturating_add(amount);
        let advance = self.needs[need].advance;
        self.billed.change(tree, advance, amount);
    }

    /// First to what bills less than was given back of it.
    fn add_again(&mut self, need: usize, amount: i64) {
        let advance = self.needs[need].advance;
        let mut rest = amount;
        for is_beyond in [true, false] {
            for tree in self.taken_trees(need) {
                let most = if is_beyond {
                    self.billed.beyond(tree, advance)
                } else {
                    i64::MAX
                };
                let part = rest.min(most).min(self.taken_of(need, tree)).max(0);
                self.change(need, tree, part);
                rest -= part;
            }
        }
        self.leave_with_first(need, rest);
    }

    /// The latest first: of what it bills of the advance, then of what it bills of the charge period, whatever that is called.
    fn take_off(&mut self, need: usize, amount: i64) -> i64 {
        let rest = self.take_off_by((need, true), amount);
        self.take_off_by((need, false), rest)
    }

    fn take_off_by(&mut self, (need, is_own): (usize, bool), amount: i64) -> i64 {
        let Need { advance, month, .. } = self.needs[need];
        let mut rest = amount;
        for tree in self.billed.trees(advance, month) {
            let most = if is_own {
                self.billed.spare(tree, advance)
            } else {
                self.billed.spare_in_period(tree, advance)
            };
            let part = rest.min(most).max(0);
            self.change(need, tree, part.saturating_neg());
            rest -= part;
        }
        rest
    }

    fn leave_with_first(&mut self, need: usize, amount: i64) {
        let Need {
            advance,
            month,
            naming,
            ..
        } = self.needs[need];
        let named = naming.and_then(|named| self.rooms.place(named));
        let tree = named.map(|named| self.rooms.root(named));
        let tree = tree.or_else(|| self.billed.trees(advance, month).first().copied());
        if let Some(tree) = tree.filter(|_| amount != 0) {
            self.change(need, tree, amount);
        }
    }

    fn move_on(&mut self, need: usize) {
        let advance = self.needs[need].advance;
        for tree in self.taken_trees(need) {
            let beyond = self.billed.beyond(tree, advance);
            let asked = beyond.min(self.taken_of(need, tree)).max(0);
            let moved = asked - self.take_off(need, asked);
            self.change(need, tree, moved);
        }
    }

    /// What is added makes room for what is taken off.
    fn into_shares(mut self) -> Vec<Shares<'a>> {
        let changed = std::mem::take(&mut self.changed);
        let changed: Vec<(usize, usize, i64)> = changed
            .into_iter()
            .enumerate()
            .flat_map(|(need, trees)| {
                let latest_first = trees.into_iter().rev();
                latest_first.map(move |(tree, amount)| (need, tree, amount))
            })
            .collect();
        let mut shares: Vec<Shares<'a>> = self.needs.iter().map(|_| Vec::new()).collect();
        for &(need, tree, amount) in changed.iter().filter(|(_, _, amount)| *amount > 0) {
            self.add_to_documents((need, tree), amount, &mut shares[need]);
        }
        for &(need, tree, amount) in changed.iter().filter(|(_, _, amount)| *amount < 0) {
            self.take_off_documents((need, tree), amount.saturating_neg(), &mut shares[need]);
        }
        shares
    }

    fn add_to_documents(
        &mut self,
        (need, tree): (usize, usize),
        amount: i64,
        shares: &mut Shares<'a>,
    ) {
        let mut rest = amount;
        let latest_first = self.taken[need].iter().rev();
        let taken: Vec<(usize, i64)> = latest_first
            .map(|(place, taken)| (*place, *taken))
            .filter(|(place, _)| self.billed.documents[*place].root == tree)
            .collect();
        for (place, taken) in taken {
            let part = rest.min(taken.max(0));
            self.share(place, (part, true), shares);
            rest -= part;
        }
        self.share(tree, (rest, true), shares);
    }

    fn take_off_documents(
        &mut self,
        (need, tree): (usize, usize),
        amount: i64,
        shares: &mut Shares<'a>,
    ) {
        let advance = self.needs[need].advance;
        let mut rest = amount;
        for is_own in [true, false] {
            for place in self.billed.trees[&tree].clone().into_iter().rev() {
                let document = &self.billed.documents[place];
                let billed = document.of_advance.get(&advance).copied().unwrap_or(0);
                let asked = if is_own {
                    rest.min(billed.max(0))
                } else {
                    rest
                };
                let part = self.rooms.most(place, asked);
                self.share(place, (part.saturating_neg(), true), shares);
                rest -= part;
            }
        }
        self.share(tree, (rest.saturating_neg(), false), shares);
    }

    fn share(&mut self, place: usize, (amount, has_room): (i64, bool), shares: &mut Shares<'a>) {
        if amount == 0 {
            return;
        }
        self.rooms.change(place, i128::from(amount));
        let named = Named {
            document: self.billed.documents[place].confirmed,
            has_room,
        };
        let known = shares.iter_mut().find(|(known, _)| known.is_same(named));
        match known {
            Some((_, sum)) => *sum = sum.saturating_add(amount),
            None => shares.push((named, amount)),
        }
    }
}
