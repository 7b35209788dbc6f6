//! Rules that never match, and rules that never decide anything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::fixture::{ACCOUNTS, config, declared, terms, zone};
use super::oracle::{Resource, holds};
use crate::classify::review::shadow::compared;
use crate::classify::{Sources, review};
use crate::inventory::Configuration;
use crate::problem::{Problem, Review};

fn reviewed(rules: &str) -> Review {
    let names = BTreeSet::from(["netbox".to_owned(), "nautobot".to_owned()]);
    let mut disk = declared();
    disk.kind = "disk".into();
    disk.attributes
        .retain(|attribute| attribute.name == "owner");
    let sources = Sources {
        declared: &[declared(), disk],
        names: &names,
    };
    review(&config(&format!("{rules}{ACCOUNTS}")), &zone(), sources)
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.path.join("."), problem.message))
        .collect()
}

/// A rule a line: what it asks, and what it sets (a customer where nothing is said).
fn rules(lines: &[&str]) -> String {
    let mut toml = String::new();
    for line in lines {
        let (when, set) = line
            .split_once(" => ")
            .unwrap_or((line, "customer = \"acme\""));
        let (dates, when) = when.split_once(" :: ").unwrap_or(("", when));
        writeln!(
            toml,
            "[[rule]]\n{dates}\nwhen = {{ {when} }}\nset = {{ {set} }}"
        )
        .unwrap();
    }
    toml
}

#[test]
fn what_never_matches_is_an_error() {
    let found = reviewed(&rules(&[
        r#"owner = { eq = "acme", prefix = "b" }"#,
        r#"name = { prefix = "web-", glob = "db-*" }"#,
        r#"name = { suffix = "-a", glob = "*-b" }"#,
        r#"owner = { present = false }, has = "owner""#,
        r"cpu = { eq = 4, min = 8 }",
        r#"owner = { in = ["a", "b"], not = ["a", "?"] }"#,
        r#"owner = { not = "*" }, has = "owner""#,
        r#"owner = { eq = "acme", regex = "^b" }"#,
        r#"kind = "disk", cpu = { min = 1 }"#,
        r#"source = "netbxo""#,
        r#"kind = "dsik""#,
        r#"ownr = "a""#,
        // These may match.
        r#"owner = { prefix = "a", suffix = "b" }"#,
        r#"owner = { not = "acme" }"#,
        r#"source = "netbox", name = "x""#,
        r#"kind = "disk", cpu = { present = false }"#,
        r#"name = { glob = "a*", contains = "b" }"#,
    ]));
    assert_eq!(
        shown(&found.errors),
        [
            "rule.0.when.owner: the rule never matches: `owner` cannot be both `acme` and `b*`",
            "rule.1.when.name: the rule never matches: `name` cannot be both `web-*` and `db-*`",
            "rule.2.when.name: the rule never matches: `name` cannot be both `*-a` and `*-b`",
            "rule.3.when.owner: the rule never matches: `owner` cannot be both present and absent",
            "rule.4.when.cpu: the rule never matches: `cpu` cannot be both `4` and at least 8",
            "rule.5.when.owner: the rule never matches: `owner` cannot be both `a` or `b` and other than `a` or `?`",
            "rule.6.when.owner: the rule never matches: `owner` cannot be both present and other than `*`",
            "rule.7.when.owner: the rule never matches: `owner` cannot be both `acme` and matched by `^b`",
            "rule.8.when.cpu: the rule never matches: disk has no attribute `cpu`",
            "rule.9.when.source: there is no source `netbxo`",
            "rule.10.when.kind: no source declares the kind `dsik`",
            "rule.11.when.ownr: no source declares the attribute `ownr`",
        ]
    );
}

