//! The lines of what changes in an advance, by the document that they name.

use std::collections::BTreeMap;

use super::allot::{Named, Shares};
use crate::money::Money;
use crate::plan::Abilities;
use crate::plan::chain::{Chain, TakenOff};
use crate::plan::correction::Change;
use crate::plan::input::{Confirmed, PlanInput};
use crate::plan::lines::Bundle;
use crate::plan::wanted::{Obstacle, carried, uncarried};

/// In minor units, by change and by share.
type Cells = BTreeMap<(usize, usize), i64>;

/// `shares` come to what the changes come to; where they are none, what changes by nothing in all names `first`.
pub(super) fn spread<'a>(
    (chain, taken_off): (&Chain<'a>, &TakenOff<'a>),
    changes: &[Change<'a>],
    (shares, first): (&Shares<'a>, impl Fn() -> Option<&'a Confirmed>),
    input: &PlanInput,
) -> Result<Vec<(Named<'a>, Bundle)>, Obstacle> {
    let needed = changes.iter().find(|change| change.is_needed());
    let mut documents: Vec<Named<'_>> = shares.iter().map(|(named, _)| *named).collect();
    if documents.is_empty() {
        let Some(needed) = needed else {
            return Ok(Vec::new());
        };
        let Some(first) = first() else {
            let reason = "what it corrects is not posted";
            let amount = needed.difference_in_all()?;
            return Err(uncarried(needed.key, amount, reason));
        };
        documents.push(Named {
            document: first,
            has_room: true,
        });
    }
    let cells = cells(taken_off, changes, shares)?;
    let mut bundles: Vec<(usize, Bundle)> = Vec::new();
    for (place, change) in changes.iter().enumerate() {
        let cells = cells.range((place, 0)..(place + 1, 0));
        let cells = cells.map(|((_, share), amount)| (*share, *amount));
        let cells: Vec<(usize, i64)> = cells.filter(|(_, amount)| *amount != 0).collect();
        bundles.extend(bundles_of(chain, change, &cells, &input.abilities)?);
    }
    bundles.sort_by_key(|(share, _)| *share);
    let named = bundles
        .into_iter()
        .map(|(share, bundle)| (documents[share], bundle));
    Ok(named.collect())
}

fn cells(
    taken_off: &TakenOff<'_>,
    changes: &[Change<'_>],
    shares: &Shares<'_>,
) -> Result<Cells, Obstacle> {
    let mut cells = Cells::new();
    let mut left: Vec<i64> = shares.iter().map(|(_, amount)| *amount).collect();
    let mut rests = Vec::with_capacity(changes.len());
    for change in changes {
        rests.push(change.difference_in_all()?.minor());
    }
    for (place, rest) in rests.iter_mut().enumerate() {
        for (share, left) in left.iter_mut().enumerate() {
            if rest.signum() == left.signum() {
                let part = rest.signum() * rest.abs().min(left.abs());
                *rest -= part;
                *left -= part;
                *cells.entry((place, share)).or_default() += part;
            }
        }
        // More of one and less of another come to nothing together, in one document.
        if *rest != 0 {
            *cells.entry((place, 0)).or_default() += *rest;
        }
    }
    // Otherwise something moves from one document to another.
    let mut moved: Vec<i64> = vec![0; changes.len()];
    for (share, (named, _)) in shares.iter().enumerate() {
        for by_document in [true, false] {
            for (place, change) in changes.iter().enumerate() {
                let taken = taken_off.get(&(change.key, named.reference()));
                let most = if by_document {
                    taken.copied().unwrap_or(0)
                } else {
                    change.posted.map_or(0, |_| i64::MAX)
                };
                let part = left[share].min(most).max(0);
                left[share] -= part;
                moved[place] += part;
                *cells.entry((place, share)).or_default() += part;
            }
        }
    }
    for (place, moved) in moved.iter_mut().enumerate() {
        for (share, left) in left.iter_mut().enumerate() {
            let part = (*left).min(0).abs().min(*moved);
            *moved -= part;
            *left += part;
            *cells.entry((place, share)).or_default() -= part;
        }
    }
    Ok(cells)
}

/// What changes of a key, by share: what is added first.
fn bundles_of(
    chain: &Chain<'_>,
    change: &Change<'_>,
    cells: &[(usize, i64)],
    abilities: &Abilities,
) -> Result<Vec<(usize, Bundle)>, Obstacle> {
    let difference = change.difference_in_all()?;
    if let [(share, amount)] = cells
        && *amount == difference.minor()
    {
        return Ok(vec![(*share, change.whole(chain, abilities)?)]);
    }
    let currency = difference.currency();
    let mut before = change.posted.unwrap_or(Money::zero(currency));
    let mut bundles = Vec::with_capacity(cells.len());
    for is_added in [true, false] {
        for &(share, amount) in cells.iter().filter(|(_, amount)| (*amount > 0) == is_added) {
            let now = before.checked_add(Money::from_minor(amount, currency))?;
            let bundle = change.difference_between(chain, before, now, abilities)?;
            bundles.push((share, bundle));
            before = now;
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
