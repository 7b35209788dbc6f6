//! Writes the daily exports of `examples/colocation`: an invented hosting company through March 2026, with the mess
//! of real exports. The same bytes every time, so that they can be committed and relied on.

mod asset;
mod calendar;
mod cells;
mod company;
mod delimited;
mod guide;
mod mess;
mod timeline;
mod workbook;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;
use calendar::{Export, Format};

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let files = files()?;
    for old in committed(&folder)?.keys() {
        if !files.contains_key(old) {
            fs::remove_file(folder.join(old))?;
        }
    }
    for (name, content) in &files {
        let path = folder.join(name);
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
    }
    process::say(&format!("{} files in {}", files.len(), folder.display()));
    Ok(())
}

const FOLDER: &str = "examples/colocation/exports";

/// By name: one export a day, and the page that says what is odd about each.
fn files() -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::from([("README.md".to_owned(), guide::page().into_bytes())]);
    for export in &calendar::EXPORTS {
        files.insert(export.file_name(), content(export)?);
    }
    Ok(files)
}

fn content(export: &Export) -> Result<Vec<u8>> {
    let table = mess::apply(
        cells::table(&timeline::on(export.day), export.day),
        export.oddities,
    );
    match &export.format {
        Format::Delimited(style) => Ok(delimited::write(&table, style, export.oddities)),
        Format::Workbook { numbers_as_text } => Ok(workbook::write(&table, *numbers_as_text)?),
    }
}

fn committed(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, fs::read(entry.path())?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_what_the_generator_makes() {
        let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let root = Path::new(&package).parent().unwrap();
        let committed = committed(&root.join(FOLDER)).unwrap();
        let files = files().unwrap();
        assert!(committed.keys().eq(files.keys()), "{:?}", committed.keys());
        for (name, content) in files {
            assert!(
                committed[&name] == content,
                "{name} is stale: run `cargo xtask example-data` and commit what changed"
            );
        }
    }

    #[test]
    fn there_are_thirty_small_exports() {
        let files = files().unwrap();
        assert_eq!(
            files
                .keys()
                .filter(|name| name.starts_with("inventory-2026-03-"))
                .count(),
            30
        );
        assert!(!files.contains_key("inventory-2026-03-14.csv"));
        assert!(files.values().map(Vec::len).sum::<usize>() < 1_000_000);
    }
}
