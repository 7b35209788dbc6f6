//! Whose a resource is, and why: the answer of classification.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::decimal::Rational;
use crate::ids::{
    AccountId, AgreementKey, CustomerKey, IntervalId, Kind, Place, PlanKey, ResourceId, RuleLabel,
    ServiceKey,
};
use crate::time::{Date, Period};

/// A stretch of an interval during which nothing that decides its price changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedInterval {
    pub interval: IntervalId,
    pub resource: ResourceId,
    pub kind: Kind,
    pub period: Period,
    /// Shared by those that are owned alike: they are many.
    pub ownership: Arc<Ownership>,
    pub because: Arc<Because>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// Shares sum to exactly 1.
    Owned {
        owners: Vec<Owner>,
        service: Option<ServiceKey>,
        plan: Option<PlanKey>,
    },
    /// Deliberately not billed.
    NonBillable(NonBillable),
    /// Nobody is known to pay for it.
    Suspended(Suspense),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    pub customer: CustomerKey,
    pub account: AccountId,
    pub agreement: AgreementKey,
    pub share: Rational,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct NonBillable {
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The first day on which it is billed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Why a resource is in suspense.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Suspense {
    /// No rule and no default names a customer.
    NoCustomer,
    /// A rule named a customer that the configuration does not have.
    UnknownCustomer { customer: String },
    /// The customer has no account, or no agreement, at that time.
    NoAgreement { customer: String },
    /// The customer has several accounts and no rule chose one.
    AmbiguousAccount { customer: String },
    /// A rule's expression could not be evaluated, and no earlier rule says what it would have set.
    RuleFailed {
        rule: String,
        place: String,
        failure: String,
    },
}

/// For each target (`customer`, `service`, …) the rule that won and those that lost to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Because {
    #[schemars(with = "BTreeMap<String, Decision>")]
    pub targets: Targets,
}

/// Decisions by target, in the order of the targets' names; three or four in one piece of memory, for they are many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    decided: Vec<(&'static str, Decision)>,
}

impl Targets {
    pub fn get(&self, target: &str) -> Option<&Decision> {
        self.iter()
            .find_map(|(known, decision)| (known == target).then_some(decision))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Decision)> {
        self.decided
            .iter()
            .map(|(target, decision)| (*target, decision))
    }

    /// The last decision counts.
    pub fn insert(&mut self, target: &'static str, decision: Decision) {
        match self
            .decided
            .binary_search_by_key(&target, |(known, _)| known)
        {
            Ok(position) => self.decided[position].1 = decision,
            Err(position) => self.decided.insert(position, (target, decision)),
        }
    }
}

impl Serialize for Targets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    pub value: String,
    pub winner: Winner,
    /// Rules that match too and come later, with the value that they would have set.
    pub losers: Vec<RuleMention>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Winner {
    Rule(RuleMention),
    Default,
    /// The agreement of the account says it (plan).
    Agreement,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleMention {
    pub rule: RuleLabel,
    pub place: Place,
    pub value: String,
}
