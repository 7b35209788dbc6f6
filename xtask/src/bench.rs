//! Runs the contest of `benches/`: what it needs is built for release, since that is what is measured.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, cache};
use crate::{connectors, process, setup};

/// Names the folder with the workload's generator, its reference and the rivals.
const WORKLOAD: &str = "COUNTERFOIL_WORKLOAD";

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<()> {
    let shared = workload(workspace)?;
    setup::run(workspace)?;
    connectors::build(workspace)?;
    let mut build = process::cargo();
    build
        .current_dir(&workspace.root)
        .args(["build", "--release", "--workspace", "--bins"]);
    process::run(&mut build)?;
    let release = workspace.target.join("release");
    let mut contest = std::process::Command::new(release.join("counterfoil-benches"));
    contest.arg("--shared").arg(shared);
    // Data and rivals are large and the same for every clone.
    contest.arg("--work").arg(cache()?.join("bench"));
    contest.arg("--binary").arg(release.join("counterfoil"));
    contest.arg("--connectors").arg(workspace.bundled());
    contest.args(options);
    process::run(&mut contest)
}

fn workload(workspace: &Workspace) -> Result<PathBuf> {
    let named = std::env::var_os(WORKLOAD).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| workspace.root.join("../shared/bench"));
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder),
        _ => bail!(
            "there is no folder {}\nhint: set {WORKLOAD} to the folder with the workload's generator and its rivals",
            folder.display()
        ),
    }
}
