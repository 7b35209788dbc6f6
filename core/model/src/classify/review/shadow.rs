//! Rules that never decide anything, since an earlier one matches all that they match and sets what they set.
//!
//! A resource is made up that each rule matches; only earlier rules that the index finds for it can shadow it. So the
//! cost grows with the rules, not with their pairs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compare::implies;
use crate::classify::condition::{Condition, Pattern, Test};
use crate::classify::facts::{Facts, Key};
use crate::classify::index::{Index, RuleNumber};
use crate::classify::terms::{Rule, Target};
use crate::inventory::Configuration;
use crate::problem::Problem;
use crate::time::Validity;

/// Earlier rules that are compared with one rule. Beyond, a shadow may be missed; nothing wrong is told.
const COMPARED_MAX: usize = 256;

/// The rules with their numbers in the configuration, in their order.
pub(super) fn find(
    rules: &[(usize, Arc<Rule>)],
    customer_of: &dyn Fn(&str) -> Option<String>,
) -> Vec<Problem> {
    let search = Search::new(rules);
    let list = &search.rules;
    let mut warnings = Vec::new();
    for (number, (position, rule)) in rules.iter().enumerate() {
        let candidates = search.candidates(number);
        let shadowing = candidates
            .into_iter()
            .take(COMPARED_MAX)
            .find(|earlier| shadows(&list[*earlier], rule, customer_of));
        if let Some(earlier) = shadowing {
            let earlier = &list[earlier];
            let message = format!(
                "the rule never decides anything: `{}` ({}) matches all that it matches, and sets the same before it",
                earlier.label, earlier.place
            );
            let path = ["rule".to_owned(), position.to_string()];
            let hint = "for each target the first rule that matches wins: move the narrower rule up, or leave it out";
            warnings.push(Problem::new(path, message).with_hint(hint));
        }
    }
    warnings
}

type RegexKey = (Key, String);

fn regexes(rule: &Rule) -> Vec<RegexKey> {
    let of_condition = |condition: &Condition| -> Vec<RegexKey> {
        match &condition.test {
            Test::Regex(regexes) => {
                let texts = regexes.iter().map(|regex| regex.as_str().to_owned());
                texts.map(|text| (condition.key.clone(), text)).collect()
            }
            Test::AnyOf(_) | Test::NoneOf(_) | Test::Range(_) | Test::Present | Test::Absent => {
                Vec::new()
            }
        }
    };
    rule.conditions.iter().flat_map(of_condition).collect()
}

/// Finds the earlier rules that may shadow one.
struct Search {
    rules: Vec<Arc<Rule>>,
    index: Index,
    /// No value can be made up for a regular expression: the same one finds its rules.
    by_regex: HashMap<RegexKey, Vec<RuleNumber>>,
}

impl Search {
    fn new(numbered: &[(usize, Arc<Rule>)]) -> Self {
        let rules: Vec<Arc<Rule>> = numbered.iter().map(|(_, rule)| Arc::clone(rule)).collect();
        let mut by_regex: HashMap<RegexKey, Vec<RuleNumber>> = HashMap::new();
        for (number, rule) in rules.iter().enumerate() {
            for key in regexes(rule) {
                by_regex.entry(key).or_default().push(number);
            }
        }
        Self {
            index: Index::new(&rules),
            rules,
            by_regex,
        }
    }

