//! Reads a fault schedule from TOML. All mistakes are reported at once, each with its line.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use super::behaviour::Behaviour;
use super::resolve::{Fault, resolve};
use super::rule::Rule;

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

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::faults::rule::{Effect, Moment, Occurrence};

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
