//! Finds the rules that may match a resource without asking every rule.
//!
//! Each rule is filed once, under whatever it demands that the fewest rules demand: a combination of exact values, or a
//! literal, a regular expression, a range or the presence of one key. A resource looks up its own values there and
//! verifies what it finds. Must not know what rules set.

mod access;
mod literals;
mod ranges;
mod regexes;
mod tuples;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Access, Atom, choose};
use literals::Literals;
use ranges::Ranges;
use regexes::Regexes;
use tuples::Tuples;

use super::facts::{Facts, Key};
use super::terms::Rule;
use crate::decimal::Decimal;

/// The position of a rule in the order in which they are tried.
pub(super) type RuleNumber = usize;

#[derive(Debug)]
pub(super) struct Index {
    tuples: Tuples,
    keys: Vec<KeyIndex>,
    /// Rules that demand nothing that can be looked up.
    residual: Vec<RuleNumber>,
}

#[derive(Debug)]
struct KeyIndex {
    key: Key,
    literals: Literals,
    regexes: Regexes,
    ranges: Ranges,
    present: Vec<RuleNumber>,
}

/// The rules that match, in order, and how many had to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matching {
    pub(super) rules: Vec<RuleNumber>,
    pub(super) asked: usize,
    /// Rules whose expression could not be evaluated, with the reason: nobody knows whether they match.
    pub(super) failed: Vec<(RuleNumber, String)>,
}

impl Index {
    pub(super) fn new(rules: &[Arc<Rule>]) -> Self {
        let mut tuples = Tuples::default();
        let mut atoms: BTreeMap<Key, Vec<(Atom, RuleNumber)>> = BTreeMap::new();
        let mut residual = Vec::new();
        for (number, access) in choose(rules).into_iter().enumerate() {
            match access {
                Access::Tuple(tuple) => tuples.file(&tuple, number),
                Access::Atoms(key, demanded) => {
                    let filed = demanded.into_iter().map(|atom| (atom, number));
                    atoms.entry(key).or_default().extend(filed);
                }
                Access::Nothing => residual.push(number),
            }
        }
        let keys = atoms
            .into_iter()
            .map(|(key, atoms)| KeyIndex::new(key, atoms, &mut residual))
            .collect();
        Self {
            tuples,
            keys,
            residual,
        }
    }

    pub(super) fn matching(&self, rules: &[Arc<Rule>], facts: &Facts<'_>) -> Matching {
        let candidates = self.candidates(facts);
        let asked = candidates.len();
        let mut matching = Matching {
            rules: Vec::new(),
            asked,
            failed: Vec::new(),
        };
        for number in candidates {
            let rule = &rules[number];
            if !rule
                .conditions
                .iter()
                .all(|condition| condition.holds(facts))
            {
                continue;
            }
            match expressions_hold(rule, facts) {
                Ok(true) => matching.rules.push(number),
                Ok(false) => {}
                Err(reason) => matching.failed.push((number, reason)),
            }
        }
        matching
    }

    /// Rules that may match, each once, in order.
    pub(super) fn candidates(&self, facts: &Facts<'_>) -> Vec<RuleNumber> {
        let mut candidates = self.residual.clone();
        self.tuples.look_up(facts, &mut candidates);
        for index in &self.keys {
            index.look_up(facts, &mut candidates);
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// All must hold. One that does not decides, also where another one fails.
fn expressions_hold(rule: &Rule, facts: &Facts<'_>) -> Result<bool, String> {
    let mut failure = None;
    for expression in &rule.expressions {
        match expression.holds(facts) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(reason) => {
                failure.get_or_insert_with(|| format!("`{}`: {reason}", expression.text));
            }
        }
    }
    failure.map_or(Ok(true), Err)
}

impl KeyIndex {
    fn new(key: Key, atoms: Vec<(Atom, RuleNumber)>, residual: &mut Vec<RuleNumber>) -> Self {
        let mut literals: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let mut regexes: BTreeMap<String, Vec<RuleNumber>> = BTreeMap::new();
        let mut ranges = Vec::new();
        let mut present = Vec::new();
        for (atom, number) in atoms {
            match atom {
                Atom::Literal(place, text) => {
                    literals.entry(text).or_default().push((place, number));
                }
                Atom::Regex(pattern) => regexes.entry(pattern).or_default().push(number),
                Atom::Range(range) => ranges.push((range, number)),
                Atom::Present => present.push(number),
            }
        }
        Self {
            key,
            literals: Literals::new(literals, residual),
            regexes: Regexes::new(regexes, residual),
            ranges: Ranges::new(ranges),
            present,
        }
    }

    fn look_up(&self, facts: &Facts<'_>, candidates: &mut Vec<RuleNumber>) {
        for value in facts.values(&self.key) {
            candidates.extend(&self.present);
            self.literals.look_up(value, candidates);
            self.regexes.look_up(value, candidates);
            if let Ok(number) = value.parse::<Decimal>() {
                self.ranges.look_up(number, candidates);
            }
        }
    }
}
