//! Which documents should stand at the sink for a family, before it is known under which references.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Abilities;
use super::advances::Advances;
use super::chain::Chain;
use super::correction::{corrections, kind_of};
use super::family::Family;
use super::give_back::{Advance, Rooms, advance_of, given_back, is_given_back};
use super::input::{Confirmed, PlanInput};
use super::lines::{Bundle, of_charge, sum_billed};
use crate::charge::{Charge, ChargeKey};
use crate::document::{Buyer, DocumentKind, Reference};
use crate::einvoice::Invoicing;
use crate::ids::ItemKey;
use crate::money::{Money, MoneyError};

/// A document that is not posted yet.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) part: u32,
    pub(super) parts: u32,
    pub(super) kind: DocumentKind,
    pub(super) corrects: Option<Corrected>,
    pub(super) bundles: Vec<Bundle>,
}

#[derive(Debug, Clone)]
pub(super) struct Corrected {
    pub(super) reference: Reference,
    pub(super) remote_id: String,
    pub(super) buyer: Buyer,
    /// As the original was invoiced.
    pub(super) invoicing: Option<Box<Invoicing>>,
}

impl Corrected {
    pub(super) fn naming(named: &Confirmed) -> Self {
        Self {
            reference: named.delivery.reference.clone(),
            remote_id: named.remote.id.clone(),
            buyer: named.delivery.buyer.clone(),
            invoicing: named.delivery.invoicing.clone(),
        }
    }
}

/// Why nothing can be planned for a family.
#[derive(Debug)]
pub(super) enum Obstacle {
    Uncarried(Uncarried),
    Amount(MoneyError),
}

/// The sink has no place for an amount.
#[derive(Debug)]
pub(super) struct Uncarried {
    pub(super) item: ItemKey,
    pub(super) amount: Money,
    /// Reads after "the sink cannot carry it: ".
    pub(super) reason: &'static str,
}

impl From<MoneyError> for Obstacle {
    fn from(source: MoneyError) -> Self {
        Self::Amount(source)
    }
}

pub(super) fn uncarried(key: &ChargeKey, amount: Money, reason: &'static str) -> Obstacle {
    Obstacle::Uncarried(Uncarried {
        item: key.item.clone(),
        amount,
        reason,
    })
}

pub(super) fn carried(charge: &Charge, abilities: &Abilities) -> Result<Bundle, Obstacle> {
    let too_fine = "it keeps fewer decimals than the amount has";
    of_charge(charge, abilities).ok_or_else(|| uncarried(&charge.key, charge.net, too_fine))
}

/// What should stand there, and what has to wait.
#[derive(Debug)]
pub(super) struct Wants<'a> {
    pub(super) documents: Vec<Wanted>,
    /// Given back, once the document that billed it in advance is posted.
    pub(super) waiting: Vec<&'a Charge>,
    /// Charges that are rated otherwise, and come to the same together: nothing is sent of them.
    pub(super) restated: usize,
}

/// A charge that was posted is corrected where it was posted. Others go to the parts of the original that are not
/// posted; where all are, to a supplement of the first part. What is given back of an advance is credited to what billed it.
pub(super) fn wanted<'a>(
    family: &'a Family<'a>,
    (input, advances): (&'a PlanInput, &Advances<'a>),
) -> Result<Wants<'a>, Obstacle> {
    let abilities = &input.abilities;
    let posted = family.posted_chains();
    let mut posted_nets = BTreeMap::new();
    for (&part, chain) in &posted {
        posted_nets.insert(part, chain.net_posted()?);
    }
    let no_chain = Chain::default();
    let giving_back = family.giving_back();
    let back_part = giving_back.map(|(part, _)| part);
    let back_chain = giving_back.map_or(&no_chain, |(_, chain)| chain);
    let back_nets = back_chain.net_posted()?;
    let mut sorted = Sorted::of(family, &posted_nets, &back_nets);
    let gives_back = !back_nets.is_empty() || sorted.unposted.iter().any(|one| is_given_back(one));
    let rooms = gives_back.then(|| Rooms::of(advances, family));
    if let Some(rooms) = &rooms {
        sorted.set_apart(abilities, rooms);
    }
    let is_open = |part: u32| !posted.contains_key(&part) && back_part != Some(part);
    let original_is_open = (1..=family.parts()).any(is_open);
    let supplemented = posted.keys().next().filter(|_| !original_is_open);
    let mut documents = Vec::new();
    let mut restated = 0;
    if let Some(&first) = supplemented {
        let rest = std::mem::take(&mut sorted.unposted);
        let supplement = sorted.targets.entry(first).or_default();
        supplement.extend(rest.into_iter().map(|charge| (&charge.key, charge)));
    } else {
        documents = originals(is_open, &posted, &sorted.unposted, abilities)?;
        if gives_back_more(&documents)? {
            sorted.wait_for_own();
            documents = originals(is_open, &posted, &sorted.unposted, abilities)?;
        }
    }
    if let Some(rooms) = rooms {
        let last = documents.iter().map(|one| one.part).max().unwrap_or(0);
        let part = back_part.unwrap_or(last.max(family.parts()) + 1);
        let back = (&sorted.back, sorted.waiting.as_slice());
        let credits = given_back((part, back_chain), back, rooms, input)?;
        restated += credits.restated;
        documents.extend(credits.documents);
    }
    for (part, chain) in posted {
        let targets = sorted.targets.remove(&part).unwrap_or_default();
        let net_posted = posted_nets.remove(&part).unwrap_or_default();
        let corrections = corrections(part, chain, &net_posted, &targets, input)?;
        restated += corrections.restated;
        documents.extend(corrections.documents);
    }
    Ok(Wants {
        documents,
        waiting: sorted.waiting,
        restated,
    })
}

