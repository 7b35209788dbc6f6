//! Schema and parser agree: a right document is changed in every place, and what the schema refuses the parser refuses too.

use counterfoil_host::Manifest;
use counterfoil_model::rate::Detail;
use serde_json::{Value, json};

use super::{as_an_editor_sees, complaints, validator, walk};
use crate::config::Config;
use crate::facts::{FactsRequest, rate_facts};
use crate::schema::published;

const EVERY_KEY: &str = include_str!("../every_key.toml");

const MANIFEST: &str = r#"
[connector]
name = "billing"
version = "1.0.0"
kind = "sink"
contract = "0.1"
description = "A billing system."
license = "Apache-2.0"

[credential.api]
kind = "bearer"
header = "Authorization"
prefix = "Token "
optional = true
description = "A token."

[credential.other]
kind = "query"
parameter = "key"

[http]
origins = ["{config.url}"]
idempotency_header = "Idempotency-Key"
rate_per_second = 10
body_bytes_max = 1000
read_paths = ["/search"]

[files]
needed = true

[limits]
memory_bytes_max = 1000
cpu_ms_max = 1000
wall_secs_max = 10
requests_max = 10
"#;

fn configuration_is_read(document: &Value) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counterfoil.toml");
    std::fs::write(&path, toml::to_string(document).unwrap()).unwrap();
    Config::read(&path).is_ok()
}

fn manifest_is_read(document: &Value) -> bool {
    Manifest::parse(&toml::to_string(document).unwrap()).is_ok()
}

const FACTS: &str = r#"
"$schema" = "facts.schema.json"

[[accounts]]
account = "acme-1"
customer = "acme"
currency = "EUR"
name = "Acme"
agreement = "standard"
signed = "2025-06-01"
timezone = "America/New_York"
billing_period = "month"
anchor = "2026-01-15"
commitment = 100
commitment_name = "least"
commitment_items = "n"
commitment_from = "2026-01-01"
commitment_to = "2027-01-01"
commitment_proration = "second"

[[quantities]]
account = "acme-1"
customer = "acme"
agreement = "standard"
item = "hours"
name = "Consulting"
quantity = 12.5
from = "2026-03-01"
to = "2026-04-01"
owner = "sales"
reason = "as agreed"
plan = "gold"
service = "web"
currency = "EUR"

[[resources]]
resource = "vm-1"
kind = "thing"
name = "web"
from = "2026-03-02"
to = "2026-03-31T12:00"
customer = "acme"
account = "acme-1"
agreement = "standard"
signed = "2025-06-01"
plan = "gold"
service = "web"
share = 1
currency = "EUR"
covered_until = "2026-03-20T00:00:00Z"
from_earliest = "2026-03-01"
to_earliest = "2026-03-30"
attributes = { n = 4, power = "on", spare = false }

[[resources]]
resource = 2
non_billable = "ours"
non_billable_owner = "ops"
non_billable_until = "2026-05-01"

[[resources]]
resource = "vm-3"
suspended = true

[[samples]]
resource = "vm-1"
gauge = "used"
value = 12.5
at = "2026-03-02"
every = "24h"

[[samples]]
resource = "vm-1"
gauge = "used"
value = "12.5"
from = "2026-03-05"
to = "2026-03-06"
"#;

/// Every row of them, and nothing is told.
fn facts_are_rated(document: &Value) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (facts, price_book) = (
        folder.path().join("facts.json"),
        folder.path().join("book.toml"),
    );
    std::fs::write(&facts, document.to_string()).unwrap();
    let item = "[[item]]\nname = \"n\"\ndescription = \"N\"\nunit = \"C62\"\nkind = \"thing\"\n\
                meter = { attribute = \"n\" }\nprice = [{ currency = \"EUR\", amount = 1 }]\n\
                [[item]]\nname = \"hours\"\ndescription = \"Hours\"\nunit = \"HUR\"\n\
                meter = { manual = true }\nprice = [{ currency = \"EUR\", amount = 90 }]\n";
    std::fs::write(&price_book, item).unwrap();
    let rated = rate_facts(&FactsRequest {
        facts: vec![facts],
        price_book,
        book: None,
        exchange_rates: Vec::new(),
        period: Some("2026-03".to_owned()),
        timezone: "UTC".to_owned(),
        currency: None,
        sample: None,
        change_at: None,
        handover: None,
        detail: Detail::Lines,
        now: "2026-04-01T06:00:00Z".parse().unwrap(),
    });
    let read = rated.ok().and_then(|rated| rated.facts);
    read.is_some_and(|facts| facts.broken.is_empty())
}

