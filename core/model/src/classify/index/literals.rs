//! Rules by a text that a value is, begins with, ends with or contains: one pass over the value finds them all.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::RuleNumber;
use crate::classify::glob::Place;

#[derive(Debug)]
pub(super) struct Literals {
    automaton: Option<AhoCorasick>,
    /// By the number of the text in the automaton.
    filed: Vec<Vec<(Place, RuleNumber)>>,
}

impl Literals {
    /// Rules whose texts are too much for an automaton go to the residual ones.
    pub(super) fn new(
        literals: BTreeMap<String, Vec<(Place, RuleNumber)>>,
        residual: &mut Vec<RuleNumber>,
    ) -> Self {
        let (texts, filed): (Vec<String>, Vec<_>) = literals.into_iter().unzip();
        let automaton = if texts.is_empty() {
            None
        } else {
            AhoCorasick::new(&texts).ok()
        };
        if automaton.is_none() {
            residual.extend(filed.iter().flatten().map(|(_, number)| *number));
        }
        Self { automaton, filed }
    }

    pub(super) fn look_up(&self, value: &str, candidates: &mut Vec<RuleNumber>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        for found in automaton.find_overlapping_iter(value) {
            let starts = found.start() == 0;
            let ends = found.end() == value.len();
            for (place, number) in &self.filed[found.pattern().as_usize()] {
                let fits = match place {
                    Place::Whole => starts && ends,
                    Place::Start => starts,
                    Place::End => ends,
                    Place::Anywhere => true,
                };
                if fits {
                    candidates.push(*number);
                }
            }
        }
    }
}
