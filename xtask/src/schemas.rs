//! Writes the JSON Schemas that are committed below `schemas/`: those of files, and those of answers. The binary makes them from its types; nothing is known of
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
    let folder = workspace.root.join("schemas");
    for (command, folder) in [
        ("schema", folder.clone()),
        ("shapes", folder.join("answers")),
    ] {
        let mut binary = std::process::Command::new(workspace.programs().join("counterfoil"));
        binary.args([command, "--write"]).arg(folder);
        process::run(&mut binary)?;
    }
    Ok(())
}
