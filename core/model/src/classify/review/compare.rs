//! What one test of a value says about another. Conservative: where it is not sure it says no.

use crate::classify::condition::{Condition, Pattern, Range, Test};
use crate::classify::facts::Key;
use crate::classify::glob::{Glob, Place};

/// Everything that meets `narrow` meets `wide`, which is about the same key.
pub(super) fn implies(narrow: &Condition, wide: &Condition) -> bool {
    match (&narrow.test, &wide.test) {
        (Test::AnyOf(_) | Test::Regex(_) | Test::Range(_) | Test::Present, Test::Present)
        | (Test::Absent, Test::Absent | Test::NoneOf(_)) => true,
        (Test::AnyOf(narrow), Test::AnyOf(wide)) => narrow
            .iter()
            .all(|one| wide.iter().any(|other| covers(other, one))),
        (Test::AnyOf(patterns), Test::Regex(regexes)) => patterns.iter().all(|pattern| {
            whole(pattern).is_some_and(|text| regexes.iter().any(|regex| regex.is_match(text)))
        }),
        (Test::AnyOf(patterns), Test::Range(range)) => patterns.iter().all(|pattern| {
            let number = whole(pattern).and_then(|text| text.parse().ok());
            number.is_some_and(|number| range.contains(number))
        }),
        // A source may have other names that are refused.
        (Test::AnyOf(_), Test::NoneOf(_)) if narrow.key == Key::Source => false,
        (Test::AnyOf(patterns), Test::NoneOf(refused)) => patterns
            .iter()
            .all(|pattern| refused.iter().all(|refused| are_disjoint(pattern, refused))),
        (Test::NoneOf(narrow), Test::NoneOf(wide)) => wide
            .iter()
            .all(|one| narrow.iter().any(|other| covers(other, one))),
        (Test::Regex(narrow), Test::Regex(wide)) => narrow
            .iter()
            .all(|one| wide.iter().any(|other| one.as_str() == other.as_str())),
        (Test::Range(narrow), Test::Range(wide)) => is_within(*narrow, *wide),
        (Test::Present, Test::AnyOf(patterns)) => patterns.iter().any(is_universal),
        (_, _) => false,
    }
}

/// No value can match both.
pub(super) fn are_disjoint(one: &Pattern, other: &Pattern) -> bool {
    if let Some(text) = whole(one) {
        return !other.matches(text);
    }
    if let Some(text) = whole(other) {
        return !one.matches(text);
    }
    let apart = |a: &str, b: &str, begins: fn(&str, &str) -> bool| !begins(a, b) && !begins(b, a);
    apart(prefix(one), prefix(other), |a, b| a.starts_with(b))
        || apart(suffix(one), suffix(other), |a, b| a.ends_with(b))
}

pub(super) fn is_universal(pattern: &Pattern) -> bool {
    matches!(shape(pattern), Shape::All)
}

pub(super) fn whole(pattern: &Pattern) -> Option<&str> {
    match shape(pattern) {
        Shape::At(Place::Whole, text) => Some(text),
        Shape::At(_, _) | Shape::All | Shape::Other(_) => None,
    }
}

/// A pattern as simply as it can be said.
enum Shape<'a> {
    All,
    At(Place, &'a str),
    Other(&'a Glob),
}

fn shape(pattern: &Pattern) -> Shape<'_> {
    match pattern {
        Pattern::Literal(place, text) => Shape::At(*place, text),
        Pattern::Glob(glob) if glob.is_universal() => Shape::All,
        Pattern::Glob(glob) => match glob.as_literal() {
            Some((place, text)) => Shape::At(place, text),
            None => Shape::Other(glob),
        },
    }
}

/// Everything that `narrow` matches `wide` matches too.
fn covers(wide: &Pattern, narrow: &Pattern) -> bool {
    match (shape(wide), shape(narrow)) {
        (Shape::All, _) => true,
        (_, Shape::At(Place::Whole, text)) => wide.matches(text),
        (Shape::At(Place::Start, text), _) => prefix(narrow).starts_with(text),
        (Shape::At(Place::End, text), _) => suffix(narrow).ends_with(text),
        (Shape::At(Place::Anywhere, text), Shape::At(_, within)) => within.contains(text),
        (Shape::At(Place::Anywhere, text), Shape::Other(glob)) => {
            glob.literals().any(|literal| literal.contains(text))
        }
        (Shape::Other(wide), Shape::Other(narrow)) => wide == narrow,
        (_, _) => false,
    }
}

/// What every match begins with.
fn prefix(pattern: &Pattern) -> &str {
    match shape(pattern) {
        Shape::At(Place::Whole | Place::Start, text) => text,
        Shape::Other(glob) => glob.prefix(),
        Shape::At(Place::End | Place::Anywhere, _) | Shape::All => "",
    }
}

fn suffix(pattern: &Pattern) -> &str {
    match shape(pattern) {
        Shape::At(Place::Whole | Place::End, text) => text,
        Shape::Other(glob) => glob.suffix(),
        Shape::At(Place::Start | Place::Anywhere, _) | Shape::All => "",
    }
}

fn is_within(narrow: Range, wide: Range) -> bool {
    wide.min
        .is_none_or(|wide| narrow.min.is_some_and(|narrow| wide <= narrow))
        && wide
            .max
            .is_none_or(|wide| narrow.max.is_some_and(|narrow| narrow <= wide))
}
