//! Rules by the regular expressions that they demand: whole sets of them are searched in one pass.

use std::collections::BTreeMap;

use regex::{RegexSet, RegexSetBuilder};

use super::RuleNumber;

/// Expressions searched together. More would make automata too large to be fast.
const SET_EXPRESSIONS_MAX: usize = 200;
const SET_BYTES_MAX: usize = 64 << 20;

#[derive(Debug)]
pub(super) struct Regexes(Vec<(RegexSet, Vec<Vec<RuleNumber>>)>);

impl Regexes {
    /// Rules whose expressions are too large together go to the residual ones.
    pub(super) fn new(
        regexes: BTreeMap<String, Vec<RuleNumber>>,
        residual: &mut Vec<RuleNumber>,
    ) -> Self {
        let filed: Vec<(String, Vec<RuleNumber>)> = regexes.into_iter().collect();
        let mut sets = Vec::new();
        for part in filed.chunks(SET_EXPRESSIONS_MAX) {
            let expressions = part.iter().map(|(expression, _)| expression);
            let built = RegexSetBuilder::new(expressions)
                .size_limit(SET_BYTES_MAX)
                .build();
            let numbers = part.iter().map(|(_, numbers)| numbers.clone());
            match built {
                Ok(set) => sets.push((set, numbers.collect())),
                Err(_) => residual.extend(numbers.flatten()),
            }
        }
        Self(sets)
    }

    pub(super) fn look_up(&self, value: &str, candidates: &mut Vec<RuleNumber>) {
        for (set, numbers) in &self.0 {
            for found in set.matches(value) {
                candidates.extend(&numbers[found]);
            }
        }
    }
}
