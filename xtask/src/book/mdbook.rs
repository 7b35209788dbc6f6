//! mdBook itself: found, or made once in a folder that clones share. It does not build the book.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::{Workspace, cache};

const VERSION: &str = "0.5.4";

/// The program of the right version, installed where it was missing.
pub(super) fn program(workspace: &Workspace) -> Result<PathBuf> {
    let tools = cache()?.join("tools");
    let program = tools.join("bin").join("mdbook");
    for candidate in [program.clone(), PathBuf::from("mdbook")] {
        if is_right(&candidate) {
            return Ok(candidate);
        }
    }
    process::say(&format!(
        "mdBook {VERSION} is missing; building it (once, a few minutes)"
    ));
    // Apart from the target directory of the workspace: its own features, and nothing to keep.
    let build = workspace.target.join("tmp/mdbook");
    let mut install = process::cargo();
    install
        .args(["install", "--quiet", "--locked", "--root"])
        .arg(&tools)
        .args(["--no-default-features", "--features", "search"])
        .arg(format!("mdbook@{VERSION}"))
        .env("CARGO_TARGET_DIR", &build);
    let installed = process::run(&mut install);
    if build.exists() {
        std::fs::remove_dir_all(&build).with_context(|| format!("remove {}", build.display()))?;
    }
    installed.map(|()| program)
}

fn is_right(program: &Path) -> bool {
    let answer = process::output(Command::new(program).arg("--version"));
    answer.is_ok_and(|version| version.trim() == format!("mdbook v{VERSION}"))
}