/// The places of all values, as JSON pointers, the whole first.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let mut inner = |key: &str, value: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        places(value, &format!("{at}/{key}"), found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| inner(key, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inner(&index.to_string(), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The document with one thing changed, in every way and at every place.
fn changed(document: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    places(document, "", &mut all);
    let mut changed = Vec::new();
    for place in all {
        let mut with = |what: &str, change: &dyn Fn(&mut Value)| {
            let mut document = document.clone();
            change(document.pointer_mut(&place).unwrap());
            changed.push((format!("{what} at `{place}`"), document));
        };
        if document.pointer(&place).is_some_and(Value::is_object) {
            with("an unknown key", &|value| value["unknown_key"] = json!(1));
        }
        if let Some(Value::Object(fields)) = document.pointer(&place) {
            for key in fields.keys() {
                with(&format!("`{key}` removed"), &|value| {
                    value.as_object_mut().unwrap().remove(key);
                });
            }
        }
        if !place.is_empty() {
            for other in [
                json!("?odd?"),
                json!(-1),
                json!(true),
                json!([[["odd"]]]),
                json!({ "odd": { "odd": 1 } }),
            ] {
                with(&format!("{other}"), &|value| *value = other.clone());
            }
        }
    }
    changed
}

fn agree(schema: &str, text: &str, is_read: &dyn Fn(&Value) -> bool) {
    let document = as_an_editor_sees(text);
    let validator = validator(schema);
    assert_eq!(
        complaints(&validator, &document),
        [""; 0],
        "the sample is right"
    );
    assert!(is_read(&document), "the sample is read");
    let changed = changed(&document);
    let refused: Vec<_> = changed
        .iter()
        .filter(|(_, document)| !validator.is_valid(document))
        .collect();
    assert!(
        refused.len() > changed.len() / 3,
        "{} of {}",
        refused.len(),
        changed.len()
    );
    let read: Vec<&str> = refused
        .iter()
        .filter(|(_, document)| is_read(document))
        .map(|(what, _)| what.as_str())
        .collect();
    assert!(
        read.is_empty(),
        "the schema refuses what the parser reads:\n{}",
        read.join("\n")
    );
}

#[test]
fn what_the_schema_refuses_the_parser_refuses() {
    agree("counterfoil", EVERY_KEY, &configuration_is_read);
}

#[test]
fn what_the_schema_refuses_of_a_manifest_the_host_refuses() {
    agree("connector", MANIFEST, &manifest_is_read);
}

#[test]
fn what_the_schema_refuses_of_facts_is_kept_out() {
    agree("facts", FACTS, &facts_are_rated);
}

#[test]
fn the_samples_use_every_key() {
    for (name, text) in [
        ("counterfoil", EVERY_KEY),
        ("connector", MANIFEST),
        ("facts", FACTS),
    ] {
        let schema = published(name).unwrap().schema();
        let unused = walk::unused(&schema, &as_an_editor_sees(text));
        // The two keys that stand outside of what a sample can hold.
        let expected: &[&str] = if name == "counterfoil" {
            &[".$schema", ".include"]
        } else {
            &[]
        };
        assert_eq!(unused, expected, "add the new keys to the sample of {name}");
    }
}

/// Tables with names that people choose take any key; every other table takes those of the schema alone.
#[test]
fn unknown_keys_are_refused_wherever_names_are_not_free() {
    let document = as_an_editor_sees(EVERY_KEY);
    let validator = validator("counterfoil");
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let mut free = Vec::new();
    for place in all {
        let mut document = document.clone();
        let Some(Value::Object(table)) = document.pointer_mut(&place) else {
            continue;
        };
        let like = table.values().next().cloned().unwrap_or_else(|| json!("x"));
        table.insert("a_new_key".to_owned(), like);
        if validator.is_valid(&document) {
            free.push(place);
        } else {
            assert!(!configuration_is_read(&document), "{place}");
        }
    }
    let last = |place: &str| place.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = free.iter().map(|place| last(place)).collect();
    names.sort();
    names.dedup();
    let expected = [
        "account",
        "amount",
        "api",
        "config",
        "credential",
        "issuer",
        "map",
        "one_approver_up_to",
        "payable_rounding",
        "person",
        "pipeline",
        "price_book",
        "remote",
        "tax",
        "tax_instead",
        "when",
    ];
    assert_eq!(names, expected, "{free:#?}");
}

/// The parser takes its tables one by one, so that nothing but this holds its list and the schema together.
#[test]
fn the_schema_has_every_table_that_the_parser_knows() {
    let mut document = as_an_editor_sees(EVERY_KEY);
    document["zzzzzzzzzzzz"] = json!({});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counterfoil.toml");
    std::fs::write(&path, toml::to_string(&document).unwrap()).unwrap();
    let error = Config::read(&path).unwrap_err();
    let hints: Vec<String> = error
        .problems
        .iter()
        .filter_map(|problem| problem.hint.clone())
        .collect();
    let known = hints
        .iter()
        .find_map(|hint| hint.strip_prefix("known tables: "));
    let mut known: Vec<&str> = known
        .expect("the hint lists the tables")
        .split(", ")
        .collect();
    known.push("$schema");
    known.sort_unstable();
    let schema = published("counterfoil").unwrap().schema();
    let described: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(
        known, described,
        "add the table to `MainFile`, and to the sample"
    );
}
