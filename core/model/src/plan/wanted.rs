//! Which documents should stand at the sink for a family, before it is known under which references.

use std::collections::BTreeMap;

use super::Abilities;
use super::correction::corrections;
use super::family::{Chain, Family};
use super::lines::{Bundle, of_charge};
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

/// A charge that was posted is corrected where it was posted. Others go to the parts of the original that are not
/// posted; where all are, to a supplement of the first part.
pub(super) fn wanted(family: &Family<'_>, abilities: &Abilities) -> Result<Vec<Wanted>, Obstacle> {
    let posted = family.posted_chains();
    let mut posted_nets = BTreeMap::new();
    for (&part, chain) in &posted {
        posted_nets.insert(part, chain.net_posted()?);
    }
    let mut targets: BTreeMap<u32, BTreeMap<&ChargeKey, &Charge>> = BTreeMap::new();
    let mut unposted: Vec<&Charge> = Vec::new();
    for (&key, &charge) in &family.charges {
        match home(&posted_nets, key) {
            Some(part) => {
                targets.entry(part).or_default().insert(key, charge);
            }
            None => unposted.push(charge),
        }
    }
    let first_posted = posted.keys().next().copied();
    let original_is_open = (1..=family.parts()).any(|part| !posted.contains_key(&part));
    let mut wanted = match first_posted {
        Some(first) if !original_is_open => {
            let supplement = targets.entry(first).or_default();
            supplement.extend(unposted.into_iter().map(|charge| (&charge.key, charge)));
            Vec::new()
        }
        Some(_) | None => originals(&posted, &unposted, abilities)?,
    };
    for (part, chain) in posted {
        let targets = targets.remove(&part).unwrap_or_default();
        let net_posted = posted_nets.remove(&part).unwrap_or_default();
        wanted.extend(corrections(part, chain, &net_posted, &targets, abilities)?);
    }
    Ok(wanted)
}

/// The posted part that bills the key: the first that still does, else the first that did.
fn home(nets: &BTreeMap<u32, BTreeMap<&ChargeKey, Money>>, key: &ChargeKey) -> Option<u32> {
    let billing = |zero: bool| {
        nets.iter().find_map(|(&part, nets)| {
            let net = nets.get(key)?;
            (net.is_zero() == zero).then_some(part)
        })
    };
    billing(false).or_else(|| billing(true))
}

fn originals(
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
    let numbers = (1..).filter(|part| !posted.contains_key(part));
    let split = split_by_lines(bundles, abilities);
    let parted: Vec<(u32, Vec<Bundle>)> = numbers.zip(split).collect();
    let last_part = parted.last().map_or(0, |(part, _)| *part);
    let last_posted = posted.keys().next_back().copied().unwrap_or(0);
    Ok(parted
        .into_iter()
        .map(|(part, bundles)| Wanted {
            part,
            parts: last_part.max(last_posted),
            kind: DocumentKind::Invoice,
            corrects: None,
            bundles,
        })
        .collect())
}

/// In their order, as many as fit; the lines of one charge stay together.
pub(super) fn split_by_lines(bundles: Vec<Bundle>, abilities: &Abilities) -> Vec<Vec<Bundle>> {
    let most = abilities.lines_max.map_or(usize::MAX, |most| most as usize);
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
