//! A charge that price versions cut within its charge period: each version prices the quantity of all of it, and has its part
//! of what that comes to. So rounding up, packages, tiers and allowances see the cumulative quantity (rule R16), and a version
//! that charges the same changes no sum (rule R11).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use num_traits::{One, Zero};

use super::charged_period::{ChargedPeriod, PriceTable};
use super::evaluate::{is_by_time, is_of_one_moment};
use super::group::{Group, Portion};
use super::usage::{Used, units_there};
use super::weights::Weights;
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey, ResourceId};
use crate::price::{Model, PriceItem, Selection, Tariff, TiersSee};
use crate::time::Period;

/// What a group is a part of.
#[derive(Debug, Clone)]
pub(super) struct Cut<'a> {
    pub(super) portions: Rc<[Portion<'a>]>,
    /// Those of the group.
    own: Range<usize>,
    /// From the first version to the last.
    pub(super) within: Period,
    /// The same for all parts of one charge.
    pub(super) charge: usize,
}

/// From the first stretch that has a price to the last one.
pub(super) fn priced(charged: &[ChargedPeriod<'_>]) -> Option<Period> {
    let mut priced = charged.iter().filter(|one| one.selection.is_ok());
    let first = priced.next()?.period;
    Some(priced.fold(first, |all, next| all.hull(next.period)))
}

/// By position of the group. A group that no price cuts has none, nor has one whose tiers see each moment: moments are priced
/// one by one.
pub(super) fn cuts<'a>(groups: &[Group<'a>], table: &PriceTable<'_>) -> HashMap<usize, Cut<'a>> {
    type Key<'k> = (
        AccountId,
        &'k AgreementKey,
        usize,
        &'k BTreeMap<String, String>,
    );
    let mut charges: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let at_once = table.item(group.item).tiers_see == TiersSee::Average;
        if at_once && group.within != group.charged.period {
            let buyer = &group.buyer;
            let key = (
                buyer.account,
                buyer.agreement,
                group.item,
                &group.dimensions,
            );
            charges.entry(key).or_default().push(position);
        }
    }
    let mut cuts = HashMap::new();
    for (charge, positions) in charges.into_values().enumerate() {
        let is_linear = |position: &usize| is_linear(&groups[*position], table);
        if positions.iter().all(is_linear) {
            continue;
        }
        let portions = positions.iter();
        let portions = portions.flat_map(|position| groups[*position].portions.iter().cloned());
        let portions: Rc<[Portion<'a>]> = portions.collect();
        let mut begin = 0;
        for position in positions {
            let end = begin + groups[position].portions.len();
            let cut = Cut {
                portions: Rc::clone(&portions),
                own: begin..end,
                within: groups[position].within,
                charge,
            };
            cuts.insert(position, cut);
            begin = end;
        }
    }
    cuts
}

/// Is it all the same whether the parts are priced or the whole? Then no version looks at what the others have.
fn is_linear(group: &Group<'_>, table: &PriceTable<'_>) -> bool {
    let tariff = group.charged.selection.as_ref().map(Selection::tariff);
    let by_unit = tariff.is_ok_and(|tariff| {
        matches!(tariff.model, Model::Unit(_)) && tariff.is_plain_but_for_percent()
    });
    by_unit && is_by_time(table.item(group.item))
}

/// What one version has of a charge.
#[derive(Debug)]
pub(super) struct CutPart {
    pub(super) part: Rational,
    /// What each portion of the group counts for.
    pub(super) counts: Vec<Rational>,
}

impl Cut<'_> {
    /// By the quantity under each version, or by time where there is none.
    pub(super) fn part(
        &self,
        used: &Used,
        (item, tariff): (&PriceItem, &Tariff),
        weights: &Weights,
    ) -> CutPart {
        let counts = self.counts(used, item, weights);
        let own = &self.portions[self.own.clone()];
        let parts = if matches!(tariff.model, Model::Flat(_)) {
            let there = |portions| Rational::from_integer(units_there(portions, weights).into());
            (there(own), there(&self.portions))
        } else {
            let own: Rational = counts[self.own.clone()].iter().sum();
            (own, counts.iter().sum())
        };
        let (part, all) = if parts.1.is_zero() {
            (seconds(own), seconds(&self.portions))
        } else {
            parts
        };
        CutPart {
            part: if all.is_zero() {
                Rational::one()
            } else {
                part / all
            },
            counts: counts[self.own.clone()].to_vec(),
        }
    }

    /// Of all portions. What a resource counts for at one moment of its time is spread over all of it.
    fn counts(&self, used: &Used, item: &PriceItem, weights: &Weights) -> Vec<Rational> {
        let total = Rational::from_integer(weights.total().into());
        let units = |portion: &Portion<'_>| Rational::from_integer(portion.units.into());
        let Some(counts) = &used.counts else {
            let by_time = |portion: &Portion<'_>| {
                portion.quantity.to_rational() * units(portion) * portion.share / &total
            };
            return self.portions.iter().map(by_time).collect();
        };
        if !is_of_one_moment(item) {
            return counts.clone();
        }
        let place = |portion: &Portion<'_>| (portion.interval.resource, portion.channel);
        let mut resources: BTreeMap<(ResourceId, u8), (Rational, Rational, Rational)> =
            BTreeMap::new();
        for (portion, count) in self.portions.iter().zip(counts) {
            let of = resources.entry(place(portion)).or_default();
            of.0 += count;
            of.1 += units(portion);
            of.2 += seconds(std::slice::from_ref(portion));
        }
        let spread = |portion: &Portion<'_>| {
            let (count, all_units, all_seconds) = &resources[&place(portion)];
            if all_units.is_zero() {
                count * seconds(std::slice::from_ref(portion)) / all_seconds
            } else {
                count * units(portion) / all_units
            }
        };
        self.portions.iter().map(spread).collect()
    }
}

fn seconds(portions: &[Portion<'_>]) -> Rational {
    let seconds = portions.iter().map(|portion| portion.period.seconds());
    Rational::from_integer(seconds.sum::<i64>().into())
}
