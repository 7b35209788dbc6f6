//! Reads a fault schedule from TOML. All mistakes are reported at once, each with its line.

use std::fmt;

use axum::http::StatusCode;
use serde::Deserialize;
use toml::Spanned;

use super::behaviour::Behaviour;
use super::pattern::RequestPattern;
use super::rule::{Effect, Moment, Occurrence, QuantityRounding, Rule};
use crate::amounts::Shortening;
use crate::edit::{Edit, EditField};

/// What goes wrong, and how the service behaves at all. The default is a well-behaved service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultSchedule {
    pub(super) behaviour: Behaviour,
    pub(super) rules: Vec<Rule>,
}

/// Why a text is no fault schedule.
#[derive(Debug, thiserror::Error)]
pub enum ParseScheduleError {
    #[error("read the fault schedule as TOML")]
    Toml(#[source] toml::de::Error),
    #[error("use the fault schedule: {problems}")]
    Rules { problems: ScheduleProblems },
}

/// Every mistake of a schedule with its line.
#[derive(Debug)]
pub struct ScheduleProblems(Vec<(usize, String)>);

impl fmt::Display for ScheduleProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (line, message)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}line {line}: {message}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    behaviour: Behaviour,
    #[serde(default)]
    fault: Vec<Spanned<Fault>>,
}

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
struct Fault {
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

impl FaultSchedule {
    /// Reads the TOML text of a schedule.
    pub fn parse(text: &str) -> Result<Self, ParseScheduleError> {
        let file: File = toml::from_str(text).map_err(ParseScheduleError::Toml)?;
        let mut problems = Vec::new();
        let mut rules = Vec::new();
        for fault in file.fault {
            let line = text
                .get(..fault.span().start)
                .map_or(1, |before| 1 + before.matches('\n').count());
            let mut found = Vec::new();
            if let Some(rule) = resolve(fault.into_inner(), &mut found) {
                rules.push(rule);
            }
            problems.extend(found.into_iter().map(|message| (line, message)));
        }
        if problems.is_empty() {
            Ok(Self {
                behaviour: file.behaviour,
                rules,
            })
        } else {
            Err(ParseScheduleError::Rules {
                problems: ScheduleProblems(problems),
            })
        }
    }
}

fn resolve(fault: Fault, problems: &mut Vec<String>) -> Option<Rule> {
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

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn reads_every_kind() {
        let schedule = FaultSchedule::parse(
            r#"
            [behaviour]
            quantity_decimals = 2
            shorten = "truncate"

            [[fault]]
            on = "POST /api/v1/documents"
            nth = 3
            kind = "status"
            status = 429
            retry_after_secs = 1

            [[fault]]
            on = "* *"
            every = 10
            kind = "slow"
            millis = 20
            after_commit = true

            [[fault]]
            on = "POST *"
            from = 2
            to = 5
            kind = "cut-before-commit"

            [[fault]]
            on = "POST *"
            kind = "cut-after-commit"

            [[fault]]
            on = "GET /api/v1/documents"
            kind = "stale-listing"
            requests = 3

            [[fault]]
            on = "POST /api/v1/documents"
            kind = "round-quantity"
            decimals = 2
            mode = "round"

            [[fault]]
            on = "POST /api/v1/documents/*/post"
            nth = 1
            kind = "edit"
            line = 1
            field = "net"
            value = "1.00"
            "#,
        )
        .unwrap();
        assert_eq!(schedule.behaviour.quantity_decimals, 2);
        assert_eq!(schedule.rules.len(), 7);
        assert_eq!(
            schedule.rules[1].effect,
            Effect::Slow {
                millis: 20,
                moment: Moment::AfterCommit
            }
        );
        assert_eq!(
            schedule.rules[2].occurrence,
            Occurrence::Range {
                from: 2,
                to: Some(5)
            }
        );
        assert_eq!(FaultSchedule::parse("").unwrap(), FaultSchedule::default());
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let text = r#"[[fault]]
on = "documents"
nth = 1
every = 2
kind = "slow"
status = 500

[[fault]]
on = "* *"
kind = "edit"
field = "net"
value = "1,00"
line = 1
"#;
        let error = FaultSchedule::parse(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "use the fault schedule: \
             line 1: `on` must be a method (GET, POST, PUT, DELETE or *) and a path, like \"POST /api/v1/documents\"; \
             line 1: take one of `nth`, `every` and `from` with `to`; \
             line 1: `status` does not belong to the kind \"slow\"; \
             line 1: `millis` is missing; \
             line 8: `value` must be a decimal like \"-12.34\": digits, an optional sign and fraction, no exponent"
        );
    }

    #[test]
    fn impossible_counts_and_statuses_are_refused() {
        for (keys, expected) in [
            ("nth = 0\nkind = \"cut-after-commit\"", "counted from 1"),
            (
                "from = 5\nto = 2\nkind = \"cut-after-commit\"",
                "`to` is not before `from`",
            ),
            (
                "kind = \"status\"\nstatus = 200",
                "must be from 400 to 599, not 200",
            ),
            (
                "kind = \"edit\"\nfield = \"net\"\nvalue = \"1\"",
                "`line` is needed",
            ),
            (
                "kind = \"edit\"\nfield = \"due_date\"\nvalue = \"2026-02-30\"",
                "`value` must be a date",
            ),
        ] {
            let error =
                FaultSchedule::parse(&format!("[[fault]]\non = \"* *\"\n{keys}\n")).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = FaultSchedule::parse("[[fault]]\non = \"* *\"\nkind = \"slow\"\nmilis = 3\n")
            .unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(
            source.contains("line 4") && source.contains("milis"),
            "{source}"
        );
    }
}
