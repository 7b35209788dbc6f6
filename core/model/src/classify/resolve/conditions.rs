//! Compiles the conditions of a rule.

use std::collections::BTreeMap;

use regex::Regex;

use super::declared::Declared;
use crate::classify::condition::{Condition, Pattern, Range, Test};
use crate::classify::expression::Expression;
use crate::classify::facts::Key;
use crate::classify::glob::{Glob, Place, has_wildcard};
use crate::classify::written::{ConditionConfig, Scalar, Scalars, TestsConfig};
use crate::decimal::Decimal;
use crate::problem::Problem;

pub(super) fn resolve(
    when: &BTreeMap<String, ConditionConfig>,
    declared: Declared<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (name, config) in when {
        let mut own = Vec::new();
        match name.as_str() {
            "has" => present(config, declared, &mut conditions, &mut own),
            "tag" => tagged(config, declared, &mut conditions, &mut own),
            "cel" => {}
            _ => {
                let key = Key::named(name);
                declared.check(&key, &[], &mut own);
                if key == Key::Kind {
                    declared.check_kinds(config, &mut own);
                }
                let tests = tests(config, &mut own).into_iter();
                conditions.extend(tests.map(|test| Condition {
                    key: key.clone(),
                    test,
                }));
            }
        }
        let path = ["when", name.as_str()];
        problems.extend(own.into_iter().map(|problem| problem.below(path)));
    }
    conditions
}

/// What stands under `cel`: all of them must hold.
pub(super) fn expressions(
    when: &BTreeMap<String, ConditionConfig>,
    declared: Declared<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Expression> {
    let Some(config) = when.get("cel") else {
        return Vec::new();
    };
    let mut own = Vec::new();
    let mut expressions = Vec::new();
    for text in names(config, "a CEL expression in quotes, or a list", &mut own) {
        match Expression::compile(text) {
            Ok(expression) => {
                for key in expression.keys() {
                    declared.check(key, &[], &mut own);
                }
                declared.check_comparisons(&expression, &mut own);
                expressions.push(expression);
            }
            Err(found) => own.extend(found),
        }
    }
    problems.extend(
        own.into_iter()
            .map(|problem| problem.below(["when", "cel"])),
    );
    expressions
}

fn present(
    config: &ConditionConfig,
    declared: Declared<'_>,
    conditions: &mut Vec<Condition>,
    problems: &mut Vec<Problem>,
) {
    for name in names(
        config,
        "an attribute such as \"tags.cust\", or a list",
        problems,
    ) {
        let key = Key::named(name);
        declared.check(&key, &[], problems);
        conditions.push(Condition {
            key,
            test: Test::Present,
        });
    }
}

fn tagged(
    config: &ConditionConfig,
    declared: Declared<'_>,
    conditions: &mut Vec<Condition>,
    problems: &mut Vec<Problem>,
) {
    for text in names(config, "a tag such as \"env=prod\", or a list", problems) {
        let Some((tag, value)) = text.split_once('=') else {
            let message = format!("`{text}` is no tag with a value; expected one such as env=prod");
            let hint = format!("`has = \"tags.{text}\"` asks for any value");
            problems.push(Problem::new([""; 0], message).with_hint(hint));
            continue;
        };
        let key = Key::Attribute(format!("tags.{tag}"));
        declared.check(&key, &[], problems);
        conditions.push(Condition {
            key,
            test: Test::AnyOf(pattern(value, &[], problems).into_iter().collect()),
        });
    }
}

fn names<'a>(
    config: &'a ConditionConfig,
    expected: &str,
    problems: &mut Vec<Problem>,
) -> Vec<&'a str> {
    match config {
        ConditionConfig::AnyOf(scalars) if !scalars.0.is_empty() => scalars.texts().collect(),
        ConditionConfig::AnyOf(_) | ConditionConfig::Tests(_) => {
            problems.push(Problem::new([""; 0], format!("expected {expected}")));
            Vec::new()
        }
    }
}

fn tests(config: &ConditionConfig, problems: &mut Vec<Problem>) -> Vec<Test> {
    match config {
        ConditionConfig::AnyOf(scalars) => vec![Test::AnyOf(patterns(scalars, &[], problems))],
        ConditionConfig::Tests(config) => table(config, problems),
    }
}

