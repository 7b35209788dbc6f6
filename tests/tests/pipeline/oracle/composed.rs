//! Lines that are made of others: parts of a total, percentages of what others come to, and what lacks of a least amount.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;

use super::exact::{Exact, amount, fraction, parts, rounded, whole};
use super::exchange::exchanged;
use super::parts_of_prices::Part;
use super::pricing::{Used, price};
use super::quantity::{Metered, Piece};
use super::rater::{Key, Line, Rated, Rater, average};
use super::weighing::Weighing;
use super::world::customer_of;

impl Rater<'_> {
    /// A total that all lines of an item share.
    pub(crate) fn share_out(
        &mut self,
        position: usize,
        weighing: &Weighing,
        lines: &BTreeMap<Key, Vec<Piece>>,
    ) {
        let item = self.item(position).clone();
        let mut totals: BTreeMap<(usize, usize, usize), Vec<(Key, Exact)>> = BTreeMap::new();
        for (key, pieces) in lines {
            let metered = Metered {
                item: &item,
                weighing,
                between: (key.4, key.5),
                pieces,
            };
            let measure = if item.split_equally {
                whole(1)
            } else {
                metered.quantity(None)
            };
            let price = self
                .price_at(&item, (key.0, key.1), key.4)
                .expect("the line has a price");
            let place = item
                .prices
                .iter()
                .position(|one| std::ptr::eq(one, price))
                .unwrap_or(0);
            totals
                .entry((place, key.4, key.5))
                .or_default()
                .push((*key, measure));
        }
        for ((place, from, to), mut sharing) in totals {
            sharing.sort_by_key(|(key, _)| (key.0, self.dimensions(*key)));
            let due = item.prices[place].tariff.amount.exact() * weighing.of(from, to);
            if sharing.iter().all(|(_, measure)| measure.is_zero()) {
                // Nobody has more of it than another.
                for (_, measure) in &mut sharing {
                    *measure = whole(1);
                }
            }
            let sum: Exact = sharing.iter().map(|(_, measure)| measure.clone()).sum();
            let measures: Vec<Exact> = sharing.iter().map(|(_, measure)| measure.clone()).collect();
            let total = rounded(&due, self.case.exponent(), self.world.half_even);
            let nets = parts(&total, &measures);
            for ((key, measure), net) in sharing.into_iter().zip(nets) {
                let part = measure / &sum;
                let rated = Rated {
                    item: position,
                    key,
                    quantity: &part * weighing.of(from, to),
                    net_exact: &part * &due,
                    net,
                };
                self.rated.push(rated);
            }
        }
    }

    pub(crate) fn rate_percentage(&mut self, position: usize) {
        let item = self.item(position).clone();
        let weighing = Weighing::new(item.proration, self.month);
        for account in self.charged.clone() {
            let customer = customer_of(account);
            if item
                .customer
                .is_some_and(|(only, named)| only != (customer == named))
            {
                continue;
            }
            let of_account =
                |rated: &&Rated| rated.key.0 == account && item.of.contains(&rated.item);
            let base: Vec<((usize, usize), BigInt)> = self
                .rated
                .iter()
                .filter(of_account)
                .map(|rated| ((rated.key.4, rated.key.5), rated.net.clone()))
                .collect();
            if base.is_empty() {
                continue;
            }
            for run in self.runs(&item, account, None) {
                let within = base.iter().map(|((from, to), net)| {
                    let steps = (*to).min(run.to).saturating_sub((*from).max(run.from));
                    Exact::from_integer(net.clone()) * fraction(steps as i128, (to - from) as i128)
                });
                let minor: Exact = within.sum();
                let money = minor / whole(10_i128.pow(self.case.exponent()));
                let tariff = &self
                    .price_at(&item, (account, None), run.from)
                    .expect("the run has a price")
                    .tariff;
                let tariff = exchanged(self.world, self.case, &item, tariff);
                let weight = weighing.of(run.from, run.to);
                let used = Used {
                    moments: average(money, &weight),
                    there: weight.clone(),
                    weight,
                    shared: None,
                    part: Part::all(),
                };
                let (quantity, net_exact) = price(&item, &tariff, &used);
                self.push(
                    position,
                    (account, None, None, None, run.from, run.to),
                    quantity,
                    net_exact,
                );
            }
        }
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
                "{} commitment commitment=minimum {} {}",
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
