//! The rules of a stretch of time with their index, and what was worked out with them already.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::decide::Verdict;
use super::expression::Expression;
use super::facts::{Facts, Key};
use super::index::Index;
use super::terms::Rule;

/// Verdicts that are remembered for one list of rules. Beyond, they are worked out again.
const REMEMBERED_MAX: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct RuleList {
    rules: Vec<Arc<Rule>>,
    index: Index,
    /// Every key whose value may matter.
    reads: Vec<Key>,
    remembered: Mutex<HashMap<String, Arc<Verdict>>>,
}

impl RuleList {
    pub(super) fn new(rules: &[&Arc<Rule>]) -> Self {
        let rules: Vec<Arc<Rule>> = rules.iter().map(|rule| Arc::clone(rule)).collect();
        let mut reads: BTreeSet<Key> = BTreeSet::new();
        for rule in &rules {
            reads.extend(
                rule.conditions
                    .iter()
                    .map(|condition| condition.key.clone()),
            );
            reads.extend(rule.actions.reads().cloned());
            reads.extend(rule.expressions.iter().flat_map(Expression::keys).cloned());
            if !rule.expressions.is_empty() {
                // The type of a value is what its source declares for its kind.
                reads.extend([Key::Source, Key::Kind]);
            }
        }
        Self {
            index: Index::new(&rules),
            rules,
            reads: reads.into_iter().collect(),
            remembered: Mutex::default(),
        }
    }

    pub(super) fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    pub(super) fn verdict(&self, facts: &Facts<'_>) -> Arc<Verdict> {
        let known = self.known_by(facts);
        let remembered = || {
            self.remembered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(verdict) = remembered().get(&known) {
            return Arc::clone(verdict);
        }
        let matching = self.index.matching(&self.rules, facts);
        let verdict = Arc::new(Verdict::new(&self.rules, &matching, facts));
        let mut remembered = remembered();
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(known, Arc::clone(&verdict));
        }
        verdict
    }

    /// All values that rules read. Lengths keep two different lists from making one text.
    fn known_by(&self, facts: &Facts<'_>) -> String {
        let mut text = String::new();
        for key in &self.reads {
            for value in facts.values(key) {
                write!(text, "{}:{value}", value.len()).expect("writing to memory cannot fail");
            }
            text.push(';');
        }
        text
    }
}

#[cfg(test)]
impl RuleList {
    /// How many verdicts were worked out.
    pub(super) fn remembered(&self) -> usize {
        self.remembered.lock().unwrap().len()
    }
}
