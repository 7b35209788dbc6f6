//! Which keys of a `[[fault]]` table belong together, and what they mean. All mistakes of a table are told at once.

use axum::http::StatusCode;
use serde::Deserialize;

use super::pattern::RequestPattern;
use super::rule::{Effect, Moment, Occurrence, QuantityRounding, Rule};
use crate::amounts::Shortening;
use crate::edit::{Edit, EditField};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Status,
    Slow,
    CutBeforeCommit,
    CutAfterCommit,
    StaleListing,
    RoundQuantity,
    Edit,
}

/// A `[[fault]]` table as it is written: which keys belong together is settled by `resolve`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    on: String,
    kind: Kind,
    nth: Option<u64>,
    every: Option<u64>,
    from: Option<u64>,
    to: Option<u64>,
    status: Option<u16>,
    retry_after_secs: Option<u32>,
    millis: Option<u64>,
    after_commit: Option<bool>,
    requests: Option<u64>,
    decimals: Option<u32>,
    mode: Option<Shortening>,
    line: Option<usize>,
    field: Option<EditField>,
    value: Option<String>,
}

/// The rule that a table stands for; without one, there are problems.
pub(super) fn resolve(fault: Fault, problems: &mut Vec<String>) -> Option<Rule> {
    let on = RequestPattern::parse(&fault.on)
        .map_err(|error| problems.push(format!("`on` {error}")))
        .ok();
    let occurrence = occurrence(&fault, problems);
    refuse_strangers(&fault, problems);
    let effect = effect(fault, problems);
    Some(Rule {
        on: on?,
        occurrence: occurrence?,
        effect: effect?,
    })
}

fn occurrence(fault: &Fault, problems: &mut Vec<String>) -> Option<Occurrence> {
    let occurrence = match (fault.nth, fault.every, fault.from, fault.to) {
        (None, None, None, None) => Occurrence::All,
        (Some(nth), None, None, None) => Occurrence::Nth(nth),
        (None, Some(every), None, None) => Occurrence::Every(every),
        (None, None, from, to) => Occurrence::Range {
            from: from.unwrap_or(1),
            to,
        },
        _ => {
            problems.push("take one of `nth`, `every` and `from` with `to`".to_owned());
            return None;
        }
    };
    let is_never = match occurrence {
        Occurrence::All => false,
        Occurrence::Nth(count) | Occurrence::Every(count) => count == 0,
        Occurrence::Range { from, to } => from == 0 || to.is_some_and(|to| to < from),
    };
    if is_never {
        problems.push("requests are counted from 1, and `to` is not before `from`".to_owned());
        return None;
    }
    Some(occurrence)
}

/// Keys that belong to another kind are mistakes, not decoration.
fn refuse_strangers(fault: &Fault, problems: &mut Vec<String>) {
    let (name, own): (&str, &[&str]) = match fault.kind {
        Kind::Status => ("status", &["status", "retry_after_secs", "after_commit"]),
        Kind::Slow => ("slow", &["millis", "after_commit"]),
        Kind::CutBeforeCommit => ("cut-before-commit", &[]),
        Kind::CutAfterCommit => ("cut-after-commit", &[]),
        Kind::StaleListing => ("stale-listing", &["requests"]),
        Kind::RoundQuantity => ("round-quantity", &["decimals", "mode"]),
        Kind::Edit => ("edit", &["line", "field", "value"]),
    };
    for (key, is_given) in [
        ("status", fault.status.is_some()),
        ("retry_after_secs", fault.retry_after_secs.is_some()),
        ("millis", fault.millis.is_some()),
        ("after_commit", fault.after_commit.is_some()),
        ("requests", fault.requests.is_some()),
        ("decimals", fault.decimals.is_some()),
        ("mode", fault.mode.is_some()),
        ("line", fault.line.is_some()),
        ("field", fault.field.is_some()),
        ("value", fault.value.is_some()),
    ] {
        if is_given && !own.contains(&key) {
            problems.push(format!("`{key}` does not belong to the kind \"{name}\""));
        }
    }
}

fn effect(fault: Fault, problems: &mut Vec<String>) -> Option<Effect> {
    let moment = match fault.after_commit {
        Some(true) => Moment::AfterCommit,
        Some(false) | None => Moment::BeforeCommit,
    };
    match fault.kind {
        Kind::Status => {
            let status = required("status", fault.status, problems)?;
            if !(400..=599).contains(&status) {
                problems.push(format!("`status` must be from 400 to 599, not {status}"));
                return None;
            }
            let status = StatusCode::from_u16(status).expect("400 to 599 are status codes");
            Some(Effect::Status {
                status,
                retry_after_secs: fault.retry_after_secs,
                moment,
            })
        }
        Kind::Slow => Some(Effect::Slow {
            millis: required("millis", fault.millis, problems)?,
            moment,
        }),
        Kind::CutBeforeCommit => Some(Effect::Cut {
            moment: Moment::BeforeCommit,
        }),
        Kind::CutAfterCommit => Some(Effect::Cut {
            moment: Moment::AfterCommit,
        }),
        Kind::StaleListing => Some(Effect::StaleListing {
            requests: required("requests", fault.requests, problems)?,
        }),
        Kind::RoundQuantity => {
            let decimals = required("decimals", fault.decimals, problems);
            let mode = required("mode", fault.mode, problems);
            Some(Effect::RoundQuantity(QuantityRounding {
                decimals: decimals?,
                mode: mode?,
            }))
        }
        Kind::Edit => {
            let field = required("field", fault.field, problems);
            let value = required("value", fault.value, problems);
            let edit = Edit {
                line: fault.line,
                field: field?,
                value: value?,
            };
            match edit.check() {
                Ok(()) => Some(Effect::Edit(edit)),
                Err(error) => {
                    problems.push(format!("`{}` {error}", error.field()));
                    None
                }
            }
        }
    }
}

fn required<T>(key: &str, value: Option<T>, problems: &mut Vec<String>) -> Option<T> {
    if value.is_none() {
        problems.push(format!("`{key}` is missing"));
    }
    value
}
