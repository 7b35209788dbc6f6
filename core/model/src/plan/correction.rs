//! Corrections of a posted document: rated now minus posted, per charge key; nothing posted is edited.
//!
//! The old lines are taken back and the new ones added, never merged (rule R35). What is taken back is what is
//! posted of the key, so that a credit never exceeds its original (rule R33).

use std::collections::{BTreeMap, BTreeSet};

use super::Abilities;
use super::family::Chain;
use super::lines::{
    Bundle, amount_line, corrected, plain_description, take_back_amount, taken_back,
};
use super::wanted::{Corrected, Obstacle, Wanted, carried, split_by_lines, uncarried};
use crate::charge::{Charge, ChargeKey};
use crate::document::DocumentKind;
use crate::money::{Money, MoneyError};

const TOO_FINE: &str = "it keeps fewer decimals than the amount has";

/// One document for all changed keys; where the sink takes no negative lines, one for what is given back and one
/// for what is added, with only the difference of each key.
pub(super) fn corrections(
    part: u32,
    chain: &Chain<'_>,
    net_posted: &BTreeMap<&ChargeKey, Money>,
    targets: &BTreeMap<&ChargeKey, &Charge>,
    abilities: &Abilities,
) -> Result<Vec<Wanted>, Obstacle> {
    let Some(original) = chain.original() else {
        return Ok(Vec::new());
    };
    let corrects = Corrected {
        reference: original.delivery.reference.clone(),
        remote_id: original.remote.id.clone(),
        buyer: original.delivery.buyer.clone(),
    };
    let mut bundles = Vec::new();
    let keys: BTreeSet<&ChargeKey> = net_posted.keys().chain(targets.keys()).copied().collect();
    for key in keys {
        let change = Change {
            key,
            posted: net_posted.get(key).copied(),
            target: targets.get(key).copied(),
        };
        if change.is_needed() {
            bundles.push(change.bundle(chain, abilities)?);
        }
    }
    let groups = if abilities.negative_lines {
        split_by_lines(bundles, abilities)
    } else {
        let (given_back, added): (Vec<Bundle>, Vec<Bundle>) =
            bundles.into_iter().partition(Bundle::has_negative_line);
        let mut groups = split_by_lines(given_back, abilities);
        groups.extend(split_by_lines(added, abilities));
        groups
    };
    let mut wanted = Vec::with_capacity(groups.len());
    for bundles in groups {
        wanted.push(Wanted {
            part,
            parts: original.delivery.parts,
            kind: kind_of(&bundles, abilities)?,
            corrects: Some(corrects.clone()),
            bundles,
        });
    }
    Ok(wanted)
}

fn kind_of(bundles: &[Bundle], abilities: &Abilities) -> Result<DocumentKind, Obstacle> {
    let lines = || bundles.iter().flat_map(|bundle| &bundle.lines);
    let total = super::lines::sum_billed(lines())?;
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

struct Change<'a> {
    key: &'a ChargeKey,
    posted: Option<Money>,
    target: Option<&'a Charge>,
}

impl Change<'_> {
    fn is_needed(&self) -> bool {
        match (self.posted, self.target) {
            (Some(posted), Some(target)) => posted != target.net,
            (Some(posted), None) => !posted.is_zero(),
            (None, Some(_)) => true,
            (None, None) => false,
        }
    }

    fn bundle(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Bundle, Obstacle> {
        let added = match self.target {
            Some(charge) => Some(carried(charge, abilities)?),
            None => None,
        };
        let Some(posted) = self.posted.filter(|posted| !posted.is_zero()) else {
            let added = added.expect("a key that is neither posted nor rated needs no change");
            return if added.has_negative_line() && !abilities.negative_lines {
                self.difference(chain, abilities)
            } else {
                Ok(added)
            };
        };
        if !abilities.negative_lines {
            return self.difference(chain, abilities);
        }
        let mut lines = self.take_back(chain, posted, abilities)?;
        let mut as_amount = 0;
        if let Some(added) = added {
            as_amount = added.as_amount;
            lines.extend(corrected(added).lines);
        }
        let most = abilities.lines_max.map_or(usize::MAX, |most| most as usize);
        if lines.len() > most {
            return self.difference(chain, abilities);
        }
        Ok(Bundle {
            lines,
            as_amount,
            net_only: false,
        })
    }

    fn take_back(
        &self,
        chain: &Chain<'_>,
        posted: Money,
        abilities: &Abilities,
    ) -> Result<Vec<crate::document::Line>, Obstacle> {
        let standing = chain.standing(self.key, posted)?;
        if !standing.is_empty() {
            let lines: Result<_, MoneyError> = standing.iter().map(taken_back).collect();
            return Ok(lines?);
        }
        let pattern = chain
            .pattern(self.key)
            .expect("what is posted of a key has a line");
        let back = posted.checked_neg()?;
        let line = take_back_amount(pattern, back, abilities)
            .ok_or_else(|| uncarried(self.key, back, TOO_FINE))?;
        Ok(vec![line])
    }

    /// One line of the difference.
    fn difference(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Bundle, Obstacle> {
        let new = match self.target {
            Some(charge) => carried(charge, abilities)?.lines.into_iter().next(),
            None => None,
        };
        let pattern = new
            .or_else(|| chain.pattern(self.key).cloned())
            .expect("a change has a line before or after it");
        let zero = Money::zero(pattern.billed.currency());
        let posted = self.posted.unwrap_or(zero);
        let now = self.target.map_or(zero, |charge| charge.net);
        let amount = now.checked_sub(posted)?;
        let plain = plain_description(&pattern);
        let description = format!("Corrected: {plain}: {posted} before, {now} now");
        let line = amount_line(&pattern, "net", description, amount, abilities)
            .ok_or_else(|| uncarried(self.key, amount, TOO_FINE))?;
        Ok(Bundle {
            lines: vec![line],
            as_amount: 0,
            net_only: true,
        })
    }
}
