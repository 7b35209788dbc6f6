//! Set-up and development tasks; `cargo xtask help` lists them. No part of the product may depend on this package.
#![expect(
    clippy::print_stderr,
    reason = "a task talks to the person who runs it"
)]

mod arguments;
mod bench;
mod book;
mod connectors;
mod demo;
mod example_data;
mod process;
mod schemas;
mod setup;
mod suite;
mod workspace;

use std::process::ExitCode;

use arguments::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    let task = match Task::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(mistake) => {
            eprintln!("error: {mistake}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    match perform(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<()> {
    if task == Task::Help {
        process::say(arguments::HELP);
        return Ok(());
    }
    let workspace = Workspace::locate()?;
    match task {
        Task::Bench { options } => bench::run(&workspace, &options),
        Task::Help => Ok(()),
        Task::Setup => setup::run(&workspace),
        Task::Plugins => {
            setup::run(&workspace)?;
            connectors::build(&workspace)
        }
        Task::Docs => book::run(&workspace),
        Task::Schemas => schemas::run(&workspace),
        Task::ExampleData => example_data::run(&workspace),
        Task::Demo { fresh } => demo::run(&workspace, fresh),
        Task::Test(tests) => suite::run(&workspace, tests),
    }
}
