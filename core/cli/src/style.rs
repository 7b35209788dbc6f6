//! Colour for the few words that must not be overlooked: only on a terminal, and not where the environment says no
//! (`NO_COLOR`, `TERM=dumb`).

use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::builder::styling::{AnsiColor, Style};

/// Which output the text is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum To {
    Output,
    Errors,
}

static OUTPUT: OnceLock<bool> = OnceLock::new();
static ERRORS: OnceLock<bool> = OnceLock::new();

/// Whoever reads a terminal of this kind wants neither colours nor bars that move.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

pub(crate) fn wanted(to: To) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let decide = |is_terminal: bool| is_terminal && !no_color && !is_dumb();
    match to {
        To::Output => *OUTPUT.get_or_init(|| decide(std::io::stdout().is_terminal())),
        To::Errors => *ERRORS.get_or_init(|| decide(std::io::stderr().is_terminal())),
    }
}

/// For what stops.
pub(crate) fn alarm(text: &str, to: To) -> String {
    painted(text, AnsiColor::Red.on_default().bold(), to)
}

/// For what a person should look at.
pub(crate) fn warning(text: &str, to: To) -> String {
    painted(text, AnsiColor::Yellow.on_default(), to)
}

/// For the next step.
pub(crate) fn hint(text: &str, to: To) -> String {
    painted(text, AnsiColor::Cyan.on_default(), to)
}

fn painted(text: &str, style: Style, to: To) -> String {
    if wanted(to) {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
