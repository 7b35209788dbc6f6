//! Rules that would have said who pays for a resource, and missed it by one condition. For people: nothing is decided here.

use schemars::JsonSchema;
use serde::Serialize;

use super::classifier::Directory;
use super::condition::{Condition, Pattern, Test};
use super::facts::Facts;
use super::terms::{Rule, Target, Terms};
use crate::inventory::Interval;
use crate::time::Instant;

/// Rules that are told, the nearest first.
const NEAR_MAX: usize = 3;
/// Values of a condition that are told.
const VALUES_MAX: usize = 3;
/// Of a rule with one condition a value is told that differs by no more than so many of a thousand characters.
const FAR: usize = 400;
const PER_MILLE: usize = 1_000;

/// A rule that almost matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NearRule {
    pub rule: String,
    /// Where it stands.
    pub place: String,
    /// What it lacks, as a sentence says it: "`name` is `acem-1`, and not `acme-*`".
    pub lacks: String,
}

/// The rules in force at an instant that name a customer, owners or an account, and almost match.
pub fn near_rules(
    terms: &Terms,
    directory: &Directory,
    interval: &Interval,
    at: Instant,
) -> Vec<NearRule> {
    let sources = directory.sources.iter();
    let sources = sources.filter(|(_, id)| **id == interval.source);
    let sources: Vec<String> = sources.map(|(name, _)| name.clone()).collect();
    let declared = directory.declared.get(&interval.source);
    let declared = declared.and_then(|all| all.iter().find(|one| one.kind == interval.kind));
    let facts = Facts::new(interval, &sources, declared);
    let rules = terms.rules.iter();
    let rules = rules.filter(|rule| rule.validity.contains(at) && says_who_pays(rule));
    let mut near: Vec<(usize, NearRule)> = rules
        .filter_map(|rule| {
            let (distance, lacks) = missed(rule, &facts)?;
            let near = NearRule {
                rule: rule.label.to_string(),
                place: rule.place.to_string(),
                lacks,
            };
            Some((distance, near))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.truncate(NEAR_MAX);
    near.into_iter().map(|(_, near)| near).collect()
}

fn says_who_pays(rule: &Rule) -> bool {
    let actions = &rule.actions;
    actions.customer.is_some() || actions.owners.is_some() || actions.account.is_some()
}

/// How far the rule is from matching, and what it lacks; none where that is more than one thing, or it matches.
fn missed(rule: &Rule, facts: &Facts<'_>) -> Option<(usize, String)> {
    let failing = rule.conditions.iter();
    let failing: Vec<&Condition> = failing.filter(|one| !one.holds(facts)).collect();
    match failing.as_slice() {
        [] => nothing_said(rule, facts).map(|lacks| (0, lacks)),
        [only] => {
            let distance = distance(only, facts);
            let is_near = rule.conditions.len() > 1 || distance <= FAR;
            is_near.then(|| (distance, lacks(only, facts)))
        }
        _ => None,
    }
}

/// Of a rule whose conditions hold.
fn nothing_said(rule: &Rule, facts: &Facts<'_>) -> Option<String> {
    let expressions = rule.expressions.iter();
    let mut refusing = expressions.filter(|one| one.holds(facts) == Ok(false));
    if let Some(expression) = refusing.next() {
        return Some(format!("its expression is not true: {}", expression.text));
    }
    let actions = &rule.actions;
    [&actions.customer, &actions.account]
        .into_iter()
        .flatten()
        .find_map(|target| unsaid(target, facts))
}

/// What is copied, and is not there or not in the map.
fn unsaid(target: &Target, facts: &Facts<'_>) -> Option<String> {
    let Target::Copied { key, map } = target else {
        return None;
    };
    let Some(value) = facts.values(key).next() else {
        return Some(format!("`{key}`, which it copies, is blank"));
    };
    let map = map.as_ref()?;
    let is_unknown = !map.contains_key(value);
    is_unknown.then(|| format!("`{key}` is `{value}`, which its map does not have"))
}

fn lacks(condition: &Condition, facts: &Facts<'_>) -> String {
    let key = &condition.key;
    let values: Vec<&str> = facts.values(key).collect();
    let has = if values.is_empty() {
        "blank".to_owned()
    } else {
        format!("`{}`", values.join("`, `"))
    };
    match &condition.test {
        Test::AnyOf(patterns) => format!("`{key}` is {has}, and not {}", listed(patterns)),
        Test::NoneOf(patterns) => format!("`{key}` is {has}, and may not be {}", listed(patterns)),
        Test::Regex(regexes) => {
            let regexes: Vec<&str> = regexes.iter().map(regex::Regex::as_str).collect();
            format!(
                "`{key}` is {has}, and not like `{}`",
                regexes.join("` or `")
            )
        }
        Test::Range(range) => {
            let mut bounds = String::new();
            if let Some(min) = range.min {
                bounds.push_str(&format!(" from {min}"));
            }
            if let Some(max) = range.max {
                bounds.push_str(&format!(" up to {max}"));
            }
            format!("`{key}` is {has}, and no number{bounds}")
        }
        Test::Present => format!("`{key}` is blank"),
        Test::Absent => format!("`{key}` is {has}, and not blank"),
    }
}

fn listed(patterns: &[Pattern]) -> String {
    let shown = patterns.iter().take(VALUES_MAX);
    let shown: Vec<String> = shown.map(|pattern| format!("`{pattern}`")).collect();
    match patterns.len().saturating_sub(VALUES_MAX) {
        0 => shown.join(" or "),
        more => format!("{} or {more} more", shown.join(" or ")),
    }
}

/// In characters that differ, of a thousand.
fn distance(condition: &Condition, facts: &Facts<'_>) -> usize {
    let patterns = match &condition.test {
        Test::AnyOf(patterns) => patterns,
        // What is blank can be filled in.
        Test::Present => return FAR,
        Test::NoneOf(_) | Test::Regex(_) | Test::Range(_) | Test::Absent => return PER_MILLE,
    };
    let values = facts.values(&condition.key);
    let of_value = |value: &str| {
        let value = value.to_lowercase();
        let patterns = patterns.iter().map(|pattern| {
            let text = pattern.to_string().to_lowercase();
            let wanted = text.trim_matches('*');
            let length = wanted.chars().count();
            let part: String = if text.ends_with('*') {
                value.chars().take(length).collect()
            } else if text.starts_with('*') {
                let skipped = value.chars().count().saturating_sub(length);
                value.chars().skip(skipped).collect()
            } else {
                value.clone()
            };
            let differing = strsim::damerau_levenshtein(&part, wanted);
            differing * PER_MILLE / length.max(1)
        });
        patterns.min().unwrap_or(PER_MILLE)
    };
    values.map(of_value).min().unwrap_or(PER_MILLE)
}
