//! The rules of a stretch of time with their index, and what was worked out with them already.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

use super::decide::Verdict;
use super::expression::Expression;
use super::facts::{Facts, Key};
use super::index::{Index, RuleNumber};
use super::terms::Rule;

/// Verdicts that are remembered for one list of rules. Beyond, they are worked out again.
const REMEMBERED_MAX: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct RuleList {
    rules: Vec<Arc<Rule>>,
    index: Index,
    /// Every key whose value may matter.
    reads: Vec<Key>,
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    /// By the hash of everything that rules read; 128 bits never meet by chance.
    by_values: HashMap<u128, Arc<Verdict>>,
    /// By the rules that match, and what they copy: far fewer.
    by_match: HashMap<Match, Arc<Verdict>>,
    scratch: Vec<u8>,
}

/// The rules that match, and what they copy.
type Match = (Vec<RuleNumber>, Vec<Option<String>>);

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
        let remembered = || {
            self.remembered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let hash = {
            let mut remembered = remembered();
            let hash = self.hash(facts, &mut remembered.scratch);
            if let Some(verdict) = remembered.by_values.get(&hash) {
                return Arc::clone(verdict);
            }
            hash
        };
        let matching = self.index.matching(&self.rules, facts);
        let copied = Verdict::copied(&self.rules, &matching.rules, facts);
        let mut remembered = remembered();
        let number = remembered.by_match.len();
        let judge = || Verdict::new(&self.rules, &matching, facts);
        let verdict = if !matching.failed.is_empty() || number >= REMEMBERED_MAX {
            // What an expression failed with is the resource's own.
            Arc::new(judge())
        } else {
            let alike = (matching.rules.clone(), copied);
            Arc::clone(remembered.by_match.entry(alike).or_insert_with(|| {
                let number = Some(number);
                Arc::new(Verdict { number, ..judge() })
            }))
        };
        if remembered.by_values.len() < REMEMBERED_MAX {
            remembered.by_values.insert(hash, Arc::clone(&verdict));
        }
        verdict
    }

    /// Of all values that rules read. Lengths keep two different lists from making one.
    fn hash(&self, facts: &Facts<'_>, known: &mut Vec<u8>) -> u128 {
        known.clear();
        for key in &self.reads {
            for value in facts.values(key) {
                known.push(1);
                known.extend(value.len().to_le_bytes());
                known.extend(value.as_bytes());
            }
            known.push(0);
        }
        xxh3_128(known)
    }
}

#[cfg(test)]
impl RuleList {
    /// How many verdicts were worked out.
    pub(super) fn remembered(&self) -> usize {
        self.remembered.lock().unwrap().by_values.len()
    }
}
