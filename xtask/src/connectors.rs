//! Builds the connectors and lays them where the engine looks for those that come with it. It does not run them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{WASM_TARGET, Workspace};

/// What the connectors are built with, whatever the engine is built with.
const PROFILE: &str = "connector";

/// One cargo call for all of them.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--lib", "--target", WASM_TARGET])
        .args(["--profile", PROFILE]);
    for connector in &workspace.connectors {
        cargo.args(["--package", &connector.package]);
    }
    process::run(&mut cargo)?;
    bundle(workspace)
}

fn bundle(workspace: &Workspace) -> Result<()> {
    let built = workspace.target.join(WASM_TARGET).join(PROFILE);
    let bundled = workspace.bundled();
    fs::create_dir_all(&bundled).with_context(|| format!("create {}", bundled.display()))?;
    for pair in workspace.connectors.windows(2) {
        if pair[0].name == pair[1].name {
            bail!(
                "{} and {} are both named `{}`; a connector's name is its file's name",
                pair[0].package,
                pair[1].package,
                pair[0].name
            );
        }
    }
    for connector in &workspace.connectors {
        let component = format!("{}.wasm", connector.package.replace('-', "_"));
        copy_changed(
            &built.join(component),
            &bundled.join(format!("{}.wasm", connector.name)),
        )?;
    }
    remove_others(workspace, &bundled)
}

/// Leaves an equal file alone: its age tells the engine's cache of compiled components that nothing changed.
fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    let component = fs::read(from).with_context(|| format!("read {}", from.display()))?;
    if fs::read(to).is_ok_and(|present| present == component) {
        return Ok(());
    }
    fs::write(to, component).with_context(|| format!("write {}", to.display()))
}

/// A connector that is gone from the tree must not be found any more.
fn remove_others(workspace: &Workspace, bundled: &Path) -> Result<()> {
    for entry in fs::read_dir(bundled)? {
        let path = entry?.path();
        let is_component = path
            .extension()
            .is_some_and(|extension| extension == "wasm");
        let known = |stem: &std::ffi::OsStr| {
            workspace
                .connectors
                .iter()
                .any(|one| one.name.as_str() == stem)
        };
        if is_component && !path.file_stem().is_some_and(known) {
            fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}
