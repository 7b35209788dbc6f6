//! What is given back of charge periods that were billed in advance: credited to the documents that billed them.
//!
//! Never a line of a later invoice: that would take money off a document that did not bill it, so that what it did bill could not
//! be credited any more, and with the VAT of today. The credits stand in a part of their own of the month in which it changed,
//! and name documents of earlier months.

mod allot;
mod billed;
mod spread;

use std::collections::{BTreeMap, BTreeSet};

use self::allot::{Named, Need, Shares, allot};
use self::billed::Billed;
use self::spread::spread;
use super::Abilities;
use super::advances::Advances;
use super::correction::{Change, Corrections, Words};
use super::input::{Confirmed, PlanInput};
use super::lines::Bundle;
use super::restated::come_to_nothing;
use super::rooms::Rooms;
use super::wanted::{Corrected, Laid, Obstacle, Wanted, kind_of, split_by_lines};
use crate::charge::{Charge, ChargeKey};
use crate::document::{Delivery, Reference};
use crate::ids::{AccountId, AgreementKey, ItemKey};

/// What an advance and all that changes in it have in common.
pub(super) type Advance<'a> = (
    AccountId,
    &'a AgreementKey,
    &'a ItemKey,
    &'a str,
    &'a BTreeMap<String, String>,
);

pub(super) fn advance_of(key: &ChargeKey) -> Advance<'_> {
    (
        key.account,
        &key.agreement,
        &key.item,
        &key.billing_period,
        &key.dimensions,
    )
}

/// Less of what was billed in advance.
pub(super) fn is_given_back(charge: &Charge) -> bool {
    charge.key.since.is_some() && charge.net.is_negative()
}

/// The document that it names, and whether its lines are negative; its lines by advance.
type Credit<'a> = ((Named<'a>, bool), Vec<Advance<'a>>, Vec<Bundle>);

/// The changes of what a month gives back, by advance.
type Changes<'a> = BTreeMap<Advance<'a>, Vec<Change<'a>>>;