    fn candidates(&self, number: RuleNumber) -> Vec<RuleNumber> {
        let rule = &self.rules[number];
        let mut candidates = Witness::of(&rule.conditions).candidates(&self.index);
        for key in regexes(rule) {
            candidates.extend(self.by_regex.get(&key).into_iter().flatten());
        }
        candidates.retain(|candidate| *candidate < number);
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// How many pairs of rules are compared.
#[cfg(test)]
pub(in crate::classify) fn compared(rules: &[Arc<Rule>]) -> usize {
    let numbered: Vec<(usize, Arc<Rule>)> = rules.iter().cloned().enumerate().collect();
    let search = Search::new(&numbered);
    let candidates = (0..rules.len()).map(|number| search.candidates(number).len());
    candidates.sum()
}

/// Values that meet a rule's conditions, as far as they can be made up.
struct Witness {
    kind: String,
    sources: Vec<String>,
    external_id: String,
    configuration: Configuration,
}

impl Witness {
    fn of(conditions: &[Condition]) -> Self {
        let mut values: BTreeMap<&Key, String> = BTreeMap::new();
        for condition in conditions {
            let value = match &condition.test {
                Test::AnyOf(patterns) => patterns.first().map(sample),
                Test::Range(range) => {
                    let bound = range.min.or(range.max);
                    Some(bound.map_or_else(|| "0".to_owned(), |bound| bound.to_string()))
                }
                Test::Present | Test::Regex(_) => Some("x".to_owned()),
                Test::NoneOf(_) | Test::Absent => None,
            };
            // What is said most exactly of a key counts.
            let is_vague = matches!(condition.test, Test::Present | Test::Regex(_));
            match value {
                Some(value) if !is_vague => {
                    values.insert(&condition.key, value);
                }
                Some(value) => {
                    values.entry(&condition.key).or_insert(value);
                }
                None => {}
            }
        }
        let mut take = |key: Key| values.remove(&key);
        let kind = take(Key::Kind).unwrap_or_default();
        let source = take(Key::Source);
        let external_id = take(Key::Id).unwrap_or_default();
        let name = take(Key::Name).unwrap_or_default();
        let parent = take(Key::Parent);
        let attributes = values.into_iter().filter_map(|(key, value)| match key {
            Key::Attribute(name) => Some((name.clone(), value)),
            Key::Kind | Key::Name | Key::Source | Key::Parent | Key::Id => None,
        });
        Self {
            kind,
            sources: source.into_iter().collect(),
            external_id,
            configuration: Configuration {
                name,
                parent,
                attributes: attributes.collect(),
            },
        }
    }

    fn candidates(&self, index: &Index) -> Vec<RuleNumber> {
        index.candidates(&Facts {
            kind: &self.kind,
            sources: &self.sources,
            external_id: &self.external_id,
            configuration: &self.configuration,
            declared: None,
        })
    }
}

/// A value that the pattern matches.
fn sample(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Literal(_, text) => text.clone(),
        Pattern::Glob(glob) => glob.sample(),
    }
}

fn shadows(earlier: &Rule, later: &Rule, customer_of: &dyn Fn(&str) -> Option<String>) -> bool {
    holds_while(earlier.validity, later.validity)
        && sets_as_much(earlier, later, customer_of)
        && earlier.conditions.iter().all(|wide| {
            let mut narrow = later
                .conditions
                .iter()
                .filter(|narrow| narrow.key == wide.key);
            narrow.any(|narrow| implies(narrow, wide))
        })
        && earlier.expressions.iter().all(|wide| {
            later
                .expressions
                .iter()
                .any(|narrow| narrow.text == wide.text)
        })
}

fn holds_while(wide: Validity, narrow: Validity) -> bool {
    wide.from
        .is_none_or(|wide| narrow.from.is_some_and(|narrow| wide <= narrow))
        && wide
            .to
            .is_none_or(|wide| narrow.to.is_some_and(|narrow| narrow <= wide))
}

/// The earlier rule surely sets every target that the later one may set.
fn sets_as_much(
    earlier: &Rule,
    later: &Rule,
    customer_of: &dyn Fn(&str) -> Option<String>,
) -> bool {
    let is_present = |key: &Key| {
        later.conditions.iter().any(|condition| {
            condition.key == *key
                && match condition.test {
                    Test::AnyOf(_) | Test::Regex(_) | Test::Range(_) | Test::Present => true,
                    Test::NoneOf(_) | Test::Absent => false,
                }
        })
    };
    let is_sure = |target: &Option<Target>| match target {
        Some(Target::Literal(_)) => true,
        Some(Target::Copied { key, map: None }) => is_present(key),
        Some(Target::Copied { map: Some(_), .. }) | None => false,
    };
    let literal = |target: &Option<Target>| match target {
        Some(Target::Literal(text)) => Some(text.clone()),
        Some(Target::Copied { .. }) | None => None,
    };
    let (first, then) = (&earlier.actions, &later.actions);
    let exempts = first
        .non_billable
        .as_ref()
        .is_some_and(|exemption| exemption.ends.is_none());
    let claims =
        exempts || first.owners.is_some() || is_sure(&first.customer) || is_sure(&first.account);
    let claimed = then.non_billable.is_some()
        || then.owners.is_some()
        || then.customer.is_some()
        || then.account.is_some();
    // An account that another customer is billed on has no say: only one of the same customer takes its place.
    let accounts = match (literal(&first.account), literal(&then.account)) {
        _ if then.account.is_none() => true,
        (Some(first), Some(then)) => {
            first == then || customer_of(&first).is_some_and(|one| customer_of(&then) == Some(one))
        }
        (_, _) => exempts,
    };
    (claims || !claimed)
        && accounts
        && (then.service.is_none() || is_sure(&first.service) || exempts)
        && (then.plan.is_none() || is_sure(&first.plan) || exempts)
}
