//! How the commands are presented: in groups, in the order in which they are used. Must not know what they do.

use clap::{Command, CommandFactory};

use crate::args::Cli;

/// A command that is not here stands in a group of its own at the end.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Set up", &["init", "check", "map", "opening", "shadow"]),
    (
        "From rack to ledger",
        &[
            "discover",
            "inventory",
            "classify",
            "rate",
            "plan",
            "approve",
            "approvals",
            "preview",
            "apply",
            "release",
            "reconcile",
            "explain",
            "verify",
        ],
    ),
    (
        "Operate",
        &[
            "run",
            "status",
            "notifications",
            "pause",
            "backup",
            "restore",
        ],
    ),
    (
        "Tools",
        &[
            "practice",
            "schema",
            "shapes",
            "completions",
            "man",
            "reference",
        ],
    ),
];
const OTHERS: &str = "Questions in between";
const WIDTH: usize = 100;

/// The command line with its commands in groups.
pub(crate) fn command() -> Command {
    let command = Cli::command();
    let groups = groups(&command);
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}\nOptions:\n{{options}}{{after-help}}"
    );
    command.help_template(template)
}

fn groups(root: &Command) -> String {
    let shown: Vec<&Command> = root
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .collect();
    let width = shown.iter().map(|command| command.get_name().len()).max();
    let width = width.unwrap_or_default();
    let named = |name: &&str| shown.iter().find(|command| command.get_name() == *name);
    let mut text = String::new();
    for (title, names) in GROUPS {
        let commands = names.iter().filter_map(|name| named(name).copied());
        group(title, commands, width, &mut text);
    }
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let others = shown.iter().copied();
    let others = others.filter(|command| !is_grouped(command.get_name()));
    group(OTHERS, others, width, &mut text);
    text
}

fn group<'a>(
    title: &str,
    commands: impl Iterator<Item = &'a Command>,
    width: usize,
    text: &mut String,
) {
    let lines: Vec<String> = commands.map(|command| entry(command, width)).collect();
    if !lines.is_empty() {
        text.push_str(&format!("{title}:\n{}\n", lines.concat()));
    }
}

/// Braces would be read as tags of the template.
fn entry(command: &Command, width: usize) -> String {
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default().replace(['{', '}'], "");
    let mut lines = vec![String::new()];
    for word in about.split_whitespace() {
        let line = lines.last_mut().expect("it begins with one");
        if !line.is_empty() && line.chars().count() + word.chars().count() > WIDTH - width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let indent = format!("\n{}", " ".repeat(width + 4));
    format!("  {:width$}  {}\n", command.get_name(), lines.join(&indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a line of an example, without what a shell does with the rest of it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for sign in line.chars() {
            match (quote, sign) {
                (Some(open), _) if open == sign => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(sign);
                    word.get_or_insert_default();
                }
                (None, '#' | '&' | '|' | '>') => break,
                (None, ' ') => words.extend(word.take()),
                (_, sign) => word.get_or_insert_default().push(sign),
            }
        }
        words.extend(word);
        words
    }

    fn examples(command: &Command, path: &str, checked: &mut usize) {
        let subs = command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help");
        for sub in subs.filter(|sub| !sub.is_hide_set()) {
            let path = format!("{path} {}", sub.get_name());
            let text = sub.get_after_help().map(ToString::to_string);
            let text = text.unwrap_or_default().replace("\\\n", " ");
            assert!(text.contains("Example"), "`{path} --help` has examples");
            let own: Vec<&str> = text
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("counterfoil "))
                .collect();
            assert!(
                own.iter().any(|line| line.starts_with(&path)),
                "{path}: {text}"
            );
            for line in own {
                if let Err(error) = super::command().try_get_matches_from(words(line)) {
                    panic!("the example `{line}` does not parse: {error}");
                }
                *checked += 1;
            }
            examples(sub, &path, checked);
        }
    }

    #[test]
    fn every_command_has_examples_and_each_is_right() {
        assert_eq!(
            words("counterfoil pause --reason 'wrong price book' --by anna  # why"),
            [
                "counterfoil",
                "pause",
                "--reason",
                "wrong price book",
                "--by",
                "anna"
            ]
        );
        let mut checked = 0;
        examples(&command(), "counterfoil", &mut checked);
        assert!(checked > 30, "{checked}");
    }

    #[test]
    fn every_command_stands_in_the_help_once() {
        let mut command = command();
        let help = command.render_help().to_string();
        let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        for sub in shown.filter(|sub| sub.get_name() != "help") {
            let line = format!("  {} ", sub.get_name());
            let found = help.lines().filter(|text| text.starts_with(&line)).count();
            assert_eq!(found, 1, "{} in\n{help}", sub.get_name());
        }
        assert!(help.contains("Exit codes:"), "{help}");
        assert!(help.find("discover").unwrap() < help.find("reconcile").unwrap());
    }
}