/// What the families of an account in a currency give back: rated now minus posted, per advance; and what is left of the posted
/// documents after it.
pub(super) fn given_back<'a>(
    laid: &[Laid<'a>],
    (posted, input, advances): (&[&'a Confirmed], &'a PlanInput, &Advances<'a>),
) -> (Vec<Result<Corrections, Obstacle>>, Rooms<'a>) {
    let deliveries: Vec<&Delivery> = posted.iter().map(|one| &one.delivery).collect();
    let mut rooms = Rooms::of(&deliveries);
    if !laid.iter().any(Laid::gives_back) {
        let nothing = laid.iter().map(|_| Ok(Corrections::default()));
        return (nothing.collect(), rooms);
    }
    let changes: Vec<Changes<'a>> = laid.iter().map(|laid| changes(laid, input)).collect();
    let mut needs = Vec::new();
    for (family, (laid, changes)) in laid.iter().zip(&changes).enumerate() {
        for (&advance, changes) in changes {
            needs.push(Need::of((family, laid), (advance, changes)));
        }
    }
    let mut billed = Billed::of(posted, &rooms, advances);
    let shares = allot(&needs, laid, (&mut billed, &mut rooms));
    let mut shares: BTreeMap<(usize, Advance<'_>), Shares<'a>> = needs
        .iter()
        .map(|need| (need.family, need.advance))
        .zip(shares)
        .collect();
    let families = laid.iter().zip(changes).enumerate();
    let documents = families.map(|(family, (laid, changes))| {
        let chain = laid.back_chain;
        let taken_off = chain.taken_off();
        let mut parts = Vec::new();
        for (advance, changes) in changes {
            let shares = shares.remove(&(family, advance)).unwrap_or_default();
            let first = || {
                let named = chain.naming(advance);
                let place = named.and_then(|named| rooms.place(named));
                let named = place.map(|place| billed.documents[place].confirmed);
                named.or_else(|| billed.first_document(advance))
            };
            for (named, bundle) in spread((chain, &taken_off), &changes, (&shares, first), input)? {
                parts.push((advance, named, bundle));
            }
        }
        credits(laid.back_part, parts, &input.abilities)
    });
    (documents.collect(), rooms)
}

/// All that is posted or rated of each advance, also where nothing changes of it. Nothing is charged again while what takes its
/// place waits.
fn changes<'a>(laid: &Laid<'a>, input: &'a PlanInput) -> Changes<'a> {
    let (posted, targets) = (&laid.back_nets, &laid.sorted.back);
    let words = Words::of(targets, input);
    let mut advances = Changes::new();
    let keys: BTreeSet<_> = posted.keys().chain(targets.keys()).copied().collect();
    for key in keys {
        let target = targets.get(key).copied();
        let waiting = &laid.sorted.waiting;
        let mut replacing = waiting.iter().map(|charge| &charge.key.billing_period);
        if target.is_some() || !replacing.any(|one| *one == key.billing_period) {
            advances.entry(advance_of(key)).or_default().push(Change {
                key,
                posted: posted.get(key).copied(),
                target,
                words: words.of_key(key),
            });
        }
    }
    advances
}

/// The documents of the part that gives back.
fn credits<'a>(
    part: u32,
    parts: Vec<(Advance<'a>, Named<'a>, Bundle)>,
    abilities: &Abilities,
) -> Result<Corrections, Obstacle> {
    let mut references: BTreeMap<Advance<'a>, BTreeSet<&Reference>> = BTreeMap::new();
    let mut documents: Vec<Credit<'a>> = Vec::new();
    for (advance, named, mut bundle) in parts {
        let of_advance = references.entry(advance).or_default();
        of_advance.insert(named.reference());
        tax_as_billed(named.document, advance, &mut bundle);
        // Where no line may be negative, what is added is a document of its own.
        let sign = !abilities.negative_lines && bundle.has_negative_line();
        let same =
            |((other, of_sign), ..): &&mut Credit<'a>| other.is_same(named) && *of_sign == sign;
        match documents.iter_mut().find(same) {
            Some((_, advances, bundles)) => {
                advances.push(advance);
                bundles.push(bundle);
            }
            None => documents.push(((named, sign), vec![advance], vec![bundle])),
        }
    }
    // Those with room come first, and so take the drafts that stand there.
    documents.sort_by_key(|((named, _), ..)| !named.has_room);
    let mut wanted = Vec::new();
    let mut restated = 0;
    for ((named, _), advances, bundles) in documents {
        // What moves to another document is sent with what it leaves.
        let moves = advances.iter().any(|advance| references[advance].len() > 1);
        if !moves && come_to_nothing(&bundles)? {
            restated += bundles.len();
            continue;
        }
        for bundles in split_by_lines(bundles, abilities) {
            wanted.push(Wanted {
                part,
                parts: part,
                kind: kind_of(&bundles, abilities)?,
                corrects: Some(Corrected::naming(named.document)),
                bundles,
            });
        }
    }
    Ok(Corrections {
        documents: wanted,
        restated,
    })
}

/// The VAT of what is given back is that of what was billed, whatever the terms of the buyer are by now.
fn tax_as_billed(document: &Confirmed, advance: Advance<'_>, bundle: &mut Bundle) {
    let lines = || document.delivery.lines.iter();
    let (_, _, item, charge_period, _) = advance;
    let own = lines().find(|line| advance_of(&line.charge) == advance);
    let of_period = || lines().find(|line| line.charge.billing_period == charge_period);
    let of_item = || lines().find(|line| line.charge.item == *item);
    if let Some(billed) = own.or_else(of_item).or_else(of_period) {
        for line in &mut bundle.lines {
            line.tax_category.clone_from(&billed.tax_category);
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod settled;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod turned;
#[cfg(test)]
mod wild;
