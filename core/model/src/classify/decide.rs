//! What the rules that match say of a resource: for each target every value, in the order of the rules. Must not know
//! accounts or time.

use std::sync::Arc;

use super::facts::{Facts, Key};
use super::index::{Matching, RuleNumber};
use super::terms::{Actions, Rule, Target};

/// What a rule says of who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// The rule's exemption, while it lasts.
    NonBillable,
    Customer(String),
    /// The rule's owners.
    Owners,
    /// The customer of this account.
    AccountOf(String),
}

/// The same for every resource with equal values of the keys that the rules read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Of the verdicts of its list of rules that are remembered: what tells them apart.
    pub(super) number: Option<usize>,
    pub(super) claims: Vec<(RuleNumber, Claim)>,
    pub(super) account: Vec<(RuleNumber, String)>,
    pub(super) service: Vec<(RuleNumber, String)>,
    pub(super) plan: Vec<(RuleNumber, String)>,
    /// Rules of which nobody knows whether they match, with the reason.
    pub(super) failed: Vec<(RuleNumber, String)>,
}

impl Verdict {
    /// What the rules copy from a resource, besides which all that match the same rules are judged alike.
    pub(super) fn copied(
        rules: &[Arc<Rule>],
        matching: &[RuleNumber],
        facts: &Facts<'_>,
    ) -> Vec<Option<String>> {
        let matching = matching.iter().map(|number| &rules[*number].actions);
        let copying = matching.flat_map(Actions::targets);
        let copying = copying.filter(|target| target.key().is_some());
        copying.map(|target| target.value(facts)).collect()
    }

    pub(super) fn new(rules: &[Arc<Rule>], matching: &Matching, facts: &Facts<'_>) -> Self {
        let mut verdict = Self {
            failed: matching.failed.clone(),
            ..Self::default()
        };
        for &number in &matching.rules {
            verdict.hear(number, &rules[number], facts);
        }
        verdict
    }

    fn hear(&mut self, number: RuleNumber, rule: &Rule, facts: &Facts<'_>) {
        let actions = &rule.actions;
        let value = |target: &Option<Target>| target.as_ref()?.value(facts);
        let account = value(&actions.account);
        if actions.non_billable.is_some() {
            self.claims.push((number, Claim::NonBillable));
        }
        if let Some(customer) = value(&actions.customer) {
            self.claims.push((number, Claim::Customer(customer)));
        } else if actions.owners.is_some() {
            self.claims.push((number, Claim::Owners));
        } else if let (Some(account), None) = (&account, &actions.customer) {
            self.claims
                .push((number, Claim::AccountOf(account.clone())));
        }
        let with_number = |value: String| (number, value);
        self.account.extend(account.map(with_number));
        self.service
            .extend(value(&actions.service).map(with_number));
        self.plan.extend(value(&actions.plan).map(with_number));
    }
}

impl Target {
    fn value(&self, facts: &Facts<'_>) -> Option<String> {
        match self {
            Self::Literal(text) => Some(text.clone()),
            Self::Copied { key, map } => {
                let value = facts.values(key).next()?;
                match map {
                    Some(map) => map.get(value).cloned(),
                    None => Some(value.to_owned()),
                }
            }
        }
    }

    /// The key that it reads.
    pub(super) fn key(&self) -> Option<&Key> {
        match self {
            Self::Literal(_) => None,
            Self::Copied { key, .. } => Some(key),
        }
    }
}
