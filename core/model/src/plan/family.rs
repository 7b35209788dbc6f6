//! What belongs together: the documents and charges of one account, currency, invoice group and billing period.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use super::chain::Chain;
use super::input::{Confirmed, LookBack, OpenEffect, PlanInput, RemoteState};
use super::output::{Difference, Older};
use crate::charge::{Charge, ChargeKey};
use crate::document::{Reference, Slot};
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
    no_chain: Chain<'a>,
}

/// A charge key stays in the invoice group in which it was billed, whatever the account's group is now.
pub(super) fn gather(input: &PlanInput) -> Result<BTreeMap<FamilyKey, Family<'_>>, PlanError> {
    let mut families: BTreeMap<FamilyKey, Family<'_>> = BTreeMap::new();
    let mut documents: BTreeMap<(FamilyKey, u32), Vec<&Confirmed>> = BTreeMap::new();
    for period in &input.periods {
        let empty = |key: FamilyKey| Family {
            key,
            first_day: period.first_day,
            last_day: period.last_day,
            look_back: period.look_back,
            is_in_grace: period.is_in_grace,
            charges: BTreeMap::new(),
            chains: BTreeMap::new(),
            no_chain: Chain::default(),
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
            let part = documents.entry((family.key.clone(), slot.part));
            part.or_default().push(confirmed);
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
    for ((key, part), documents) in documents {
        if let Some(family) = families.get_mut(&key) {
            let chain = Chain::new(documents, &by_named);
            family.chains.insert(part, chain);
        }
    }
    Ok(families)
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

    /// Of a family that is older than the look-back, where anything is to be told.
    pub(super) fn older(&self, input: &PlanInput, amount: Difference) -> Option<Older> {
        let terms = input.buyers.get(&self.key.account);
        let original = self.chains.values().find_map(Chain::original);
        (!amount.difference.is_zero()).then(|| Older {
            account: self.key.account,
            key: terms.map(|terms| terms.buyer.account.clone()),
            billing_period: self.key.billing_period.clone(),
            invoice_group: self.key.invoice_group.clone(),
            reference: original.map(|one| one.delivery.reference.clone()),
            amount,
        })
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
    pub(super) fn giving_back(&self) -> (Option<u32>, &Chain<'a>) {
        let mut chains = self.chains.iter();
        let found = chains.find(|(_, chain)| chain.gives_back());
        match found {
            Some((&part, chain)) => (Some(part), chain),
            None => (None, &self.no_chain),
        }
    }
}
