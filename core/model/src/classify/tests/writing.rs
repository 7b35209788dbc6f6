//! What may be written, and that it is kept as it was.

use super::fixture::config;
use crate::classify::{ClassifyConfig, ConditionConfig, Scalar, Scalars};

const EVERYTHING: &str = r#"
[default]
plan = "bronze"
[[rule]]
name = "all forms"
from = 2026-03-01
to = "2026-04-01"
set = { customer = { from = "tags.cust", map = { a = "acme" } }, plan = "gold", service = { from = "team" } }
[rule.when]
kind = ["virtual-machine", "disk"]
cores = 8
live = true
born = 2026-01-02
has = "tags.cust"
tag = ["env=prod", "tier=web"]
size = { min = 10, max = "20.5" }
host = { in = ["a", "b"], not = "c*", prefix = "x", suffix = ["y"], contains = "z", regex = "^q", glob = "*", eq = "e", present = true }
[[rule]]
when = {}
set = { non_billable = { reason = "lab", owner = "operations", until = 2026-05-01 } }
[account.acme]
name = "Acme AB"
currency = "SEK"
customer = "acme-group"
invoice_group = "north"
buyer_reference = "4711"
payment_terms_days = 30
renamed_from = "acme-old"
remote = { erp = "res.partner,7" }
agreement = [{ name = "main", plan = "gold", from = 2026-01-01 }]
"#;

#[test]
fn a_configuration_survives_json() {
    let written = config(EVERYTHING);
    let json = serde_json::to_string(&written).unwrap();
    let read: ClassifyConfig = serde_json::from_str(&json).unwrap();
    assert_eq!(read, written);
    assert!(!json.contains("$__toml"), "{json}");
}

#[test]
fn scalars_are_kept_as_text() {
    let when = &config(EVERYTHING).rule[0].when;
    let one = |text: &str| ConditionConfig::AnyOf(Scalars(vec![Scalar(text.to_owned())]));
    assert_eq!(when["cores"], one("8"));
    assert_eq!(when["live"], one("true"));
    assert_eq!(when["born"], one("2026-01-02"));
}

#[test]
fn shapes_that_are_not_known_are_refused() {
    let rule = |when: &str, set: &str| format!("[[rule]]\nwhen = {{ {when} }}\nset = {{ {set} }}");
    let refused = [
        (rule("a = 1.5", ""), "floating point"),
        (rule("a = { min = 1.5 }", ""), "floating point"),
        (rule("a = [[\"b\"]]", ""), "expected text"),
        (
            rule("a = { min = {} }", ""),
            "invalid type: map, expected text",
        ),
        (
            rule("a = { eq = { b = 1 } }", ""),
            "invalid type: map, expected text",
        ),
        (
            rule("a = { min = [] }", ""),
            "invalid type: sequence, expected text",
        ),
        (
            rule("a = { starts = \"b\" }", ""),
            "unknown field `starts`, expected one of",
        ),
        (
            rule("", "custmer = \"a\""),
            "unknown field `custmer`, expected one of",
        ),
        (rule("", "customer = { map = {} }"), "missing field `from`"),
        (
            rule("", "customer = { from = \"a\", to = \"b\" }"),
            "unknown field `to`",
        ),
        (
            "[[rule]]\nfrom = 2026-03-01T00:00:00Z\nwhen = {}\nset = {}\nfro = 1".to_owned(),
            "unknown field `fro`",
        ),
    ];
    for (toml, expected) in refused {
        let message = toml::from_str::<ClassifyConfig>(&toml)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{toml}: {message}");
    }
}

#[test]
fn the_schema_tells_the_shapes() {
    let schema = serde_json::to_string(&schemars::schema_for!(ClassifyConfig)).unwrap();
    for expected in [
        "\"regex\"",
        "\"non_billable\"",
        "\"anyOf\"",
        "\"additionalProperties\":false",
    ] {
        assert!(schema.contains(expected), "{expected} in {schema}");
    }
    assert!(!schema.contains("\"place\""));
}
