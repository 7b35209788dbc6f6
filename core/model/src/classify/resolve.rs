//! From what was written to terms that can be used. Every mistake is told, each with its path.

mod accounts;
mod actions;
mod conditions;
mod declared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::{AccountConfig, ClassifyConfig, RuleConfig};
use super::renamed::Renamed;
use super::terms::{Defaults, Rule, Terms};
use crate::attribute::KindDeclaration;
use crate::digest::Digest;
use crate::ids::{Place, RuleLabel};
use crate::nearest::nearest;
use crate::problem::Problem;
use crate::time::TimeZone;
use crate::validity::resolve_validity;
pub use accounts::STANDARD;
use declared::Declared;

/// Checks a configuration. Days are those of the zone. Without declarations, keys are not checked.
pub fn resolve(
    config: &ClassifyConfig,
    zone: &TimeZone,
    declared: &[KindDeclaration],
) -> Result<Terms, Vec<Problem>> {
    let mut problems = Vec::new();
    let resolved = accounts::resolve(&config.account, zone, &mut problems);
    let known = Known::new(&config.account);
    let mut rules = Vec::with_capacity(config.rule.len());
    for (index, (rule, own)) in resolve_rules(config, zone, declared).enumerate() {
        rules.push(Arc::new(rule));
        let path = ["rule".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(path.clone())));
    }
    if let Some(customer) = &config.defaults.customer {
        known.check_customer(customer, &["default", "customer"], &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let defaults = Defaults {
        customer: config.defaults.customer.clone(),
        service: config.defaults.service.clone(),
        plan: config.defaults.plan.clone(),
    };
    Ok(Terms {
        rules,
        agreements: resolved.agreements.into_iter().map(Arc::new).collect(),
        defaults: vec![Arc::new(defaults)],
        accounts: resolved.accounts,
        quantities: resolved.quantities.into_iter().map(Arc::new).collect(),
        commitments: resolved.commitments.into_iter().map(Arc::new).collect(),
        renamed: Renamed::default(),
    })
}

/// Each rule with what is wrong with it; paths are relative to the rule.
pub(super) fn resolve_rules<'a>(
    config: &'a ClassifyConfig,
    zone: &'a TimeZone,
    declared: &'a [KindDeclaration],
) -> impl Iterator<Item = (Rule, Vec<Problem>)> + 'a {
    let known = Known::new(&config.account);
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    config.rule.iter().enumerate().map(move |(index, rule)| {
        let mut own = Vec::new();
        if let Some(name) = &rule.name
            && let Some(first) = names.insert(name, index)
        {
            let message = format!("the name `{name}` is that of rule {} already", first + 1);
            own.push(Problem::new(["name"], message).with_hint("give each rule a name of its own"));
        }
        let resolved = resolve_rule(rule, index, zone, &known, Declared(declared), &mut own);
        (resolved, own)
    })
}

fn resolve_rule(
    config: &RuleConfig,
    index: usize,
    zone: &TimeZone,
    known: &Known<'_>,
    declared: Declared<'_>,
    problems: &mut Vec<Problem>,
) -> Rule {
    let validity = resolve_validity(
        config.from.as_ref(),
        config.to.as_ref(),
        zone,
        &[],
        problems,
    );
    let conditions = conditions::resolve(&config.when, declared, problems);
    let expressions = conditions::expressions(&config.when, declared, problems);
    let actions = actions::resolve(config, zone, known, declared, problems);
    let content = RuleConfig {
        place: String::new(),
        ..config.clone()
    };
    let undated = RuleConfig {
        from: None,
        to: None,
        ..content.clone()
    };
    let label = config.name.clone();
    Rule {
        label: RuleLabel::from(label.unwrap_or_else(|| format!("rule {}", index + 1))),
        place: Place::from(config.place.as_str()),
        identity: match &config.name {
            Some(name) => format!("name {name}"),
            None => format!("content {}", Digest::of_json(&undated)),
        },
        content: Digest::of_json(&content),
        validity,
        conditions,
        expressions,
        actions,
    }
}

/// The customers and accounts that the configuration has.
struct Known<'a> {
    customers: BTreeSet<&'a str>,
    /// With their customers.
    accounts: BTreeMap<&'a str, &'a str>,
}

/// Names listed in a hint.
const NAMES_SHOWN_MAX: usize = 5;

impl<'a> Known<'a> {
    fn new(accounts: &'a BTreeMap<String, AccountConfig>) -> Self {
        let pairs = accounts.iter().map(|(key, account)| {
            let customer = account.customer.as_deref();
            (key.as_str(), customer.unwrap_or(key))
        });
        let accounts: BTreeMap<&str, &str> = pairs.collect();
        Self {
            customers: accounts.values().copied().collect(),
            accounts,
        }
    }

    fn check_customer(&self, customer: &str, path: &[&str], problems: &mut Vec<Problem>) {
        if !self.customers.contains(customer) {
            let message = format!("no account is of the customer `{customer}`");
            let names = self.customers.iter().copied();
            problems.push(
                Problem::new(path.iter().copied(), message)
                    .with_hint(hint_of(
                        customer,
                        "customers",
                        "add an account for the customer",
                        names,
                    ))
                    .of_absence(),
            );
        }
    }

    fn check_account(&self, account: &str, path: &[&str], problems: &mut Vec<Problem>) {
        if self.customer_of(account).is_none() {
            let message = format!("there is no account `{account}`");
            let names = self.accounts.keys().copied();
            problems.push(
                Problem::new(path.iter().copied(), message)
                    .with_hint(hint_of(account, "accounts", "add the account", names))
                    .of_absence(),
            );
        }
    }

    fn customer_of(&self, account: &str) -> Option<&str> {
        self.accounts.get(account).copied()
    }
}

/// The names that there are; where they are many, the one that may have been meant.
fn hint_of<'a>(
    asked: &str,
    what: &str,
    otherwise: &str,
    names: impl Iterator<Item = &'a str>,
) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => otherwise.to_owned(),
        few if few.len() <= NAMES_SHOWN_MAX => format!("{what}: {}", few.join(", ")),
        many => {
            if let Some(near) = nearest(asked, many.iter().copied()) {
                return format!("did you mean `{near}`?");
            }
            let shown = many[..NAMES_SHOWN_MAX].join(", ");
            format!("{what}: {shown} and {} more", many.len() - NAMES_SHOWN_MAX)
        }
    }
}