fn table(config: &TestsConfig, problems: &mut Vec<Problem>) -> Vec<Test> {
    let mut tests = Vec::new();
    let literals = [
        (&config.eq, "eq", Place::Whole),
        (&config.any_of, "in", Place::Whole),
        (&config.prefix, "prefix", Place::Start),
        (&config.suffix, "suffix", Place::End),
        (&config.contains, "contains", Place::Anywhere),
    ];
    for (scalars, name, place) in literals {
        if let Some(scalars) = scalars {
            let literal =
                |text: &str, _: &mut Vec<Problem>| Some(Pattern::Literal(place, text.to_owned()));
            tests.push(Test::AnyOf(each(scalars, &[name], problems, literal)));
        }
    }
    if let Some(globs) = &config.glob {
        tests.push(Test::AnyOf(patterns(globs, &["glob"], problems)));
    }
    if let Some(refused) = &config.not {
        tests.push(Test::NoneOf(patterns(refused, &["not"], problems)));
    }
    if let Some(expressions) = &config.regex {
        let regexes = each(expressions, &["regex"], problems, |text, problems| {
            regex(text, problems)
        });
        tests.push(Test::Regex(regexes));
    }
    if config.min.is_some() || config.max.is_some() {
        tests.push(Test::Range(range(config, problems)));
    }
    match config.present {
        Some(true) => tests.push(Test::Present),
        Some(false) if tests.is_empty() => tests.push(Test::Absent),
        Some(false) => {
            let message = "a value that is absent cannot pass another test";
            problems.push(Problem::new(["present"], message));
        }
        None if tests.is_empty() => {
            let message = "the table of tests is empty";
            problems.push(
                Problem::new([""; 0], message).with_hint("`present = true` asks for any value"),
            );
        }
        None => {}
    }
    tests
}

/// Judges each text of a list that may not be empty, nor hold an empty text.
fn each<T>(
    scalars: &Scalars,
    path: &[&str],
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&str, &mut Vec<Problem>) -> Option<T>,
) -> Vec<T> {
    if scalars.0.is_empty() {
        let message = "the list is empty: nothing would match";
        problems.push(Problem::new(path.iter().copied(), message));
    }
    let mut read_all = Vec::with_capacity(scalars.0.len());
    for text in scalars.texts() {
        if text.is_empty() {
            problems.push(
                Problem::new(path.iter().copied(), "an empty text matches nothing")
                    .with_hint("a blank value counts as absent: `{ present = false }`"),
            );
            continue;
        }
        let mut own = Vec::new();
        read_all.extend(read(text, &mut own));
        let own = own
            .into_iter()
            .map(|problem| problem.below(path.iter().copied()));
        problems.extend(own);
    }
    read_all
}

fn patterns(scalars: &Scalars, path: &[&str], problems: &mut Vec<Problem>) -> Vec<Pattern> {
    each(scalars, path, problems, |text, problems| {
        pattern(text, &[], problems)
    })
}

/// Exact, unless it has a wildcard.
fn pattern(text: &str, path: &[&str], problems: &mut Vec<Problem>) -> Option<Pattern> {
    if text.is_empty() {
        let message = "an empty text matches nothing";
        problems.push(Problem::new(path.iter().copied(), message));
        return None;
    }
    if !has_wildcard(text) {
        return Some(Pattern::Literal(Place::Whole, text.to_owned()));
    }
    if text.contains(['[', ']', '{', '}']) {
        let message = format!("`{text}` has brackets; a pattern knows only `*` and `?`");
        problems.push(
            Problem::new(path.iter().copied(), message)
                .with_hint("`regex` knows alternatives; `eq` takes every character as it is"),
        );
        return None;
    }
    Some(Pattern::Glob(Glob::new(text)))
}

fn regex(text: &str, problems: &mut Vec<Problem>) -> Option<Regex> {
    match Regex::new(text) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let reason = error.to_string();
            // The parser draws the expression over several lines; what is wrong stands in the last one.
            let reason = reason.lines().last().unwrap_or_default();
            let reason = reason.trim_start_matches("error: ");
            let message = format!("`{text}` is no regular expression: {reason}");
            problems.push(Problem::new([""; 0], message));
            None
        }
    }
}

fn range(config: &TestsConfig, problems: &mut Vec<Problem>) -> Range {
    let mut bound = |scalar: &Option<Scalar>, name: &str| match scalar.as_ref()?.0.parse() {
        Ok(number) => Some(number),
        Err(error) => {
            let error: crate::decimal::DecimalError = error;
            problems.push(Problem::new([name], error.to_string()));
            None
        }
    };
    let (min, max): (Option<Decimal>, Option<Decimal>) =
        (bound(&config.min, "min"), bound(&config.max, "max"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("the range from {min} to {max} holds no number");
        problems.push(Problem::new(["max"], message));
    }
    Range { min, max }
}
