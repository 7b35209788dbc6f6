//! What the totals of a plan hold and no delivery of it: a document of unknown outcome, what waits, what cannot be sent.

use std::collections::BTreeMap;

use super::PlanError;
use super::family::{Family, FamilyKey};
use super::input::{LookBack, OpenEffect, PlanInput};
use super::output::{Difference, PlannedDelivery, Withheld, WithheldBecause};
use crate::money::{Money, MoneyError};

/// One for each account, period, currency and invoice group whose deliveries do not come to its total.
pub(super) fn withheld(
    input: &PlanInput,
    families: &BTreeMap<FamilyKey, Family<'_>>,
    deliveries: &[PlannedDelivery],
    sink_is_usable: bool,
) -> Result<Vec<Withheld>, PlanError> {
    let mut sums: BTreeMap<FamilyKey, Difference> = BTreeMap::new();
    let within = families
        .values()
        .filter(|family| family.look_back == LookBack::Within);
    let mut withheld = Vec::new();
    for planned in deliveries {
        let key = FamilyKey::of_slot(&planned.delivery.slot);
        let Some(family) = families.get(&key) else {
            continue;
        };
        let sum = match sums.get(&key) {
            Some(sum) => sum.plus(planned.amount),
            None => Ok(planned.amount),
        };
        let sum = sum.map_err(|source| family.amount_error(source))?;
        sums.insert(key, sum);
    }
    for family in within {
        let rest = rest(family, sums.get(&family.key));
        let amount = rest.map_err(|source| family.amount_error(source))?;
        let is_nothing = [amount.confirmed, amount.now]
            .iter()
            .all(|one| one.is_zero());
        if is_nothing {
            continue;
        }
        let effect = family.open_effect(&input.open_effects);
        let buyer = input.buyers.get(&family.key.account);
        let buyer = buyer.map(|terms| &terms.buyer);
        withheld.push(Withheld {
            account: family.key.account,
            key: buyer.map(|buyer| buyer.account.clone()),
            name: buyer.map(|buyer| buyer.name.clone()),
            billing_period: family.key.billing_period.clone(),
            reference: effect.map(|effect| effect.reference.clone()),
            because: because(input, family, effect, sink_is_usable),
            amount,
        });
    }
    Ok(withheld)
}

/// The total without what the deliveries come to.
fn rest(family: &Family<'_>, sent: Option<&Difference>) -> Result<Difference, MoneyError> {
    let total = family.difference()?;
    let zero = Money::zero(family.key.currency);
    let (confirmed, now) = sent.map_or((zero, zero), |sent| (sent.confirmed, sent.now));
    Difference::between(
        total.confirmed.checked_sub(confirmed)?,
        total.now.checked_sub(now)?,
    )
}

fn because(
    input: &PlanInput,
    family: &Family<'_>,
    effect: Option<&OpenEffect>,
    sink_is_usable: bool,
) -> WithheldBecause {
    match effect {
        Some(effect) if effect.is_parked => WithheldBecause::Parked,
        Some(_) => WithheldBecause::UnknownOutcome,
        None if !sink_is_usable => WithheldBecause::SinkUnfit,
        None if !input.buyers.contains_key(&family.key.account) => WithheldBecause::NoBuyer,
        None if family.is_in_grace && !input.abilities.draft => WithheldBecause::InGrace,
        None => WithheldBecause::Finding,
    }
}
