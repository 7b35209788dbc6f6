//! Rules for what is in suspense, suggested from what resembles it. Each is tried before it is told: the inventory of the
//! moment is classified with it, and what would claim anything that is owned otherwise is left out.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::classify::suggest::{
    Alike, Likeness, Payer, Standing, Subject, Suggestion, suggest,
};
use counterfoil_model::classify::{Classifier, RuleConfig};
use counterfoil_model::ids::{IntervalId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::ownership::{OwnedInterval, Ownership, Suspense};
use counterfoil_model::report::Moment;
use counterfoil_model::time::{Date, Instant, Period};
use counterfoil_model::validity::ConfigVersion;
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::Filter;
use super::moment::moment;
use super::{ReportError, amount_error};
use crate::rating::{account_terms, estimate_currency};
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, Versions, directory, versions};

/// Resources of a suggestion that are named.
const NAMED_MAX: usize = 5;

#[derive(Debug, Serialize, JsonSchema)]
pub struct SuggestionsReport {
    pub pipeline: String,
    pub at: Instant,
    /// The most valuable first.
    pub rules: Vec<SuggestedRule>,
    /// Names alike that nothing tells the customer of.
    pub unknown: Vec<Alike>,
    /// In suspense, and worth so much a month at list price: one for each currency.
    pub suspended: usize,
    pub per_month: Vec<Money>,
    /// In which they are estimated; absent where accounts and prices have several currencies and the pipeline names none.
    pub estimate_currency: Option<Currency>,
    /// The first day from which a rule without a `from` holds; absent where it holds always.
    pub holds_from: Option<Date>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SuggestedRule {
    pub rule: RuleConfig,
    pub customer: String,
    pub because: Likeness,
    /// Resources that it fits and that are this customer's already.
    pub owned: usize,
    /// Resources that it would take out of suspense.
    pub resources: usize,
    /// The first of them by name.
    pub names: Vec<String>,
    /// What they may be worth a month at list price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<Money>,
}

/// What would take out of suspense what is in it at an instant.
pub async fn suggestions(
    session: &Session,
    wired: &Wired<'_>,
    at: Instant,
) -> Result<SuggestionsReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = Filter::default().cutoff(session).await?;
    let moment = moment(session, wired, &versions, at, cutoff).await?;
    let worth: BTreeMap<ResourceId, Money> = moment
        .not_billed
        .resources
        .iter()
        .filter_map(|one| Some((one.resource, one.value?)))
        .collect();
    let payers = payers(wired, &versions);
    let intervals: BTreeMap<IntervalId, &Interval> = moment
        .intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect();
    let subjects: Vec<Subject<'_>> = moment
        .owned
        .iter()
        .filter_map(|owned| {
            Some(Subject {
                interval: intervals.get(&owned.interval)?,
                standing: standing(&owned.ownership),
                value: worth.get(&owned.resource).copied(),
            })
        })
        .collect();
    let declared = &directory(wired).declared;
    let is_text = |interval: &Interval, name: &str| {
        use counterfoil_model::attribute::ValueType;
        let kinds = declared.get(&interval.source).into_iter().flatten();
        kinds
            .filter(|kind| kind.kind == interval.kind)
            .filter_map(|kind| kind.attribute(name))
            .any(|attribute| attribute.value_type == ValueType::Text)
    };
    let mut suggested = suggest(&subjects, &payers, &is_text);
    suggested.rules = proven(wired, &moment, suggested.rules)?;
    let in_suspense = |owned: &&OwnedInterval| matches!(*owned.ownership, Ownership::Suspended(_));
    let suspended: BTreeSet<ResourceId> = moment
        .owned
        .iter()
        .filter(in_suspense)
        .map(|owned| owned.resource)
        .collect();
    let values = suspended.iter().filter_map(|one| worth.get(one).copied());
    let per_month: Result<Vec<Money>, _> = Money::by_currency(values).collect();
    let names: BTreeMap<ResourceId, &str> = moment
        .intervals
        .iter()
        .map(|interval| (interval.resource, interval.configuration.name.as_str()))
        .collect();
    let told = suggested.rules.into_iter().map(|one| told(one, &names));
    Ok(SuggestionsReport {
        pipeline: wired.pipeline.name.clone(),
        at,
        rules: told.collect(),
        unknown: suggested.unknown,
        suspended: suspended.len(),
        per_month: per_month.map_err(amount_error)?,
        estimate_currency: estimate_currency(wired, &versions),
        holds_from: versions
            .open_from
            .map(|from| from.date(&wired.pipeline.zone)),
    })
}

