//! Throws away what was compiled against another standard library: cargo does not see that change, and the build
//! would end in hundreds of errors.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::{WASM_TARGET, Workspace};

pub(crate) fn discard_stale(workspace: &Workspace, libraries: &Path) -> Result<()> {
    let stamp = workspace.target.join(format!("{WASM_TARGET}.stamp"));
    let artifacts = workspace.target.join(WASM_TARGET);
    let current =
        fingerprint(libraries).with_context(|| format!("read {}", libraries.display()))?;
    if fs::read_to_string(&stamp).is_ok_and(|known| known == current) {
        return Ok(());
    }
    if artifacts.exists() {
        process::say(&format!(
            "{WASM_TARGET}: the standard library has changed; compiling the connectors anew"
        ));
        fs::remove_dir_all(&artifacts)
            .with_context(|| format!("remove {}", artifacts.display()))?;
    }
    fs::create_dir_all(&workspace.target)?;
    fs::write(&stamp, current).with_context(|| format!("write {}", stamp.display()))
}

/// By content: a library built again has the same name and may have the same age.
fn fingerprint(libraries: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(libraries)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(&file)?;
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("xtask-stamp-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn artifacts_survive_until_the_library_changes() {
        let base = folder("change");
        let libraries = base.join("lib");
        let artifact = base.join("target").join(WASM_TARGET).join("artifact");
        fs::create_dir_all(&libraries).unwrap();
        fs::create_dir_all(artifact.parent().unwrap()).unwrap();
        fs::write(libraries.join("libstd-1.rlib"), "one").unwrap();
        fs::write(&artifact, "").unwrap();
        let workspace = Workspace {
            root: base.clone(),
            target: base.join("target"),
            connectors: Vec::new(),
        };

        discard_stale(&workspace, &libraries).unwrap();
        assert!(
            !artifact.exists(),
            "nothing says which library it was compiled against"
        );
        fs::create_dir_all(artifact.parent().unwrap()).unwrap();
        fs::write(&artifact, "").unwrap();
        discard_stale(&workspace, &libraries).unwrap();
        assert!(artifact.exists());
        fs::write(libraries.join("libstd-1.rlib"), "two").unwrap();
        discard_stale(&workspace, &libraries).unwrap();
        assert!(!artifact.exists());
        fs::remove_dir_all(base).unwrap();
    }
}
