//! Conditions of one rule that no value meets together.

use super::compare::{are_disjoint, is_universal};
use super::exact;
use crate::classify::condition::{Condition, Pattern, Test};
use crate::classify::facts::Key;
use crate::problem::Problem;

/// The first pair that contradicts itself.
pub(super) fn find(conditions: &[Condition]) -> Option<Problem> {
    for (position, condition) in conditions.iter().enumerate() {
        for other in &conditions[..position] {
            // A source has several names: each condition may be met by another one.
            if condition.key == other.key
                && condition.key != Key::Source
                && contradict(condition, other)
            {
                let key = condition.key.to_string();
                let message = format!(
                    "the rule never matches: `{key}` cannot be both {} and {}",
                    told(&other.test),
                    told(&condition.test)
                );
                let hint = "all conditions of a rule must hold; for alternatives write a list, or another rule";
                return Some(Problem::new([key], message).with_hint(hint));
            }
        }
    }
    None
}

fn contradict(one: &Condition, other: &Condition) -> bool {
    let disjoint = |one: &[Pattern], other: &[Pattern]| {
        one.iter().all(|a| other.iter().all(|b| are_disjoint(a, b)))
    };
    match (&one.test, &other.test) {
        (Test::Absent, Test::AnyOf(_) | Test::Regex(_) | Test::Range(_) | Test::Present)
        | (Test::AnyOf(_) | Test::Regex(_) | Test::Range(_) | Test::Present, Test::Absent) => true,
        (Test::AnyOf(a), Test::AnyOf(b)) => disjoint(a, b),
        (Test::NoneOf(refused), test) | (test, Test::NoneOf(refused)) => {
            let all_refused = |values: Vec<&str>| {
                values
                    .iter()
                    .all(|value| refused.iter().any(|pattern| pattern.matches(value)))
            };
            match test {
                Test::Absent | Test::NoneOf(_) => false,
                Test::Present | Test::Regex(_) | Test::Range(_) => refused.iter().any(is_universal),
                Test::AnyOf(_) => {
                    refused.iter().any(is_universal) || exact(test).is_some_and(all_refused)
                }
            }
        }
        (Test::Range(range), test) | (test, Test::Range(range)) => match test {
            Test::AnyOf(_) => exact(test).is_some_and(|values| {
                values
                    .iter()
                    .all(|value| !value.parse().is_ok_and(|number| range.contains(number)))
            }),
            Test::Range(other) => {
                let above = |a: Option<_>, b: Option<_>| a.zip(b).is_some_and(|(a, b)| a > b);
                above(range.min, other.max) || above(other.min, range.max)
            }
            Test::NoneOf(_) | Test::Regex(_) | Test::Present | Test::Absent => false,
        },
        (Test::Regex(regexes), test) | (test, Test::Regex(regexes)) => {
            exact(test).is_some_and(|values| {
                values
                    .iter()
                    .all(|value| !regexes.iter().any(|regex| regex.is_match(value)))
            })
        }
        (Test::Present, _) | (_, Test::Present) | (Test::Absent, Test::Absent) => false,
    }
}

/// A test for people.
fn told(test: &Test) -> String {
    let list = |patterns: &[Pattern]| {
        let texts: Vec<String> = patterns
            .iter()
            .map(|pattern| format!("`{pattern}`"))
            .collect();
        texts.join(" or ")
    };
    match test {
        Test::AnyOf(patterns) => list(patterns),
        Test::NoneOf(patterns) => format!("other than {}", list(patterns)),
        Test::Regex(regexes) => {
            let texts: Vec<String> = regexes.iter().map(|regex| format!("`{regex}`")).collect();
            format!("matched by {}", texts.join(" or "))
        }
        Test::Range(range) => match (range.min, range.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "a number".to_owned(),
        },
        Test::Present => "present".to_owned(),
        Test::Absent => "absent".to_owned(),
    }
}
