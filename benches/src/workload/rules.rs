//! The workload's rules as rules of a pipeline. Both say: the first that matches and sets a target wins it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use toml::{Table, Value};

use super::{table, text};

#[derive(Debug, Deserialize)]
struct Rule {
    id: String,
    target: String,
    value: Option<String>,
    copy_tag: Option<String>,
    #[serde(default)]
    all: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
struct Condition {
    attr: String,
    op: String,
    arg: String,
}

pub(super) fn tables(path: &Path) -> Result<Table> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let rules: Vec<Rule> = serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("read {}", path.display()))?;
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| rule_table(rule).with_context(|| format!("understand the rule {}", rule.id)))
        .collect::<Result<_>>()?;
    let pipeline = table([("rule", Value::Array(rules))]);
    let pipelines = table([("month", Value::Table(pipeline))]);
    Ok(table([("pipeline", Value::Table(pipelines))]))
}

fn rule_table(rule: &Rule) -> Result<Value> {
    let target = match rule.target.as_str() {
        "customer" => "customer",
        "function" => "service",
        "agreement" => "plan",
        other => bail!("there is no target `{other}`"),
    };
    let value = match (&rule.value, &rule.copy_tag) {
        (Some(value), None) => text(value),
        (None, Some(tag)) => Value::Table(table([("from", text(&format!("tags.{tag}")))])),
        _ => bail!("it sets no value, or two"),
    };
    let mut when = Table::new();
    for condition in &rule.all {
        let (key, test) = match condition.op.as_str() {
            "tag" => ("tag", text(&condition.arg)),
            op @ ("eq" | "prefix" | "suffix" | "contains" | "regex") => (
                condition.attr.as_str(),
                Value::Table(table([(op, text(&condition.arg))])),
            ),
            other => bail!("there is no test `{other}`"),
        };
        if when.insert(key.to_owned(), test).is_some() {
            bail!("it has two conditions of `{key}`");
        }
    }
    Ok(Value::Table(table([
        ("name", text(&rule.id)),
        ("when", Value::Table(when)),
        ("set", Value::Table(table([(target, value)]))),
    ])))
}
