//! The binary `counterfoil`: arguments, output, exit codes. No business rule lives here.

mod args;
mod commands;
mod exit;
mod failure;
mod filters;
mod help;
mod output;
mod progress;
mod shapes;
mod signals;
mod style;
mod table;
mod telemetry;
mod when;

use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};

use crate::args::Cli;
pub(crate) use crate::output::print;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let parsed = help::command().try_get_matches();
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() && output::wants_json(std::env::args_os()) => {
            return failure::usage_json(&error);
        }
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::report(&anyhow::Error::from(error).context("start the runtime"));
        }
    };
    let json = cli.global.output.is_json();
    let outcome = cli
        .global
        .output
        .check(&shapes::tables_of(&path(&matches)))
        .map_err(anyhow::Error::from)
        .and_then(|()| runtime.block_on(commands::run(cli)));
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if json => failure::report_json(&error),
        Err(error) => failure::report(&error),
    }
}

/// The command as it is typed: `inventory list`.
fn path(matches: &ArgMatches) -> String {
    let mut names = Vec::new();
    let mut next = matches.subcommand();
    while let Some((name, matches)) = next {
        names.push(name);
        next = matches.subcommand();
    }
    names.join(" ")
}
