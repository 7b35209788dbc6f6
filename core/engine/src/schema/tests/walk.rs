//! Goes through a schema: which keys it knows, which of them a document uses.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every key of every table, as "SinkConfig.role", with what the schema says of it.
fn keys(schema: &Value) -> Vec<(String, &Value)> {
    fn collect<'a>(owner: &str, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        match schema {
            Value::Object(fields) => {
                if let Some(Value::Object(properties)) = fields.get("properties") {
                    for (key, inner) in properties {
                        found.push((format!("{owner}.{key}"), inner));
                    }
                }
                for (key, inner) in fields.iter().filter(|(key, _)| *key != "$defs") {
                    // A key of the document may be named as a keyword of the schema is.
                    if key == "properties" {
                        for inner in inner.as_object().into_iter().flatten().map(|pair| pair.1) {
                            collect(owner, inner, found);
                        }
                    } else if key != "default" {
                        collect(owner, inner, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(owner, item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    collect("", schema, &mut found);
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        collect(name, definition, &mut found);
    }
    found
}

/// Keys without a description of their own or of their type.
pub(super) fn undescribed(schema: &Value) -> Vec<String> {
    let title = schema["title"].as_str().unwrap_or_default();
    keys(schema)
        .into_iter()
        .filter(|(_, inner)| description(schema, inner).is_none())
        .map(|(key, _)| format!("{title}: {key}"))
        .collect()
}

fn description<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    let own = schema["description"].as_str();
    own.or_else(|| resolved(root, schema).1["description"].as_str())
}

/// The definition that a schema refers to, with its name.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let name = reference.rsplit('/').next();
            let target = root.pointer(reference.trim_start_matches('#'));
            (name, target.expect("a reference leads to a definition"))
        }
        None => (None, schema),
    }
}

/// Keys that the schema knows and the document never uses.
pub(super) fn unused(schema: &Value, document: &Value) -> Vec<String> {
    let mut used = BTreeSet::new();
    mark(schema, "", schema, document, &mut used);
    let known: BTreeSet<String> = keys(schema).into_iter().map(|(key, _)| key).collect();
    known.difference(&used).cloned().collect()
}

fn mark(root: &Value, owner: &str, schema: &Value, value: &Value, used: &mut BTreeSet<String>) {
    let (name, schema) = resolved(root, schema);
    let owner = name.unwrap_or(owner);
    for choices in ["anyOf", "oneOf", "allOf"] {
        for choice in schema[choices].as_array().into_iter().flatten() {
            mark(root, owner, choice, value, used);
        }
    }
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if let Some(property) = schema["properties"].get(key) {
                    used.insert(format!("{owner}.{key}"));
                    mark(root, owner, property, inner, used);
                } else if schema["additionalProperties"].is_object() {
                    mark(root, owner, &schema["additionalProperties"], inner, used);
                }
            }
        }
        Value::Array(items) if schema.get("items").is_some() => {
            for item in items {
                mark(root, owner, &schema["items"], item, used);
            }
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
