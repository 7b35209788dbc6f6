//! Rules by the exact values that they demand of some keys together.

use std::collections::{BTreeMap, HashMap};

use super::RuleNumber;
use super::access::{Tuple, combinations};
use crate::classify::facts::{Facts, Key};

/// By the keys, then by their values.
#[derive(Debug, Default)]
pub(super) struct Tuples(BTreeMap<Vec<Key>, HashMap<String, Vec<RuleNumber>>>);

impl Tuples {
    pub(super) fn file(&mut self, tuple: &Tuple, number: RuleNumber) {
        let by_values = self.0.entry(tuple.keys.clone()).or_default();
        for text in tuple.texts() {
            by_values.entry(text).or_default().push(number);
        }
    }

    pub(super) fn look_up(&self, facts: &Facts<'_>, candidates: &mut Vec<RuleNumber>) {
        for (keys, by_values) in &self.0 {
            for text in combinations(keys.iter().map(|key| facts.values(key).collect())) {
                candidates.extend(by_values.get(&text).into_iter().flatten());
            }
        }
    }
}
