//! What else is wrong with rules, items and price books that cannot be used: one mistake hides no other of the same piece.
//! Must not say what follows from a mistake that was told.

use std::collections::BTreeMap;

use counterfoil_model::classify::{self, AccountConfig, ClassifyConfig, RuleConfig};
use counterfoil_model::price::{self, ItemConfig, PriceBookConfig};
use counterfoil_model::problem::Problem;
use counterfoil_model::time::TimeZone;
use serde_json::Value;

use super::Document;
use super::document::KeyPath;
use super::draft::DraftBook;

/// Rules with the paths of their tables, as far as they could be read.
pub(super) fn of_rules(
    document: &Document,
    rules: &[(KeyPath, RuleConfig)],
    accounts: &BTreeMap<String, AccountConfig>,
    zone: &TimeZone,
    told: &[Problem],
) -> Vec<Problem> {
    if rules.is_empty() {
        return Vec::new();
    }
    let config = ClassifyConfig {
        rule: rules.iter().map(|(_, rule)| rule.clone()).collect(),
        account: accounts.clone(),
        ..ClassifyConfig::default()
    };
    let found = classify::resolve(&config, zone, &[]).err();
    let found = found.into_iter().flatten();
    let of_rule = found.filter_map(|problem| {
        let [key, index, rest @ ..] = problem.path.as_slice() else {
            return None;
        };
        let (path, _) = rules.get(index.parse::<usize>().ok().filter(|_| key == "rule")?)?;
        let path_within = [path.as_slice(), rest].concat();
        is_news(document, path, &path_within, told).then_some(Problem {
            path: path_within,
            ..problem
        })
    });
    of_rule.collect()
}

/// The items of a book that have a mistake, with the paths of their prices.
pub(super) fn of_items(
    document: &Document,
    items: &[(KeyPath, ItemConfig, Vec<KeyPath>)],
    zone: &TimeZone,
    told: &[Problem],
) -> Vec<Problem> {
    if items.is_empty() {
        return Vec::new();
    }
    let config = PriceBookConfig {
        item: items.iter().map(|(_, item, _)| item.clone()).collect(),
        ..PriceBookConfig::default()
    };
    let places: Vec<(KeyPath, Vec<KeyPath>)> = items
        .iter()
        .map(|(path, _, prices)| (path.clone(), prices.clone()))
        .collect();
    let found = price::resolve(&config, zone).err();
    let found = found.into_iter().flatten();
    let of_item = found.filter_map(|problem| {
        let index = problem.path.get(1)?.parse::<usize>().ok()?;
        let (path, _) = places.get(index)?;
        let problem = at_item(&places, problem, 0);
        is_news(document, path, &problem.path, told).then_some(problem)
    });
    of_item.collect()
}

/// A book that no pipeline names, or that is not known to be named: its days are those of no zone in particular.
pub(super) fn of_book(
    document: &Document,
    name: &str,
    book: &DraftBook,
    told: &[Problem],
) -> Vec<Problem> {
    let found = price::resolve(&book.config, &TimeZone::UTC).err();
    let below = |problem: Problem| at_item(&book.items, problem.below(["price_book", name]), 2);
    let found = found.into_iter().flatten().map(below);
    let unsound = of_items(document, &book.unsound, &TimeZone::UTC, told);
    found.chain(unsound).collect()
}

/// The problem with the path of the item, and of the price, as it was written: items are numbered anew when mistaken ones
/// are left out. The path begins with this many keys before `item`.
pub(super) fn at_item(
    items: &[(KeyPath, Vec<KeyPath>)],
    mut problem: Problem,
    before: usize,
) -> Problem {
    let number = |text: &String| text.parse::<usize>().ok();
    let origin = match problem.path.get(before..) {
        Some([item, index, rest @ ..]) if item == "item" => {
            let found = number(index).and_then(|index| items.get(index));
            found.map(|(path, prices)| match rest {
                [price, index, ..] if price == "price" => {
                    match number(index).and_then(|index| prices.get(index)) {
                        Some(price) => (price, before + 4),
                        None => (path, before + 2),
                    }
                }
                _ => (path, before + 2),
            })
        }
        Some(_) | None => None,
    };
    if let Some((path, replaced)) = origin {
        problem.path = [path.as_slice(), &problem.path[replaced..]].concat();
    }
    problem
}

/// Is it about something that was written in the piece, and neither around nor within what was told already?
fn is_news(document: &Document, piece: &[String], path: &[String], told: &[Problem]) -> bool {
    let inside =
        |problem: &&Problem| problem.path.len() > piece.len() && problem.path.starts_with(piece);
    let is_told =
        |problem: &Problem| problem.path.starts_with(path) || path.starts_with(&problem.path);
    path.len() > piece.len()
        && is_written(document, path)
        && !told.iter().filter(inside).any(is_told)
}

fn is_written(document: &Document, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    let mut found = document.root.get(first);
    for key in rest {
        found = match found {
            Some(Value::Object(fields)) => fields.get(key),
            Some(Value::Array(items)) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => None,
        };
    }
    found.is_some()
}
