//! `cargo xtask bench`: our stages beside the rivals', pair by pair in one run, printed as ratios.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench talks to the person who runs it"
)]

mod arguments;
mod contest;
mod reader;
mod rediscovery;
mod rivals;
mod table;
mod what_if;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The bench, or one of the contestants that it starts as processes of their own.
fn run(words: &[String]) -> Result<()> {
    let words_ref: Vec<&str> = words.iter().map(String::as_str).collect();
    match words_ref.as_slice() {
        [reader::NATIVE, folder] => return reader::native::list(Path::new(folder)),
        [reader::SANDBOXED, folder, component, cache] => {
            let (folder, component) = (Path::new(folder), Path::new(component));
            return reader::sandboxed::list(folder, component, Path::new(cache));
        }
        [rediscovery::SCAN, file] => return rediscovery::scan(Path::new(file)),
        _ => {}
    }
    let arguments = Arguments::parse(words)?;
    if arguments.wants("month") {
        contest::run(&arguments)?;
    }
    if arguments.wants("reader") {
        reader::run(&arguments)?;
    }
    if arguments.wants("rediscovery") {
        rediscovery::run(&arguments)?;
    }
    if arguments.wants("what-if") {
        what_if::run(&arguments)?;
    }
    Ok(())
}
