//! Plan: charges minus what is confirmed, per charge key, becomes deliveries with a money diff.
//!
//! Must not know how a delivery is sent, nor anything of a sink but its abilities.

mod abilities;
mod advances;
mod assign;
mod chain;
mod correction;
mod credit;
mod diff;
mod einvoice;
mod family;
mod fit;
mod give_back;
mod input;
mod lines;
mod notice;
mod order;
mod output;
#[cfg(test)]
mod properties;
mod restated;
mod rooms;
#[cfg(test)]
pub(crate) mod sample;
mod sorted;
#[cfg(test)]
mod tests;
mod wanted;
mod withheld;

use std::collections::BTreeMap;

use thiserror::Error;

pub use abilities::{Abilities, Sums, Tax};
pub use einvoice::{BrokenRule, by_rule, tell_once};
pub use input::{
    BuyerTerms, Confirmed, Finalize, LookBack, OpenEffect, PlanInput, RatedPeriod, RemoteState,
};
pub use lines::{is_difference, is_taken_back, plain_description};
pub use output::{
    AccountTotal, Basis, Difference, ItemChange, Older, Plan, PlannedAction, PlannedDelivery,
    Withheld, WithheldBecause,
};

use crate::digest::Digest;
use crate::finding::Finding;
use crate::ids::{AccountId, ItemKey};
use crate::money::{Currency, MoneyError};
use advances::Advances;
use family::{Family, FamilyKey};
use wanted::{Laid, Obstacle, Wants};

#[derive(Debug, Error)]
pub enum PlanError {
    #[error(
        "rating gave two different charges for item {item} of account {account} in {billing_period}"
    )]
    ConflictingCharges {
        account: AccountId,
        item: ItemKey,
        billing_period: String,
    },
    #[error("the amounts of account {account} in {billing_period} cannot be summed")]
    Amount {
        account: AccountId,
        billing_period: String,
        source: MoneyError,
    },
    #[error("the totals cannot be summed")]
    Total { source: MoneyError },
}

/// The same input gives the same plan, whatever the order and repetition of its lists.
pub fn plan(input: PlanInput) -> Result<Plan, PlanError> {
    let input = input.into_canonical();
    let families = family::gather(&input)?;
    let advances = Advances::of(&input);
    let mut findings = notice::of_sink(&input);
    let sink_is_usable = findings.is_empty();
    let mut older = Vec::new();
    let mut planned: BTreeMap<&FamilyKey, FamilyPlan> = BTreeMap::new();
    let mut laid: BTreeMap<(AccountId, Currency), Vec<Laid<'_>>> = BTreeMap::new();
    for (key, family) in &families {
        let amount = family
            .difference()
            .map_err(|source| family.amount_error(source))?;
        if let Some(finding) = kept_back(&input, family, amount) {
            findings.push(finding);
        } else if family.look_back == LookBack::Beyond {
            if let Some(one) = family.older(&input, amount) {
                findings.push(one.finding());
                older.push(one);
            }
        } else if sink_is_usable {
            match Laid::of(family, (&input, &advances)) {
                Ok(one) => {
                    let of_account = laid.entry((key.account, key.currency));
                    of_account.or_default().push(one);
                }
                Err(obstacle) => {
                    planned.insert(key, hindered(&input, family, obstacle)?);
                }
            }
        }
    }
    for laid in laid.into_values() {
        for (family, wants) in wanted::wanted(laid, (&input, &advances)) {
            let of_family = match wants {
                Ok(wants) => plan_family(&input, family, wants)
                    .map_err(|source| family.amount_error(source))?,
                Err(obstacle) => hindered(&input, family, obstacle)?,
            };
            planned.insert(&family.key, of_family);
        }
    }
    let mut deliveries = Vec::new();
    for of_family in planned.into_values() {
        deliveries.extend(of_family.deliveries);
        findings.extend(of_family.findings);
    }
    let (deliveries, held_back) =
        order::in_order(&input, deliveries).map_err(|source| PlanError::Total { source })?;
    findings.extend(held_back);
    Ok(Plan {
        id: Digest::of_json(&input),
        basis: Basis {
            cutoff: input.cutoff,
            config: input.config,
            head: input.head,
            abilities: Digest::of_json(&input.abilities),
            open_effects: Digest::of_json(&input.open_effects),
        },
        withheld: withheld::withheld(&input, &families, &deliveries, sink_is_usable)?,
        deliveries,
        accounts: diff::accounts(&input, &families)?,
        older,
        totals: diff::totals(&families)?,
        changes: diff::changes(&input)?,
        findings,
        blocked_by: Vec::new(),
        issue_date: input.issue_date,
        billing_period: input.billing_period,
    })
}

/// Why nothing is planned for a family, if there is a reason.
fn kept_back(input: &PlanInput, family: &Family<'_>, amount: Difference) -> Option<Finding> {
    if let Some(effect) = family.open_effect(&input.open_effects) {
        return Some(notice::unknown_effect(effect, amount));
    }
    if family.is_in_grace && !input.abilities.draft && !amount.difference.is_zero() {
        return Some(notice::waits_for_grace(input, family, amount));
    }
    match family.look_back {
        LookBack::Beyond => None,
        LookBack::Within if input.buyers.contains_key(&family.key.account) => None,
        LookBack::Within => Some(notice::no_buyer(input, family, amount)),
    }
}

#[derive(Default)]
struct FamilyPlan {
    deliveries: Vec<PlannedDelivery>,
    findings: Vec<Finding>,
}

fn plan_family(
    input: &PlanInput,
    family: &Family<'_>,
    wants: Wants<'_>,
) -> Result<FamilyPlan, MoneyError> {
    let planned = assign::assign(input, family, &wants.documents)?;
    let mut planned = einvoice::checked(input, family, planned)?;
    let waiting = wants.waiting.into_iter();
    let told = waiting.map(|charge| notice::waits_for_advance(input, family, charge));
    planned.findings.extend(told);
    let restated = notice::restated(input, family, wants.restated);
    planned.findings.extend(restated);
    Ok(planned)
}

fn hindered(
    input: &PlanInput,
    family: &Family<'_>,
    obstacle: Obstacle,
) -> Result<FamilyPlan, PlanError> {
    match obstacle {
        Obstacle::Uncarried(uncarried) => Ok(FamilyPlan {
            deliveries: Vec::new(),
            findings: vec![notice::uncarried(input, family, &uncarried)],
        }),
        Obstacle::Amount(source) => Err(family.amount_error(source)),
    }
}
