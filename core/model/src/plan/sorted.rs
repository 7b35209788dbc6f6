//! The charges of a family by where they go: to the posted part that bills them, to what gives back, or to what is not posted yet.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Abilities;
use super::advances::Advances;
use super::family::Family;
use super::give_back::{Advance, advance_of, is_given_back};
use crate::charge::{Charge, ChargeKey};
use crate::money::Money;

pub(super) type Nets<'a> = BTreeMap<&'a ChargeKey, Money>;
pub(super) type Targets<'a> = BTreeMap<&'a ChargeKey, &'a Charge>;

#[derive(Default)]
pub(super) struct Sorted<'a> {
    /// By the posted part that bills them.
    pub(super) targets: BTreeMap<u32, Targets<'a>>,
    /// In the part that gives back.
    pub(super) back: Targets<'a>,
    pub(super) unposted: Vec<&'a Charge>,
    pub(super) waiting: Vec<&'a Charge>,
}

impl<'a> Sorted<'a> {
    pub(super) fn of(
        family: &'a Family<'a>,
        posted_nets: &BTreeMap<u32, Nets<'_>>,
        back_nets: &Nets<'_>,
    ) -> Self {
        let mut sorted = Self::default();
        let giving_back = OnceCell::new();
        for (&key, &charge) in &family.charges {
            let again = || {
                let is_new = is_given_back(charge) && !back_nets.contains_key(key);
                let parts = is_new.then(|| giving_back.get_or_init(|| giving_back_by(posted_nets)));
                parts?.get(&advance_of(key)).copied()
            };
            let home = home(posted_nets, key);
            let home = home.filter(|part| !is_of_others(charge, &posted_nets[part]));
            match home.or_else(again) {
                Some(part) => {
                    let targets = sorted.targets.entry(part).or_default();
                    targets.insert(key, charge);
                }
                None if back_nets.contains_key(key) => {
                    sorted.back.insert(key, charge);
                }
                None => sorted.unposted.push(charge),
            }
        }
        sorted
    }

    /// Takes what is given back out of what is not posted, unless the advance itself is billed with it. Nothing is credited that
    /// was never confirmed: it waits for what bills the advance.
    pub(super) fn set_apart(&mut self, abilities: &Abilities, advances: &Advances<'a>) {
        let (less, charged): (Vec<&Charge>, Vec<&Charge>) = self
            .unposted
            .iter()
            .partition(|charge| is_given_back(charge));
        // Not where it only bills more of one: as much may have been billed by others.
        let billing = charged.iter().filter(|one| one.key.since.is_none());
        let own: BTreeSet<Advance<'_>> = billing.map(|one| advance_of(&one.key)).collect();
        self.unposted = charged;
        for charge in less {
            let key = &charge.key;
            if advances.are_posted(advance_of(key), charge.net.currency()) {
                self.back.insert(key, charge);
            } else if abilities.negative_lines && own.contains(&advance_of(key)) {
                self.unposted.push(charge);
            } else {
                self.waiting.push(charge);
            }
        }
        self.unposted.sort_by_key(|charge| &charge.key);
    }

    /// What is given back of what the original itself bills is credited to it when that is posted.
    pub(super) fn wait_for_own(&mut self) {
        let unposted = std::mem::take(&mut self.unposted).into_iter();
        let (less, charged): (Vec<_>, Vec<_>) = unposted.partition(|charge| is_given_back(charge));
        self.unposted = charged;
        self.waiting.extend(less);
    }
}

/// The posted part that bills the key: the first that still does, else the first that did.
fn home(nets: &BTreeMap<u32, Nets<'_>>, key: &ChargeKey) -> Option<u32> {
    let billing = |zero: bool| {
        nets.iter().find_map(|(&part, nets)| {
            let net = nets.get(key)?;
            (net.is_zero() == zero).then_some(part)
        })
    };
    billing(false).or_else(|| billing(true))
}

/// Does a charge, that was more when the part billed it, give back now what other documents billed in advance?
fn is_of_others(charge: &Charge, nets: &Nets<'_>) -> bool {
    let key = &charge.key;
    let gave_back = nets.get(key).is_some_and(|net| net.is_negative());
    let bills = |(known, net): (&&ChargeKey, &Money)| {
        known.since.is_none() && !net.is_negative() && advance_of(known) == advance_of(key)
    };
    is_given_back(charge) && !gave_back && !nets.iter().any(bills)
}

/// The first posted part that gives something of an advance back. What is given back as of another moment now is corrected there.
fn giving_back_by<'n>(nets: &BTreeMap<u32, Nets<'n>>) -> BTreeMap<Advance<'n>, u32> {
    let mut parts = BTreeMap::new();
    for (&part, nets) in nets {
        for (&key, net) in nets {
            if key.since.is_some() && net.is_negative() {
                parts.entry(advance_of(key)).or_insert(part);
            }
        }
    }
    parts
}
