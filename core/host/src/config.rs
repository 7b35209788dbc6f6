//! A pipeline's `config` against the schema that the connector ships: all problems at once, with hints. It does not know what
//! the settings mean.

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// Something that is wrong in a pipeline's settings of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer from the source's or sink's table: "/config/url".
    pub path: String,
    /// What is wrong, as a fragment.
    pub message: String,
    pub hint: Option<String>,
}

/// A schema that is ready for use.
#[derive(Debug)]
pub(crate) struct ConfigSchema {
    schema: Value,
    validator: jsonschema::Validator,
}

impl ConfigSchema {
    pub(crate) fn new(schema: Value) -> Result<Self, jsonschema::ValidationError<'static>> {
        let validator = jsonschema::validator_for(&schema)?;
        Ok(Self { schema, validator })
    }

    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Everything that is wrong with the settings.
    pub(crate) fn problems(&self, config: &Value) -> Vec<Problem> {
        self.validator
            .iter_errors(config)
            .flat_map(|error| self.explain(&error))
            .collect()
    }

    fn explain(&self, error: &jsonschema::ValidationError<'_>) -> Vec<Problem> {
        let at = format!("/config{}", error.instance_path());
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            let known = self.siblings(&error.schema_path().to_string());
            return unexpected
                .iter()
                .map(|key| unknown_key(&at, key, &known))
                .collect();
        }
        // Values are masked: a secret that was put into `config` by mistake must not reach a log.
        vec![Problem {
            path: at,
            message: error.masked().to_string(),
            hint: self.hint(error),
        }]
    }

    /// The keys that the schema knows beside a keyword such as ".../additionalProperties".
    fn siblings(&self, schema_path: &str) -> Vec<&str> {
        let parent = schema_path
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        let properties = self
            .schema
            .pointer(parent)
            .and_then(|schema| schema.get("properties"));
        properties
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect()
    }

    /// What the schema says about the value, in the author's own words.
    fn hint(&self, error: &jsonschema::ValidationError<'_>) -> Option<String> {
        let schema_path = error.schema_path().to_string();
        let parent = schema_path
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        let schema = self.schema.pointer(parent)?;
        let described = match error.kind() {
            ValidationErrorKind::Required { property } => {
                schema.get("properties")?.get(property.as_str()?)?
            }
            _ => schema,
        };
        described.get("description")?.as_str().map(str::to_owned)
    }
}

fn unknown_key(at: &str, key: &str, known: &[&str]) -> Problem {
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(key, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min();
    let hint = match near {
        Some((_, candidate)) => Some(format!("did you mean {candidate:?}?")),
        None if known.is_empty() => None,
        None => Some(format!("known are {}", known.join(", "))),
    };
    let escaped = key.replace('~', "~0").replace('/', "~1");
    Problem {
        path: format!("{at}/{escaped}"),
        message: "unknown setting".to_owned(),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> ConfigSchema {
        ConfigSchema::new(serde_json::json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["url"],
            "properties": {
                "url": { "type": "string", "description": "where the API answers" },
                "page_length": { "type": "integer", "minimum": 1 },
                "columns": { "$ref": "#/$defs/columns" },
            },
            "$defs": {
                "columns": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": { "name": { "type": "string" } },
                },
            },
        }))
        .unwrap()
    }

    #[test]
    fn all_problems_come_at_once_with_path_and_hint() {
        let config = serde_json::json!({
            "page_lenght": 5,
            "page_length": 0,
            "columns": { "nmae": "x", "name": 7 },
        });
        let mut problems = schema().problems(&config);
        problems.sort_by(|left, right| left.path.cmp(&right.path));
        let lines: Vec<String> = problems
            .iter()
            .map(|p| {
                format!(
                    "{}: {} ({})",
                    p.path,
                    p.message,
                    p.hint.as_deref().unwrap_or("-")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "/config: \"url\" is a required property (where the API answers)",
                "/config/columns/name: value is not of type \"string\" (-)",
                "/config/columns/nmae: unknown setting (did you mean \"name\"?)",
                "/config/page_lenght: unknown setting (did you mean \"page_length\"?)",
                "/config/page_length: value is less than the minimum of 1 (-)",
            ]
        );
    }

    #[test]
    fn a_value_is_not_printed() {
        let problems = schema().problems(&serde_json::json!({ "url": ["hunter2"] }));
        assert_eq!(problems.len(), 1);
        assert!(
            !problems[0].message.contains("hunter2"),
            "{}",
            problems[0].message
        );
    }
}
