//! A charge that price versions, or renewed agreements, cut within its charge period: each version prices the quantity of all
//! of it, and has its part of what that comes to. So rounding up, packages, tiers and allowances see the cumulative quantity
//! (rule R16), and a version that charges the same changes no sum (rule R11).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use num_traits::{One, Zero};

use super::charged_period::{ChargedPeriod, PriceTable};
use super::evaluate::{is_by_time, is_of_one_moment};
use super::group::{Group, Portion};
use super::pricing::Part;
use super::renewals::{ContractKey, alike, contract, tariff};
use super::usage::{Beyond, Used, beyond, own_allowance, seconds, units_there};
use super::weights::Weights;
use crate::decimal::Rational;
use crate::ids::ResourceId;
use crate::price::{Model, PriceItem, Tariff, TiersSee};
use crate::time::Period;

/// What a group is a part of.
#[derive(Debug, Clone)]
pub(super) struct Cut<'a> {
    pub(super) portions: Rc<[Portion<'a>]>,
    /// Those of each version, and what each resource has free under it.
    versions: Rc<[Version]>,
    /// Of these, that of the group.
    own: usize,
    /// From the first version to the last.
    pub(super) within: Period,
    /// The same for all parts of one charge.
    pub(super) charge: usize,
}

/// One of the prices that cut a charge.
#[derive(Debug, Clone)]
struct Version {
    portions: Range<usize>,
    free: Option<Rational>,
}

/// From the first stretch that has a price to the last one.
pub(super) fn priced(charged: &[ChargedPeriod<'_>]) -> Option<Period> {
    let mut priced = charged.iter().filter(|one| one.selection.is_ok());
    let first = priced.next()?.period;
    Some(priced.fold(first, |all, next| all.hull(next.period)))
}

/// By position of the group: the prices and renewed agreements of one charge. A group that is all of its charge has none, nor
/// has one whose tiers see each moment: moments are priced one by one, but for what is due once.
pub(super) fn cuts<'a>(groups: &[Group<'a>], table: &PriceTable<'_>) -> HashMap<usize, Cut<'a>> {
    let mut charges: BTreeMap<ContractKey<'_>, Vec<usize>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let is_cut = group.within != group.charged.period || group.buyer.is_renewed();
        if is_cut && !sees_moments(group, table) {
            charges.entry(contract(group)).or_default().push(position);
        }
    }
    let moments = alike(groups, |group| {
        sees_moments(group, table) && tariff(group).is_some_and(Tariff::has_amounts_due_once)
    });
    let charges = charges.into_values().filter(|positions| {
        let is_all = |one: &usize| groups[*one].within == groups[*one].charged.period;
        let is_linear = |position: &usize| is_linear(&groups[*position], table);
        let alone = positions.len() < 2 && positions.iter().all(is_all);
        !alone && !positions.iter().all(is_linear)
    });
    let mut cuts = HashMap::new();
    for (charge, positions) in charges.chain(moments).enumerate() {
        let within = positions.iter().map(|position| groups[*position].within);
        let Some(mut within) = within.reduce(Period::hull) else {
            continue;
        };
        if sees_moments(&groups[positions[0]], table) {
            within = groups[positions[0]].charged.period;
        }
        let portions = positions.iter();
        let portions = portions.flat_map(|position| groups[*position].portions.iter().cloned());
        let portions: Rc<[Portion<'a>]> = portions.collect();
        let versions = versions(&positions, groups);
        for (own, position) in positions.into_iter().enumerate() {
            let cut = Cut {
                portions: Rc::clone(&portions),
                versions: Rc::clone(&versions),
                own,
                within,
                charge,
            };
            cuts.insert(position, cut);
        }
    }
    cuts
}

