//! The index finds what a matcher without an index finds, and asks few rules more.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use regex::Regex;

use super::fixture::terms;
use crate::classify::facts::Facts;
use crate::classify::index::Index;
use crate::classify::terms::Rule;
use crate::classify::{
    ClassifyConfig, ConditionConfig, RuleConfig, Scalar, Scalars, SetConfig, TargetConfig,
    TestsConfig, resolve,
};
use crate::decimal::Decimal;
use crate::inventory::Configuration;
use crate::time::TimeZone;

/// A resource without its interval.
#[derive(Debug, Clone)]
struct Resource {
    kind: String,
    sources: Vec<String>,
    external_id: String,
    configuration: Configuration,
}

impl Resource {
    fn facts(&self) -> Facts<'_> {
        Facts {
            kind: &self.kind,
            sources: &self.sources,
            external_id: &self.external_id,
            configuration: &self.configuration,
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
                .map(|value| (*value).clone())
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

fn holds(key: &str, condition: &ConditionConfig, resource: &Resource) -> bool {
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

fn scalars(pattern: &'static str) -> impl Strategy<Value = Scalars> {
    let texts = prop::collection::vec(pattern.prop_map(Scalar), 1..3);
    texts.prop_map(Scalars)
}

/// A table with one or two tests that can stand together.
fn tests() -> impl Strategy<Value = TestsConfig> {
    let number = || prop::option::of((0..9_i64).prop_map(|number| Scalar(number.to_string())));
    let one = prop_oneof![
        scalars("[ab]{1,2}").prop_map(|texts| TestsConfig {
            eq: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("[ab]{1,2}").prop_map(|texts| TestsConfig {
            any_of: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("[ab*?]{1,3}").prop_map(|texts| TestsConfig {
            glob: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("[ab]{1,2}").prop_map(|texts| TestsConfig {
            prefix: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("[ab]{1,2}").prop_map(|texts| TestsConfig {
            suffix: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("[ab]{1,2}").prop_map(|texts| TestsConfig {
            contains: Some(texts),
            ..TestsConfig::default()
        }),
        scalars("\\^?[ab.]{1,2}[+*]?\\$?").prop_map(|texts| TestsConfig {
            regex: Some(texts),
            ..TestsConfig::default()
        }),
        Just(TestsConfig {
            present: Some(false),
            ..TestsConfig::default()
        }),
        Just(TestsConfig {
            present: Some(true),
            ..TestsConfig::default()
        }),
        (0..9_i64, number()).prop_map(|(min, max)| {
            let max = max.filter(|max| max.0.parse::<i64>().unwrap() >= min);
            TestsConfig {
                min: Some(Scalar(min.to_string())),
                max,
                ..TestsConfig::default()
            }
        }),
        (0..9_i64).prop_map(|max| TestsConfig {
            max: Some(Scalar(max.to_string())),
            ..TestsConfig::default()
        }),
    ];
    (one, prop::option::of(scalars("[ab*?]{1,2}"))).prop_map(|(mut tests, not)| {
        if tests.present != Some(false) {
            tests.not = not;
        }
        tests
    })
}

const KEYS: [&str; 8] = [
    "kind", "name", "source", "parent", "id", "cluster", "tags.a", "cores",
];

fn condition() -> impl Strategy<Value = (String, ConditionConfig)> {
    let key = prop::sample::select(KEYS.to_vec());
    let names = prop::collection::vec(prop::sample::select(KEYS.to_vec()), 1..3);
    let names = names.prop_map(|names| {
        Scalars(
            names
                .into_iter()
                .map(|name| Scalar(name.to_owned()))
                .collect(),
        )
    });
    let tag = scalars("a=[ab*?]{1,2}");
    prop_oneof![
        3 => (key.clone(), scalars("[ab]{1,2}|[1-9]").prop_map(ConditionConfig::AnyOf)).prop_map(|(key, when)| (key.to_owned(), when)),
        3 => (key.clone(), scalars("[ab*?]{1,3}").prop_map(ConditionConfig::AnyOf)).prop_map(|(key, when)| (key.to_owned(), when)),
        5 => (key, tests()).prop_map(|(key, tests)| (key.to_owned(), ConditionConfig::Tests(Box::new(tests)))),
        1 => names.prop_map(|names| ("has".to_owned(), ConditionConfig::AnyOf(names))),
        1 => tag.prop_map(|tags| ("tag".to_owned(), ConditionConfig::AnyOf(tags))),
    ]
}

fn rule() -> impl Strategy<Value = RuleConfig> {
    prop::collection::vec(condition(), 0..4).prop_map(|conditions| RuleConfig {
        name: None,
        from: None,
        to: None,
        when: conditions.into_iter().collect(),
        set: SetConfig {
            service: Some(TargetConfig::Literal("web".to_owned())),
            ..SetConfig::default()
        },
        place: String::new(),
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let value = || "[ab]{0,3}|[0-9]|[0-9]\\.5";
    let attributes =
        prop::collection::btree_map(prop::sample::select(KEYS[5..].to_vec()), value(), 0..4);
    (
        value(),
        prop::collection::vec(value(), 0..3),
        value(),
        value(),
        prop::option::of(value()),
        attributes,
    )
        .prop_map(
            |(kind, sources, external_id, name, parent, attributes)| Resource {
                kind,
                sources,
                external_id,
                configuration: Configuration {
                    name,
                    parent,
                    attributes: attributes
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                },
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_index_finds_what_asking_every_rule_finds(
        rules in prop::collection::vec(rule(), 0..12),
        resources in prop::collection::vec(resource(), 1..6),
    ) {
        let config = ClassifyConfig { rule: rules.clone(), ..ClassifyConfig::default() };
        let terms = match resolve(&config, &TimeZone::UTC, &[]) {
            Ok(terms) => terms,
            Err(problems) => return Err(TestCaseError::fail(format!("{problems:?}"))),
        };
        let index = Index::new(&terms.rules);
        for resource in &resources {
            let naive: Vec<usize> = (0..rules.len())
                .filter(|number| rules[*number].when.iter().all(|(key, condition)| holds(key, condition, resource)))
                .collect();
            let matching = index.matching(&terms.rules, &resource.facts());
            prop_assert_eq!(matching.rules, naive);
        }
    }
}

/// Rules of every form, as many as there are customers times eight, each for few of the resources.
fn estate_rules(customers: usize) -> Vec<Arc<Rule>> {
    let mut toml = String::new();
    for number in 0..customers {
        let (row, column) = (number / 40, number % 40);
        let low = 10 * number;
        let high = low + 9;
        let conditions = [
            format!("kind = \"vm\", name = \"c{number:05}-*\""),
            format!("kind = \"vm\", tenant = \"tenant {number}\""),
            format!("kind = \"vm\", name = {{ contains = \"-t{number:05}-\" }}"),
            format!("kind = [\"vm\", \"disk\"], name = {{ suffix = \".s{number:05}\" }}"),
            format!("kind = \"vm\", row = \"{row}\", column = \"{column}\""),
            format!("kind = \"vm\", asset = {{ min = {low}, max = {high} }}"),
            format!("kind = \"vm\", tag = \"owner=o{number}\""),
            format!("kind = \"vm\", rack = [\"r{number}\", \"r{number}-*\"]"),
        ];
        for condition in conditions {
            writeln!(
                toml,
                "[[rule]]\nwhen = {{ {condition} }}\nset = {{ service = \"web\" }}"
            )
            .unwrap();
        }
    }
    terms(&toml).rules
}

fn estate(resources: usize) -> Vec<Resource> {
    let attribute = |key: &str, value: String| (key.to_owned(), value);
    let resource = |number: usize| Resource {
        kind: "vm".to_owned(),
        sources: vec!["netbox".to_owned()],
        external_id: number.to_string(),
        configuration: Configuration {
            name: format!("c{number:05}-web-t{number:05}-1.s{number:05}"),
            parent: None,
            attributes: BTreeMap::from([
                attribute("tenant", format!("tenant {number}")),
                attribute("row", (number / 40).to_string()),
                attribute("column", (number % 40).to_string()),
                attribute("asset", (10 * number + 5).to_string()),
                attribute("tags.owner", format!("o{number}")),
                attribute("rack", format!("r{number}-a")),
            ]),
        },
    };
    (0..resources).map(resource).collect()
}

/// How many times a rule was asked, for all resources together.
fn asked(rules: &[Arc<Rule>], resources: &[Resource]) -> usize {
    let index = Index::new(rules);
    let matchings = resources
        .iter()
        .map(|resource| index.matching(rules, &resource.facts()));
    let mut asked = 0;
    for matching in matchings {
        assert_eq!(matching.rules.len(), 8);
        asked += matching.asked;
    }
    asked
}

#[test]
fn cost_does_not_grow_with_rules_times_resources() {
    let resources = estate(100);
    let few = asked(&estate_rules(100), &resources);
    let many = asked(&estate_rules(800), &resources);
    assert_eq!(
        few, many,
        "eight times the rules ask no more of the same resources"
    );
    assert_eq!(
        many,
        8 * resources.len(),
        "only rules that match were asked"
    );
}