#[test]
fn what_never_decides_is_a_warning() {
    let shadowed = |earlier: &str, later: &str| {
        let found = reviewed(&rules(&[earlier, later]));
        assert_eq!(
            shown(&found.errors),
            Vec::<String>::new(),
            "{earlier} / {later}"
        );
        !found.warnings.is_empty()
    };
    for (earlier, later) in [
        ("", r#"name = "web-1""#),
        (r#"name = "web-*""#, r#"name = "web-1""#),
        (
            r#"name = "web-*""#,
            r#"name = { prefix = "web-a" }, owner = "x""#,
        ),
        (r#"name = { contains = "b-" }"#, r#"name = "web-?-*""#),
        (r#"name = { suffix = "-1" }"#, r#"name = ["a-1", "*-b-1"]"#),
        (r#"owner = ["a", "b", "c"]"#, r#"owner = ["c", "a"]"#),
        (r#"has = "owner""#, r#"owner = { regex = "^x" }"#),
        (
            r#"owner = { regex = "^x" }"#,
            r#"owner = { regex = "^x" }, cpu = 4"#,
        ),
        (r#"owner = { regex = "^x" }"#, r#"owner = "xyz""#),
        (
            r"cpu = { min = 2, max = 64 }",
            r"cpu = { min = 4, max = 8 }",
        ),
        (r"cpu = { min = 2 }", r"cpu = [4, 8]"),
        (r#"owner = { not = "a" }"#, r#"owner = "b""#),
        (r#"owner = { not = "a*" }"#, r"owner = { present = false }"),
        (
            r#"owner = { not = "a" }"#,
            r#"owner = { not = ["b", "a"] }"#,
        ),
        (r#"tag = "env=prod""#, r#"tag = ["env=prod", "team=x"]"#),
        (
            r#"cel = "resource.cpu > 4""#,
            r#"cel = "resource.cpu > 4", name = "x""#,
        ),
        (
            r#"has = "owner" => customer = { from = "owner" }"#,
            r#"owner = "x""#,
        ),
        (
            r#" => non_billable = { reason = "own", owner = "ops" }"#,
            r#"name = "x" => customer = "acme", plan = "gold""#,
        ),
        (
            "from = 2026-01-01 :: ",
            r#"from = 2026-02-01 :: name = "x""#,
        ),
        (
            r#" => account = "beta""#,
            r#"name = "x" => account = "beta-test""#,
        ),
    ] {
        assert!(shadowed(earlier, later), "{earlier} shadows {later}");
    }
    for (earlier, later) in [
        (r#"name = "web-1""#, r#"name = "web-*""#),
        (r#"name = "web-*", owner = "x""#, r#"name = "web-1""#),
        (r#"owner = "a""#, r#"owner = ["a", "b"]"#),
        (r#"owner = { not = "a" }"#, r#"name = "x""#),
        (r"cpu = { min = 8 }", r"cpu = { min = 4 }"),
        (r#"owner = { regex = "^x" }"#, r#"owner = { regex = "^y" }"#),
        // It sets more, or surely nothing.
        ("", r#"name = "x" => service = "web""#),
        (
            r#"has = "owner" => customer = { from = "owner", map = { a = "acme" } }"#,
            r#"owner = "x""#,
        ),
        (r#" => customer = { from = "owner" }"#, r#"name = "x""#),
        (
            r#" => non_billable = { reason = "own", owner = "ops", until = 2026-03-11 }"#,
            r#"name = "x""#,
        ),
        // It does not hold always, or since when the later one does.
        ("from = 2026-02-01 :: ", r#"name = "x""#),
        ("to = 2026-02-01 :: ", r#"name = "x""#),
        // The account of another customer has no say.
        (
            r#" => account = "acme""#,
            r#"name = "x" => account = "beta-test""#,
        ),
        (
            r#" => customer = "beta""#,
            r#"name = "x" => account = "beta-test""#,
        ),
        (r#"cel = "resource.cpu > 4""#, r#"cel = "resource.cpu > 8""#),
    ] {
        assert!(
            !shadowed(earlier, later),
            "{earlier} does not shadow {later}"
        );
    }
}

#[test]
fn a_thousand_rules_are_reviewed_without_comparing_each_with_each() {
    let mut lines = Vec::new();
    for number in 0..1_000 {
        lines.push(match number % 5 {
            0 => format!("kind = \"virtual-machine\", name = \"c{number:04}-*\""),
            1 => format!("kind = \"virtual-machine\", name = {{ regex = \"^n{number}-[0-9]+$\" }}"),
            2 => format!(
                "kind = \"virtual-machine\", cpu = {{ min = {number}, max = {} }}",
                number + 4
            ),
            3 => format!("tag = \"env=e{number}\""),
            _ => {
                format!("owner = {{ not = \"o{number}\" }}, name = {{ contains = \"x{number}x\" }}")
            }
        });
    }
    let borrowed: Vec<&str> = lines.iter().map(String::as_str).collect();
    let toml = rules(&borrowed);
    let found = reviewed(&toml);
    assert_eq!((found.errors, found.warnings), (Vec::new(), Vec::new()));
    let pairs = compared(&terms(&toml).rules);
    assert!(pairs < 10_000, "{pairs} of 499,500 pairs were compared");
}

fn condition() -> impl Strategy<Value = String> {
    let text = || "[ab]{1,2}";
    let pattern = prop_oneof![
        text().prop_map(|t| t),
        "[ab]\\*",
        "\\*[ab]",
        "[ab]\\*[ab]",
        "\\*",
        "[ab]\\?"
    ];
    let key = prop_oneof![Just("name"), Just("owner"), Just("parent")];
    let asked = prop_oneof![
        pattern.clone().prop_map(|p| format!("\"{p}\"")),
        pattern.clone().prop_map(|p| format!("{{ not = \"{p}\" }}")),
        (text(), text()).prop_map(|(a, b)| format!("{{ in = [\"{a}\", \"{b}\"] }}")),
        text().prop_map(|t| format!("{{ contains = \"{t}\" }}")),
        text().prop_map(|t| format!("{{ prefix = \"{t}\" }}")),
        text().prop_map(|t| format!("{{ suffix = \"{t}\" }}")),
        text().prop_map(|t| format!("{{ regex = \"^{t}\" }}")),
        Just("{ present = true }".to_owned()),
        Just("{ present = false }".to_owned()),
        (pattern, text()).prop_map(|(p, t)| format!("{{ glob = \"{p}\", not = \"{t}\" }}")),
    ];
    (key, asked).prop_map(|(key, asked)| format!("{key} = {asked}"))
}

fn rule() -> impl Strategy<Value = String> {
    prop::collection::btree_map(0..2_u8, condition(), 0..3).prop_map(|conditions| {
        let mut keys = BTreeSet::new();
        let distinct = conditions.into_values().filter(|condition| {
            keys.insert(condition.split(' ').next().unwrap_or_default().to_owned())
        });
        distinct.collect::<Vec<_>>().join(", ")
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let value = || prop_oneof![Just(String::new()), "[ab]{1,3}"];
    (value(), value(), value()).prop_map(|(name, owner, parent)| Resource {
        kind: "virtual-machine".to_owned(),
        sources: vec!["netbox".to_owned()],
        external_id: "1".to_owned(),
        configuration: Configuration {
            name,
            parent: Some(parent),
            attributes: [("owner".to_owned(), owner)].into(),
        },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever is told of rules is true of every resource.
    #[test]
    fn nothing_is_told_that_a_resource_disproves(
        written in prop::collection::vec(rule(), 1..6),
        resources in prop::collection::vec(resource(), 20),
    ) {
        let lines: Vec<&str> = written.iter().map(String::as_str).collect();
        let toml = rules(&lines);
        let found = reviewed(&toml);
        let config = config(&format!("{toml}{ACCOUNTS}"));
        let matches = |number: usize, resource: &Resource| {
            let when = &config.rule[number].when;
            when.iter().all(|(key, condition)| holds(key, condition, resource))
        };
        let numbers = |problems: &[Problem]| -> Vec<usize> {
            problems.iter().map(|problem| problem.path[1].parse().unwrap()).collect()
        };
        for number in numbers(&found.errors) {
            for resource in &resources {
                prop_assert!(!matches(number, resource), "{} matches {resource:?}", written[number]);
            }
        }
        for number in numbers(&found.warnings) {
            for resource in resources.iter().filter(|resource| matches(number, resource)) {
                let earlier = (0..number).any(|earlier| matches(earlier, resource));
                prop_assert!(earlier, "{} decides {resource:?}", written[number]);
            }
        }
    }
}
