//! Turns TOML into JSON values and remembers where each one stands.
//!
//! Decimals written without quotes keep their digits: they become text before any float could touch them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::document::{KeyPath, Place};
use super::problems::SourceFile;

/// The value of a key with the places of everything in it.
pub(super) fn convert(
    file: &Arc<SourceFile>,
    path: &KeyPath,
    key: &Spanned<Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> (Value, BTreeMap<KeyPath, Place>) {
    let mut converter = Converter {
        file,
        places: BTreeMap::new(),
    };
    let json = converter.entry(path, key, value, false);
    (json, converter.places)
}

struct Converter<'a> {
    file: &'a Arc<SourceFile>,
    places: BTreeMap<KeyPath, Place>,
}

impl Converter<'_> {
    fn put(&mut self, path: &KeyPath, span: std::ops::Range<usize>) {
        let file = Arc::clone(self.file);
        self.places.insert(path.clone(), Place::Text { file, span });
    }

    fn entry(
        &mut self,
        path: &KeyPath,
        key: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        for_connector: bool,
    ) -> Value {
        // A header such as `[[rule]]` is where people look for the table, an inline value is where it stands.
        let span = match value.get_ref() {
            DeValue::Table(_) => {
                key.span().start.min(value.span().start)..value.span().end.max(key.span().end)
            }
            _ => key.span().start..value.span().end,
        };
        self.put(path, span);
        self.value(path, value, for_connector)
    }

    fn value(
        &mut self,
        path: &KeyPath,
        value: &Spanned<DeValue<'_>>,
        for_connector: bool,
    ) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
            DeValue::Integer(integer) => {
                match i64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(number) => Value::from(number),
                    Err(_) => Value::String(integer.as_str().to_owned()),
                }
            }
            DeValue::Float(float) => match float.as_str().parse::<serde_json::Number>() {
                // A connector's schema may ask for a number; ours ask for the digits as they were written.
                Ok(number) if for_connector => Value::Number(number),
                _ => Value::String(float.as_str().to_owned()),
            },
            DeValue::Array(items) => {
                let convert = |(index, item): (usize, &Spanned<DeValue<'_>>)| {
                    let mut inner = path.clone();
                    inner.push(index.to_string());
                    self.put(&inner, item.span());
                    self.value(&inner, item, for_connector)
                };
                Value::Array(items.iter().enumerate().map(convert).collect())
            }
            DeValue::Table(table) => {
                let mut object = Map::new();
                for (key, item) in table {
                    let mut inner = path.clone();
                    inner.push(key.get_ref().to_string());
                    let config = for_connector || is_connector_config(&inner);
                    let json = self.entry(&inner, key, item, config);
                    object.insert(key.get_ref().to_string(), json);
                }
                Value::Object(object)
            }
        }
    }
}

/// `pipeline.NAME.source.N.config` and the same of a sink: shaped by the connector's schema, not ours.
fn is_connector_config(path: &[String]) -> bool {
    matches!(path, [pipeline, _, role, _, config]
        if pipeline == "pipeline" && (role == "source" || role == "sink") && config == "config")
}
