//! Turns JSON Schemas into pages: a table of keys for each kind of table. It knows JSON Schema, and none of our keys.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

pub(super) struct Page {
    pub(super) file: &'static str,
    pub(super) text: String,
}

/// A page, its introduction, and the schemas that it is made from.
const PAGES: [(&str, &str, &str, &[&str]); 4] = [
    (
        "configuration.md",
        "Configuration",
        "Every key of `counterfoil.toml` and the files that it includes. The page is made from \
         `schemas/counterfoil.schema.json`, which `counterfoil schema counterfoil` prints and which editors use \
         to complete and check what you write.",
        &["schemas/counterfoil.schema.json"],
    ),
    (
        "spreadsheet.md",
        "The spreadsheet source",
        "Lists exports in CSV and Excel files. These are the keys of its `config` table; the page is made from the \
         schema that the connector carries.",
        &["plugins/sources/spreadsheet/config.schema.json"],
    ),
    (
        "systems.md",
        "Nautobot, Odoo and the practice API",
        "The keys of the `config` tables of these connectors. The page is made from the schemas that they carry.",
        &[
            "plugins/sources/nautobot/config.schema.json",
            "plugins/sinks/odoo/config.schema.json",
            "plugins/sinks/practice/config.schema.json",
        ],
    ),
    (
        "manifest.md",
        "The manifest of a connector",
        "Every key of `connector.toml`. The page is made from `schemas/connector.schema.json`.",
        &["schemas/connector.schema.json"],
    ),
];

pub(super) fn pages(root: &Path) -> Result<Vec<Page>> {
    PAGES
        .iter()
        .map(|(file, title, introduction, schemas)| {
            let mut text = format!("# {title}\n\n{introduction}\n");
            for schema in *schemas {
                let path = root.join(schema);
                let content = fs::read_to_string(&path)
                    .with_context(|| format!("read {}", path.display()))?;
                let schema: Value = serde_json::from_str(&content)
                    .with_context(|| format!("understand {}", path.display()))?;
                if schemas.len() > 1 {
                    let about = one_line(schema["description"].as_str().unwrap_or_default());
                    let name = path.parent().and_then(Path::file_name).unwrap_or_default();
                    write!(text, "\n## {}\n\n{about}\n", name.to_string_lossy())?;
                }
                text.push_str(&tables(&schema, schemas.len() > 1)?);
            }
            Ok(Page { file, text })
        })
        .collect()
}

/// The whole first, then each definition with keys under its name.
fn tables(schema: &Value, below: bool) -> Result<String> {
    let mut text = String::new();
    let heading = if below { "###" } else { "##" };
    if !below && let Some(about) = schema["description"].as_str() {
        write!(text, "\n{}\n", one_line(about))?;
    }
    text.push_str(&keys(schema, schema));
    let definitions = schema["$defs"].as_object();
    for (name, definition) in definitions.into_iter().flatten() {
        let shown = body(schema, definition);
        write!(text, "\n{heading} {}\n", title(name))?;
        if let Some(about) = definition["description"].as_str() {
            write!(text, "\n{}\n", one_line(about))?;
        }
        text.push_str(&shown);
    }
    Ok(text)
}

/// Keys of a table, values of an enumeration, and the tables among several forms.
fn body(root: &Value, definition: &Value) -> String {
    let forms = definition["anyOf"].as_array().into_iter().flatten();
    let tables: String = forms.map(|form| keys(root, form)).collect();
    keys(root, definition) + &choices(definition) + &tables
}

