//! `counterfoil reference`, which is hidden: the commands as a page of the book, from the very definitions that `--help` shows.

use anyhow::Result;
use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::args::Cli;
use crate::exit::Exit;
use crate::print;

pub(crate) fn run() -> Result<Exit> {
    print(page(Cli::command()).trim_end())?;
    Ok(Exit::Done)
}

fn page(mut root: Command) -> String {
    root.build();
    let mut text =
        "# Commands\n\nThis page is made from the same definitions as `counterfoil --help`.\n\n"
            .to_owned();
    let about = root
        .get_about()
        .map(ToString::to_string)
        .map(sentence)
        .unwrap_or_default();
    text.push_str(&format!("{about}\n\n"));
    text.push_str("## Options of every command\n\n");
    let global = |argument: &&Arg| argument.is_global_set();
    text.push_str(&arguments(root.get_arguments().filter(global)));
    if let Some(after) = root.get_after_help() {
        text.push_str(&format!(
            "```text\n{}\n```\n\n",
            after.to_string().trim_end()
        ));
    }
    for command in shown(&root) {
        describe(command, 2, &mut text);
    }
    text
}

/// Subcommands in the order of `--help`, without what is hidden and without `help` itself.
fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn describe(command: &Command, level: usize, text: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    text.push_str(&format!("{} {name}\n\n", "#".repeat(level)));
    let about = command.get_long_about().or(command.get_about());
    if let Some(about) = about {
        let about = sentence(about.to_string().trim_end().to_owned());
        text.push_str(&format!("{about}\n\n"));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim_end();
    text.push_str(&format!("```text\n{usage}\n```\n\n"));
    let own = |argument: &&Arg| !argument.is_global_set() && !is_built_in(argument);
    text.push_str(&arguments(command.get_arguments().filter(own)));
    if let Some(after) = command.get_after_help() {
        text.push_str(&format!(
            "```text\n{}\n```\n\n",
            after.to_string().trim_end()
        ));
    }
    for inner in shown(command) {
        describe(inner, level + 1, text);
    }
}

fn is_built_in(argument: &Arg) -> bool {
    matches!(
        argument.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

fn arguments<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut rows = String::new();
    for argument in arguments.filter(|argument| !argument.is_hide_set()) {
        rows.push_str(&format!("| {} | {} |\n", form(argument), meaning(argument)));
    }
    if rows.is_empty() {
        return rows;
    }
    format!("| argument | meaning |\n|---|---|\n{rows}\n")
}

/// "`--period <MONTH>`".
fn form(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_value_names()
        .into_iter()
        .flatten()
        .map(|name| format!("<{name}>"))
        .collect();
    let value = if argument.get_action().takes_values() {
        values.join(" ")
    } else {
        String::new()
    };
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    let words: Vec<String> = [flags.join(", "), value]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    format!("`{}`", words.join(" "))
}

/// clap takes the last full stop away.
fn sentence(mut text: String) -> String {
    if text.ends_with(|last: char| last.is_alphanumeric() || ")`".contains(last)) {
        text.push('.');
    }
    text
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help());
    let mut text = help
        .map(ToString::to_string)
        .map(sentence)
        .unwrap_or_default();
    let choices = argument.get_possible_values();
    if argument.get_action().takes_values() && !choices.is_empty() {
        let choices: Vec<String> = choices
            .iter()
            .filter(|choice| !choice.is_hide_set())
            .map(|choice| match choice.get_help() {
                Some(help) => format!("`{}` ({help})", choice.get_name()),
                None => format!("`{}`", choice.get_name()),
            })
            .collect();
        text.push_str(&format!(" One of {}.", choices.join(", ")));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        text.push_str(&format!(" Default: {}.", defaults.join(", ")));
    }
    if let Some(variable) = argument.get_env() {
        text.push_str(&format!(
            " Or the variable `{}`.",
            variable.to_string_lossy()
        ));
    }
    if argument.is_required_set() {
        text.push_str(" Needed.");
    }
    // A bar or a line break would end the cell, and a pair of angles would be read as HTML.
    text.replace('|', "\\|")
        .replace('<', "&lt;")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_heading_usage_and_example() {
        let page = page(Cli::command());
        for expected in [
            "## counterfoil plan\n",
            "### counterfoil inventory delta\n",
            "| `--json` |",
            "| `-y, --yes` |",
            "Default: `counterfoil.toml`. Or the variable `COUNTERFOIL_CONFIG`.",
            "counterfoil approve --period 2026-03 --all --by anna",
            "Exit codes:",
        ] {
            assert!(page.contains(expected), "{expected} in\n{page}");
        }
        assert!(!page.contains("counterfoil reference"), "{page}");
        assert_eq!(page.matches("--help").count(), 1, "{page}");
    }
}
