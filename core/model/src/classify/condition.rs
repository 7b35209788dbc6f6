//! A compiled condition of a rule: does a resource meet it?

use std::fmt;

use regex::Regex;

use super::facts::{Facts, Key};
use super::glob::{Glob, Place};
use crate::decimal::Decimal;

#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) key: Key,
    pub(super) test: Test,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    /// A value matches one of them.
    AnyOf(Vec<Pattern>),
    /// No value matches any of them: so it is where there is no value.
    NoneOf(Vec<Pattern>),
    /// A value is matched by one of them.
    Regex(Vec<Regex>),
    /// A value is a number within these bounds, both inclusive.
    Range(Range),
    Present,
    Absent,
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Literal(Place, String),
    Glob(Glob),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Range {
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
}

impl Condition {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        let mut values = facts.values(&self.key);
        match &self.test {
            Test::AnyOf(patterns) => values.any(|value| any_matches(patterns, value)),
            Test::NoneOf(patterns) => !values.any(|value| any_matches(patterns, value)),
            Test::Regex(regexes) => {
                values.any(|value| regexes.iter().any(|regex| regex.is_match(value)))
            }
            Test::Range(range) => values
                .filter_map(|value| value.parse().ok())
                .any(|number| range.contains(number)),
            Test::Present => values.next().is_some(),
            Test::Absent => values.next().is_none(),
        }
    }
}

fn any_matches(patterns: &[Pattern], value: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(value))
}

/// As it is written.
impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(Place::Whole, text) => formatter.write_str(text),
            Self::Literal(Place::Start, text) => write!(formatter, "{text}*"),
            Self::Literal(Place::End, text) => write!(formatter, "*{text}"),
            Self::Literal(Place::Anywhere, text) => write!(formatter, "*{text}*"),
            Self::Glob(glob) => glob.fmt(formatter),
        }
    }
}

impl Pattern {
    pub(super) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Literal(Place::Whole, text) => value == text,
            Self::Literal(Place::Start, text) => value.starts_with(text),
            Self::Literal(Place::End, text) => value.ends_with(text),
            Self::Literal(Place::Anywhere, text) => value.contains(text),
            Self::Glob(glob) => glob.matches(value),
        }
    }
}

impl Range {
    pub(super) fn contains(self, number: Decimal) -> bool {
        self.min.is_none_or(|min| min <= number) && self.max.is_none_or(|max| number <= max)
    }
}