type Nets<'a> = BTreeMap<&'a ChargeKey, Money>;

/// The charges of a family by where they go.
struct Sorted<'a> {
    /// By the posted part that bills them.
    targets: BTreeMap<u32, BTreeMap<&'a ChargeKey, &'a Charge>>,
    /// In the part that gives back.
    back: BTreeMap<&'a ChargeKey, &'a Charge>,
    unposted: Vec<&'a Charge>,
    waiting: Vec<&'a Charge>,
}

impl<'a> Sorted<'a> {
    fn of(
        family: &'a Family<'a>,
        posted_nets: &BTreeMap<u32, Nets<'_>>,
        back_nets: &Nets<'_>,
    ) -> Self {
        let mut sorted = Self {
            targets: BTreeMap::new(),
            back: BTreeMap::new(),
            unposted: Vec::new(),
            waiting: Vec::new(),
        };
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
    fn set_apart(&mut self, abilities: &Abilities, rooms: &Rooms<'a, '_>) {
        let (less, charged): (Vec<&Charge>, Vec<&Charge>) = self
            .unposted
            .iter()
            .partition(|charge| is_given_back(charge));
        let own: BTreeSet<Advance<'_>> = charged.iter().map(|one| advance_of(&one.key)).collect();
        self.unposted = charged;
        for charge in less {
            let key = &charge.key;
            if rooms.have(advance_of(key)) {
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
    fn wait_for_own(&mut self) {
        let unposted = std::mem::take(&mut self.unposted).into_iter();
        let (less, charged): (Vec<_>, Vec<_>) = unposted.partition(|charge| is_given_back(charge));
        self.unposted = charged;
        self.waiting.extend(less);
    }
}

/// Does a document come to less than nothing? Its other parts may bill the advance.
fn gives_back_more(documents: &[Wanted]) -> Result<bool, MoneyError> {
    for wanted in documents {
        let lines = wanted.bundles.iter().flat_map(|bundle| &bundle.lines);
        if sum_billed(lines)?.is_some_and(Money::is_negative) {
            return Ok(true);
        }
    }
    Ok(false)
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

fn originals(
    is_open: impl Fn(u32) -> bool,
    posted: &BTreeMap<u32, &Chain<'_>>,
    charges: &[&Charge],
    abilities: &Abilities,
) -> Result<Vec<Wanted>, Obstacle> {
    let mut bundles = Vec::with_capacity(charges.len());
    for charge in charges {
        let bundle = carried(charge, abilities)?;
        if bundle.has_negative_line() && !abilities.negative_lines {
            let reason = "it takes no negative lines";
            return Err(uncarried(&charge.key, charge.net, reason));
        }
        bundles.push(bundle);
    }
    let numbers = (1..).filter(|part| is_open(*part));
    let split = split_by_lines(bundles, abilities);
    let parted: Vec<(u32, Vec<Bundle>)> = numbers.zip(split).collect();
    let last_part = parted.last().map_or(0, |(part, _)| *part);
    let last_posted = posted.keys().next_back().copied().unwrap_or(0);
    let mut wanted = Vec::with_capacity(parted.len());
    for (part, bundles) in parted {
        wanted.push(Wanted {
            part,
            parts: last_part.max(last_posted),
            kind: kind_of(&bundles, abilities)?,
            corrects: None,
            bundles,
        });
    }
    Ok(wanted)
}

/// In their order, as many as fit; the lines of one charge stay together.
pub(super) fn split_by_lines(bundles: Vec<Bundle>, abilities: &Abilities) -> Vec<Vec<Bundle>> {
    let most = abilities.most_lines();
    let mut parts: Vec<Vec<Bundle>> = Vec::new();
    let mut used = 0;
    for bundle in bundles {
        let count = bundle.lines.len();
        match parts.last_mut() {
            Some(part) if used + count <= most => {
                used += count;
                part.push(bundle);
            }
            Some(_) | None => {
                used = count;
                parts.push(vec![bundle]);
            }
        }
    }
    parts
}
