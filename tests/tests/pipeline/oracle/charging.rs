//! What the lines of an item come to: those of one charge are asked together, and each has its part.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::exact::{Exact, rounded_together, whole};
use super::exchange::exchanged;
use super::parts_of_prices::{Part, Version};
use super::pool::{Prepared, shared};
use super::pricing::{Used, factor, price};
use super::quantity::{Metered, Piece};
use super::rater::{Key, Rated, Rater, Run, average, buyer};
use super::weighing::Weighing;
use super::world::{AllowancePer, Item, Tariff};

impl Rater<'_> {
    pub(crate) fn rate_item(&mut self, position: usize) {
        let item = self.item(position).clone();
        let weighing = Weighing::new(item.proration, self.month);
        let lines = self.gathered(position);
        self.charged.extend(lines.keys().map(|key| (key.0, key.6)));
        if item.model == "split" {
            self.share_out(position, &weighing, &lines);
            return;
        }
        let (mut prepared, mut used) = (Vec::new(), Vec::new());
        for (key, own) in &lines {
            let tariff = self.tariff(&item, key);
            let alike = self.alike(&item, key, &lines);
            let gathered: Vec<Piece>;
            let (between, pieces) = if !item.each_moment {
                // Each price is asked for all of the charge, and has its part of what that comes to.
                gathered = self.together(key, &lines, |_| true);
                (self.ends(&item, key, &lines), &gathered)
            } else if alike.len() > 1 && is_due_once(&tariff) {
                gathered = self.together(key, &lines, |other| alike.contains(other));
                ((key.4, key.5), &gathered)
            } else {
                ((key.4, key.5), own)
            };
            let metered = Metered {
                item: &item,
                weighing: &weighing,
                between,
                pieces,
            };
            let free = free_of_each(&item, &tariff);
            let weight = weighing.once(between.0, between.1);
            let (quantity, moments) = if item.each_moment {
                (Exact::zero(), metered.moments(free.as_ref()))
            } else {
                let quantity = metered.quantity(free.as_ref());
                (quantity.clone(), average(quantity, &weight))
            };
            let part = if pieces.len() == own.len() {
                Part::all()
            } else {
                let charge = self.agreements.charge(key);
                let versions = lines
                    .keys()
                    .filter(|other| self.agreements.charge(other) == charge)
                    .filter(|other| !item.each_moment || alike.contains(other));
                let versions = versions.map(|other| self.version(&item, other));
                metered.part_of(&self.version(&item, key), &versions.collect::<Vec<_>>())
            };
            let there = metered.there();
            let one = Prepared {
                key: *key,
                charge: self.agreements.charge(key),
                tariff,
                between,
                quantity,
                weight,
            };
            prepared.push(one);
            used.push((moments, there, part));
        }
        let mut priced = BTreeMap::new();
        for (one, (moments, there, part)) in prepared.iter().zip(used) {
            let used = Used {
                moments,
                weight: one.weight.clone(),
                once: if item.each_moment {
                    weighing.once_of()
                } else {
                    whole(1)
                },
                there,
                shared: shared(&item, &prepared, one),
                part,
            };
            priced.insert(one.key, price(&item, &one.tariff, &used));
        }
        for (key, (quantity, net_exact)) in &priced {
            let alike = self.alike(&item, key, &lines);
            let exact: Vec<Exact> = alike.iter().map(|key| priced[key].1.clone()).collect();
            let nets = rounded_together(&exact, self.case.exponent(), self.world.half_even);
            let own = alike.iter().position(|one| one == key).unwrap_or(0);
            self.rated.push(Rated {
                item: position,
                key: *key,
                quantity: quantity.clone(),
                net_exact: net_exact.clone(),
                net: nets[own].clone(),
            });
        }
    }

    pub(crate) fn tariff(&self, item: &Item, key: &Key) -> Tariff {
        let price = self.price_at(item, buyer(key), key.4);
        let tariff = &price.expect("the line has a price").tariff;
        exchanged(self.world, self.case, item, tariff)
    }

    /// The lines of the same charge and price before and after renewals, in the order of time.
    fn alike(&self, item: &Item, key: &Key, lines: &BTreeMap<Key, Vec<Piece>>) -> Vec<Key> {
        let (charge, tariff) = (self.agreements.charge(key), self.tariff(item, key));
        let same = |other: &&Key| {
            (other.4, other.5) == (key.4, key.5)
                && self.agreements.charge(other) == charge
                && self.tariff(item, other) == tariff
        };
        let mut alike: Vec<Key> = lines.keys().filter(same).copied().collect();
        alike.sort_by_key(|key| self.agreements.shown(key).from);
        alike
    }

    /// What all lines of a charge have.
    fn together(
        &self,
        key: &Key,
        lines: &BTreeMap<Key, Vec<Piece>>,
        is_asked: impl Fn(&Key) -> bool,
    ) -> Vec<Piece> {
        let charge = self.agreements.charge(key);
        let of_charge = lines
            .iter()
            .filter(|(other, _)| self.agreements.charge(other) == charge && is_asked(other));
        of_charge.flat_map(|(_, pieces)| pieces.clone()).collect()
    }

    /// From the first price of a charge to the last.
    fn ends(&self, item: &Item, key: &Key, lines: &BTreeMap<Key, Vec<Piece>>) -> (usize, usize) {
        let charge = self.agreements.charge(key);
        let of_charge = lines
            .keys()
            .filter(|other| self.agreements.charge(other) == charge);
        let runs: Vec<Run> = of_charge
            .flat_map(|other| self.runs(item, buyer(other)))
            .collect();
        let from = runs.iter().map(|run| run.from).min();
        let to = runs.iter().map(|run| run.to).max();
        from.zip(to).expect("a line has a price")
    }

    fn version(&self, item: &Item, key: &Key) -> Version {
        let shown = self.agreements.shown(key);
        Version {
            between: (shown.from, shown.to),
            free: free_of_each(item, &self.tariff(item, key)),
        }
    }
}

/// Is there anything that the units do not decide?
fn is_due_once(tariff: &Tariff) -> bool {
    let amounts = [tariff.discount_amount, tariff.maximum, tariff.minimum];
    amounts.iter().any(Option::is_some) || tariff.tiers.iter().any(|tier| tier.flat.is_some())
}

/// In what is metered.
fn free_of_each(item: &Item, tariff: &Tariff) -> Option<Exact> {
    let free = tariff.allowance;
    let free = free.filter(|(_, per)| *per == AllowancePer::Resource);
    free.map(|(free, _)| free.exact() / factor(item))
}
