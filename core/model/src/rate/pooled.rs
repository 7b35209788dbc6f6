//! Allowances that all charges of a customer share: each has a part of it in proportion to its quantity.
//!
//! Parts are exact, so that they sum to the allowance and no order of charges decides anything.

use std::collections::{BTreeMap, HashMap};

use num_traits::Zero;

use super::charged_period::PriceTable;
use super::cut::Cut;
use super::group::Group;
use super::usage::used;
use crate::decimal::{Decimal, Rational};
use crate::ids::CustomerKey;
use crate::price::{AllowancePer, RoundQuantity};
use crate::time::Period;

/// Charges with the same of these share an allowance: item, customer, the time from its first price to its last, how much it is.
type PoolKey<'a> = (usize, &'a CustomerKey, Period, Decimal);

/// A charge; one that prices cut has several groups.
struct Member {
    charge: Option<usize>,
    groups: Vec<usize>,
    level: Rational,
}

/// By position of the group: its part, in the unit of the item, as a level over the charged period.
pub(super) fn pooled(
    groups: &[Group<'_>],
    cuts: &HashMap<usize, Cut<'_>>,
    table: &PriceTable<'_>,
) -> HashMap<usize, Rational> {
    let mut pools: BTreeMap<PoolKey<'_>, Vec<Member>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let Ok(selection) = &group.charged.selection else {
            continue;
        };
        let tariff = selection.tariff();
        let shared = tariff
            .allowance
            .filter(|one| one.per == AllowancePer::Customer);
        let Some(allowance) = shared else {
            continue;
        };
        let cut = cuts.get(&position);
        let own = (group.portions.as_slice(), group.charged.period);
        let (portions, period) = cut.map_or(own, |cut| (&cut.portions, cut.within));
        let weight = table.fraction(group.item, period);
        if weight.is_zero() {
            continue;
        }
        let item = table.item(group.item);
        let weights = table.weights(group.item);
        let used = used(portions, (item, tariff), weights, period);
        let mut level = used.quantity / weight;
        if let Some(conversion) = &tariff.conversion {
            level *= &conversion.factor;
            if conversion.round == RoundQuantity::Up {
                level = level.ceil();
            }
        }
        let customer = &group.buyer.terms.customer;
        let key = (group.item, customer, period, allowance.quantity);
        let members = pools.entry(key).or_default();
        let charge = cut.map(|cut| cut.charge);
        let same = members
            .iter_mut()
            .find(|one| charge.is_some() && one.charge == charge);
        match same {
            Some(member) => member.groups.push(position),
            None => members.push(Member {
                charge,
                groups: vec![position],
                level,
            }),
        }
    }
    let mut parts = HashMap::new();
    for ((.., quantity), members) in pools {
        let free = quantity.to_rational();
        let all: Rational = members.iter().map(|member| &member.level).sum();
        for Member { groups, level, .. } in members {
            let part = if all <= free {
                level
            } else {
                level * &free / &all
            };
            parts.extend(groups.into_iter().map(|position| (position, part.clone())));
        }
    }
    parts
}
