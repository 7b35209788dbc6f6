//! What belongs together: the documents and charges of one account, currency, invoice group and billing period.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{Confirmed, LookBack, OpenEffect, PlanInput, RemoteState};
use super::lines::{is_taken_back, upright};
use super::output::Difference;
use super::{PlanError, lines};
use crate::charge::{Charge, ChargeKey};
use crate::document::{Line, Reference, Slot};
use crate::ids::AccountId;
use crate::money::{Currency, Money, MoneyError};
use crate::time::Date;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FamilyKey {
    pub(super) account: AccountId,
    pub(super) billing_period: String,
    pub(super) currency: Currency,
    pub(super) invoice_group: String,
}

impl FamilyKey {
    pub(super) fn of_slot(slot: &Slot) -> Self {
        Self {
            account: slot.account,
            billing_period: slot.billing_period.clone(),
            currency: slot.currency,
            invoice_group: slot.invoice_group.clone(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) key: FamilyKey,
    pub(super) first_day: Date,
    pub(super) last_day: Date,
    pub(super) look_back: LookBack,
    pub(super) is_in_grace: bool,
    /// Those that come to something.
    pub(super) charges: BTreeMap<&'a ChargeKey, &'a Charge>,
    /// By part.
    pub(super) chains: BTreeMap<u32, Chain<'a>>,
}

/// An original, or a part of one, and its corrections, in their order.
#[derive(Debug, Default)]
pub(super) struct Chain<'a> {
    documents: Vec<&'a Confirmed>,
    /// Posted documents of other months that name one of these or of each other, in their order.
    elsewhere: Vec<&'a Confirmed>,
}

/// A charge key stays in the invoice group in which it was billed, whatever the account's group is now.
pub(super) fn gather(input: &PlanInput) -> Result<BTreeMap<FamilyKey, Family<'_>>, PlanError> {
    let mut families: BTreeMap<FamilyKey, Family<'_>> = BTreeMap::new();
    for period in &input.periods {
        let empty = |key: FamilyKey| Family {
            key,
            first_day: period.first_day,
            last_day: period.last_day,
            look_back: period.look_back,
            is_in_grace: period.is_in_grace,
            charges: BTreeMap::new(),
            chains: BTreeMap::new(),
        };
        let mut groups: BTreeMap<(&ChargeKey, Currency), &str> = BTreeMap::new();
        let of_period = input
            .confirmed
            .iter()
            .filter(|confirmed| confirmed.delivery.slot.billing_period == period.billing_period);
        for confirmed in of_period {
            let slot = &confirmed.delivery.slot;
            let key = FamilyKey::of_slot(slot);
            let family = families.entry(key.clone()).or_insert_with(|| empty(key));
            let chain = family.chains.entry(slot.part).or_default();
            chain.documents.push(confirmed);
            if confirmed.state != RemoteState::Void {
                for line in &confirmed.delivery.lines {
                    groups
                        .entry((&line.charge, slot.currency))
                        .or_insert(&slot.invoice_group);
                }
            }
        }
        for charge in period.charges.iter().filter(|one| !one.net.is_zero()) {
            let currency = charge.net.currency();
            let billed_in = groups.get(&(&charge.key, currency)).copied();
            let terms = input.buyers.get(&charge.key.account);
            let group = billed_in.unwrap_or_else(|| terms.map_or("", |terms| &terms.invoice_group));
            let key = FamilyKey {
                account: charge.key.account,
                billing_period: period.billing_period.clone(),
                currency,
                invoice_group: group.to_owned(),
            };
            let family = families.entry(key.clone()).or_insert_with(|| empty(key));
            if family.charges.insert(&charge.key, charge).is_some() {
                return Err(PlanError::ConflictingCharges {
                    account: charge.key.account,
                    item: charge.key.item.clone(),
                    billing_period: period.billing_period.clone(),
                });
            }
        }
    }
    let mut by_named: BTreeMap<&Reference, Vec<&Confirmed>> = BTreeMap::new();
    for one in &input.confirmed {
        if let (RemoteState::Posted, Some(named)) = (one.state, &one.delivery.corrects) {
            by_named.entry(named).or_default().push(one);
        }
    }
    for chain in families
        .values_mut()
        .flat_map(|family| family.chains.values_mut())
    {
        chain
            .documents
            .sort_by_key(|confirmed| confirmed.delivery.slot.correction);
        chain.elsewhere = naming(&chain.documents, &by_named);
    }
    Ok(families)
}

/// Others that name one of the documents, or one that does.
fn naming<'a>(
    documents: &[&'a Confirmed],
    by_named: &BTreeMap<&Reference, Vec<&'a Confirmed>>,
) -> Vec<&'a Confirmed> {
    let mut known: BTreeSet<&Reference> = documents
        .iter()
        .map(|one| &one.delivery.reference)
        .collect();
    let mut asked: Vec<&Reference> = known.iter().copied().collect();
    let mut found: Vec<&Confirmed> = Vec::new();
    while let Some(named) = asked.pop() {
        for one in by_named.get(named).into_iter().flatten() {
            if known.insert(&one.delivery.reference) {
                asked.push(&one.delivery.reference);
                found.push(one);
            }
        }
    }
    found.sort_by_key(|one| &one.delivery.slot);
    found
}

impl<'a> Family<'a> {
    /// In the sign of an invoice: all that stands at the sink, drafts included, against all that is rated now.
    pub(super) fn difference(&self) -> Result<Difference, MoneyError> {
        let live = self.chains.values().flat_map(Chain::live);
        let lines = live.flat_map(|confirmed| &confirmed.delivery.lines);
        let confirmed = Money::sum(lines.map(|line| line.billed), self.key.currency)?;
        let now = Money::sum(
            self.charges.values().map(|charge| charge.net),
            self.key.currency,
        )?;
        Difference::between(confirmed, now)
    }

