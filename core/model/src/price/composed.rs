//! Items that are made of others: percentages of them, and bundles that contain them. What they name has to be there, and
//! none may be made of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::config::{ItemConfig, MeterConfig};
use crate::problem::Problem;
use crate::time::CycleLength;

/// Paths are relative to the price book.
pub(super) fn check_composed(items: &[ItemConfig], problems: &mut Vec<Problem>) {
    let by_name: BTreeMap<&str, &ItemConfig> = items
        .iter()
        .map(|item| (item.name.as_str(), item))
        .collect();
    for (index, item) in items.iter().enumerate() {
        let mut own = Vec::new();
        check_key("of", "percentage", &item.of, item, &by_name, &mut own);
        check_key(
            "contains",
            "bundle",
            &item.contains,
            item,
            &by_name,
            &mut own,
        );
        check_percentage(item, &by_name, &mut own);
        check_cycles(item, &by_name, &mut own);
        if let Some(circle) = circle(item, &by_name) {
            let message = format!("the bundle contains itself: {}", circle.join(" contains "));
            let hint = "leave one of them out";
            own.push(Problem::new(["contains"], message).with_hint(hint));
        }
        let outer = ["item".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(outer.clone())));
    }
}

fn check_key(
    key: &str,
    model: &str,
    names: &[String],
    item: &ItemConfig,
    by_name: &BTreeMap<&str, &ItemConfig>,
    problems: &mut Vec<Problem>,
) {
    if !names.is_empty() && item.model != model {
        let message = format!("the model \"{}\" has no use for `{key}`", item.model);
        problems.push(Problem::new([key], message).with_hint(format!("model = \"{model}\"")));
    }
    for (index, name) in names.iter().enumerate() {
        let is_manual = |other: &&ItemConfig| other.meter.manual;
        if key == "contains" && by_name.get(name.as_str()).is_some_and(is_manual) {
            let message = format!("`{name}` is a manual quantity: no resource has it");
            let path = [key.to_owned(), index.to_string()];
            problems.push(Problem::new(path, message).with_hint("it is charged by itself"));
        }
        if !by_name.contains_key(name.as_str()) {
            let message = format!("there is no item `{name}`");
            let known: Vec<&str> = by_name.keys().copied().collect();
            let hint = format!("the items are {}", known.join(", "));
            let path = [key.to_owned(), index.to_string()];
            problems.push(Problem::new(path, message).with_hint(hint));
        }
    }
}

/// A part of others' net has nothing to meter, and is no part of another part.
fn check_percentage(
    item: &ItemConfig,
    by_name: &BTreeMap<&str, &ItemConfig>,
    problems: &mut Vec<Problem>,
) {
    if item.of.is_empty() {
        if item.model == "bundle" && item.contains.is_empty() {
            let message = "the bundle contains nothing";
            let hint = "contains = [\"vcpu\", \"ram\"], or model = \"unit\"";
            problems.push(Problem::new(["contains"], message).with_hint(hint));
        }
        return;
    }
    if item.meter != MeterConfig::default() {
        let message = "an item with `of` has no meter: its quantity is the net of those items";
        problems.push(Problem::new(["meter"], message));
    }
    if !item.kind.0.is_empty() {
        let message = "an item with `of` has no kind: it charges no resource";
        problems.push(Problem::new(["kind"], message));
    }
    for (index, name) in item.of.iter().enumerate() {
        if by_name
            .get(name.as_str())
            .is_some_and(|other| !other.of.is_empty())
        {
            let message = format!("`{name}` is a percentage of other items itself");
            let hint = "name the items that it is a percentage of";
            let path = ["of".to_owned(), index.to_string()];
            problems.push(Problem::new(path, message).with_hint(hint));
        }
    }
}

/// What is made of other items is charged for the same periods as they are.
fn check_cycles(
    item: &ItemConfig,
    by_name: &BTreeMap<&str, &ItemConfig>,
    problems: &mut Vec<Problem>,
) {
    let cycle = |item: &ItemConfig| {
        let length = item.per.parse::<CycleLength>();
        (length, item.anchor.clone(), item.billed)
    };
    for (key, names) in [("of", &item.of), ("contains", &item.contains)] {
        for (index, name) in names.iter().enumerate() {
            let other = by_name.get(name.as_str());
            if other.is_some_and(|other| cycle(other) != cycle(item)) {
                let message = format!("`{name}` is charged for other periods than `{}`", item.name);
                let hint = "give both the same `per`, `anchor` and `billed`";
                let path = [key.to_owned(), index.to_string()];
                problems.push(Problem::new(path, message).with_hint(hint));
            }
        }
    }
}

/// The names on a way from an item back to itself.
fn circle<'a>(
    item: &'a ItemConfig,
    by_name: &BTreeMap<&str, &'a ItemConfig>,
) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![item]];
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        for name in &last.contains {
            let Some(next) = by_name.get(name.as_str()) else {
                continue;
            };
            let mut longer = way.clone();
            longer.push(next);
            if next.name == item.name {
                return Some(longer.iter().map(|one| one.name.as_str()).collect());
            }
            if seen.insert(next.name.as_str()) {
                ways.push(longer);
            }
        }
    }
    None
}
