//! What a plan is made from. All of it is values: nothing is looked up while planning.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Abilities;
use crate::charge::{Charge, ChargeKey};
use crate::counterfoil::{Action, Counterfoil, Link, RemoteDocument};
use crate::digest::Digest;
use crate::document::{Buyer, Delivery, Reference, Slot};
use crate::einvoice::{Invoicing, TaxTerms};
use crate::ids::{AccountId, AgreementKey, PipelineId, RecordingId, SinkId, TenantId};
use crate::language::{LineWords, OwnWords, Spoken};
use crate::time::{Date, Instant};

#[derive(Debug, Clone, Serialize)]
pub struct PlanInput {
    /// The random id of the store.
    pub store: String,
    pub tenant: TenantId,
    pub pipeline: PipelineId,
    pub sink: SinkId,
    /// The civil id of the period that was asked for.
    pub billing_period: String,
    /// The civil id of the period before it, to tell what changed.
    pub previous_period: Option<String>,
    /// The period asked for, and earlier ones that were rated again.
    pub periods: Vec<RatedPeriod>,
    /// The latest confirmed state of each reference of this sink (see [`Confirmed::latest`]).
    pub confirmed: Vec<Confirmed>,
    /// Every effect whose outcome is not known: planned and not sent does not count, sending and parked ones do.
    pub open_effects: Vec<OpenEffect>,
    pub buyers: BTreeMap<AccountId, BuyerTerms>,
    pub abilities: Abilities,
    pub finalize: Finalize,
    /// `now` in the pipeline's zone.
    pub issue_date: Date,
    /// Facts recorded later are not in the charges.
    pub cutoff: RecordingId,
    /// Of the resolved configuration.
    pub config: Digest,
    pub head: Option<Link>,
}

/// The charges of a billing period as they are rated now.
#[derive(Debug, Clone, Serialize)]
pub struct RatedPeriod {
    pub billing_period: String,
    pub first_day: Date,
    /// Inclusive.
    pub last_day: Date,
    pub look_back: LookBack,
    /// Late facts still belong to its drafts: nothing is posted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_in_grace: bool,
    pub charges: Vec<Charge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookBack {
    /// Billed, or corrected.
    Within,
    /// Too old to be corrected: a difference is a finding (rule R39).
    Beyond,
}

/// What the sink is asked to leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finalize {
    #[default]
    Draft,
    Post,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerTerms {
    pub buyer: Buyer,
    /// Charges of one group share an invoice.
    pub invoice_group: String,
    /// From the issue date to the due date; absent where the sink decides.
    pub payment_days: Option<u16>,
    /// In which languages and words its lines say what is added to their text, where no charge of it is rated any more.
    #[serde(skip)]
    pub spoken: Spoken,
    #[serde(skip)]
    pub words: OwnWords,
    /// Which tax categories its lines have.
    #[serde(skip_serializing_if = "TaxTerms::is_empty")]
    pub tax: TaxTerms,
    /// Where it gets e-invoices: what they say besides their lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoicing: Option<Box<Invoicing>>,
}

impl BuyerTerms {
    /// In which lines of an agreement say what is added to their text.
    pub(super) fn words_of(&self, agreement: &AgreementKey) -> LineWords {
        self.spoken.words(&self.words, agreement)
    }
}

/// A delivery that stands at the sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    pub delivery: Delivery,
    pub remote: RemoteDocument,
    pub state: RemoteState,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RemoteState {
    Draft,
    Posted,
    Void,
}

impl RemoteState {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Posted => "posted",
            Self::Void => "void",
        }
    }
}

impl Confirmed {
    pub fn of(counterfoil: &Counterfoil) -> Self {
        let state = match counterfoil.action {
            Action::Voided => RemoteState::Void,
            Action::Created | Action::Updated | Action::Adopted | Action::Reinstated => {
                if counterfoil.posted {
                    RemoteState::Posted
                } else {
                    RemoteState::Draft
                }
            }
        };
        Self {
            delivery: counterfoil.delivery.clone(),
            remote: counterfoil.remote.clone(),
            state,
        }
    }

    /// For each reference the counterfoil with the greatest number.
    pub fn latest<'a>(counterfoils: impl IntoIterator<Item = &'a Counterfoil>) -> Vec<Self> {
        let mut latest: BTreeMap<&Reference, &Counterfoil> = BTreeMap::new();
        for counterfoil in counterfoils {
            let kept = latest
                .entry(&counterfoil.delivery.reference)
                .or_insert(counterfoil);
            if counterfoil.number > kept.number {
                *kept = counterfoil;
            }
        }
        latest.into_values().map(Self::of).collect()
    }
}

/// An effect that may or may not have been applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenEffect {
    pub slot: Slot,
    pub reference: Reference,
    pub charges: Vec<ChargeKey>,
    pub since: Instant,
    /// It goes on only when a person says so.
    pub is_parked: bool,
}

impl PlanInput {
    /// The same input in one order, without repetitions: what the plan's id is made of.
    pub(super) fn into_canonical(mut self) -> Self {
        self.periods
            .sort_by(|a, b| a.billing_period.cmp(&b.billing_period));
        for period in &mut self.periods {
            for charge in &mut period.charges {
                if let Some(terms) = self.buyers.get(&charge.key.account) {
                    let category = terms.tax.category(charge.tax_category.as_deref());
                    charge.tax_category = category.map(ToOwned::to_owned);
                }
            }
            period.charges.sort_by(|a, b| a.key.cmp(&b.key));
            period.charges.dedup();
        }
        self.confirmed
            .sort_by(|a, b| a.delivery.slot.cmp(&b.delivery.slot));
        self.confirmed.dedup();
        self.open_effects.sort_by(|a, b| a.slot.cmp(&b.slot));
        self.open_effects.dedup();
        self
    }
}
