//! Chooses under what each rule is filed: what the fewest rules demand.

use std::collections::HashMap;
use std::sync::Arc;

use crate::classify::condition::{Condition, Pattern, Range, Test};
use crate::classify::facts::Key;
use crate::classify::glob::Place;
use crate::classify::terms::Rule;

/// Combinations of listed values up to which a rule is filed under each of them.
const COMBINATIONS_MAX: usize = 64;

/// Something that a value can be looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    Literal(Place, String),
    Regex(String),
    Range(Range),
    Present,
}

/// Exact values of some keys, each from a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Tuple {
    pub(super) keys: Vec<Key>,
    pub(super) values: Vec<Vec<String>>,
}

/// Under what a rule is filed.
#[derive(Debug)]
pub(super) enum Access {
    Tuple(Tuple),
    /// One of these holds for the key in every resource that the rule matches.
    Atoms(Key, Vec<Atom>),
    Nothing,
}

impl Tuple {
    /// All combinations, each as one text. Two combinations may share a text: what is found is verified.
    pub(super) fn texts(&self) -> Vec<String> {
        let lists = self
            .values
            .iter()
            .map(|list| list.iter().map(String::as_str).collect());
        combinations(lists)
    }
}

/// Every choice of one value from each list, as one text.
pub(super) fn combinations<'a>(lists: impl Iterator<Item = Vec<&'a str>>) -> Vec<String> {
    lists.fold(vec![String::new()], |texts, list| {
        let longer = texts
            .iter()
            .flat_map(|text| list.iter().map(move |value| format!("{text}{value}\n")));
        longer.collect()
    })
}

/// How many rules demand the same.
#[derive(Default)]
struct Demand {
    tuples: HashMap<(Vec<Key>, String), usize>,
    atoms: HashMap<(Key, Atom), usize>,
    /// Rules with a range, by key: ranges overlap, so that each counts for all.
    ranges: HashMap<Key, usize>,
}

pub(super) fn choose(rules: &[Arc<Rule>]) -> Vec<Access> {
    let tuples: Vec<Tuple> = rules.iter().map(|rule| tuple(&rule.conditions)).collect();
    let mut demand = Demand::default();
    for (rule, tuple) in rules.iter().zip(&tuples) {
        for text in tuple.texts() {
            *demand.tuples.entry((tuple.keys.clone(), text)).or_default() += 1;
        }
        for condition in &rule.conditions {
            for atom in atoms(&condition.test) {
                if matches!(atom, Atom::Range(_)) {
                    *demand.ranges.entry(condition.key.clone()).or_default() += 1;
                }
                *demand
                    .atoms
                    .entry((condition.key.clone(), atom))
                    .or_default() += 1;
            }
        }
    }
    let pairs = rules.iter().zip(tuples);
    pairs
        .map(|(rule, tuple)| cheapest(&rule.conditions, tuple, &demand))
        .collect()
}

fn cheapest(conditions: &[Condition], tuple: Tuple, demand: &Demand) -> Access {
    let filed = conditions.iter().filter_map(|condition| {
        let atoms = atoms(&condition.test);
        let cost = atoms
            .iter()
            .map(|atom| atom_cost(&condition.key, atom, demand))
            .max()?;
        Some((cost, condition, atoms))
    });
    let by_atoms = filed.min_by_key(|(cost, ..)| *cost);
    let tuple_cost = (!tuple.keys.is_empty()).then(|| {
        let same = |text| demand.tuples.get(&(tuple.keys.clone(), text)).copied();
        let counts = tuple.texts().into_iter().filter_map(same);
        counts.max().unwrap_or(0)
    });
    match (by_atoms, tuple_cost) {
        (Some((cost, condition, atoms)), tuple_cost) if tuple_cost.is_none_or(|own| cost < own) => {
            Access::Atoms(condition.key.clone(), atoms)
        }
        (_, Some(_)) => Access::Tuple(tuple),
        (_, None) => Access::Nothing,
    }
}

fn atom_cost(key: &Key, atom: &Atom, demand: &Demand) -> usize {
    let same = || {
        let count = demand.atoms.get(&(key.clone(), atom.clone())).copied();
        count.unwrap_or(0)
    };
    match atom {
        Atom::Literal(Place::Whole | Place::Start | Place::End, _) | Atom::Present => same(),
        // Found in more values than a literal that has its place.
        Atom::Literal(Place::Anywhere, _) => 2 * same(),
        // Each costs time even where it does not match.
        Atom::Regex(_) => 4 * same(),
        Atom::Range(_) => demand.ranges.get(key).copied().unwrap_or(0),
    }
}

/// One of these holds wherever the test does; none where it cannot be looked up.
fn atoms(test: &Test) -> Vec<Atom> {
    let of_pattern = |pattern: &Pattern| match pattern {
        Pattern::Literal(place, literal) => Atom::Literal(*place, literal.clone()),
        Pattern::Glob(glob) => match glob.best_literal() {
            Some((place, literal)) => Atom::Literal(place, literal.to_owned()),
            None => Atom::Present,
        },
    };
    match test {
        Test::AnyOf(patterns) => patterns.iter().map(of_pattern).collect(),
        Test::Regex(regexes) => {
            let patterns = regexes.iter().map(|regex| regex.as_str().to_owned());
            patterns.map(Atom::Regex).collect()
        }
        Test::Range(range) => vec![Atom::Range(*range)],
        Test::Present => vec![Atom::Present],
        Test::NoneOf(_) | Test::Absent => Vec::new(),
    }
}

/// The exact values that a rule demands, shortest lists first, as long as there are few combinations.
fn tuple(conditions: &[Condition]) -> Tuple {
    let mut exact: Vec<(&Key, Vec<String>)> = conditions
        .iter()
        .filter_map(|condition| Some((&condition.key, exact_values(&condition.test)?)))
        .collect();
    exact.sort_by_key(|(_, values)| values.len());
    let mut chosen: Vec<(&Key, Vec<String>)> = Vec::new();
    let mut combinations = 1;
    for (key, values) in exact {
        if chosen.is_empty() || combinations * values.len() <= COMBINATIONS_MAX {
            combinations *= values.len();
            chosen.push((key, values));
        }
    }
    chosen.sort_by_key(|(key, _)| *key);
    let mut tuple = Tuple::default();
    for (key, values) in chosen {
        tuple.keys.push(key.clone());
        tuple.values.push(values);
    }
    tuple
}

fn exact_values(test: &Test) -> Option<Vec<String>> {
    let Test::AnyOf(patterns) = test else {
        return None;
    };
    let exact = |pattern: &Pattern| match pattern {
        Pattern::Literal(Place::Whole, literal) => Some(literal.clone()),
        Pattern::Literal(Place::Start | Place::End | Place::Anywhere, _) | Pattern::Glob(_) => None,
    };
    patterns.iter().map(exact).collect()
}
