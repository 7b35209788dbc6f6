//! Runs the tests: those that need no outside system, and those that start real ones or ask the official validators. It makes
//! what they need.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::arguments::Tests;
use crate::workspace::Workspace;
use crate::{connectors, process, setup};

/// Names the folder with the scripts that start and stop real systems.
const RIG: &str = "COUNTERFOIL_RIG";
/// Names the Python that has the official validators.
const VALIDATORS: &str = "COUNTERFOIL_VALIDATORS";
/// How the names of tests begin that ask them.
const OF_DOCUMENTS: &str = "documents::";

pub(crate) fn run(workspace: &Workspace, tests: Tests) -> Result<()> {
    let rig = match tests {
        Tests::Plain | Tests::Documents => None,
        Tests::Real => Some(rig(workspace)?),
    };
    setup::run(workspace)?;
    connectors::build(workspace)?;
    // The selection of packages decides the features of their dependencies: one selection for everything, so that
    // wasmtime is compiled once. `--tests` gives the test programs, `--bins` the binary that they run.
    let mut build = process::cargo();
    build
        .current_dir(&workspace.root)
        .args(["build", "--workspace", "--bins", "--tests"]);
    process::run(&mut build)?;
    if tests == Tests::Documents {
        return run_real(workspace, None, OF_DOCUMENTS);
    }
    let mut test = process::cargo();
    test.current_dir(&workspace.root)
        .args([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ])
        .env("INSTA_WORKSPACE_ROOT", &workspace.root)
        .env_remove(RIG);
    let plain = process::run(&mut test);
    // The real systems have their say also when a test without them has failed.
    let real = rig.map_or(Ok(()), |rig| run_real(workspace, Some(rig), "real_"));
    plain.and(real)
}

/// One test at a time: the systems are large and share their ports.
fn run_real(workspace: &Workspace, rig: Option<PathBuf>, named: &str) -> Result<()> {
    // Without its validators the systems can still be tested: the tests that need them say what is missing.
    let validators = setup::validators::run(workspace);
    let mut test = process::cargo();
    test.current_dir(&workspace.root)
        .envs(rig.map(|rig| (RIG, rig)))
        .env("INSTA_WORKSPACE_ROOT", &workspace.root)
        .args(["test", "--workspace", "--test", "real", "--no-fail-fast"])
        .args(["--", "--include-ignored", "--test-threads=1", named]);
    match &validators {
        Ok(interpreter) => test.env(VALIDATORS, interpreter),
        Err(error) => {
            process::say(&format!("{error:#}"));
            test.env_remove(VALIDATORS)
        }
    };
    let tested = process::run(&mut test);
    validators.map(drop).and(tested)
}

fn rig(workspace: &Workspace) -> Result<PathBuf> {
    let named = std::env::var_os(RIG).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| workspace.root.join("../shared/rig"));
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder),
        _ => bail!(
            "there is no folder {}\nhint: set {RIG} to the folder with the scripts that start the real systems",
            folder.display()
        ),
    }
}
