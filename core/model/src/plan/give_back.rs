//! What is given back of charge periods that were billed in advance: credited to the documents that billed them.
//!
//! Never a line of a later invoice: that would take money off a document that did not bill it, so that what it did bill could not
//! be credited any more, and with the VAT of today. The credits stand in a part of their own of the month in which it changed,
//! and name documents of earlier months.

mod moved;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};

use self::moved::moved;
pub(super) use self::rooms::Rooms;
use super::Abilities;
use super::chain::Chain;
use super::correction::{Change, Corrections, Words, kind_of};
use super::input::{Confirmed, PlanInput};
use super::lines::Bundle;
use super::restated::come_to_nothing;
use super::wanted::{Corrected, Obstacle, Wanted, carried, split_by_lines, uncarried};
use crate::charge::{Charge, ChargeKey};
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::money::Money;

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

/// The document that it names, whether its lines are negative, and its lines.
type Credit<'a> = (&'a Confirmed, bool, Vec<Bundle>);

/// The documents of the part that gives back: rated now minus posted, per advance. Nothing is charged again while what takes its
/// place waits.
pub(super) fn given_back<'a>(
    (part, chain): (u32, &Chain<'a>),
    (targets, waiting): (&BTreeMap<&'a ChargeKey, &'a Charge>, &[&Charge]),
    mut rooms: Rooms<'a, '_>,
    input: &PlanInput,
) -> Result<Corrections, Obstacle> {
    let abilities = &input.abilities;
    let net_posted = chain.net_posted()?;
    let mut advances: BTreeMap<Advance<'a>, Vec<Change<'a>>> = BTreeMap::new();
    let words = Words::of(targets, input);
    let keys: BTreeSet<_> = net_posted.keys().chain(targets.keys()).collect();
    for &key in keys {
        let change = Change {
            key,
            posted: net_posted.get(key).copied(),
            target: targets.get(key).copied(),
            words: words.of_key(key),
        };
        let mut replacing = waiting.iter().map(|charge| &charge.key.billing_period);
        let is_replaced =
            change.target.is_none() && replacing.any(|one| *one == key.billing_period);
        if change.is_needed() && !is_replaced {
            advances.entry(advance_of(key)).or_default().push(change);
        }
    }
    let mut parts = Vec::new();
    for (advance, changes) in advances {
        for (document, bundle) in by_document(chain, (advance, &changes), &mut rooms, abilities)? {
            parts.push((advance, document, bundle));
        }
    }
    if waiting.is_empty() {
        let moved = moved(chain, (&net_posted, targets), (&parts, &mut rooms), input)?;
        parts.extend(moved);
    }
    let mut documents: Vec<Credit<'_>> = Vec::new();
    for (advance, document, mut bundle) in parts {
        tax_as_billed(document, advance, &mut bundle);
        // Where no line may be negative, what is added is a document of its own.
        let sign = !abilities.negative_lines && bundle.has_negative_line();
        let same = |(other, of_sign, _): &&mut Credit<'_>| {
            other.delivery.reference == document.delivery.reference && *of_sign == sign
        };
        match documents.iter_mut().find(same) {
            Some((_, _, bundles)) => bundles.push(bundle),
            None => documents.push((document, sign, vec![bundle])),
        }
    }
    let mut wanted = Vec::new();
    let mut restated = 0;
    for (document, _, bundles) in documents {
        if come_to_nothing(&bundles)? {
            restated += bundles.len();
            continue;
        }
        for bundles in split_by_lines(bundles, abilities) {
            wanted.push(Wanted {
                part,
                parts: part,
                kind: kind_of(&bundles, abilities)?,
                corrects: Some(Corrected::naming(document)),
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

/// The changes of an advance by the document that they name.
fn by_document<'a>(
    chain: &Chain<'a>,
    (advance, changes): (Advance<'a>, &[Change<'a>]),
    rooms: &mut Rooms<'a, '_>,
    abilities: &Abilities,
) -> Result<Vec<(&'a Confirmed, Bundle)>, Obstacle> {
    let mut sum: i64 = 0;
    let mut added: i64 = 0;
    for change in changes {
        let difference = change.difference_in_all()?.minor();
        sum = sum.saturating_add(difference);
        added = added.saturating_add(difference.max(0));
    }
    let mut shares = rooms.take(advance, sum.min(0).saturating_neg());
    if shares.is_empty() {
        let before = chain.naming(advance);
        let named = rooms
            .named(before)
            .or_else(|| rooms.first_document(advance));
        shares.extend(named.map(|document| (document, 0)));
    }
    let Some((first, _)) = shares.first().copied() else {
        let [change, ..] = changes else {
            return Ok(Vec::new());
        };
        let reason = "what it corrects is not posted";
        return Err(uncarried(change.key, change.difference_in_all()?, reason));
    };
    // What is added again makes room where it is added.
    shares[0].1 = shares[0].1.saturating_add(added);
    rooms.give(first, sum.max(0));
    let mut bundles = Vec::new();
    let is_one = shares.len() == 1;
    let mut shares = shares.into_iter().peekable();
    for change in changes {
        let difference = change.difference_in_all()?;
        if is_one || !difference.is_negative() {
            bundles.push((first, change.whole(chain, abilities)?));
            continue;
        }
        let currency = difference.currency();
        let mut before = change.posted.unwrap_or(Money::zero(currency));
        let mut back = difference.minor().saturating_neg();
        while back > 0
            && let Some((document, left)) = shares.peek_mut()
        {
            let part = back.min(*left);
            if part > 0 {
                let now = before.checked_sub(Money::from_minor(part, currency))?;
                let bundle = change.difference_between(chain, before, now, abilities)?;
                bundles.push((*document, bundle));
                before = now;
                back -= part;
                *left -= part;
            }
            if *left == 0 {
                shares.next();
            }
        }
    }
    Ok(bundles)
}

impl Change<'_> {
    /// All of it: as it is rated where nothing of it is posted yet.
    fn whole(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Bundle, Obstacle> {
        if let (None, Some(charge)) = (self.posted, self.target) {
            let bundle = carried(charge, abilities)?;
            if bundle.lines.iter().all(|line| line.billed.is_negative()) {
                return Ok(bundle);
            }
        }
        self.bundle(chain, abilities)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod turned;
