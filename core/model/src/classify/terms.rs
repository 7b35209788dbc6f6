//! Rules, agreements and defaults as classification uses them: checked, with instants for dates.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::Condition;
use super::expression::Expression;
use super::facts::Key;
use super::renamed::Renamed;
use crate::agreed::{Commitment, ManualQuantity};
use crate::decimal::Rational;
use crate::digest::Digest;
use crate::einvoice::{Party, TaxTerms};
use crate::ids::{AccountKey, AgreementKey, CustomerKey, Place, PlanKey, RuleLabel};
use crate::language::{Spoken, Texts};
use crate::money::Currency;
use crate::ownership::NonBillable;
use crate::price::Signed;
use crate::time::{AccountCalendar, Instant, Validity};
use crate::validity::Dated;

/// A resolved configuration of classification.
#[derive(Debug, Clone)]
pub struct Terms {
    pub rules: Vec<Arc<Rule>>,
    pub agreements: Vec<Arc<Agreement>>,
    /// Exactly one: a list only so that it is dated like everything else.
    pub defaults: Vec<Arc<Defaults>>,
    /// In the order of their keys.
    pub accounts: Vec<Account>,
    pub quantities: Vec<Arc<ManualQuantity>>,
    pub commitments: Vec<Arc<Commitment>>,
    /// What its accounts and customers are called now, where that is not what it was written with.
    pub renamed: Renamed,
}

impl Terms {
    /// Accounts are those of all pipelines; what is agreed with them is billed by one.
    pub fn keep_of_pipeline(&mut self, pipeline: &str) {
        let own = |named: &Option<String>| named.as_deref().is_none_or(|named| named == pipeline);
        self.quantities.retain(|one| own(&one.pipeline));
        self.commitments.retain(|one| own(&one.pipeline));
    }
}

#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, or "rule 3".
    pub label: RuleLabel,
    pub place: Place,
    pub(super) identity: String,
    /// Of everything but its place.
    pub(super) content: Digest,
    pub(super) validity: Validity,
    pub(super) conditions: Vec<Condition>,
    /// Asked where the conditions hold.
    pub(super) expressions: Vec<Expression>,
    pub(super) actions: Actions,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Actions {
    pub(super) non_billable: Option<Exemption>,
    pub(super) customer: Option<Target>,
    pub(super) owners: Option<Vec<OwnerShare>>,
    pub(super) account: Option<Target>,
    pub(super) service: Option<Target>,
    pub(super) plan: Option<Target>,
}

impl Actions {
    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        let targets = [&self.customer, &self.account, &self.service, &self.plan];
        targets.into_iter().flatten()
    }

    /// The keys whose values are copied.
    pub(super) fn reads(&self) -> impl Iterator<Item = &Key> {
        self.targets().filter_map(Target::key)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Exemption {
    pub(super) terms: NonBillable,
    /// The start of the day `until`.
    pub(super) ends: Option<Instant>,
}

#[derive(Debug, Clone)]
pub(super) enum Target {
    Literal(String),
    Copied {
        key: Key,
        map: Option<BTreeMap<String, String>>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnerShare {
    pub(super) customer: CustomerKey,
    pub(super) account: Option<AccountKey>,
    pub(super) share: Rational,
    /// As it was written.
    pub(super) share_text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub account: AccountKey,
    pub customer: CustomerKey,
    pub key: AgreementKey,
    pub plan: Option<PlanKey>,
    /// Its own day, else the first on which it holds.
    pub signed: Option<Signed>,
    pub validity: Validity,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    pub customer: Option<String>,
    pub service: Option<String>,
    pub plan: Option<String>,
}

/// What the later stages need of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub key: AccountKey,
    pub customer: CustomerKey,
    pub name: String,
    pub currency: Currency,
    pub invoice_group: Option<String>,
    pub buyer_reference: Option<String>,
    pub payment_terms_days: Option<u32>,
    pub calendar: AccountCalendar,
    pub renamed_from: Option<AccountKey>,
    /// Its id at each sink, by the sink's name.
    pub remote: BTreeMap<String, String>,
    pub documents: DocumentTerms,
}

/// What an account's documents say besides their lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentTerms {
    /// As the pipeline says where absent.
    pub einvoice: Option<bool>,
    pub buyer: Party,
    pub order_reference: Option<String>,
    pub tax: TaxTerms,
    /// The account's, and those of agreements that have one of their own.
    pub spoken: Spoken,
    pub text: Option<Texts>,
    /// Of lines of an agreement.
    pub agreement_texts: BTreeMap<AgreementKey, Texts>,
}

impl Dated for Rule {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn same(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Dated for Agreement {
    fn identity(&self) -> String {
        format!("{}/{}", self.account, self.key)
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn alone_of(&self) -> Option<&str> {
        Some(self.account.as_str())
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Of those that hold at the same time, one an account. Within a version agreements of an account do not overlap; where an older
/// version still has one, the one that was stated to start later takes its place.
pub fn one_each<'a>(holding: &[&'a Arc<Agreement>]) -> impl Iterator<Item = &'a Arc<Agreement>> {
    let mut best: BTreeMap<&AccountKey, &Arc<Agreement>> = BTreeMap::new();
    for agreement in holding {
        let held = best.entry(&agreement.account).or_insert(agreement);
        if agreement.validity.from > held.validity.from {
            *held = agreement;
        }
    }
    best.into_values()
}

impl Dated for Defaults {
    fn identity(&self) -> String {
        "default".to_owned()
    }

    fn validity(&self) -> Validity {
        Validity::ALWAYS
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}