/// A table with a row for each key, the needed ones first.
fn keys(root: &Value, table: &Value) -> String {
    let Some(properties) = table["properties"].as_object() else {
        return String::new();
    };
    let needed: Vec<&str> = table["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut rows: Vec<(&String, &Value)> = properties.iter().collect();
    rows.sort_by_key(|(key, _)| (!needed.contains(&key.as_str()), (*key).clone()));
    let mut text = "\n| key | value | meaning |\n|---|---|---|\n".to_owned();
    for (key, schema) in rows {
        let mark = if needed.contains(&key.as_str()) {
            "`, needed"
        } else {
            "`"
        };
        let mut meaning = one_line(described(root, schema));
        if let Some(default) = schema.get("default").filter(|default| is_plain(default)) {
            meaning.push_str(&format!(" Default: `{}`.", toml(default)));
        }
        text.push_str(&format!(
            "| `{key}{mark} | {} | {} |\n",
            kind(schema),
            cell(meaning.trim())
        ));
    }
    text
}

fn is_plain(default: &Value) -> bool {
    match default {
        Value::Null => false,
        Value::Object(fields) => {
            !fields.is_empty() && fields.values().all(|value| !value.is_null())
        }
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// As it would be written in TOML.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key} = {}", toml(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn described<'a>(root: &'a Value, schema: &'a Value) -> &'a str {
    let own = schema["description"].as_str();
    let of_type = || {
        let reference = schema["$ref"].as_str()?;
        root.pointer(reference.trim_start_matches('#'))?["description"].as_str()
    };
    own.or_else(of_type).unwrap_or_default()
}

/// What may stand there, with a link where it has a section of its own.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return link(reference);
    }
    let listed = |values: &Value| {
        let values = values.as_array().into_iter().flatten();
        values
            .map(|value| format!("`{}`", cell(&value.to_string())))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if schema["enum"].is_array() {
        return listed(&schema["enum"]);
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{constant}`");
    }
    for choices in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choices].as_array() {
            let kinds: Vec<String> = choices.iter().map(kind).collect();
            return kinds.join(" or ");
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return "any".to_owned(),
    };
    let words = kinds.iter().map(|one| word(one, schema));
    words.collect::<Vec<_>>().join(" or ")
}

fn word(kind_name: &str, schema: &Value) -> String {
    match kind_name {
        "array" => match schema.get("items") {
            Some(items) => format!("list of {}", kind(items)),
            None => "list".to_owned(),
        },
        "object" => match schema.get("additionalProperties") {
            Some(inner) if inner.is_object() => format!("table of {}", kind(inner)),
            _ => "table".to_owned(),
        },
        "string" => match schema["format"].as_str() {
            Some(format) => format.to_owned(),
            None => "text".to_owned(),
        },
        "boolean" => "true or false".to_owned(),
        "integer" => "whole number".to_owned(),
        other => other.to_owned(),
    }
}

fn link(reference: &str) -> String {
    let name = title(reference.rsplit('/').next().unwrap_or_default());
    format!("[{name}](#{})", name.to_lowercase().replace(' ', "-"))
}

/// The name of a type as people read it: "Tests" for `TestsConfig`.
fn title(name: &str) -> String {
    let name = name.trim_end_matches("Config").trim_end_matches("Section");
    let mut words = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words.replace('_', " ")
}

/// The values of an enumeration, with what each one means.
fn choices(schema: &Value) -> String {
    let mut text = String::new();
    let one_of = schema["oneOf"].as_array().into_iter().flatten();
    for choice in one_of.filter_map(Value::as_object) {
        text.push_str(&choice_rows(choice));
    }
    if text.is_empty() {
        return text;
    }
    format!("\n| value | meaning |\n|---|---|\n{text}")
}

fn choice_rows(choice: &Map<String, Value>) -> String {
    let meaning = cell(&one_line(
        choice
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    ));
    let constant = choice.get("const").into_iter();
    let listed = choice
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut rows = String::new();
    for value in constant.chain(listed) {
        rows.push_str(&format!("| `{value}` | {meaning} |\n"));
    }
    rows
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What would end a cell, or would be read as HTML, is written otherwise.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_rows_with_links_and_defaults() {
        let schema = serde_json::json!({
            "required": ["name"],
            "properties": {
                "days": { "type": "integer", "default": 30, "description": "Days\nto pay." },
                "name": { "type": "string", "description": "A | B" },
                "role": { "$ref": "#/$defs/Role" },
                "tags": { "type": "array", "items": { "type": "string" } },
                "when": { "type": "object", "additionalProperties": { "$ref": "#/$defs/OneTest" } },
            },
            "$defs": {
                "OneTest": { "properties": { "eq": { "type": ["string", "boolean"] } } },
                "Role": {
                    "description": "What it decides.",
                    "oneOf": [{ "const": "ledger", "description": "It defines." }, { "enum": ["mirror"] }],
                },
            },
        });
        let text = tables(&schema, false).unwrap();
        for row in [
            "| `name`, needed | text | A \\| B |",
            "| `days` | whole number | Days to pay. Default: `30`. |",
            "| `role` | [Role](#role) | What it decides. |",
            "| `tags` | list of text |  |",
            "| `when` | table of [One test](#one-test) |  |",
            "## One test\n",
            "| `\"ledger\"` | It defines. |",
            "| `eq` | text or true or false |  |",
        ] {
            assert!(text.contains(row), "{row} in\n{text}");
        }
        assert!(text.find("`name`") < text.find("`days`"));
    }
}