fn versions(positions: &[usize], groups: &[Group<'_>]) -> Rc<[Version]> {
    let mut begin = 0;
    let versions = positions.iter().map(|position| {
        let group = &groups[*position];
        let from = begin;
        begin += group.portions.len();
        Version {
            portions: from..begin,
            free: tariff(group).and_then(own_allowance),
        }
    });
    versions.collect()
}

fn sees_moments(group: &Group<'_>, table: &PriceTable<'_>) -> bool {
    table.item(group.item).tiers_see == TiersSee::EachMoment
}

/// Is it all the same whether the parts are priced or the whole? Then no version looks at what the others have.
pub(super) fn is_linear(group: &Group<'_>, table: &PriceTable<'_>) -> bool {
    let by_unit = tariff(group).is_some_and(|tariff| {
        matches!(tariff.model, Model::Unit(_)) && tariff.is_plain_but_for_percent()
    });
    by_unit && is_by_time(table.item(group.item))
}

/// What one version has of a charge.
#[derive(Debug)]
pub(super) struct CutPart {
    pub(super) part: Part,
    /// What each portion of the group counts for.
    pub(super) counts: Vec<Rational>,
}

impl Cut<'_> {
    /// By the quantity that is priced under each version, or by time where there is none.
    pub(super) fn part(
        &self,
        used: &Used,
        (item, tariff): (&PriceItem, &Tariff),
        weights: &Weights,
    ) -> CutPart {
        let counts = self.counts(used, item, weights);
        let version = &self.versions[self.own];
        let own = &self.portions[version.portions.clone()];
        let part = if matches!(tariff.model, Model::Flat(_)) {
            let there = |portions| Rational::from_integer(units_there(portions, weights).into());
            Part::even(ratio(there(own), &there(&self.portions)).unwrap_or_else(|| self.of_time()))
        } else {
            self.of_counts(&counts, used, (item, weights))
        };
        CutPart {
            part,
            counts: counts[version.portions.clone()].to_vec(),
        }
    }

    /// What a resource has free is nowhere priced. So a version that frees more than another prices less of the time of
    /// others, while what is due once for all of the charge is shared by what each version prices of its own time.
    fn of_counts(
        &self,
        counts: &[Rational],
        used: &Used,
        (item, weights): (&PriceItem, &Weights),
    ) -> Part {
        let sums = |beyond: Option<&Beyond>, range: &Range<usize>| -> Rational {
            let counted = self.portions[range.clone()].iter();
            let counted = counted.zip(&counts[range.clone()]);
            let priced = counted.filter_map(|(portion, count)| match beyond {
                None => Some(count.clone()),
                Some(beyond) => Some(count * beyond.get(&portion.interval.resource)?),
            });
            priced.sum()
        };
        let everything = 0..self.portions.len();
        let own = &self.versions[self.own];
        if self.versions.iter().all(|one| one.free == own.free) {
            let beyond = used.beyond.as_ref();
            let own_part = ratio(sums(beyond, &own.portions), &sums(beyond, &everything));
            let by_count = || ratio(sums(None, &own.portions), &sums(None, &everything));
            return Part::even(own_part.or_else(by_count).unwrap_or_else(|| self.of_time()));
        }
        let priced = self.versions.iter().map(|version| {
            let beyond = version.free.as_ref().map(|free| {
                let counts = used.counts.as_deref();
                beyond((&self.portions, counts), item, (weights, self.within), free).1
            });
            sums(beyond.as_ref(), &version.portions)
        });
        let priced: Vec<Rational> = priced.collect();
        let once = ratio(priced[self.own].clone(), &priced.iter().sum())
            .or_else(|| ratio(sums(None, &own.portions), &sums(None, &everything)))
            .unwrap_or_else(|| self.of_time());
        let all = sums(used.beyond.as_ref(), &everything);
        Part {
            priced: ratio(priced[self.own].clone(), &all).unwrap_or_else(|| once.clone()),
            once,
        }
    }

    fn of_time(&self) -> Rational {
        let own = &self.portions[self.versions[self.own].portions.clone()];
        ratio(seconds(own), &seconds(&self.portions)).unwrap_or_else(Rational::one)
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

/// `None` of nothing.
fn ratio(part: Rational, all: &Rational) -> Option<Rational> {
    (!all.is_zero()).then(|| part / all)
}
