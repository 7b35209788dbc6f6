//! Totals that several lines share: the parts sum to the cent (rule R27), whatever the order of the input.

use std::collections::{BTreeMap, HashMap};

use num_traits::{One, Zero};

use super::charged_period::PriceTable;
use super::group::{Group, Portion};
use super::pricing::{ONE, Priced};
use super::renewals::{ContractKey, contract, tariff};
use super::usage::{seconds, used};
use crate::charge::{ChargeKey, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::money::{Currency, Money, round_money, split_largest_remainder};
use crate::price::{Level, Model, Signed, SplitBy};
use crate::time::{Instant, Period};

/// What one line has of a total.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) total: Decimal,
    /// Of a whole period's total.
    pub(super) part: Rational,
    pub(super) net: Money,
}

impl Share {
    pub(super) fn priced(&self) -> Priced {
        let net = self.total.to_rational() * &self.part;
        Priced {
            quantity: self.part.clone(),
            unit: Some(ONE),
            parts: vec![PricedPart {
                tier: None,
                quantity: self.part.to_string(),
                unit: Some(ONE.to_owned()),
                unit_price: self.total,
                amount: net.to_string(),
            }],
            net,
        }
    }
}

/// Lines with the same of these share a total: item, price, currency, charged period.
type TotalKey<'a> = (usize, PriceKey<'a>, Currency, Period);
/// What tells a price from others of its item; several may stand on one line of a file.
type PriceKey<'a> = (&'a Level, Option<Signed>, Option<Instant>, &'a str);

struct Sharing<'a> {
    contract: ContractKey<'a>,
    key: ChargeKey,
    /// Of the agreements of the contract.
    groups: Vec<usize>,
}

impl Sharing<'_> {
    /// Of all that the contract has: a renewal changes nothing.
    fn measure(&self, groups: &[Group<'_>], table: &PriceTable<'_>) -> Rational {
        let first = &groups[self.groups[0]];
        if table.item(first.item).split_by == SplitBy::Equal {
            return Rational::one();
        }
        match self.groups.as_slice() {
            [_] => quantity(first, &first.portions, table),
            several => {
                let portions = several.iter().flat_map(|one| groups[*one].portions.clone());
                quantity(first, &portions.collect::<Vec<_>>(), table)
            }
        }
    }

    /// Each agreement of a contract has its part of what the contract has.
    fn divided(
        mut self,
        (groups, table): (&[Group<'_>], &PriceTable<'_>),
        (total, part, net): (Decimal, Rational, Money),
    ) -> Vec<(usize, Share)> {
        if let [only] = self.groups.as_slice() {
            return vec![(*only, Share { total, part, net })];
        }
        self.groups.sort_by_key(|one| {
            let (buyer, period) = (&groups[*one].buyer, groups[*one].charged.period);
            (buyer.terms.held(buyer.agreement, period), buyer.agreement)
        });
        let of_groups = |measure: &dyn Fn(&Group<'_>) -> Rational| -> Vec<Rational> {
            self.groups
                .iter()
                .map(|one| measure(&groups[*one]))
                .collect()
        };
        let by_time = || of_groups(&|group| seconds(&group.portions));
        let is_equal = table.item(groups[self.groups[0]].item).split_by == SplitBy::Equal;
        let mut own = if is_equal {
            by_time()
        } else {
            of_groups(&|group| quantity(group, &group.portions, table))
        };
        if own.iter().all(Zero::is_zero) {
            own = by_time();
        }
        let all: Rational = own.iter().sum();
        let nets = split_largest_remainder(net, &own).unwrap_or_default();
        let parts = self.groups.iter().zip(own).zip(nets);
        let parts = parts.map(|((one, own), net)| {
            let part = &part * own / &all;
            (*one, Share { total, part, net })
        });
        parts.collect()
    }
}

fn quantity(group: &Group<'_>, portions: &[Portion<'_>], table: &PriceTable<'_>) -> Rational {
    let tariff = tariff(group).expect("a group is opened for a stretch that has a price");
    let terms = (table.item(group.item), tariff);
    used(
        portions,
        terms,
        table.weights(group.item),
        group.charged.period,
    )
    .quantity
}

/// By position of the group. A total whose amount does not fit has no shares.
pub(super) fn shares(groups: &[Group<'_>], table: &PriceTable<'_>) -> HashMap<usize, Share> {
    let mut totals: BTreeMap<TotalKey<'_>, (Decimal, Vec<Sharing<'_>>)> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let Ok(selection) = &group.charged.selection else {
            continue;
        };
        let Model::Split(total) = selection.tariff().model else {
            continue;
        };
        let (currency, period) = (group.buyer.terms.currency, group.charged.period);
        let price = selection.price;
        let (signed, from) = (price.signed_before, price.validity.from);
        let price = (&price.level, signed, from, price.place.as_str());
        let key = (group.item, price, currency, period);
        let (_, sharing) = totals.entry(key).or_insert((total, Vec::new()));
        let contract = contract(group);
        let known = if group.buyer.is_renewed() {
            sharing.iter().position(|one| one.contract == contract)
        } else {
            None
        };
        match known {
            Some(known) => {
                let known = &mut sharing[known];
                known.key = known.key.clone().min(group.key(table));
                known.groups.push(position);
            }
            None => sharing.push(Sharing {
                contract,
                key: group.key(table),
                groups: vec![position],
            }),
        }
    }
    let mut shares = HashMap::new();
    for ((item, _, currency, period), (total, mut sharing)) in totals {
        sharing.sort_by(|a, b| a.key.cmp(&b.key));
        let weight = table.fraction(item, period);
        let due = total.to_rational() * &weight;
        let measures = sharing.iter().map(|one| one.measure(groups, table));
        let mut measures: Vec<Rational> = measures.collect();
        if measures.iter().all(Zero::is_zero) {
            // The total is due all the same: nobody has more of it than another.
            measures.fill(Rational::one());
        }
        let sum: Rational = measures.iter().sum();
        let nets = round_money(&due, currency, table.book.rounding.of(currency)).ok();
        let nets = nets.and_then(|net| split_largest_remainder(net, &measures));
        let nets = nets.unwrap_or_default();
        for ((one, measure), net) in sharing.into_iter().zip(measures).zip(nets) {
            let part = measure / &sum * &weight;
            shares.extend(one.divided((groups, table), (total, part, net)));
        }
    }
    shares
}
