//! What was given back of a document that has to shrink now itself: it is taken off others that billed the same advance, so that
//! the document can be credited by its own month.

use std::collections::{BTreeMap, BTreeSet};

use super::{Advance, Rooms, advance_of};
use crate::charge::{Charge, ChargeKey};
use crate::document::Reference;
use crate::money::Money;
use crate::plan::advances::Advances;
use crate::plan::chain::Chain;
use crate::plan::correction::{Change, Words};
use crate::plan::input::{Confirmed, PlanInput};
use crate::plan::lines::Bundle;
use crate::plan::wanted::Obstacle;

/// The original, or the part of one, that a document is of.
fn place(document: &Confirmed) -> (&str, &str, u32) {
    let slot = &document.delivery.slot;
    (&slot.billing_period, &slot.invoice_group, slot.part)
}

/// What the originals of each month have billed too much, by what is rated now: in minor units. What goes by another name now and
/// comes to the same is not too much.
pub(super) fn lessened<'a>(
    advances: &Advances<'a>,
    posted: &[&'a Confirmed],
) -> Vec<(&'a ChargeKey, &'a str, i64)> {
    let Some(any) = posted.first().map(|one| &one.delivery.slot) else {
        return Vec::new();
    };
    let originals = posted.iter().filter(|one| one.delivery.corrects.is_none());
    let originals: BTreeSet<_> = originals.map(|one| place(one)).collect();
    let mut months: BTreeMap<&str, BTreeMap<&ChargeKey, i64>> = BTreeMap::new();
    for document in posted.iter().filter(|one| originals.contains(&place(one))) {
        let month = document.delivery.slot.billing_period.as_str();
        let nets = months.entry(month).or_default();
        for line in &document.delivery.lines {
            let net = nets.entry(&line.charge).or_default();
            *net = net.saturating_add(line.billed.minor());
        }
    }
    let mut lessened = Vec::new();
    for (month, nets) in months {
        let Some(rated) = advances.rated_in(month, any.account, any.currency) else {
            continue;
        };
        let stays = |key: &ChargeKey, rated: i64| match nets.get(key) {
            Some(net) if *net < 0 => rated,
            // What is less than nothing now is given back by a part of its own.
            Some(_) | None => rated.max(0),
        };
        let mut too_much: BTreeMap<&str, i64> = BTreeMap::new();
        for (key, net) in &nets {
            let sum = too_much.entry(&key.billing_period).or_default();
            *sum = sum.saturating_add(*net);
        }
        for (key, rated) in rated {
            let sum = too_much.entry(&key.billing_period).or_default();
            *sum = sum.saturating_sub(stays(key, *rated));
        }
        for (key, net) in &nets {
            let Some(rest) = too_much.get_mut(key.billing_period.as_str()) else {
                continue;
            };
            let rated = rated.get(key).copied().unwrap_or(0);
            let less = net.saturating_sub(stays(key, rated)).min(*rest);
            if less > 0 {
                *rest -= less;
                lessened.push((*key, month, less));
            }
        }
    }
    lessened
}

/// What is planned of an advance, by the document that it names.
pub(super) type Part<'a> = (Advance<'a>, &'a Confirmed, Bundle);
type Moved<'a> = Vec<Part<'a>>;

/// What is planned to be added to a document again.
fn added(moved: &[Part<'_>], planned: &[Part<'_>], (key, named): (&ChargeKey, &Reference)) -> i64 {
    let parts = moved.iter().chain(planned);
    let naming = parts.filter(|(_, document, _)| document.delivery.reference == *named);
    let lines = naming.flat_map(|(_, _, bundle)| &bundle.lines);
    let own = lines.filter(|line| line.charge == *key);
    own.fold(0, |sum: i64, line| sum.saturating_add(line.billed.minor()))
        .max(0)
}

/// By the document that it names: an amount that is added to one, and taken off another.
pub(super) fn moved<'a>(
    chain: &Chain<'a>,
    (posted, targets): (
        &BTreeMap<&'a ChargeKey, Money>,
        &BTreeMap<&'a ChargeKey, &'a Charge>,
    ),
    (planned, rooms): (&[Part<'a>], &mut Rooms<'a, '_>),
    input: &PlanInput,
) -> Result<Moved<'a>, Obstacle> {
    let words = Words::of(targets, input);
    let mut moved = Vec::new();
    for ((key, named), given_back) in chain.taken_off() {
        let Some(document) = rooms.named(Some(named)) else {
            continue;
        };
        let advance = advance_of(key);
        let change = Change {
            key,
            posted: posted.get(key).copied(),
            target: targets.get(key).copied(),
            words: words.of_key(key),
        };
        let currency = document.delivery.slot.currency;
        let zero = Money::zero(currency);
        let now = change.target.map_or(zero, |charge| charge.net);
        let amount = (given_back - added(&moved, planned, (key, named)))
            .min(rooms.beyond(named))
            .min(rooms.free(advance));
        if amount <= 0 {
            continue;
        }
        let mut before = now.checked_add(Money::from_minor(amount, currency))?;
        let abilities = &input.abilities;
        let again = change.difference_between(chain, now, before, abilities)?;
        moved.push((advance, document, again));
        let shares = rooms.take(advance, amount);
        rooms.give(document, amount);
        for (other, amount) in shares {
            let after = before.checked_sub(Money::from_minor(amount, currency))?;
            let taken = change.difference_between(chain, before, after, abilities)?;
            moved.push((advance, other, taken));
            before = after;
        }
    }
    Ok(moved)
}
