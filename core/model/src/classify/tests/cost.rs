//! What the index asks, counted: no more of a resource when there are more rules.

use std::fmt::Write as _;
use std::sync::Arc;

use super::fixture::terms;
use super::oracle::Resource;
use crate::attributes::Attributes;
use crate::classify::index::Index;
use crate::classify::terms::Rule;
use crate::inventory::Configuration;

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
            attributes: Attributes::from([
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
