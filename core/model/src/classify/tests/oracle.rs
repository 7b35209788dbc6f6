//! A matcher that reads conditions as they are written and asks every rule: what the index is held against.

use regex::Regex;

use crate::classify::facts::Facts;
use crate::classify::{ConditionConfig, Scalar, Scalars};
use crate::decimal::Decimal;
use crate::inventory::Configuration;

/// A resource without its interval.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) sources: Vec<String>,
    pub(super) external_id: String,
    pub(super) configuration: Configuration,
}

impl Resource {
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            kind: &self.kind,
            sources: &self.sources,
            external_id: &self.external_id,
            configuration: &self.configuration,
            declared: None,
        }
    }

    /// All values of a key, by the definition.
    fn values(&self, key: &str) -> Vec<String> {
        let configuration = &self.configuration;
        let mut values = match key {
            "kind" => vec![self.kind.clone()],
            "name" => vec![configuration.name.clone()],
            "source" => self.sources.clone(),
            "parent" => configuration.parent.iter().cloned().collect(),
            "id" => vec![self.external_id.clone()],
            _ => configuration
                .attributes
                .get(key)
                .iter()
                .map(|value| (*value).to_owned())
                .collect(),
        };
        values.retain(|value| !value.is_empty());
        values
    }
}

fn is_glob(pattern: &str, value: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => value.is_empty(),
        Some('*') => {
            let mut rests = value.char_indices().map(|(at, _)| &value[at..]).chain([""]);
            rests.any(|rest| is_glob(chars.as_str(), rest))
        }
        Some(expected) => {
            let mut given = value.chars();
            given
                .next()
                .is_some_and(|given| expected == '?' || expected == given)
                && is_glob(chars.as_str(), given.as_str())
        }
    }
}

fn any(scalars: &Scalars, values: &[String], test: impl Fn(&str, &str) -> bool) -> bool {
    values
        .iter()
        .any(|value| scalars.texts().any(|text| test(text, value)))
}

pub(super) fn holds(key: &str, condition: &ConditionConfig, resource: &Resource) -> bool {
    let values = resource.values(key);
    let tests = match condition {
        ConditionConfig::AnyOf(scalars) if key == "has" => {
            return scalars
                .texts()
                .all(|name| !resource.values(name).is_empty());
        }
        ConditionConfig::AnyOf(scalars) if key == "tag" => {
            return scalars.texts().all(|text| {
                let (tag, pattern) = text.split_once('=').unwrap();
                let values = resource.values(&format!("tags.{tag}"));
                values.iter().any(|value| is_glob(pattern, value))
            });
        }
        ConditionConfig::AnyOf(scalars) => return any(scalars, &values, is_glob),
        ConditionConfig::Tests(tests) => tests,
    };
    let passes = |scalars: &Option<Scalars>, test: fn(&str, &str) -> bool| {
        scalars
            .as_ref()
            .is_none_or(|scalars| any(scalars, &values, test))
    };
    let bound = |scalar: &Option<Scalar>| -> Option<Decimal> {
        scalar.as_ref().map(|scalar| scalar.0.parse().unwrap())
    };
    let (min, max) = (bound(&tests.min), bound(&tests.max));
    let in_range = values
        .iter()
        .filter_map(|value| value.parse::<Decimal>().ok())
        .any(|number| min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max));
    passes(&tests.eq, |text, value| text == value)
        && passes(&tests.any_of, |text, value| text == value)
        && passes(&tests.glob, is_glob)
        && passes(&tests.prefix, |text, value| value.starts_with(text))
        && passes(&tests.suffix, |text, value| value.ends_with(text))
        && passes(&tests.contains, |text, value| value.contains(text))
        && passes(&tests.regex, |text, value| {
            Regex::new(text).unwrap().is_match(value)
        })
        && !tests
            .not
            .as_ref()
            .is_some_and(|refused| any(refused, &values, is_glob))
        && (in_range || (min.is_none() && max.is_none()))
        && tests
            .present
            .is_none_or(|present| present != values.is_empty())
}
