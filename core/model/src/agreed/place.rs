//! Which quantities and commitments hold in a billing period, and under which agreement of their account.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::commitment::Commitment;
use super::quantity::ManualQuantity;
use crate::classify::{Agreement, one_each};
use crate::ids::{AccountId, AccountKey, AgreementKey, PlanKey};
use crate::time::{BillingPeriod, Instant, Period};
use crate::validity::{ConfigVersion, Dated, segments};

/// What is agreed with accounts, laid out for a billing period.
#[derive(Debug, Clone, Default)]
pub struct Agreed {
    pub quantities: Vec<PlacedQuantity>,
    pub commitments: Vec<PlacedCommitment>,
    /// Is the billing period over? What a commitment lacks is charged only then.
    pub is_final: bool,
    /// Quantities that expire within the billing period, or did before, and that none of their name goes on with.
    pub expiring: Vec<Arc<ManualQuantity>>,
    /// Stretches in which a quantity holds and no agreement of its account does.
    pub without_agreement: Vec<(Arc<ManualQuantity>, Period)>,
}

/// A quantity while it holds under an agreement.
#[derive(Debug, Clone)]
pub struct PlacedQuantity {
    pub account: AccountId,
    pub agreement: AgreementKey,
    pub plan: Option<PlanKey>,
    pub period: Period,
    pub terms: Arc<ManualQuantity>,
}

/// A commitment with the stretches of the billing period in which it holds, in the order of time.
#[derive(Debug, Clone)]
pub struct PlacedCommitment {
    pub account: AccountId,
    /// The billing period as the account's midnights bound it.
    pub period: BillingPeriod,
    /// The one that it names, else the last that holds.
    pub agreement: AgreementKey,
    pub stretches: Vec<(Period, Arc<Commitment>)>,
}

/// What every version of a configuration agrees on.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'a> {
    pub quantities: &'a [ConfigVersion<&'a [Arc<ManualQuantity>]>],
    pub commitments: &'a [ConfigVersion<&'a [Arc<Commitment>]>],
    pub agreements: &'a [ConfigVersion<&'a [Arc<Agreement>]>],
    /// Every key that an account has or had.
    pub accounts: &'a BTreeMap<AccountKey, AccountId>,
    /// The billing period of each account that is in another zone.
    pub periods: &'a BTreeMap<AccountId, BillingPeriod>,
}

/// Lays out what holds in the billed part of a billing period, and of the charge periods that are due with it: those may begin
/// before or end after it. Commitments are for the billing period itself, in the account's zone.
pub fn place(
    versions: Versions<'_>,
    billing_period: &BillingPeriod,
    billed: Option<Period>,
    is_final: bool,
) -> Agreed {
    let mut agreed = Agreed {
        is_final,
        ..Agreed::default()
    };
    let Some(billed) = billed else {
        return agreed;
    };
    let whole = billing_period.period();
    let agreements = standing(&versions, billed);
    let id = |key: &AccountKey| versions.accounts.get(key).copied();
    for (period, terms) in held(versions.quantities, billed) {
        let Some(account) = id(&terms.account) else {
            continue;
        };
        let mut covered = Vec::new();
        for (holds, agreement) in agreements.get(&account).into_iter().flatten() {
            if let Some(period) = period.intersect(*holds) {
                covered.push(period);
                agreed.quantities.push(PlacedQuantity {
                    account,
                    agreement: agreement.key.clone(),
                    plan: agreement.plan.clone(),
                    period,
                    terms: Arc::clone(&terms),
                });
            }
        }
        let rest = period.without(covered).into_iter();
        let rest = rest.filter_map(|period| period.intersect(whole));
        agreed
            .without_agreement
            .extend(rest.map(|period| (Arc::clone(&terms), period)));
    }
    agreed.commitments = commitments(&versions, &agreements, (billing_period, billed));
    let present = versions
        .quantities
        .last()
        .map_or(&[][..], |last| last.terms);
    agreed.expiring = expiring(present, whole.to());
    agreed
}

