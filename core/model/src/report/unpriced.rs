//! What of a moment could not be priced, so that no sum of it looks complete that is not.

use std::collections::BTreeSet;

use super::Moment;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{AccountId, AccountKey, CustomerKey, ResourceId};
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership};
use crate::rate::fits;

/// The resources without a value, or with a part of it alone.
#[derive(Debug)]
pub struct Unpriced<'a> {
    moment: &'a Moment,
    /// By the account that a finding is of; without one, whoever pays.
    concerned: BTreeSet<(ResourceId, Option<&'a AccountKey>)>,
    /// Subjects of charges that are too large: nothing of them is there, or not what their greatest resource has.
    too_large: BTreeSet<&'a str>,
}

impl<'a> Unpriced<'a> {
    pub fn of(moment: &'a Moment) -> Self {
        let mut concerned = BTreeSet::new();
        for topic in &moment.rated.concerned {
            // A charge by a rate that is too old is there.
            if topic.code != FindingCode::StaleExchangeRate {
                let resources = topic.resources.iter();
                concerned.extend(resources.map(|one| (*one, topic.account.as_ref())));
            }
        }
        let findings = moment.rated.findings.iter();
        let too_large = findings.filter(|finding| finding.code == FindingCode::AmountOverflow);
        Self {
            moment,
            concerned,
            too_large: too_large.map(|finding| finding.subject.as_str()).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.concerned.is_empty() && self.too_large.is_empty()
    }

    /// Does what an account pays for a resource lack something? It is asked whether anything of it has a value.
    pub fn has(
        &self,
        (interval, account): (&Interval, AccountId),
        has_value: bool,
        owned: &OwnedInterval,
    ) -> bool {
        if self.is_empty() {
            return false;
        }
        let key = self.moment.accounts.get(&account);
        if self.concerned.contains(&(interval.resource, None))
            || key.is_some_and(|key| self.concerned.contains(&(interval.resource, Some(key))))
        {
            return true;
        }
        let Some(key) = key.filter(|_| !self.too_large.is_empty()) else {
            return false;
        };
        let name = &interval.configuration.name;
        let items = self.moment.price_book.items.iter();
        let mut of_kind = items.filter(|item| item.kinds.contains(&interval.kind));
        of_kind.any(|item| {
            let charge = format!("item {}, account {key}", item.key);
            let greatest = format!("{charge}, resource ");
            let mut too_large = self.too_large.iter();
            let lacks = too_large.any(|subject| match subject.strip_prefix(&greatest) {
                Some(resource) => resource == name || !has_value,
                None => *subject == charge && !has_value,
            });
            lacks && fits(item, interval) && matches!(&*owned.ownership, Ownership::Owned { .. })
        })
    }
}

/// What blocks of a moment, as far as it is about resources that count. What is about none is told whatever counts.
pub fn unpriced_findings(
    moment: &Moment,
    counts: impl Fn(&Interval, &BTreeSet<CustomerKey>) -> bool,
) -> Vec<Finding> {
    let mut counted = BTreeSet::new();
    let intervals = moment.intervals.iter();
    let intervals: std::collections::BTreeMap<_, _> = intervals.map(|one| (one.id, one)).collect();
    for owned in &moment.owned {
        let customers = match &*owned.ownership {
            Ownership::Owned { owners, .. } => {
                owners.iter().map(|owner| owner.customer.clone()).collect()
            }
            Ownership::NonBillable(_) | Ownership::Suspended(_) => BTreeSet::new(),
        };
        if let Some(interval) = intervals.get(&owned.interval)
            && counts(interval, &customers)
        {
            counted.insert(owned.resource);
        }
    }
    let mut findings = moment.rated.findings.clone();
    findings.retain(|finding| {
        let mut concerned = moment.rated.concerned.iter();
        let topic =
            concerned.find(|one| one.code == finding.code && one.subject == finding.subject);
        // An amount by an old rate is there; and the end of a month that runs has no rate yet.
        finding.severity == Severity::Blocking
            && finding.code != FindingCode::StaleExchangeRate
            && topic.is_none_or(|topic| !topic.resources.is_disjoint(&counted))
    });
    for finding in &mut findings {
        // Facts and prices of the instant are stretched over its month.
        finding.since = Some(moment.at);
    }
    findings
}
