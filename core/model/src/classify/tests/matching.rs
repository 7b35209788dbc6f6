//! The index finds what a matcher without an index finds.

use proptest::prelude::*;

use super::oracle::{Resource, holds};
use crate::classify::index::Index;
use crate::classify::{
    ClassifyConfig, ConditionConfig, RuleConfig, Scalar, Scalars, SetConfig, TargetConfig,
    TestsConfig, resolve,
};
use crate::inventory::Configuration;
use crate::time::TimeZone;

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
                    attributes: attributes.into_iter().collect(),
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
