//! Failures are printed once, here: the chain of causes, then the next step.

use std::process::ExitCode;

use counterfoil_engine::config::ConfigError;
use counterfoil_engine::hint_of;
use serde_json::json;

use crate::exit::Exit;

pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    if let Some(config) = config_error(error) {
        for problem in &config.problems {
            text.push_str(&format!("{problem}\n\n"));
        }
    }
    text.push_str(&format!(
        "error: {}",
        counterfoil_engine::chain(error.as_ref())
    ));
    if let Some(hint) = hint_of(error.as_ref()) {
        text.push_str(&format!("\nhint: {hint}"));
    }
    eprint(&text);
    ExitCode::from(exit_of(error).code())
}

pub(crate) fn report_json(error: &anyhow::Error) -> ExitCode {
    let problems = config_error(error).map(|config| &config.problems);
    let value = json!({
        "error": counterfoil_engine::chain(error.as_ref()),
        "hint": hint_of(error.as_ref()),
        "problems": problems,
    });
    eprint(&value.to_string());
    ExitCode::from(exit_of(error).code())
}

fn config_error(error: &anyhow::Error) -> Option<&ConfigError> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<ConfigError>())
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if config_error(error).is_some() || counterfoil_engine::is_usage(error.as_ref()) {
        Exit::Usage
    } else {
        Exit::Failed
    }
}

#[expect(clippy::print_stderr, reason = "this is where failures are told")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
