//! Failures are printed once, here: the chain of causes, then the next step.

use std::process::ExitCode;

use counterfoil_engine::config::ConfigError;
use counterfoil_engine::hint_of;
use counterfoil_engine::session::SessionError;

use crate::exit::Exit;
use crate::output::{ErrorAnswer, OutputError};
use crate::style::{self, To};

pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    if let Some(config) = config_error(error) {
        for problem in &config.problems {
            text.push_str(&format!("{problem}\n\n"));
        }
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
    eprint(&text);
    ExitCode::from(exit_of(error).code())
}

pub(crate) fn report_json(error: &anyhow::Error) -> ExitCode {
    let exit = exit_of(error).code();
    let answer = ErrorAnswer {
        error: counterfoil_engine::chain(error.as_ref()),
        hint: hint(error),
        exit,
        problems: config_error(error)
            .map(|config| config.problems.clone())
            .unwrap_or_default(),
    };
    eprint(&answer.to_line());
    ExitCode::from(exit)
}

fn hint(error: &anyhow::Error) -> Option<String> {
    let own = output_error(error).and_then(OutputError::hint);
    own.or_else(|| hint_of(error.as_ref()))
}

fn output_error(error: &anyhow::Error) -> Option<&OutputError> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<OutputError>())
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
        || output_error(error).is_some_and(OutputError::is_usage)
        || counterfoil_engine::is_usage(error.as_ref())
    {
        Exit::Usage
    } else {
        Exit::Failed
    }
}

#[expect(clippy::print_stderr, reason = "this is where failures are told")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
