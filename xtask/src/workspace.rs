//! Where things are, as cargo knows it: the workspace, its target directory, its connectors. It changes nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The target that connectors are compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-wasip2";

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// In the order of their names.
    pub(crate) connectors: Vec<Connector>,
}

/// A package at `plugins/sources/NAME` or `plugins/sinks/NAME`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Connector {
    pub(crate) name: String,
    pub(crate) package: String,
}

impl Workspace {
    pub(crate) fn locate() -> Result<Self> {
        let mut metadata = process::cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let answer = process::output(&mut metadata)?;
        Self::read(&answer).context("understand the answer of `cargo metadata`")
    }

    fn read(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let path = |key: &str| -> Result<PathBuf> { Ok(PathBuf::from(text(&metadata, key)?)) };
        let root = path("workspace_root")?;
        let packages = metadata["packages"].as_array().context("no `packages`")?;
        let mut connectors = Vec::new();
        for package in packages {
            let manifest = Path::new(text(package, "manifest_path")?);
            if let Some(name) = connector_name(&root, manifest) {
                connectors.push(Connector {
                    name,
                    package: text(package, "name")?.to_owned(),
                });
            }
        }
        connectors.sort();
        Ok(Self {
            target: path("target_directory")?,
            root,
            connectors,
        })
    }

    /// The folder for what `cargo build` makes for this machine.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// The folder in which the engine finds the connectors that come with it.
    pub(crate) fn bundled(&self) -> PathBuf {
        self.target.join("connectors")
    }
}

/// The folder that clones share, as `.ci/run` finds it.
pub(crate) fn cache() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or_else(home);
    let cache = cache.context("find a cache folder: HOME is not set")?;
    Ok(cache.join("counterfoil"))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("no text `{key}`"))
}

fn connector_name(root: &Path, manifest: &Path) -> Option<String> {
    let folder = manifest.parent()?;
    let kind = folder.parent()?;
    let is_connector = kind == root.join("plugins/sources") || kind == root.join("plugins/sinks");
    is_connector.then(|| folder.file_name()?.to_str().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectors_are_told_from_other_packages_by_their_place() {
        let metadata = r#"{
            "workspace_root": "/w", "target_directory": "/t",
            "packages": [
                {"name": "counterfoil-source-ledger", "manifest_path": "/w/plugins/sources/ledger/Cargo.toml"},
                {"name": "counterfoil-sink-archive", "manifest_path": "/w/plugins/sinks/archive/Cargo.toml"},
                {"name": "counterfoil-sdk", "manifest_path": "/w/plugin-sdk/Cargo.toml"},
                {"name": "elsewhere", "manifest_path": "/v/plugins/sinks/elsewhere/Cargo.toml"}
            ]
        }"#;
        let workspace = Workspace::read(metadata).unwrap();
        let found: Vec<_> = workspace
            .connectors
            .iter()
            .map(|one| (&*one.name, &*one.package))
            .collect();
        assert_eq!(
            found,
            [
                ("archive", "counterfoil-sink-archive"),
                ("ledger", "counterfoil-source-ledger")
            ]
        );
        assert_eq!(workspace.bundled(), Path::new("/t/connectors"));
    }
}
