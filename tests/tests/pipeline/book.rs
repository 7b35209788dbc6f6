//! The pages of the book: their commands run as printed, and print what the pages say. `COUNTERFOIL_BOOK=write` puts what is
//! printed into the pages.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, copy_folder, repository};
use counterfoil_tests::page;

use crate::small::APRIL;

fn pages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?
    {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pages(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Plays one page in a folder of its own, beside the examples; answers what differs.
fn played(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path)?;
    let folder = tempfile::tempdir()?;
    copy_folder(
        &repository().join("examples"),
        &folder.path().join("examples"),
    )?;
    let place = Workplace::new(folder.path(), APRIL);
    let played =
        page::play(&place, &text).with_context(|| format!("playing {}", path.display()))?;
    let differences = page::differences(&played);
    if !differences.is_empty()
        && std::env::var_os("COUNTERFOIL_BOOK").is_some_and(|what| what == "write")
    {
        std::fs::write(path, page::updated(&text, &played))?;
    }
    Ok(differences)
}

#[test]
fn the_commands_of_every_page_do_what_the_page_says() -> Result<()> {
    let pages = pages(&repository().join("docs/src"))?;
    let mut problems = Vec::new();
    let mut commands = 0;
    for path in &pages {
        let text = std::fs::read_to_string(path)?;
        if page::commands(&text).is_empty() {
            continue;
        }
        commands += page::commands(&text).lines().count();
        for difference in played(path)? {
            problems.push(format!("{}:\n{difference}", path.display()));
        }
    }
    assert!(commands > 20, "{commands} commands in {pages:?}");
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    Ok(())
}

/// What stands in a page as TOML and is not run is at least TOML.
#[test]
fn every_block_of_toml_can_be_read() -> Result<()> {
    for path in pages(&repository().join("docs/src"))? {
        let text = std::fs::read_to_string(&path)?;
        for block in text.split("\n```toml").skip(1) {
            let (_, block) = block.split_once('\n').context("a block has lines")?;
            let block = block.split("\n```").next().unwrap_or_default();
            let read = block.parse::<toml::Table>();
            assert!(
                read.is_ok(),
                "{}: {:?}\n{block}",
                path.display(),
                read.err()
            );
        }
    }
    Ok(())
}
