//! What the last version of the terms says of a resource that nobody pays for yet: which rule or agreement would cover it,
//! and since when that one holds. Must not know what is billed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classifier::{Classifier, ClassifierError, Directory, project};
use super::terms::{Agreement, Rule, Terms};
use crate::holds_later::HoldsLater;
use crate::ids::AccountId;
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership, RuleMention, Winner};
use crate::time::{BillingPeriod, Instant, Period, Validity};
use crate::validity::{ConfigVersion, holds_from};

/// With whether its own `from` says so.
type Since = Option<(Instant, bool)>;

/// The last version of the terms, read as if it had always been in force.
#[derive(Debug)]
pub struct Latecomers<'a> {
    versions: &'a [ConfigVersion<&'a Terms>],
    directory: &'a Directory,
    billing_period: &'a BillingPeriod,
    /// First with the dates that are written in it, then as if none were.
    readings: [Classifier; 2],
    /// Since when things hold, by what they are and the account that an agreement is of, since the accounts of a customer
    /// may name theirs alike: many resources wait for one rule.
    known: BTreeMap<(String, Option<AccountId>), Since>,
}

impl<'a> Latecomers<'a> {
    /// `None` where there are no terms at all.
    pub fn new(
        versions: &'a [ConfigVersion<&'a Terms>],
        directory: &'a Directory,
        billing_period: &'a BillingPeriod,
    ) -> Result<Option<Self>, ClassifierError> {
        let Some(last) = versions.last() else {
            return Ok(None);
        };
        let dateless = without_starts(last.terms);
        let read = |terms: &Terms| {
            let only = [ConfigVersion {
                effective_from: None,
                terms,
            }];
            Classifier::new(&only, directory, billing_period.period())
        };
        Ok(Some(Self {
            readings: [read(last.terms)?, read(&dateless)?],
            versions,
            directory,
            billing_period,
            known: BTreeMap::new(),
        }))
    }

    /// What would cover an interval that is in suspense in a stretch of the billing period.
    pub fn of(&mut self, interval: &Interval, stretch: Period) -> Option<HoldsLater> {
        for reading in 0..self.readings.len() {
            for owned in self.readings[reading].classify(interval, stretch) {
                if let Some(later) = self.late(&owned) {
                    return Some(later);
                }
            }
        }
        None
    }

    fn late(&mut self, owned: &OwnedInterval) -> Option<HoldsLater> {
        let owners = match &*owned.ownership {
            Ownership::Suspended(_) => return None,
            Ownership::NonBillable(_) => &[][..],
            Ownership::Owned { owners, .. } => owners,
        };
        let targets = ["non_billable", "customer", "account"].into_iter();
        let decisions = targets.filter_map(|target| owned.because.targets.get(target));
        let mentions = decisions.filter_map(|decision| match &decision.winner {
            Winner::Rule(mention) => Some(mention),
            Winner::Default | Winner::Agreement => None,
        });
        let mentions: Vec<RuleMention> = mentions.cloned().collect();
        for mention in mentions {
            let what = format!("rule `{}` ({})", mention.rule, mention.place);
            let since = |late: &Self| late.rule_since(&mention);
            if let Some(later) = self.later((what, None), owned.period.from(), since) {
                return Some(later);
            }
        }
        for owner in owners {
            let what = format!("agreement `{}` of {}", owner.agreement, owner.customer);
            let since = |late: &Self| {
                let is_it = |agreement: &&Arc<Agreement>| {
                    agreement.key == owner.agreement
                        && late.directory.accounts.get(&agreement.account) == Some(&owner.account)
                };
                let last = late.versions.last()?.terms;
                let agreement = last.agreements.iter().find(is_it)?;
                let versions = project(late.versions, |terms| terms.agreements.as_slice());
                since(&versions, agreement)
            };
            if let Some(later) = self.later((what, Some(owner.account)), owned.period.from(), since)
            {
                return Some(later);
            }
        }
        None
    }

    fn later(
        &mut self,
        what: (String, Option<AccountId>),
        at: Instant,
        since: impl FnOnce(&Self) -> Since,
    ) -> Option<HoldsLater> {
        if !self.known.contains_key(&what) {
            let found = since(self);
            self.known.insert(what.clone(), found);
        }
        let known = self.known.get(&what).copied().flatten();
        let (from, is_written) = known.filter(|(from, _)| *from > at)?;
        Some(HoldsLater::new(
            what.0,
            self.billing_period,
            from,
            is_written,
        ))
    }

    fn rule_since(&self, mention: &RuleMention) -> Since {
        let last = self.versions.last()?.terms;
        let is_it = |rule: &&Arc<Rule>| rule.label == mention.rule && rule.place == mention.place;
        let rule = last.rules.iter().find(is_it)?;
        let versions = project(self.versions, |terms| terms.rules.as_slice());
        since(&versions, rule)
    }
}

fn since<D: crate::validity::Dated>(versions: &[ConfigVersion<&[D]>], item: &D) -> Since {
    let from = holds_from(versions, item)?;
    Some((from, item.validity().from.is_some()))
}

fn without_starts(terms: &Terms) -> Terms {
    let undated = |validity: Validity| Validity {
        from: None,
        ..validity
    };
    let rules = terms.rules.iter().map(|rule| {
        Arc::new(Rule {
            validity: undated(rule.validity),
            ..Rule::clone(rule)
        })
    });
    let agreements = terms.agreements.iter().map(|agreement| {
        Arc::new(Agreement {
            validity: undated(agreement.validity),
            ..Agreement::clone(agreement)
        })
    });
    Terms {
        rules: rules.collect(),
        agreements: agreements.collect(),
        ..terms.clone()
    }
}
