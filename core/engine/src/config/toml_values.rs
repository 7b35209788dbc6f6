//! Turns TOML into JSON values and remembers where each one stands.
//!
//! Decimals written without quotes keep their digits: they become text before any float could touch them.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::document::Place;
use super::places::Places;
use super::problems::SourceFile;

/// The value of a key with the places of it and of everything in it.
pub(super) fn convert(
    file: &Arc<SourceFile>,
    key: &Spanned<Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> (Value, Places) {
    let mut converter = Converter {
        file,
        path: vec![key.get_ref().to_string()],
    };
    converter.entry(key, value, false)
}

struct Converter<'a> {
    file: &'a Arc<SourceFile>,
    /// The keys that lead to the value at hand.
    path: Vec<String>,
}

impl Converter<'_> {
    fn places(&self, span: std::ops::Range<usize>) -> Places {
        let file = Arc::clone(self.file);
        Places::at(Place::Text { file, span })
    }

    fn entry(
        &mut self,
        key: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        for_connector: bool,
    ) -> (Value, Places) {
        // A header such as `[[rule]]` is where people look for the table, an inline value is where it stands.
        let span = match value.get_ref() {
            DeValue::Table(_) => {
                key.span().start.min(value.span().start)..value.span().end.max(key.span().end)
            }
            _ => key.span().start..value.span().end,
        };
        let mut places = self.places(span);
        let json = self.value(value, &mut places, for_connector);
        (json, places)
    }

    fn value(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        places: &mut Places,
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
                    self.path.push(index.to_string());
                    let mut held = self.places(item.span());
                    let json = self.value(item, &mut held, for_connector);
                    places.hold(&self.path.pop().unwrap_or_default(), held);
                    json
                };
                Value::Array(items.iter().enumerate().map(convert).collect())
            }
            DeValue::Table(table) => {
                let mut object = Map::new();
                for (key, item) in table {
                    self.path.push(key.get_ref().to_string());
                    let config = for_connector || is_connector_config(&self.path);
                    let (json, held) = self.entry(key, item, config);
                    let name = self.path.pop().unwrap_or_default();
                    places.hold(&name, held);
                    object.insert(name, json);
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
