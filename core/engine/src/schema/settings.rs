//! Puts the settings of bundled connectors into the configuration's schema, so that editors know the keys below `config`, too.
//! What the settings mean is the connectors'.

use std::path::Path;

use counterfoil_host::{Connector, ConnectorKind, LoadError};
use serde_json::{Map, Value, json};

/// The settings of a connector, as it carries their schema.
#[derive(Debug, Clone)]
pub struct Settings {
    /// As `plugin` names it.
    pub plugin: String,
    pub kind: ConnectorKind,
    pub schema: Value,
}

impl Settings {
    /// Those of the components in a folder, by name. Without the folder there are none.
    pub fn bundled(folder: &Path) -> Result<Vec<Self>, LoadError> {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut components: Vec<_> = files
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
            .collect();
        components.sort();
        let read = |path: std::path::PathBuf| {
            let (manifest, schema) = Connector::carried(&path)?;
            let plugin = path.file_stem().unwrap_or_default().to_string_lossy();
            Ok(Self {
                plugin: plugin.into_owned(),
                kind: manifest.connector.kind,
                schema,
            })
        };
        components.into_iter().map(read).collect()
    }
}

/// The configuration's schema in which `config` is as the connector asks for that `plugin` names.
pub fn with_settings(mut schema: Value, all: Vec<Settings>) -> Value {
    for Settings {
        plugin,
        kind,
        schema: mut settings,
    } in all
    {
        let place = match kind {
            ConnectorKind::Source => "SourceConfig",
            ConnectorKind::Sink => "SinkConfig",
        };
        let name = format!("{plugin}.settings");
        adapt(&mut settings, &name);
        if let Value::Object(fields) = &mut settings {
            fields.remove("$schema");
            fields.remove("$id");
            if let Some(Value::Object(definitions)) = fields.remove("$defs") {
                for (key, definition) in definitions {
                    schema["$defs"][format!("{name}.{key}")] = definition;
                }
            }
        }
        schema["$defs"][&name] = settings;
        let rule = json!({
            "if": { "properties": { "plugin": { "const": plugin } }, "required": ["plugin"] },
            "then": { "properties": { "config": { "$ref": format!("#/$defs/{name}") } } },
        });
        let place = &mut schema["$defs"][place];
        match &mut place["allOf"] {
            Value::Array(rules) => rules.push(rule),
            none => *none = json!([rule]),
        }
    }
    schema
}

/// References lead to where the definitions go, and a value that is read from elsewhere is right whatever it looks like.
fn adapt(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(fields) => {
            adapt_keywords(fields, name);
            for (keyword, inner) in fields.iter_mut() {
                match (keyword.as_str(), inner) {
                    // Their keys are names of the connector's own, whatever they are called.
                    ("properties" | "$defs" | "patternProperties", Value::Object(named)) => {
                        named.values_mut().for_each(|inner| adapt(inner, name));
                    }
                    ("default" | "examples" | "enum" | "const", _) => {}
                    (_, inner) => adapt(inner, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| adapt(item, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn adapt_keywords(fields: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(pattern)) = fields.get_mut("pattern") {
        *pattern = format!("(?:{pattern})|\\$\\{{");
    }
    if let Some(Value::String(reference)) = fields.get_mut("$ref")
        && let Some(inner) = reference.strip_prefix("#/$defs/")
    {
        *reference = format!("#/$defs/{name}.{inner}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::published;

    fn validator() -> jsonschema::Validator {
        let settings = Settings {
            plugin: "erp".to_owned(),
            kind: ConnectorKind::Sink,
            schema: json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "url": { "type": "string", "pattern": "^https://[^/]+$" },
                    "pattern": { "$ref": "#/$defs/pattern" },
                },
                "$defs": { "pattern": { "type": "integer" } },
            }),
        };
        let schema = published("counterfoil").unwrap().schema();
        jsonschema::validator_for(&with_settings(schema, vec![settings])).unwrap()
    }

    fn document(plugin: &str, config: &Value) -> Value {
        let sink = json!({ "name": "books", "plugin": plugin, "config": config });
        json!({
            "store": { "url": "sqlite:a.db" },
            "pipeline": { "north": {
                "issuer": "A", "timezone": "UTC", "price_book": "standard", "sink": [sink],
            } },
        })
    }

    #[test]
    fn the_settings_are_those_of_the_connector_that_is_named() {
        let validator = validator();
        let is_right = |plugin: &str, config: Value| validator.is_valid(&document(plugin, &config));
        assert!(is_right(
            "erp",
            json!({ "url": "https://erp.example.net", "pattern": 1 })
        ));
        assert!(is_right("erp", json!({ "url": "${env:ERP_URL}" })));
        assert!(is_right("other", json!({ "ulr": 1 })));
        assert!(!is_right(
            "erp",
            json!({ "ulr": "https://erp.example.net" })
        ));
        assert!(!is_right("erp", json!({ "url": "erp.example.net" })));
        assert!(!is_right("erp", json!({ "pattern": "a" })));
    }
}