/// The agreements of each account in a period, one at a time.
fn standing(
    versions: &Versions<'_>,
    period: Period,
) -> BTreeMap<AccountId, Vec<(Period, Arc<Agreement>)>> {
    let mut held_by: BTreeMap<AccountId, Vec<(Period, Arc<Agreement>)>> = BTreeMap::new();
    for segment in segments::<Arc<Agreement>, _>(versions.agreements, period) {
        for agreement in one_each(&segment.items) {
            if let Some(account) = versions.accounts.get(&agreement.account) {
                let held = held_by.entry(*account).or_default();
                add(held, segment.period, agreement);
            }
        }
    }
    held_by
}

/// What ends by then, and does not go on.
fn expiring(present: &[Arc<ManualQuantity>], end: Instant) -> Vec<Arc<ManualQuantity>> {
    let mut by_identity: HashMap<String, Vec<&Arc<ManualQuantity>>> = HashMap::new();
    for one in present {
        by_identity.entry(one.identity()).or_default().push(one);
    }
    let expires = |one: &&Arc<ManualQuantity>| {
        let ends = one.validity.to.filter(|to| *to <= end);
        ends.is_some_and(|to| {
            let same = by_identity.get(&one.identity());
            let mut same = same.map_or(&[][..], Vec::as_slice).iter();
            !same.any(|other| other.validity.contains(to))
        })
    };
    present.iter().filter(expires).cloned().collect()
}

/// Each item with the stretches of a period in which it holds. Stretches that touch are one.
fn held<D: Dated>(versions: &[ConfigVersion<&[Arc<D>]>], period: Period) -> Vec<(Period, Arc<D>)> {
    let mut held: Vec<(Period, Arc<D>)> = Vec::new();
    for segment in segments::<Arc<D>, _>(versions, period) {
        for item in segment.items {
            add(&mut held, segment.period, item);
        }
    }
    held
}

/// One more stretch of an item, which goes on where it touches the one before.
fn add<D: Dated>(held: &mut Vec<(Period, Arc<D>)>, period: Period, item: &Arc<D>) {
    let goes_on = held.iter_mut().find(|(before, known)| {
        before.to() == period.from() && known.identity() == item.identity() && known.same(item)
    });
    match goes_on {
        Some((before, known)) => {
            // Places are told as the files have them now.
            known.clone_from(item);
            if let Some(longer) = Period::new(before.from(), period.to()) {
                *before = longer;
            }
        }
        None => held.push((period, Arc::clone(item))),
    }
}

fn commitments(
    versions: &Versions<'_>,
    agreements: &BTreeMap<AccountId, Vec<(Period, Arc<Agreement>)>>,
    (billing_period, billed): (&BillingPeriod, Period),
) -> Vec<PlacedCommitment> {
    let id = |key: &AccountKey| versions.accounts.get(key).copied();
    let mut placed: BTreeMap<(AccountId, String), PlacedCommitment> = BTreeMap::new();
    for (period, terms) in held(versions.commitments, billed) {
        let Some(account) = id(&terms.account) else {
            continue;
        };
        let own = versions.periods.get(&account).unwrap_or(billing_period);
        let Some(period) = period.intersect(own.period()) else {
            continue;
        };
        for (holds, agreement) in agreements.get(&account).into_iter().flatten() {
            let is_meant = terms
                .agreement
                .as_ref()
                .is_none_or(|named| *named == agreement.key);
            if !is_meant {
                continue;
            }
            let Some(period) = period.intersect(*holds) else {
                continue;
            };
            let key = (account, terms.name.clone());
            let commitment = placed.entry(key).or_insert_with(|| PlacedCommitment {
                account,
                period: own.clone(),
                agreement: agreement.key.clone(),
                stretches: Vec::new(),
            });
            commitment.stretches.push((period, Arc::clone(&terms)));
            commitment.stretches.sort_by_key(|(period, _)| *period);
            let is_last = commitment
                .stretches
                .last()
                .is_some_and(|(last, _)| *last == period);
            if is_last {
                commitment.agreement = agreement.key.clone();
            }
        }
    }
    placed.into_values().collect()
}
