//! Whether sources declare what an item charges and meters.

use std::collections::BTreeSet;

use super::listed;
use crate::attribute::{AttributeClass, KindDeclaration};
use crate::nearest::nearest;
use crate::price::config::ItemConfig;
use crate::problem::Problem;

pub(super) fn declared_attributes(
    item: &ItemConfig,
    declared: &[KindDeclaration],
    errors: &mut Vec<Problem>,
) {
    if declared.is_empty() {
        return;
    }
    let mut of_kinds = Vec::new();
    for (index, kind) in item.kind.0.iter().enumerate() {
        let found: Vec<&KindDeclaration> = declared
            .iter()
            .filter(|known| known.kind == *kind)
            .collect();
        if found.is_empty() {
            let names: BTreeSet<&str> = declared.iter().map(|known| known.kind.as_str()).collect();
            let message = format!("no source declares the kind `{kind}`");
            let hint = format!("kinds: {}", listed(names.into_iter()));
            errors.push(
                Problem::new(["kind".to_owned(), index.to_string()], message).with_hint(hint),
            );
        }
        of_kinds.extend(found);
    }
    if of_kinds.is_empty() {
        return;
    }
    let mut check = |name: &str, path: Vec<String>, is_gauge: bool| {
        let classes: Vec<AttributeClass> = of_kinds
            .iter()
            .filter_map(|kind| kind.attribute(name))
            .map(|attribute| attribute.class)
            .collect();
        let fits = |class: &AttributeClass| match class {
            AttributeClass::Gauge => is_gauge,
            AttributeClass::Identity | AttributeClass::Configuration => !is_gauge,
            AttributeClass::Ignored => false,
        };
        if classes.is_empty() {
            let names: BTreeSet<&str> = of_kinds
                .iter()
                .flat_map(|kind| &kind.attributes)
                .map(|attribute| attribute.name.as_str())
                .collect();
            let kinds = item.kind.0.iter().map(crate::ids::Kind::as_str);
            let message = format!(
                "no source declares the attribute `{name}` for {}",
                listed(kinds)
            );
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("attributes: {}", listed(names.into_iter())),
            };
            errors.push(Problem::new(path, message).with_hint(hint));
        } else if !classes.iter().any(fits) {
            let (message, hint) = if is_gauge {
                (
                    format!("`{name}` is no gauge"),
                    "meter = { attribute = \"…\" } reads what is configured",
                )
            } else if classes.contains(&AttributeClass::Gauge) {
                (
                    format!("`{name}` is a gauge"),
                    "meter = { gauge = \"…\" } reads the level of a gauge",
                )
            } else {
                (
                    format!("`{name}` is ignored by its source, and not kept"),
                    "declare another class for it at the source",
                )
            };
            errors.push(Problem::new(path, message).with_hint(hint));
        }
    };
    let path =
        |parts: &[&str]| -> Vec<String> { parts.iter().map(|part| (*part).to_owned()).collect() };
    if let Some(name) = &item.meter.attribute {
        check(name, path(&["meter", "attribute"]), false);
    }
    if let Some(name) = &item.meter.gauge {
        check(name, path(&["meter", "gauge"]), true);
    }
    for name in item.when.keys() {
        check(name, path(&["when", name]), false);
    }
    for (index, name) in item.dimensions.iter().enumerate() {
        if !["service", "resource", "plan"].contains(&name.as_str()) {
            check(name, path(&["dimensions", &index.to_string()]), false);
        }
    }
}
