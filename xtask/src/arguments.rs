//! What may be written after `cargo xtask`, and the help text. It runs nothing.

use thiserror::Error;

pub(crate) const HELP: &str = "\
Usage: cargo xtask TASK

Tasks:
  demo [--fresh]   set everything up, then run the story of examples/colocation; a second
                   run goes on where the first ended, --fresh begins anew
  test [--real]    run every test that needs no outside system; with --real also those
                   that start real systems (COUNTERFOIL_RIG names the folder of their scripts)
                   and those that hold documents against the official validators
  test --documents run the latter alone
  bench [OPTIONS]  the monthly job beside DuckDB and polars, as ratios: --resources N, --pairs N, --alone
                   (COUNTERFOIL_WORKLOAD names the folder of the workload's scripts)
  setup            install what building connectors needs (the wasm32-wasip2 target)
  plugins          build every connector below plugins/ into the target directory
  docs             build the book below docs/ into the target directory, and follow its links
  schemas          write the JSON Schemas below schemas/ anew (they are committed)
  example-data     write the exports of examples/colocation anew (they are committed)
  help             print this

Set-up belongs to every task that needs it; nothing has to be run before `demo` or `test`.";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// The options are the bench's own.
    Bench {
        options: Vec<String>,
    },
    Demo {
        fresh: bool,
    },
    Docs,
    ExampleData,
    Help,
    Plugins,
    Schemas,
    Setup,
    Test(Tests),
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// Those that need nothing from outside.
    Plain,
    /// Those that hold documents against the official validators, and nothing else.
    Documents,
    /// All of them.
    Real,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ArgumentsError {
    #[error("no task was named")]
    NoTask,
    #[error("there is no task `{0}`")]
    UnknownTask(String),
    #[error("`{task}` does not take `{argument}`")]
    UnknownArgument { task: String, argument: String },
}

impl Task {
    pub(crate) fn parse(
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, ArgumentsError> {
        let mut arguments = arguments.into_iter();
        let name = arguments.next().ok_or(ArgumentsError::NoTask)?;
        let rest: Vec<String> = arguments.collect();
        if rest.iter().any(|argument| is_help(argument)) {
            return Ok(Self::Help);
        }
        match name.as_str() {
            "bench" => Ok(Self::Bench { options: rest }),
            "demo" => Ok(Self::Demo {
                fresh: flag(&name, "--fresh", &rest)?,
            }),
            "docs" => none(&name, &rest).map(|()| Self::Docs),
            "example-data" => none(&name, &rest).map(|()| Self::ExampleData),
            "plugins" => none(&name, &rest).map(|()| Self::Plugins),
            "schemas" => none(&name, &rest).map(|()| Self::Schemas),
            "setup" => none(&name, &rest).map(|()| Self::Setup),
            "test" if rest == ["--documents"] => Ok(Self::Test(Tests::Documents)),
            "test" => Ok(Self::Test(if flag(&name, "--real", &rest)? {
                Tests::Real
            } else {
                Tests::Plain
            })),
            other if other == "help" || is_help(other) => Ok(Self::Help),
            _ => Err(ArgumentsError::UnknownTask(name)),
        }
    }
}

fn is_help(argument: &str) -> bool {
    argument == "--help" || argument == "-h"
}

/// Whether the one flag that the task knows was given.
fn flag(task: &str, known: &str, rest: &[String]) -> Result<bool, ArgumentsError> {
    match rest.iter().find(|argument| *argument != known) {
        Some(unknown) => Err(unknown_argument(task, unknown)),
        None => Ok(!rest.is_empty()),
    }
}

fn none(task: &str, rest: &[String]) -> Result<(), ArgumentsError> {
    match rest.first() {
        Some(unknown) => Err(unknown_argument(task, unknown)),
        None => Ok(()),
    }
}

fn unknown_argument(task: &str, argument: &str) -> ArgumentsError {
    ArgumentsError::UnknownArgument {
        task: task.to_owned(),
        argument: argument.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, ArgumentsError> {
        Task::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_task_of_the_help_is_understood() {
        let options = vec!["--pairs".to_owned(), "3".to_owned()];
        assert_eq!(parse("bench --pairs 3"), Ok(Task::Bench { options }));
        assert_eq!(parse("setup"), Ok(Task::Setup));
        assert_eq!(parse("plugins"), Ok(Task::Plugins));
        assert_eq!(parse("docs"), Ok(Task::Docs));
        assert_eq!(parse("schemas"), Ok(Task::Schemas));
        assert_eq!(parse("example-data"), Ok(Task::ExampleData));
        assert_eq!(parse("demo"), Ok(Task::Demo { fresh: false }));
        assert_eq!(parse("demo --fresh"), Ok(Task::Demo { fresh: true }));
        assert_eq!(parse("test"), Ok(Task::Test(Tests::Plain)));
        assert_eq!(parse("test --real"), Ok(Task::Test(Tests::Real)));
        assert_eq!(parse("test --documents"), Ok(Task::Test(Tests::Documents)));
        assert_eq!(parse("help"), Ok(Task::Help));
        assert_eq!(parse("test --help"), Ok(Task::Help));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |line| parse(line).unwrap_err().to_string();
        assert_eq!(message(""), "no task was named");
        assert_eq!(message("demonstrate"), "there is no task `demonstrate`");
        assert_eq!(message("test --fresh"), "`test` does not take `--fresh`");
        assert_eq!(message("setup now"), "`setup` does not take `now`");
    }
}
