//! What rules and prices say together, and of what the sources declare.

use std::collections::BTreeSet;

use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::classify::{
    AccountConfig, AgreementConfig, ClassifyConfig, STANDARD, Sources, TargetConfig,
};
use counterfoil_model::price::{Buyer, Market, Signed};
use counterfoil_model::problem::{Problem, Review};
use counterfoil_model::time::{Instant, TimeZone};

use super::{CheckReport, Past};
use crate::config::{ConfigProblem, Draft, DraftPipeline, Severity, TermsBody};

/// `declared` is what the sources declare now; none where one of them could not be asked.
pub(super) fn check(
    draft: &Draft,
    pipeline: &DraftPipeline,
    declared: Option<Vec<KindDeclaration>>,
    past: &Past,
    report: &mut CheckReport,
) {
    let Some(terms) = &pipeline.terms else {
        return;
    };
    let zone = pipeline.zone.clone().unwrap_or(TimeZone::UTC);
    let now: Vec<KindDeclaration> = declared.unwrap_or_default();
    // A rule may still speak of what a source that is gone showed.
    let mut all = now.clone();
    if !now.is_empty() {
        all.extend(past.declared.iter().cloned());
    }
    let (versions, names) = super::names::united(terms, past);
    let undated = super::undated::review(pipeline, &versions, &past.issued);
    tell(draft, pipeline, undated, report);
    tell(
        draft,
        pipeline,
        super::fixed::review(pipeline, past),
        report,
    );
    tell(draft, pipeline, names, report);
    let einvoices = super::einvoices::review(draft, pipeline);
    tell(draft, pipeline, einvoices, report);
    let languages = super::languages::review(draft, pipeline);
    tell(draft, pipeline, languages, report);
    let estimates = super::estimates::review(pipeline);
    tell(draft, pipeline, estimates, report);
    let agreements = counterfoil_model::classify::review_agreements(&terms.classify);
    tell(draft, pipeline, agreements, report);
    let names = source_names(pipeline, past.sources.clone());
    let sources = Sources {
        declared: &all,
        names: &names,
    };
    let rules = counterfoil_model::classify::review(&terms.classify, &zone, sources);
    tell(draft, pipeline, terms.rooted_review(rules), report);
    let kinds = now.iter().map(|kind| kind.kind.to_string());
    let market = Market {
        buyers: buyers(terms, &zone),
        former_accounts: former_accounts(&terms.classify, past),
        plans: plans(&terms.classify),
        opening: opening(terms, &zone),
        kinds: if pipeline.has_all_prices {
            kinds.collect()
        } else {
            BTreeSet::new()
        },
        declared: all,
    };
    if pipeline.has_all_prices {
        let agreed = counterfoil_model::agreed::review(&terms.classify.account, &terms.price_book);
        tell(draft, pipeline, terms.own_agreed(agreed), report);
    }
    let prices = counterfoil_model::price::review(&terms.price_book, &zone, &market);
    tell(draft, pipeline, terms.rooted_prices(prices), report);
}

fn tell(draft: &Draft, pipeline: &DraftPipeline, review: Review, report: &mut CheckReport) {
    let is_told = |problem: &Problem| !(draft.document.is_partial() && problem.is_of_absence);
    let mut add = |problem: Problem, severity: Severity| {
        let problem = pipeline.at_origin(problem);
        let located =
            draft
                .document
                .locate(&problem.path, &problem.message, problem.hint.as_deref());
        report.problems.push(ConfigProblem {
            severity,
            ..located
        });
    };
    for problem in review.errors.into_iter().filter(is_told) {
        add(problem, Severity::Error);
    }
    for problem in review.warnings.into_iter().filter(is_told) {
        add(problem, Severity::Warning);
    }
}

fn source_names(pipeline: &DraftPipeline, mut known: BTreeSet<String>) -> BTreeSet<String> {
    for (_, source) in &pipeline.sources {
        known.insert(source.name.clone());
        known.extend(source.renamed_from.clone());
    }
    known
}

fn buyers(terms: &TermsBody, zone: &TimeZone) -> Vec<Buyer> {
    let accounts = terms.classify.account.iter();
    accounts
        .filter_map(|(key, account)| {
            Some(Buyer {
                account: key.clone(),
                customer: account.customer.clone().unwrap_or_else(|| key.clone()),
                currency: account.currency.parse().ok()?,
                calendar: calendar(account, zone),
                agreements: agreements(account, zone),
            })
        })
        .collect()
}

/// As it is written, with what is meant where nothing is.
fn calendar(account: &AccountConfig, zone: &TimeZone) -> String {
    let own = account.timezone.as_deref();
    let anchor = account.anchor.as_ref().and_then(|day| day.date(&[]).ok());
    format!(
        "{} {} {}",
        own.or(zone.iana_name()).unwrap_or_default(),
        account.billing_period.as_deref().unwrap_or("month"),
        anchor.map(|day| day.to_string()).unwrap_or_default()
    )
}

/// Of days that nobody can read it is told elsewhere.
fn agreements(account: &AccountConfig, zone: &TimeZone) -> Vec<(String, Option<Signed>)> {
    let shorthand = [AgreementConfig::default()];
    let written = account.agreement.as_deref().unwrap_or(&shorthand);
    let agreement = |one: &AgreementConfig| {
        let name = one.name.as_deref().unwrap_or(STANDARD).to_owned();
        let signed = one.signed.as_ref().or(one.from.as_ref());
        let signed = signed.and_then(|day| {
            let at = day.instant(zone, &[]).ok()?;
            let day = day.date(&[]).ok()?;
            Some(Signed { at, day })
        });
        (name, signed)
    };
    written.iter().map(agreement).collect()
}

fn former_accounts(classify: &ClassifyConfig, past: &Past) -> BTreeSet<String> {
    let known = past.accounts.keys().map(ToString::to_string);
    let mut known: BTreeSet<String> = known.collect();
    let former = classify
        .account
        .values()
        .filter_map(|account| account.renamed_from.clone());
    known.extend(former);
    known
}

/// Every plan that somebody may have, if no attribute names plans.
fn plans(classify: &ClassifyConfig) -> Option<BTreeSet<String>> {
    let mut plans: BTreeSet<String> = classify.defaults.plan.iter().cloned().collect();
    for account in classify.account.values() {
        plans.extend(account.plan.clone());
        let agreements = account.agreement.iter().flatten();
        plans.extend(agreements.filter_map(|agreement| agreement.plan.clone()));
    }
    for rule in &classify.rule {
        match &rule.set.plan {
            Some(TargetConfig::Literal(plan)) => {
                plans.insert(plan.clone());
            }
            Some(TargetConfig::Copied { map: Some(map), .. }) => {
                plans.extend(map.values().cloned());
            }
            Some(TargetConfig::Copied { map: None, .. }) => return None,
            None => {}
        }
    }
    Some(plans)
}

fn opening(terms: &TermsBody, zone: &TimeZone) -> Option<Instant> {
    Instant::start_of_day(terms.bill_from?, zone).ok()
}
