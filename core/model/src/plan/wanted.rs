//! Which documents should stand at the sink for a family, before it is known under which references.

use std::collections::BTreeMap;

use super::Abilities;
use super::advances::Advances;
use super::chain::Chain;
use super::correction::{Corrections, corrections};
use super::family::Family;
use super::give_back::{given_back, is_given_back};
use super::input::{Confirmed, PlanInput};
use super::lines::{Bundle, of_charge, sum_billed};
use super::rooms::Rooms;
use super::sorted::{Nets, Sorted, Targets};
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

/// What is known of a family before it is known which documents have room for what is given back of an advance.
pub(super) struct Laid<'a> {
    pub(super) family: &'a Family<'a>,
    pub(super) posted: BTreeMap<u32, &'a Chain<'a>>,
    pub(super) posted_nets: BTreeMap<u32, Nets<'a>>,
    /// The part that gives back what other billing periods billed in advance.
    pub(super) back_part: u32,
    pub(super) back_chain: &'a Chain<'a>,
    pub(super) back_nets: Nets<'a>,
    pub(super) sorted: Sorted<'a>,
    /// The parts of the original that are not posted.
    originals: Vec<Wanted>,
}

impl<'a> Laid<'a> {
    /// A charge that was posted is corrected where it was posted. Others go to the parts of the original that are not posted; where
    /// all are, to a supplement of the first part. What is given back of an advance is credited to what billed it.
    pub(super) fn of(
        family: &'a Family<'a>,
        (input, advances): (&'a PlanInput, &Advances<'a>),
    ) -> Result<Self, Obstacle> {
        let abilities = &input.abilities;
        let posted = family.posted_chains();
        let mut posted_nets = BTreeMap::new();
        for (&part, chain) in &posted {
            posted_nets.insert(part, chain.net_posted()?);
        }
        let (back_part, back_chain) = family.giving_back();
        let back_nets = back_chain.net_posted()?;
        let mut sorted = Sorted::of(family, &posted_nets, &back_nets);
        if sorted.unposted.iter().any(|one| is_given_back(one)) {
            sorted.set_apart(abilities, advances);
        }
        let is_open = |part: u32| !posted.contains_key(&part) && back_part != Some(part);
        let original_is_open = (1..=family.parts()).any(is_open);
        let supplemented = posted.keys().next().filter(|_| !original_is_open);
        let last_posted = posted.keys().next_back().copied().unwrap_or(0);
        let mut documents = Vec::new();
        if let Some(&first) = supplemented {
            let rest = std::mem::take(&mut sorted.unposted);
            let supplement = sorted.targets.entry(first).or_default();
            supplement.extend(rest.into_iter().map(|charge| (&charge.key, charge)));
        } else {
            documents = originals(is_open, last_posted, &sorted.unposted, abilities)?;
            if gives_back_more(&documents)? {
                sorted.wait_for_own();
                documents = originals(is_open, last_posted, &sorted.unposted, abilities)?;
            }
        }
        let new = documents.iter().map(|one| one.part);
        let known = family.chains.keys().copied();
        let last = new.chain(known).max().unwrap_or(0);
        Ok(Self {
            family,
            posted,
            posted_nets,
            back_part: back_part.unwrap_or(last.max(family.parts()) + 1),
            back_chain,
            back_nets,
            sorted,
            originals: documents,
        })
    }

    pub(super) fn gives_back(&self) -> bool {
        !self.back_nets.is_empty() || !self.sorted.back.is_empty()
    }

    /// With what is given back, and what corrects the posted parts.
    fn wants(
        self,
        given_back: Corrections,
        (input, rooms): (&'a PlanInput, &mut Rooms<'a>),
    ) -> Result<Wants<'a>, Obstacle> {
        let mut documents = self.originals;
        let mut restated = given_back.restated;
        documents.extend(given_back.documents);
        let none = Targets::new();
        for (part, chain) in self.posted {
            let targets = self.sorted.targets.get(&part).unwrap_or(&none);
            let nets = &self.posted_nets[&part];
            let corrections = corrections((part, chain), nets, targets, (input, rooms))?;
            restated += corrections.restated;
            documents.extend(corrections.documents);
        }
        Ok(Wants {
            documents,
            waiting: self.sorted.waiting,
            restated,
        })
    }
}

/// Of the families of an account in a currency. What they give back is laid out together, since it is taken off the same documents.
pub(super) fn wanted<'a>(
    laid: Vec<Laid<'a>>,
    (input, advances): (&'a PlanInput, &Advances<'a>),
) -> Vec<(&'a Family<'a>, Result<Wants<'a>, Obstacle>)> {
    let Some(first) = laid.first() else {
        return Vec::new();
    };
    let key = &first.family.key;
    let posted = advances.documents(key.account, key.currency);
    let (given_back, mut rooms) = given_back(&laid, (posted, input, advances));
    let families = laid.into_iter().zip(given_back);
    let wants = families.map(|(laid, given_back)| {
        let family = laid.family;
        let wants = given_back.and_then(|given_back| laid.wants(given_back, (input, &mut rooms)));
        (family, wants)
    });
    wants.collect()
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

fn originals(
    is_open: impl Fn(u32) -> bool,
    last_posted: u32,
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

pub(super) fn kind_of(bundles: &[Bundle], abilities: &Abilities) -> Result<DocumentKind, Obstacle> {
    let lines = || bundles.iter().flat_map(|bundle| &bundle.lines);
    let total = sum_billed(lines())?;
    match total {
        Some(total) if total.is_negative() && abilities.credit_note => Ok(DocumentKind::CreditNote),
        Some(total) if total.is_negative() && !abilities.negative_lines => {
            let first = lines().next().expect("a total has a line");
            let reason = "it has neither credit notes nor negative lines";
            Err(uncarried(&first.charge, total, reason))
        }
        Some(_) | None => Ok(DocumentKind::Invoice),
    }
}
