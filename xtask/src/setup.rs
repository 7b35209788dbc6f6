//! Makes sure that connectors can be compiled: the standard library of their target, for the toolchain in use.
//! It knows of two ways to get it, rustup and Debian, and says what to do where neither works.

mod debian;
mod stamp;
pub(crate) mod validators;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{WASM_TARGET, Workspace};

const RUSTUP_LIMIT: Duration = Duration::from_mins(3);

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let libraries = library_folder()?;
    if !is_present(&libraries) {
        install(workspace, &libraries)?;
    }
    stamp::discard_stale(workspace, &libraries)
}

fn library_folder() -> Result<PathBuf> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let folder = process::output(&mut rustc).context("ask rustc for its libraries")?;
    Ok(PathBuf::from(folder.trim_end()))
}

fn is_present(libraries: &Path) -> bool {
    fs::read_dir(libraries).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("libstd-") && name.ends_with(".rlib")
            })
        })
    })
}

fn install(workspace: &Workspace, libraries: &Path) -> Result<()> {
    process::say(&format!(
        "{WASM_TARGET}: its standard library is missing; asking rustup"
    ));
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM_TARGET]);
    let by_rustup = process::run_within(&mut rustup, RUSTUP_LIMIT);
    if is_present(libraries) {
        return Ok(());
    }
    let by_rustup = match by_rustup {
        Ok(()) => "it reported success, but the library is not there".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    process::say(&format!(
        "{WASM_TARGET}: rustup did not bring it; building it from Debian's source of the same rustc (3 minutes)"
    ));
    let by_debian = debian::install(workspace, libraries);
    if is_present(libraries) {
        return Ok(());
    }
    let by_debian = match by_debian {
        Ok(()) => "it was built, but the library is not there".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    bail!(
        "the standard library of {WASM_TARGET} could not be installed into {}\n  \
         by rustup: {by_rustup}\n  from Debian: {by_debian}\n\
         hint: run `rustup target add {WASM_TARGET}` where rustup's server can be reached, then this again",
        libraries.display()
    )
}
