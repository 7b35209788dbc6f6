//! Totals that several lines share: the parts sum to the cent (rule R27), whatever the order of the input.

use std::collections::{BTreeMap, HashMap};

use num_traits::{One, Zero};

use super::charged_period::PriceTable;
use super::group::Group;
use super::pricing::{ONE, Priced};
use super::usage::used;
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

struct Sharing {
    group: usize,
    key: ChargeKey,
    measure: Rational,
}

/// By position of the group. A total whose amount does not fit has no shares.
pub(super) fn shares(groups: &[Group<'_>], table: &PriceTable<'_>) -> HashMap<usize, Share> {
    let mut totals: BTreeMap<TotalKey<'_>, (Decimal, Vec<Sharing>)> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let Ok(selection) = &group.charged.selection else {
            continue;
        };
        let Model::Split(total) = selection.tariff().model else {
            continue;
        };
        let item = table.item(group.item);
        let measure = match item.split_by {
            SplitBy::Equal => Rational::one(),
            SplitBy::Quantity => {
                let terms = (item, selection.tariff());
                let weights = table.weights(group.item);
                used(&group.portions, terms, weights, group.charged.period).quantity
            }
        };
        let (currency, period) = (group.buyer.terms.currency, group.charged.period);
        let price = selection.price;
        let (signed, from) = (price.signed_before, price.validity.from);
        let price = (&price.level, signed, from, price.place.as_str());
        let key = (group.item, price, currency, period);
        let (_, sharing) = totals.entry(key).or_insert((total, Vec::new()));
        sharing.push(Sharing {
            group: position,
            key: group.key(table),
            measure,
        });
    }
    let mut shares = HashMap::new();
    for ((item, _, currency, period), (total, mut sharing)) in totals {
        sharing.sort_by(|a, b| a.key.cmp(&b.key));
        let weight = table.fraction(item, period);
        let due = total.to_rational() * &weight;
        if sharing.iter().all(|one| one.measure.is_zero()) {
            // The total is due all the same: nobody has more of it than another.
            for one in &mut sharing {
                one.measure = Rational::one();
            }
        }
        let measures: Vec<Rational> = sharing.iter().map(|one| one.measure.clone()).collect();
        let sum: Rational = measures.iter().sum();
        let nets = round_money(&due, currency, table.book.rounding.of(currency)).ok();
        let nets = nets.and_then(|net| split_largest_remainder(net, &measures));
        for (one, net) in sharing.into_iter().zip(nets.unwrap_or_default()) {
            let part = &one.measure / &sum * &weight;
            shares.insert(one.group, Share { total, part, net });
        }
    }
    shares
}
