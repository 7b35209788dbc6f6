//! Writes the JSON Schemas that are committed below `schemas/`. The binary makes them from its types; nothing is known of
//! them here.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    // The whole workspace is selected, for the same features of dependencies as in every other task.
    let mut build = process::cargo();
    build
        .current_dir(&workspace.root)
        .args(["build", "--workspace", "--bins"]);
    process::run(&mut build)?;
    let mut binary = std::process::Command::new(workspace.programs().join("counterfoil"));
    binary
        .args(["schema", "--write"])
        .arg(workspace.root.join("schemas"));
    process::run(&mut binary)
}