    pub(super) fn amount_error(&self, source: MoneyError) -> PlanError {
        PlanError::Amount {
            account: self.key.account,
            billing_period: self.key.billing_period.clone(),
            source,
        }
    }

    /// The first effect whose outcome would decide what is billed here.
    pub(super) fn open_effect<'e>(&self, effects: &'e [OpenEffect]) -> Option<&'e OpenEffect> {
        let billed: BTreeSet<&ChargeKey> = self
            .chains
            .values()
            .flat_map(Chain::live)
            .flat_map(|confirmed| confirmed.delivery.lines.iter().map(|line| &line.charge))
            .chain(self.charges.keys().copied())
            .collect();
        effects.iter().find(|effect| {
            FamilyKey::of_slot(&effect.slot) == self.key
                || effect.charges.iter().any(|key| billed.contains(key))
        })
    }

    /// How many parts its original has or was meant to have.
    pub(super) fn parts(&self) -> u32 {
        let originals = self.chains.values().filter(|chain| !chain.gives_back());
        let live = originals.flat_map(Chain::live);
        live.map(|confirmed| confirmed.delivery.parts.max(confirmed.delivery.slot.part))
            .max()
            .unwrap_or(0)
    }

    /// Those of the original.
    pub(super) fn posted_chains(&self) -> BTreeMap<u32, &Chain<'a>> {
        self.chains
            .iter()
            .filter(|(_, chain)| !chain.gives_back() && chain.original().is_some())
            .map(|(&part, chain)| (part, chain))
            .collect()
    }

    /// The part that gives back what other billing periods billed in advance.
    pub(super) fn giving_back(&self) -> Option<(u32, &Chain<'a>)> {
        let mut chains = self.chains.iter();
        let found = chains.find(|(_, chain)| chain.gives_back());
        found.map(|(&part, chain)| (part, chain))
    }
}

impl<'a> Chain<'a> {
    fn live(&self) -> impl Iterator<Item = &'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents.filter(|confirmed| confirmed.state != RemoteState::Void)
    }

    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &'a Confirmed> {
        self.elsewhere.iter().copied()
    }

    fn posted(&self) -> impl Iterator<Item = &'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents.filter(|confirmed| confirmed.state == RemoteState::Posted)
    }

    pub(super) fn in_state(&self, state: RemoteState) -> Vec<&'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents
            .filter(|confirmed| confirmed.state == state)
            .collect()
    }

    /// Its first document corrects one that is not of the chain.
    fn gives_back(&self) -> bool {
        let first = self.documents.first();
        first.is_some_and(|first| first.delivery.corrects.is_some())
    }

    /// What the latest posted document with such a key corrects.
    pub(super) fn naming(&self, is_meant: impl Fn(&ChargeKey) -> bool) -> Option<&'a Reference> {
        let has_it = |confirmed: &&'a Confirmed| {
            let mut lines = confirmed.delivery.lines.iter();
            lines.any(|line| is_meant(&line.charge))
        };
        let latest = self.posted().filter(has_it).last()?;
        latest.delivery.corrects.as_ref()
    }

    /// The document that later ones correct.
    pub(super) fn original(&self) -> Option<&'a Confirmed> {
        self.posted().next()
    }

    /// The number of a new document; one that was voided keeps its own.
    pub(super) fn next_correction(&self) -> u32 {
        let last = self.documents.last();
        last.map_or(0, |confirmed| confirmed.delivery.slot.correction + 1)
    }

    /// What was posted per charge key, net of corrections. A key that was given back whole is there with zero.
    pub(super) fn net_posted(&self) -> Result<BTreeMap<&'a ChargeKey, Money>, MoneyError> {
        let mut net: BTreeMap<&ChargeKey, Money> = BTreeMap::new();
        for line in self
            .posted()
            .flat_map(|confirmed| &confirmed.delivery.lines)
        {
            let sum = match net.get(&line.charge) {
                Some(sum) => sum.checked_add(line.billed)?,
                None => line.billed,
            };
            net.insert(&line.charge, sum);
        }
        Ok(net)
    }

    /// The latest posted line of a key, else of its item: a change of price within a period makes keys of its own.
    pub(super) fn billed_like(&self, key: &ChargeKey) -> Option<&'a Line> {
        let lines = || self.posted().flat_map(|one| &one.delivery.lines);
        let same = lines().filter(|line| line.charge == *key).last();
        same.or_else(|| lines().filter(|line| line.charge.item == key.item).last())
    }

    /// The lines that make up what is posted of a key, in the sign of an invoice; empty where they cannot be told
    /// apart from what was taken back.
    pub(super) fn standing(&self, key: &ChargeKey, net: Money) -> Result<Vec<Line>, MoneyError> {
        let latest = self
            .posted()
            .filter(|confirmed| {
                let lines = &confirmed.delivery.lines;
                lines.iter().any(|line| line.charge == *key)
            })
            .last();
        let Some(latest) = latest else {
            return Ok(Vec::new());
        };
        let lines = latest.delivery.lines.iter();
        let lines: Vec<Line> = lines
            .filter(|line| line.charge == *key && !is_taken_back(line))
            .map(upright)
            .collect();
        let stands = lines::sum_billed(&lines)? == Some(net);
        Ok(if stands { lines } else { Vec::new() })
    }

    /// Any posted line of the key.
    pub(super) fn pattern(&self, key: &ChargeKey) -> Option<&'a Line> {
        self.posted()
            .flat_map(|confirmed| &confirmed.delivery.lines)
            .find(|line| line.charge == *key)
    }
}
