//! Holds what is agreed with accounts against the price book.

use std::collections::BTreeMap;

use crate::classify::AccountConfig;
use crate::nearest::nearest;
use crate::price::{ItemConfig, PriceBookConfig};
use crate::problem::{Problem, Review};

/// Items that there are not, and items that nobody can give quantities of. Paths begin with `account`.
pub fn review(accounts: &BTreeMap<String, AccountConfig>, book: &PriceBookConfig) -> Review {
    let mut review = Review::default();
    let by_name: BTreeMap<&str, &ItemConfig> = book
        .item
        .iter()
        .map(|item| (item.name.as_str(), item))
        .collect();
    let manual: Vec<&str> = by_name
        .iter()
        .filter(|(_, item)| item.meter.manual)
        .map(|(name, _)| *name)
        .collect();
    for (key, account) in accounts {
        for (index, quantity) in account.quantity.iter().enumerate() {
            let index = index.to_string();
            let path = ["account", key, "quantity", &index, "item"];
            match by_name.get(quantity.item.as_str()) {
                Some(item) if item.meter.manual => {}
                Some(item) => {
                    let message = format!(
                        "the item `{}` meters resources, and takes no quantity by hand",
                        item.name
                    );
                    let problem = Problem::new(path, message);
                    let hint = "an item with meter = { manual = true } and without a kind";
                    review.errors.push(problem.with_hint(hint));
                }
                None => {
                    let message = format!("there is no item `{}`", quantity.item);
                    let problem = Problem::new(path, message).of_absence();
                    review
                        .errors
                        .push(problem.with_hint(meant(&quantity.item, &manual)));
                }
            }
        }
        let names: Vec<&str> = by_name.keys().copied().collect();
        for (index, commitment) in account.commitment.iter().enumerate() {
            for (position, item) in commitment.items.iter().enumerate() {
                if !by_name.contains_key(item.as_str()) {
                    let (index, position) = (index.to_string(), position.to_string());
                    let path = ["account", key, "commitment", &index, "items", &position];
                    let message = format!("there is no item `{item}`");
                    let problem = Problem::new(path, message).of_absence();
                    review.errors.push(problem.with_hint(meant(item, &names)));
                }
            }
        }
    }
    review
}

fn meant(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "add an item with meter = { manual = true }".to_owned(),
        None => format!("items: {}", known.join(", ")),
    }
}
