//! The binary `counterfoil`: arguments, output, exit codes. No business rule lives here.

mod args;
mod commands;
mod exit;
mod failure;
mod progress;
mod table;
mod when;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::args::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = log(&cli.global.log, cli.is_service()) {
        return failure::report(&error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::report(&anyhow::Error::from(error).context("start the runtime"));
        }
    };
    let json = cli.global.json;
    match runtime.block_on(commands::run(cli)) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if json => failure::report_json(&error),
        Err(error) => failure::report(&error),
    }
}

/// Pretty on a terminal, JSON lines otherwise; on standard error, so that data stays alone on standard output.
/// A service says what it does, whatever else is wanted.
fn log(filter: &str, is_service: bool) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(filter)?;
    let is_silent = filter
        .max_level_hint()
        .is_some_and(|level| level < LevelFilter::INFO);
    if is_service && is_silent {
        for told in [
            "counterfoil_engine::run=info",
            "counterfoil::commands::run=info",
        ] {
            filter = filter.add_directive(told.parse()?);
        }
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.with_target(false).init();
    } else {
        builder.json().init();
    }
    Ok(())
}

/// Prints to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.write_all(b"\n"))
        .and_then(|()| output.flush())
    {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            std::process::exit(i32::from(Exit::Done.code()))
        }
        Err(error) => Err(anyhow::Error::from(error).context("write to standard output")),
    }
}
