//! `counterfoil report suggestions`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{SuggestedRule, SuggestionsReport, suggestions};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::classify::suggest::{Alike, Likeness};
use counterfoil_model::classify::{ConditionConfig, RuleConfig, TargetConfig};
use counterfoil_model::counted::{counted, counted_as};
use serde_json::Value;

use super::joined;
use crate::args::Global;
use crate::commands::NO_CURRENCY;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<SuggestionsReport> = Shape::new(
    "report-suggestions/1",
    "Rules that would take something out of suspense, with why, how sure that is, and what it is worth a month.",
    &["rules", "unknown"],
);

const AFTER: &str = "\
Examples:
  counterfoil report suggestions                  # TOML to read, and to take over
  counterfoil report suggestions >> rules.toml

Each rule stands after those that there are, so that it claims nothing that is owned, and is tried before it is told. Read why
before you take one over: what resembles a customer's may be another's.";

/// Suggests rules for what is in suspense, as TOML to paste: names alike, the same parent, the same value of an attribute.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct SuggestionsQuestion {
    /// A day (its end) or an instant; now if left out.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &SuggestionsQuestion,
) -> Result<Exit> {
    let at = match &what.at {
        Some(text) => when::past(text, session.now, &wired.pipeline.zone)?,
        None => when::just_before(session.now),
    };
    let report = suggestions(session, wired, at).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![rules(&report), unknown(&report)])
            .text(|| text(&report)),
    )?;
    Ok(Exit::Done)
}

/// All of it is TOML: what is no rule is a comment.
fn text(report: &SuggestionsReport) -> String {
    let worth = match (report.estimate_currency, report.per_month.as_slice()) {
        (_, [_, ..]) => format!(", worth about {} a month", joined(&report.per_month)),
        (None, []) if report.suspended > 0 => format!(", {NO_CURRENCY}"),
        (_, []) => String::new(),
    };
    let mut parts = vec![format!(
        "# {} in suspense{worth}; {}.",
        counted_as(report.suspended, "resource is", "resources are"),
        counted_as(
            report.rules.len(),
            "rule is suggested",
            "rules are suggested"
        ),
    )];
    if let (Some(from), false) = (report.holds_from, report.rules.is_empty()) {
        parts.push(format!(
            "# Without a `from` they hold from {from} on: what was issued before is not touched."
        ));
    }
    parts.extend(
        report
            .rules
            .iter()
            .map(|one| rule_text(&report.pipeline, one)),
    );
    parts.extend(report.unknown.iter().map(unknown_text));
    parts.join("\n\n")
}

fn rule_text(pipeline: &str, one: &SuggestedRule) -> String {
    let worth = one
        .per_month
        .map(|worth| format!(", about {worth} a month"));
    let more = one.resources.saturating_sub(one.names.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(
        "# {}{}: {}{more}\n# {}\n{}",
        counted(one.resources, "resource"),
        worth.unwrap_or_default(),
        one.names.join(", "),
        why(one),
        toml(pipeline, &one.rule)
    )
}

fn why(one: &SuggestedRule) -> String {
    let what = match &one.because {
        Likeness::Attribute { attribute, value } => format!("{attribute} is `{value}`"),
        Likeness::Parent { parent } => format!("the parent is `{parent}`"),
        Likeness::Name { prefix } => format!("names begin with `{prefix}`"),
    };
    match one.owned {
        0 => format!(
            "{what}, which is what {} is called; nothing that is owned has it",
            one.customer
        ),
        owned => format!(
            "{what}, as of {} that {} {}'s and of nothing else that is owned",
            counted(owned, "resource"),
            if owned == 1 { "is" } else { "are" },
            one.customer
        ),
    }
}

fn unknown_text(one: &Alike) -> String {
    let worth = one
        .per_month
        .map(|worth| format!(", about {worth} a month"));
    format!(
        "# Nothing tells whose {} of the kind {} are that are called `{}`{}.",
        counted(one.resources, "resource"),
        one.kind,
        one.name,
        worth.unwrap_or_default()
    )
}

fn toml(pipeline: &str, rule: &RuleConfig) -> String {
    let when = rule.when.iter().map(|(key, condition)| {
        let value = match condition {
            ConditionConfig::AnyOf(scalars) => inline(&serde_json::json!(scalars)),
            ConditionConfig::Tests(tests) => inline(&serde_json::json!(tests)),
        };
        format!("{} = {value}", quoted_key(key))
    });
    let when: Vec<String> = when.collect();
    let set = [
        ("customer", &rule.set.customer),
        ("account", &rule.set.account),
    ];
    let set: Vec<String> = set
        .into_iter()
        .filter_map(|(key, target)| match target {
            Some(TargetConfig::Literal(value)) => Some(format!("{key} = {}", quoted(value))),
            Some(TargetConfig::Copied { .. }) | None => None,
        })
        .collect();
    format!(
        "[[pipeline.{}.rule]]\nwhen = {{ {} }}\nset = {{ {} }}",
        quoted_key(pipeline),
        when.join(", "),
        set.join(", ")
    )
}

/// A text, or a table of tests, as TOML writes it.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted_key(key), inline(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

/// The escapes of JSON are those of TOML, and there are no control characters in it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn quoted_key(key: &str) -> String {
    let is_bare = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

fn rules(report: &SuggestionsReport) -> Table {
    let columns = [
        Column::text("customer"),
        Column::text("rule"),
        Column::text("why"),
        Column::integer("owned"),
        Column::integer("resources"),
        Column::money("per_month").with_currency(),
        Column::text("names"),
    ];
    let rows = report.rules.iter().map(|one| {
        row![
            &one.customer,
            toml(&report.pipeline, &one.rule),
            why(one),
            one.owned,
            one.resources,
            one.per_month,
            one.names.join(", "),
        ]
    });
    Table::new("rules", columns).with_rows(rows)
}

fn unknown(report: &SuggestionsReport) -> Table {
    let columns = [
        Column::text("kind"),
        Column::text("name"),
        Column::integer("resources"),
        Column::money("per_month").with_currency(),
    ];
    let rows = report.unknown.iter().map(|one| {
        row![
            one.kind.to_string(),
            &one.name,
            one.resources,
            one.per_month
        ]
    });
    Table::new("unknown", columns).with_rows(rows)
}
