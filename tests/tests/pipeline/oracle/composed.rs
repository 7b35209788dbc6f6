//! Lines that are made of others: parts of a total, percentages of what others come to, and what lacks of a least amount.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;

use super::agreements::Charge;
use super::exact::{Exact, amount, fraction, parts, rounded, rounded_together, whole};
use super::parts_of_prices::Part;
use super::pricing::{Used, price};
use super::quantity::{Metered, Piece};
use super::rater::{Key, Line, Rated, Rater, Run, average, buyer};
use super::weighing::Weighing;
use super::world::{AGREEMENTS, Item, customer_of};

impl Rater<'_> {
    /// A total that all lines of an item share.
    pub(crate) fn share_out(
        &mut self,
        position: usize,
        weighing: &Weighing,
        lines: &BTreeMap<Key, Vec<Piece>>,
    ) {
        let item = self.item(position).clone();
        let mut totals: BTreeMap<(usize, usize, usize), BTreeMap<Charge, Vec<Key>>> =
            BTreeMap::new();
        for key in lines.keys() {
            let price = self
                .price_at(&item, buyer(key), key.4)
                .expect("the line has a price");
            let place = item
                .prices
                .iter()
                .position(|one| std::ptr::eq(one, price))
                .unwrap_or(0);
            let sharing = totals.entry((place, key.4, key.5)).or_default();
            let own = sharing.entry(self.agreements.charge(key)).or_default();
            own.push(*key);
        }
        let quantity = |keys: &[Key], between: (usize, usize)| {
            let pieces: Vec<Piece> = keys.iter().flat_map(|key| lines[key].clone()).collect();
            let metered = Metered {
                item: &item,
                weighing,
                between,
                pieces: &pieces,
            };
            metered.quantity(None)
        };
        for ((place, from, to), sharing) in totals {
            let mut sharing: Vec<Vec<Key>> = sharing.into_values().collect();
            for keys in &mut sharing {
                keys.sort_by_key(|key| self.agreements.shown(key).from);
            }
            let place_of = |key: &Key| {
                let shown = self.agreements.shown(key);
                let agreement = key.6.map_or("standard", |one| AGREEMENTS[one]);
                (
                    key.0,
                    agreement,
                    shown.from,
                    shown.to,
                    self.dimensions(*key),
                )
            };
            sharing.sort_by_key(|keys| keys.iter().map(place_of).min());
            let due = item.prices[place].tariff.amount.exact() * weighing.once(from, to);
            let measures = sharing.iter().map(|keys| {
                if item.split_equally {
                    whole(1)
                } else {
                    quantity(keys, (from, to))
                }
            });
            let mut measures: Vec<Exact> = measures.collect();
            if measures.iter().all(Zero::is_zero) {
                // Nobody has more of it than another.
                measures.fill(whole(1));
            }
            let sum: Exact = measures.iter().sum();
            let total = rounded(&due, self.case.exponent(), self.world.half_even);
            let nets = parts(&total, &measures);
            for ((keys, measure), net) in sharing.into_iter().zip(measures).zip(nets) {
                let part = measure / &sum;
                let there = |key: &Key| {
                    let levels = lines[key].iter().flat_map(|piece| &piece.levels);
                    whole(levels.flatten().count() as i128)
                };
                let own = keys.iter().map(|key| {
                    if item.split_equally {
                        whole(lines[key].len() as i128)
                    } else {
                        quantity(&[*key], (from, to))
                    }
                });
                let mut own: Vec<Exact> = own.collect();
                if own.iter().all(Zero::is_zero) {
                    own = keys.iter().map(there).collect();
                }
                let all: Exact = own.iter().sum();
                let nets = parts(&net, &own);
                for ((key, own), net) in keys.into_iter().zip(own).zip(nets) {
                    let part = &part * own / &all;
                    self.rated.push(Rated {
                        item: position,
                        key,
                        quantity: &part * weighing.once(from, to),
                        net_exact: &part * &due,
                        net,
                    });
                }
            }
        }
    }

    pub(crate) fn rate_percentage(&mut self, position: usize) {
        let item = self.item(position).clone();
        let weighing = Weighing::new(item.proration, self.month);
        let mut lines: BTreeMap<Key, Exact> = BTreeMap::new();
        for (account, agreement) in self.charged.clone() {
            let customer = customer_of(account);
            if item
                .customer
                .is_some_and(|(only, named)| only != (customer == named))
            {
                continue;
            }
            let of_account = |rated: &&Rated| {
                (rated.key.0, rated.key.6) == (account, agreement) && item.of.contains(&rated.item)
            };
            let base: Vec<(Run, BigInt)> = self
                .rated
                .iter()
                .filter(of_account)
                .map(|rated| (self.agreements.shown(&rated.key), rated.net.clone()))
                .collect();
            if base.is_empty() {
                continue;
            }
            for run in self.runs(&item, (account, None, agreement)) {
                let within = base.iter().map(|(of, net)| {
                    let steps = of.to.min(run.to).saturating_sub(of.from.max(run.from));
                    let part = fraction(steps as i128, (of.to - of.from) as i128);
                    Exact::from_integer(net.clone()) * part
                });
                let minor: Exact = within.sum();
                let money = minor / whole(10_i128.pow(self.case.exponent()));
                let is_there = |(of, _): &(Run, BigInt)| of.from < run.to && run.from < of.to;
                let is_held = self.agreements.held(account, agreement, run).is_some();
                if is_held || base.iter().any(is_there) {
                    let key = (account, None, None, None, run.from, run.to, agreement);
                    lines.insert(key, money);
                }
            }
        }
        for key in lines.keys() {
            let (priced, own) = self.percentage(&item, &weighing, key, &lines);
            let exact: Vec<Exact> = priced.iter().map(|(_, net)| net.clone()).collect();
            let nets = rounded_together(&exact, self.case.exponent(), self.world.half_even);
            let (quantity, net_exact) = priced[own].clone();
            self.rated.push(Rated {
                item: position,
                key: *key,
                quantity,
                net_exact,
                net: nets[own].clone(),
            });
        }
    }

    /// What a line comes to, beside those under the agreements that follow each other with the same price.
    fn percentage(
        &self,
        item: &Item,
        weighing: &Weighing,
        key: &Key,
        lines: &BTreeMap<Key, Exact>,
    ) -> (Vec<(Exact, Exact)>, usize) {
        let tariff = self.tariff(item, key);
        let contract = |key: &Key| (key.0, self.agreements.contract(key.0, key.6));
        let same = |other: &&Key| {
            (other.4, other.5) == (key.4, key.5)
                && contract(other) == contract(key)
                && self.tariff(item, other) == tariff
        };
        let mut alike: Vec<Key> = lines.keys().filter(same).copied().collect();
        alike.sort_by_key(|key| self.agreements.shown(key).from);
        let money: Exact = alike.iter().map(|key| &lines[key]).sum();
        let steps = |key: &Key| {
            let shown = self.agreements.shown(key);
            whole((shown.to - shown.from) as i128)
        };
        let all_steps: Exact = alike.iter().map(steps).sum();
        let weight = weighing.once(key.4, key.5);
        let priced = alike.iter().map(|one| {
            let part = if money.is_zero() {
                steps(one) / &all_steps
            } else {
                &lines[one] / &money
            };
            let used = Used {
                moments: average(money.clone(), &weight),
                once: whole(1),
                there: weight.clone(),
                weight: weight.clone(),
                shared: None,
                part: Part {
                    of_quantity: part.clone(),
                    of_amounts: part,
                },
            };
            price(item, &tariff, &used)
        });
        let priced = priced.collect();
        let own = alike.iter().position(|one| one == key).unwrap_or(0);
        (priced, own)
    }

    /// What is missing from the least that an account pays.
    pub(crate) fn true_ups(&self) -> impl Iterator<Item = (String, Line)> {
        let commitments = self.case.commitments.iter();
        commitments.filter_map(move |(account, least)| {
            let own = self.rated.iter().filter(|rated| rated.key.0 == *account);
            let billed: BigInt = own.map(|rated| &rated.net).sum();
            let minor = BigInt::from(10).pow(self.case.exponent());
            let missing = BigInt::from(*least) * &minor - billed;
            let name = format!(
                "{} standard commitment commitment=minimum {} {}",
                self.case.account(*account),
                self.month.instant(0),
                self.month.instant(self.month.end())
            );
            let line = Line {
                net: amount(&missing, self.case.exponent()),
                net_exact: Exact::new(missing.clone(), minor).to_string(),
                quantity_exact: whole(1).to_string(),
            };
            (missing > BigInt::zero()).then_some((name, line))
        })
    }
}
