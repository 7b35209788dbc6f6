//! Builds the book below `docs/`: adds the pages that are made from schemas and commands, runs mdBook, and follows every
//! link. The pages that people write are not judged here.

mod links;
mod mdbook;
mod reference;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mdbook = mdbook::program(workspace)?;
    // The whole workspace is selected, for the same features of dependencies as in every other task.
    let mut build = process::cargo();
    build
        .current_dir(&workspace.root)
        .args(["build", "--workspace", "--bins"]);
    process::run(&mut build)?;

    let book = workspace.target.join("book");
    if book.exists() {
        fs::remove_dir_all(&book).with_context(|| format!("remove {}", book.display()))?;
    }
    copy(&workspace.root.join("docs"), &book)?;
    let reference = book.join("src/reference");
    fs::create_dir_all(&reference)?;
    let mut binary = std::process::Command::new(workspace.programs().join("counterfoil"));
    let commands = process::output(binary.arg("reference"))?;
    fs::write(reference.join("commands.md"), commands)?;
    for page in reference::pages(&workspace.root)? {
        fs::write(reference.join(page.file), page.text)?;
    }

    let mut make = std::process::Command::new(mdbook);
    process::run(make.arg("build").arg(&book))?;
    let rendered = book.join("html");
    let broken = links::broken(&rendered)?;
    if !broken.is_empty() {
        bail!(
            "the book has links that lead nowhere:\n  {}",
            broken.join("\n  ")
        );
    }
    process::say(&format!(
        "the book: {}",
        rendered.join("index.html").display()
    ));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}
