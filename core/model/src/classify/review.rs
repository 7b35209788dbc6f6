//! Looks over rules that are right by themselves: which of them can never match, and which never decide anything.

mod accounts;
mod compare;
mod contradiction;
pub(in crate::classify) mod shadow;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::condition::{Condition, Pattern, Test};
use super::config::ClassifyConfig;
use super::facts::Key;
use super::glob::Place;
use super::resolve::resolve_rules;
use super::terms::Rule;
use crate::attribute::KindDeclaration;
use crate::problem::{Problem, Review};
use crate::time::TimeZone;

/// What sources declare, and the names that they have and had. Nothing is checked against what is empty.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    pub declared: &'a [KindDeclaration],
    pub names: &'a BTreeSet<String>,
}

/// Everything that can be told of the rules, those with mistakes left out. Paths are relative to the configuration.
pub fn review(config: &ClassifyConfig, zone: &TimeZone, sources: Sources<'_>) -> Review {
    let mut review = Review::default();
    let mut rules: Vec<(usize, Arc<Rule>)> = Vec::with_capacity(config.rule.len());
    for (index, (rule, problems)) in resolve_rules(config, zone, sources.declared).enumerate() {
        let is_right = problems.is_empty();
        let at = |problem: Problem| problem.below(["rule".to_owned(), index.to_string()]);
        review.errors.extend(problems.into_iter().map(at));
        if !is_right {
            continue;
        }
        let never = contradiction::find(&rule.conditions)
            .or_else(|| unknown_source(&rule.conditions, sources.names))
            .or_else(|| of_other_kinds(&rule.conditions, sources.declared));
        match never {
            Some(problem) => review.errors.push(at(problem.below(["when"]))),
            None => rules.push((index, Arc::new(rule))),
        }
    }
    let customer_of = |account: &str| -> Option<String> {
        let found = config.account.get(account)?;
        Some(found.customer.clone().unwrap_or_else(|| account.to_owned()))
    };
    review.warnings = shadow::find(&rules, &customer_of);
    review.warnings.extend(accounts::ambiguous(config, zone));
    review
}

/// What agreements say together. Paths begin with `account`; days are those of the account.
pub fn review_agreements(config: &ClassifyConfig) -> Review {
    Review {
        errors: Vec::new(),
        warnings: accounts::gaps(config),
    }
}

/// The values of a condition that asks for exact ones.
fn exact(test: &Test) -> Option<Vec<&str>> {
    let Test::AnyOf(patterns) = test else {
        return None;
    };
    patterns
        .iter()
        .map(|pattern| match pattern {
            Pattern::Literal(Place::Whole, literal) => Some(literal.as_str()),
            Pattern::Literal(Place::Start | Place::End | Place::Anywhere, _) | Pattern::Glob(_) => {
                None
            }
        })
        .collect()
}

fn unknown_source(conditions: &[Condition], names: &BTreeSet<String>) -> Option<Problem> {
    if names.is_empty() {
        return None;
    }
    conditions
        .iter()
        .filter(|condition| condition.key == Key::Source)
        .find_map(|condition| {
            let wanted = exact(&condition.test)?;
            if wanted.iter().any(|name| names.contains(*name)) {
                return None;
            }
            let message = format!("there is no source `{}`", wanted.join("`, `"));
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = format!("sources: {}", known.join(", "));
            Some(
                Problem::new(["source"], message)
                    .with_hint(hint)
                    .of_absence(),
            )
        })
}

/// An attribute that is asked for and that none of the rule's kinds has.
fn of_other_kinds(conditions: &[Condition], declared: &[KindDeclaration]) -> Option<Problem> {
    let kinds: Vec<&str> = conditions
        .iter()
        .filter(|condition| condition.key == Key::Kind)
        .find_map(|condition| exact(&condition.test))?;
    let of_kinds: Vec<&KindDeclaration> = declared
        .iter()
        .filter(|kind| kinds.contains(&kind.kind.as_str()))
        .collect();
    if of_kinds.is_empty() {
        return None;
    }
    conditions.iter().find_map(|condition| {
        let Key::Attribute(name) = &condition.key else {
            return None;
        };
        let is_positive = match condition.test {
            Test::AnyOf(_) | Test::Regex(_) | Test::Range(_) | Test::Present => true,
            Test::NoneOf(_) | Test::Absent => false,
        };
        let others: BTreeSet<&str> = declared
            .iter()
            .filter(|kind| kind.attribute(name).is_some())
            .map(|kind| kind.kind.as_str())
            .collect();
        let is_of_kinds = of_kinds.iter().any(|kind| kind.attribute(name).is_some());
        if !is_positive || is_of_kinds || others.is_empty() {
            return None;
        }
        let others: Vec<&str> = others.into_iter().collect();
        let message = format!(
            "the rule never matches: {} has no attribute `{name}`",
            kinds.join(", ")
        );
        let hint = format!("`{name}` is declared for {}", others.join(", "));
        Some(Problem::new([name.as_str()], message).with_hint(hint))
    })
}
