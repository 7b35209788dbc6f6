//! Agreements of an account that follow one another: what is renewed within a charge period is still one charge, of which each
//! agreement has a part.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::AccountTerms;
use super::charged_period::PriceTable;
use super::group::{Buyer, Group};
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey, PlanKey};
use crate::money::{Currency, Money, round_money, round_to_total};
use crate::price::{Model, Selection, Tariff};
use crate::time::{Instant, Period, Validity};

const PLAN: &str = "plan";

/// While an account had an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAgreement {
    pub agreement: AgreementKey,
    pub validity: Validity,
    /// Of what has no other by a rule.
    pub plan: Option<PlanKey>,
}

/// One of several agreements that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub agreement: AgreementKey,
    /// Without the begin of the first one and the end of the last one, which nothing comes before and after.
    pub validity: Validity,
    pub plan: Option<PlanKey>,
    /// The first of them, which stands for all.
    pub first: AgreementKey,
}

/// Of the agreements of an account those that follow one another: each comes next after the other one's end, and nothing else
/// does. Agreements that hold at the same time are contracts of their own.
pub fn renewals(held: impl IntoIterator<Item = HeldAgreement>) -> Vec<Renewal> {
    let held = joined(held);
    let following: Vec<Option<usize>> = (0..held.len()).map(|one| next(&held, one)).collect();
    let is_next = |one: usize| following.contains(&Some(one));
    let mut renewals = Vec::new();
    for first in (0..held.len()).filter(|one| !is_next(*one)) {
        let mut chain = vec![first];
        while let Some(next) = chain.last().and_then(|last| following[*last]) {
            chain.push(next);
        }
        let names: BTreeSet<&AgreementKey> =
            chain.iter().map(|one| &held[*one].agreement).collect();
        if names.len() < 2 {
            continue;
        }
        let last = chain.len() - 1;
        renewals.extend(chain.iter().enumerate().map(|(place, one)| {
            let one = &held[*one];
            Renewal {
                agreement: one.agreement.clone(),
                validity: Validity {
                    from: one.validity.from.filter(|_| place > 0),
                    to: one.validity.to.filter(|_| place < last),
                },
                plan: one.plan.clone(),
                first: held[first].agreement.clone(),
            }
        }));
    }
    renewals
}

/// In the order of time. One that goes on is one.
fn joined(held: impl IntoIterator<Item = HeldAgreement>) -> Vec<HeldAgreement> {
    let mut held: Vec<HeldAgreement> = held.into_iter().collect();
    held.sort_by(|a, b| {
        let key = |one: &HeldAgreement| (one.validity.from, one.validity.to);
        (key(a), &a.agreement).cmp(&(key(b), &b.agreement))
    });
    held.dedup_by(|next, last| {
        let goes_on = next.agreement == last.agreement
            && next.plan == last.plan
            && next.validity.from.is_some()
            && next.validity.from == last.validity.to;
        if goes_on {
            last.validity.to = next.validity.to;
        }
        goes_on
    });
    held
}

/// The one that begins first after another one's end, which ended last before it.
fn next(held: &[HeldAgreement], of: usize) -> Option<usize> {
    let end = held[of].validity.to?;
    let begins = |one: &usize| held[*one].validity.from.filter(|from| *from >= end);
    let begin = (0..held.len()).filter_map(|one| begins(&one)).min()?;
    let only = |at: Instant, edge: &dyn Fn(&HeldAgreement) -> Option<Instant>| {
        let mut there = (0..held.len()).filter(|one| edge(&held[*one]) == Some(at));
        there.next().filter(|_| there.next().is_none())
    };
    let next = only(begin, &|one| one.validity.from)?;
    let ended = held.iter().filter_map(|one| one.validity.to);
    let last = ended.filter(|to| *to <= begin).max()?;
    (only(last, &|one| one.validity.to)? == of).then_some(next)
}

impl AccountTerms {
    fn renewal(&self, agreement: &AgreementKey) -> Option<&Renewal> {
        let mut renewals = self.renewals.iter();
        renewals.find(|renewal| renewal.agreement == *agreement)
    }

    /// The part of a period in which an agreement held, if another one held in the rest of it.
    pub(super) fn held(&self, agreement: &AgreementKey, period: Period) -> Option<Period> {
        let own = self.renewals.iter().enumerate();
        let own = own.filter(|(_, renewal)| renewal.agreement == *agreement);
        let held = own.filter_map(|(place, renewal)| {
            let is_there = |other: Option<&Renewal>| {
                other.is_some_and(|other| {
                    other.first == renewal.first && other.validity.clip(period).is_some()
                })
            };
            let before = place.checked_sub(1).map(|place| &self.renewals[place]);
            let after = self.renewals.get(place + 1);
            let held = Validity {
                from: renewal.validity.from.filter(|_| is_there(before)),
                to: renewal.validity.to.filter(|_| is_there(after)),
            };
            renewal.validity.clip(period)?;
            held.clip(period)
        });
        held.reduce(Period::hull)
    }
}

impl Buyer<'_> {
    pub(super) fn is_renewed(&self) -> bool {
        self.terms.renewal(self.agreement).is_some()
    }

    /// What stands for all agreements of which one follows the other.
    pub(super) fn contract(&self) -> &AgreementKey {
        let renewal = self.terms.renewal(self.agreement);
        renewal.map_or(self.agreement, |renewal| &renewal.first)
    }
}

/// What is one charge however often its agreement is renewed: account, agreement, item, and the dimensions without a plan that
/// the agreement brings.
pub(super) type ContractKey<'k> = (
    AccountId,
    &'k AgreementKey,
    usize,
    Cow<'k, BTreeMap<String, String>>,
);

