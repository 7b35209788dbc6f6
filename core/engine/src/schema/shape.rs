//! Turns what the generator answers into what people and editors read: one head, no noise. It knows no schema in particular.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

/// The schema under its id and title.
pub(super) fn head(mut schema: Schema, id: &str, title: &str) -> Value {
    schema.insert("$id".to_owned(), Value::from(id));
    schema.insert("title".to_owned(), Value::from(title));
    schema.to_value()
}

/// Drops formats that only Rust knows, and the line breaks of doc comments.
pub(super) fn tidy(schema: &mut Schema) {
    Tidy.transform(schema);
}

struct Tidy;

/// Formats that JSON Schema defines and that are worth telling.
const FORMATS: [&str; 2] = ["date", "date-time"];

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        let is_known = |format: &Value| format.as_str().is_some_and(|name| FORMATS.contains(&name));
        if schema.get("format").is_some_and(|format| !is_known(format)) {
            schema.remove("format");
        }
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = paragraphs(text);
        }
        transform_subschemas(self, schema);
    }
}

/// One line a paragraph; lists keep their lines.
fn paragraphs(text: &str) -> String {
    let paragraph = |part: &str| {
        let mut joined = String::new();
        for line in part.lines() {
            let is_item = line.trim_start().starts_with(['-', '*']);
            if !joined.is_empty() {
                joined.push(if is_item { '\n' } else { ' ' });
            }
            joined.push_str(line.trim());
        }
        joined
    };
    let parts: Vec<String> = text.split("\n\n").map(paragraph).collect();
    parts.join("\n\n")
}

/// TOML has no null: what may be absent is left out.
pub(super) fn without_null(schema: &mut Schema) {
    WithoutNull.transform(schema);
}

struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                schema.remove("anyOf");
                for (key, value) in only {
                    schema.insert(key, value);
                }
            }
        }
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
        transform_subschemas(self, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_rust_knows_is_left_out() {
        let mut schema = schemars::json_schema!({
            "type": ["integer", "null"],
            "format": "uint32",
            "default": null,
            "description": "One\nsentence.\n\nOne more:\n- a\n- b",
        });
        without_null(&mut schema);
        tidy(&mut schema);
        assert_eq!(
            schema.to_value(),
            serde_json::json!({ "type": "integer", "description": "One sentence.\n\nOne more:\n- a\n- b" })
        );
    }

    #[test]
    fn a_single_choice_is_no_choice() {
        let mut schema = schemars::json_schema!({
            "anyOf": [{ "$ref": "#/$defs/Date" }, { "type": "null" }],
            "description": "When.",
        });
        without_null(&mut schema);
        assert_eq!(
            schema.to_value(),
            serde_json::json!({ "$ref": "#/$defs/Date", "description": "When." })
        );
    }
}
