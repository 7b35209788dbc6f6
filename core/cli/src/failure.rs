//! Failures are printed once, here: the chain of causes, then the next step.

use std::process::ExitCode;

use counterfoil_engine::config::{ConfigError, ConfigProblem};
use counterfoil_engine::facts::FactsError;
use counterfoil_engine::hint_of;
use counterfoil_engine::session::SessionError;
use counterfoil_portal::ServeError;

use crate::exit::Exit;
use crate::output::{ErrorAnswer, OutputError, clean};
use crate::style::{self, To};
use crate::when::TimeError;

pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    for problem in problems(error) {
        text.push_str(&format!("{problem}\n\n"));
    }
    text.push_str(&format!(
        "{} {}",
        style::alarm("error:", To::Errors),
        counterfoil_engine::chain(error.as_ref())
    ));
    if let Some(hint) = hint(error) {
        let word = style::hint("hint:", To::Errors);
        text.push_str(&format!("\n{word} {hint}"));
    }
    eprint(&clean(&text, To::Errors));
    ExitCode::from(exit_of(error).code())
}

pub(crate) fn report_json(error: &anyhow::Error) -> ExitCode {
    let exit = exit_of(error).code();
    let answer = ErrorAnswer {
        error: counterfoil_engine::chain(error.as_ref()),
        hint: hint(error),
        exit,
        problems: problems(error).to_vec(),
    };
    eprint(&answer.to_line());
    ExitCode::from(exit)
}

/// What clap says of a command line that it cannot read.
pub(crate) fn usage_json(error: &clap::Error) -> ExitCode {
    let exit = Exit::Usage.code();
    let answer = usage(&error.render().to_string(), exit);
    eprint(&answer.to_line());
    ExitCode::from(exit)
}

/// The first paragraph is the error, its tips are the hint, and the usage is for people.
fn usage(rendered: &str, exit: u8) -> ErrorAnswer {
    let Some(text) = rendered.strip_prefix("error: ") else {
        return ErrorAnswer {
            error: "a command is missing".to_owned(),
            hint: Some("`counterfoil --help` lists them".to_owned()),
            exit,
            problems: Vec::new(),
        };
    };
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let error = paragraphs.next().unwrap_or_default();
    let tips: Vec<&str> = paragraphs
        .flat_map(str::lines)
        .filter_map(|line| line.trim().strip_prefix("tip: "))
        .collect();
    ErrorAnswer {
        error: error.lines().map(str::trim).collect::<Vec<_>>().join(" "),
        hint: Some(match tips.as_slice() {
            [] => "add --help to see what there is".to_owned(),
            tips => tips.join("; "),
        }),
        exit,
        problems: Vec::new(),
    }
}

fn hint(error: &anyhow::Error) -> Option<String> {
    let own = output_error(error).and_then(OutputError::hint);
    let time = cause::<TimeError>(error).map(|_| TimeError::hint());
    let serving = cause::<ServeError>(error).and_then(ServeError::hint);
    own.or(time).or(serving).or_else(|| hint_of(error.as_ref()))
}

fn output_error(error: &anyhow::Error) -> Option<&OutputError> {
    cause(error)
}

fn cause<E: std::error::Error + Send + Sync + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

/// What is wrong with the files that were given, place by place.
fn problems(error: &anyhow::Error) -> &[ConfigProblem] {
    if let Some(config) = config_error(error) {
        return &config.problems;
    }
    let facts = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<FactsError>());
    facts.map_or(&[], |facts| &facts.problems)
}

/// Also where a layer that says nothing of its own stands before it.
fn config_error(error: &anyhow::Error) -> Option<&ConfigError> {
    error.chain().find_map(|cause| {
        if let Some(SessionError::Config(inner)) = cause.downcast_ref::<SessionError>() {
            return Some(inner);
        }
        cause.downcast_ref::<ConfigError>()
    })
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if config_error(error).is_some()
        || cause::<TimeError>(error).is_some()
        || output_error(error).is_some_and(OutputError::is_usage)
        || counterfoil_engine::is_usage(error.as_ref())
    {
        Exit::Usage
    } else {
        Exit::Failed
    }
}

/// Something to look at which is no failure.
pub(crate) fn warn(text: &str) {
    let word = style::warning("warning:", To::Errors);
    eprint(&format!("{word} {}", clean(text, To::Errors)));
}

#[expect(clippy::print_stderr, reason = "this is where failures are told")]
fn eprint(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_that_cannot_be_read_is_an_error_with_its_tip() {
        let answer = usage(
            "error: unexpected argument '--perod' found\n\n  tip: a similar argument exists: '--period'\n\nUsage: counterfoil\n",
            2,
        );
        assert_eq!(answer.error, "unexpected argument '--perod' found");
        assert_eq!(
            answer.hint.as_deref(),
            Some("a similar argument exists: '--period'")
        );
        let answer = usage(
            "error: the following required arguments were not provided:\n  --by <NAME>\n\nUsage: counterfoil\n",
            2,
        );
        assert_eq!(
            answer.error,
            "the following required arguments were not provided: --by <NAME>"
        );
        let answer = usage("Turns what a datacenter runs into invoice lines\n", 2);
        assert_eq!(answer.error, "a command is missing");
    }
}
