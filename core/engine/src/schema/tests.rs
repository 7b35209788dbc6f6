//! The committed schemas are what the types make, describe every key, accept what is right, and refuse nothing that the
//! parser would read.

mod agreement;
mod files;
mod walk;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{SCHEMAS, published};

fn repository() -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&package)
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

fn validator(name: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&published(name).unwrap().schema()).unwrap()
}

/// TOML as editors hand it to a schema: decimals are numbers, dates are text.
fn as_an_editor_sees(text: &str) -> Value {
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::String(text),
            toml::Value::Integer(whole) => Value::from(whole),
            toml::Value::Float(decimal) => Value::from(decimal),
            toml::Value::Boolean(truth) => Value::Bool(truth),
            toml::Value::Datetime(date) => Value::String(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(json).collect(),
            toml::Value::Table(table) => {
                let fields = table.into_iter().map(|(key, value)| (key, json(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
    json(toml::Value::Table(text.parse().unwrap()))
}

fn complaints(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    let tell =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(document).map(tell).collect()
}

#[test]
fn the_committed_schemas_are_what_the_types_make() {
    let folder = repository().join("schemas");
    let mut committed: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(Result::unwrap)
        // What commands answer stands in a folder of its own.
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    committed.sort();
    let mut expected: Vec<String> = SCHEMAS
        .iter()
        .map(super::PublishedSchema::file_name)
        .collect();
    expected.sort();
    assert_eq!(
        committed, expected,
        "remove or write with `cargo xtask schemas`"
    );
    for schema in SCHEMAS {
        let text = std::fs::read_to_string(folder.join(schema.file_name())).unwrap();
        assert!(
            text == schema.text(),
            "schemas/{} is stale: run `cargo xtask schemas` and commit what changed",
            schema.file_name()
        );
    }
}

#[test]
fn every_schema_is_one_and_says_what_it_is() {
    for schema in SCHEMAS {
        let document = schema.schema();
        jsonschema::meta::validate(&document).unwrap();
        assert_eq!(document["$id"], schema.id());
        assert_eq!(document["title"], schema.title);
        assert!(document["$schema"].as_str().unwrap().contains("2020-12"));
    }
}

#[test]
fn every_key_that_people_write_is_described() {
    let missing: Vec<String> = [
        "counterfoil",
        "rules",
        "accounts",
        "price-book",
        "facts",
        "connector",
    ]
    .into_iter()
    .flat_map(|name| walk::undescribed(&published(name).unwrap().schema()))
    .collect();
    assert!(
        missing.is_empty(),
        "a doc comment is missing at\n{}",
        missing.join("\n")
    );
}
