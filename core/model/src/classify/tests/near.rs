//! Rules that miss a resource by one condition, and those that miss it by more.

use super::fixture::{day, directory, machine, terms};
use crate::classify::near_rules;

fn near(rules: &str, name: &str, attributes: &[(&str, &str)]) -> Vec<String> {
    let terms = terms(rules);
    let interval = machine(name, attributes);
    let near = near_rules(&terms, &directory(), &interval, day("2026-03-01"));
    let told = near.iter();
    told.map(|one| format!("{}: {}", one.rule, one.lacks))
        .collect()
}

#[test]
fn one_condition_that_fails_is_told_with_what_the_resource_has() {
    let rules = r#"
[[rule]]
name = "typing"
when = { name = "acme-*" }
set = { customer = "acme" }
[[rule]]
name = "far"
when = { name = "something-else-*" }
set = { customer = "acme" }
[[rule]]
name = "cluster"
when = { kind = "virtual-machine", parent = ["cluster-8", "cluster-9"] }
set = { customer = "beta" }
[[rule]]
name = "two"
when = { parent = "cluster-8", owner = "beta" }
set = { customer = "beta" }
[[rule]]
name = "owner"
when = { has = "owner" }
set = { customer = { from = "owner" } }
[[rule]]
name = "service"
when = { name = "acne-2" }
set = { service = "web" }
"#;
    assert_eq!(
        near(rules, "acne-1", &[]),
        [
            "cluster: `parent` is `cluster-7`, and not `cluster-8` or `cluster-9`",
            "typing: `name` is `acne-1`, and not `acme-*`",
            "owner: `owner` is blank",
        ]
    );
}

#[test]
fn a_rule_that_matches_and_says_nothing_is_told() {
    let rules = r#"
[[rule]]
name = "map"
when = { kind = "virtual-machine" }
set = { customer = { from = "owner", map = { A = "acme" } } }
[[rule]]
name = "copy"
when = { kind = "virtual-machine" }
set = { customer = { from = "tags.customer" } }
[[rule]]
name = "later"
from = 2026-04-01
when = { kind = "disk" }
set = { customer = "acme" }
"#;
    assert_eq!(
        near(rules, "vm", &[("owner", "B")]),
        [
            "map: `owner` is `B`, which its map does not have",
            "copy: `tags.customer`, which it copies, is blank",
        ]
    );
}