pub(super) fn contract<'k>(group: &'k Group<'_>) -> ContractKey<'k> {
    let buyer = &group.buyer;
    let mut dimensions = Cow::Borrowed(&group.dimensions);
    if let Some(renewal) = buyer.terms.renewal(buyer.agreement)
        && renewal.plan.as_ref() == buyer.plan
    {
        dimensions.to_mut().remove(PLAN);
    }
    (buyer.account, buyer.contract(), group.item, dimensions)
}

/// The sets of groups under which the same terms hold before and after a renewal, each set in the order of time.
pub(super) fn alike(groups: &[Group<'_>], is_one: impl Fn(&Group<'_>) -> bool) -> Vec<Vec<usize>> {
    let mut sets: BTreeMap<(ContractKey<'_>, Period), Vec<Vec<usize>>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        if !group.buyer.is_renewed() || !is_one(group) {
            continue;
        }
        let Some(tariff) = tariff(group) else {
            continue;
        };
        let sets = sets
            .entry((contract(group), group.charged.period))
            .or_default();
        let same = |set: &&mut Vec<usize>| {
            let mut set = set.iter();
            set.any(|one| self::tariff(&groups[*one]) == Some(tariff))
        };
        match sets.iter_mut().find(same) {
            Some(set) => set.push(position),
            None => sets.push(vec![position]),
        }
    }
    let sets = sets.into_values().flatten().filter(|set| set.len() > 1);
    let in_order = sets.map(|mut set| {
        set.sort_by_key(|one| {
            let buyer = &groups[*one].buyer;
            let held = buyer
                .terms
                .held(buyer.agreement, groups[*one].charged.period);
            (held, buyer.agreement, buyer.plan)
        });
        set
    });
    in_order.collect()
}

pub(super) fn tariff<'g>(group: &'g Group<'_>) -> Option<&'g Tariff> {
    let selection = group.charged.selection.as_ref();
    selection.ok().map(Selection::tariff)
}

/// By position of the group, its net: those of one set sum to what all of it is rounded to (rule R11). A total that is split is
/// rounded by itself.
pub(super) fn rounded(
    groups: &[Group<'_>],
    table: &PriceTable<'_>,
    exact: impl Fn(usize) -> Option<Rational>,
) -> HashMap<usize, Money> {
    let is_split = |group: &Group<'_>| {
        tariff(group).is_none_or(|tariff| matches!(tariff.model, Model::Split(_)))
    };
    let mut rounded = HashMap::new();
    for set in alike(groups, |group| !is_split(group)) {
        let currency = groups[set[0]].buyer.terms.currency;
        let exact: Option<Vec<Rational>> = set.iter().map(|one| exact(*one)).collect();
        let nets = exact.and_then(|exact| together(&exact, currency, table));
        rounded.extend(set.into_iter().zip(nets.unwrap_or_default()));
    }
    rounded
}

/// `None` where an amount does not fit.
pub(super) fn together(
    exact: &[Rational],
    currency: Currency,
    table: &PriceTable<'_>,
) -> Option<Vec<Money>> {
    let rounding = table.book.rounding.of(currency);
    let total = round_money(&exact.iter().sum(), currency, rounding).ok()?;
    round_to_total(total, exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(agreement: &str, from: Option<i64>, to: Option<i64>) -> HeldAgreement {
        let at = |seconds: Option<i64>| seconds.map(|at| Instant::from_seconds(at).unwrap());
        HeldAgreement {
            agreement: AgreementKey::from(agreement),
            validity: Validity {
                from: at(from),
                to: at(to),
            },
            plan: None,
        }
    }

    fn shown(held: impl IntoIterator<Item = HeldAgreement>) -> Vec<String> {
        let bound = |at: Option<Instant>| at.map_or(String::new(), |at| at.seconds().to_string());
        let renewals = renewals(held).into_iter().map(|one| {
            let (from, to) = (bound(one.validity.from), bound(one.validity.to));
            format!("{} {from}..{to} of {}", one.agreement, one.first)
        });
        renewals.collect()
    }

    #[test]
    fn those_that_follow_one_another_are_one_contract() {
        let three = [
            held("c", Some(30), Some(40)),
            held("a", Some(0), Some(10)),
            held("b", Some(20), Some(30)),
        ];
        let expected = ["a ..10 of a", "b 20..30 of a", "c 30.. of a"];
        assert_eq!(shown(three), expected);
    }

    #[test]
    fn one_beside_them_stays_apart() {
        let beside = [
            held("a", None, Some(10)),
            held("b", Some(10), None),
            held("x", None, None),
        ];
        assert_eq!(shown(beside), ["a ..10 of a", "b 10.. of a"]);
    }

    #[test]
    fn nobody_knows_which_of_two_follows() {
        let two = [
            held("a", None, Some(10)),
            held("b", Some(10), None),
            held("c", Some(10), None),
        ];
        assert_eq!(shown(two), [""; 0]);
        let ended = [
            held("a", None, Some(10)),
            held("b", None, Some(10)),
            held("c", Some(10), None),
        ];
        assert_eq!(shown(ended), [""; 0]);
    }

    #[test]
    fn one_that_only_goes_on_is_no_renewal() {
        let goes_on = [
            held("a", None, Some(10)),
            held("a", Some(10), Some(20)),
            held("a", Some(30), None),
        ];
        assert_eq!(shown(goes_on), [""; 0]);
        let again = [
            held("a", None, Some(10)),
            held("b", Some(10), Some(20)),
            held("a", Some(20), None),
        ];
        let expected = ["a ..10 of a", "b 10..20 of a", "a 20.. of a"];
        assert_eq!(shown(again), expected);
    }
}