fn told(suggestion: Suggestion, names: &BTreeMap<ResourceId, &str>) -> SuggestedRule {
    let of_it = suggestion.resources.iter();
    let mut all: Vec<&str> = of_it
        .filter_map(|resource| names.get(resource).copied())
        .collect();
    all.sort_unstable();
    let first = all.into_iter().take(NAMED_MAX);
    SuggestedRule {
        customer: suggestion.customer.to_string(),
        because: suggestion.because,
        owned: suggestion.owned,
        resources: suggestion.resources.len(),
        names: first.map(str::to_owned).collect(),
        per_month: suggestion.per_month,
        rule: suggestion.rule,
    }
}

fn standing(ownership: &Ownership) -> Standing<'_> {
    match ownership {
        Ownership::Suspended(Suspense::NoCustomer) => Standing::Suspended,
        Ownership::Owned { owners, .. } => match owners.as_slice() {
            [only] => Standing::Owned(&only.customer, only.account),
            _ => Standing::Other,
        },
        // Another rule would not mend it.
        Ownership::Suspended(_) | Ownership::NonBillable(_) => Standing::Other,
    }
}

/// The accounts of the configuration as it is now.
fn payers(wired: &Wired<'_>, versions: &Versions) -> Vec<Payer> {
    let terms = account_terms(wired, versions);
    let configured: BTreeSet<_> = wired.accounts.values().copied().collect();
    let own = || terms.iter().filter(|(id, _)| configured.contains(id));
    own()
        .map(|(id, account)| Payer {
            account: *id,
            key: account.key.clone(),
            customer: account.customer.clone(),
            name: account.name.clone(),
            is_only: own()
                .filter(|(_, other)| other.customer == account.customer)
                .count()
                == 1,
        })
        .collect()
}

/// Those that do what they promise and nothing else, by the classification itself: they stand after all rules that there are.
fn proven(
    wired: &Wired<'_>,
    moment: &Moment,
    mut suggested: Vec<Suggestion>,
) -> Result<Vec<Suggestion>, TermsError> {
    let before = classified(wired, moment, &[])?;
    loop {
        let rules: Vec<RuleConfig> = suggested.iter().map(|one| one.rule.clone()).collect();
        let after = classified(wired, moment, &rules)?;
        let mut broken: BTreeSet<ResourceId> = BTreeSet::new();
        let mut claimed = false;
        for (was, is) in before.iter().zip(&after) {
            let promised = suggested
                .iter()
                .find(|one| one.resources.contains(&was.resource));
            let is_kept = match promised {
                Some(one) => matches!(&*is.ownership, Ownership::Owned { owners, .. }
                    if owners.iter().all(|owner| owner.customer == one.customer)),
                None => was.ownership == is.ownership,
            };
            if !is_kept {
                broken.insert(was.resource);
                claimed |= promised.is_none();
            }
        }
        if broken.is_empty() {
            return Ok(suggested);
        }
        let count = suggested.len();
        suggested.retain(|one| one.resources.is_disjoint(&broken));
        // What claims more than it promises is not to be told apart from here: one at a time goes, the least valuable first.
        if claimed && suggested.len() == count {
            suggested.pop();
        }
        if suggested.is_empty() {
            return Ok(suggested);
        }
    }
}

/// Everything of the moment under the rules of the files and some more, as if they had always held.
fn classified(
    wired: &Wired<'_>,
    moment: &Moment,
    more: &[RuleConfig],
) -> Result<Vec<OwnedInterval>, TermsError> {
    let mut body = wired.pipeline.terms.clone();
    body.classify.rule.extend_from_slice(more);
    let terms = body
        .resolve(&wired.pipeline.zone)
        .map_err(|problems| TermsError::Stored {
            since: "now, with the suggested rules".to_owned(),
            problems,
        })?;
    let versions = [ConfigVersion {
        effective_from: None,
        terms: &terms.classification,
    }];
    let next = Instant::from_seconds(moment.at.seconds().saturating_add(1)).unwrap_or(moment.at);
    let mut owned = Vec::with_capacity(moment.intervals.len());
    let Some(second) = Period::new(moment.at, next) else {
        return Ok(owned);
    };
    let classifier = Classifier::new(&versions, directory(wired), second)
        .map_err(|source| TermsError::Classifier { source })?;
    for interval in &moment.intervals {
        classifier.classify_into(interval, second, &mut owned);
    }
    Ok(owned)
}
