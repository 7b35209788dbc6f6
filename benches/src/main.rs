//! `cargo xtask bench`: our stages beside the rivals', pair by pair in one run, printed as ratios.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench talks to the person who runs it"
)]

mod arguments;
mod contest;
mod rivals;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = arguments::Arguments::parse(&arguments)
        .and_then(|arguments| contest::run(&arguments))
        .map(|()| ExitCode::SUCCESS);
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
