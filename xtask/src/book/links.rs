//! Follows the links of rendered pages within the book: is there such a page, and such a place in it? The net is not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// Pages of mdBook's own that repeat others.
const REPEATED: [&str; 2] = ["print.html", "404.html"];

/// "page.html: target" for each link that leads nowhere.
pub(super) fn broken(book: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    read(book, book, &mut pages)?;
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, html)| (path, attributes(html, "id").collect()))
        .collect();
    let mut broken = Vec::new();
    for (path, html) in &pages {
        if REPEATED.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        for target in attributes(html, "href") {
            if !leads_somewhere(book, path, target, &ids) {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    broken.sort();
    broken.dedup();
    Ok(broken)
}

fn read(root: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, pages)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let name = path.strip_prefix(root).context("a page is in the book")?;
            pages.insert(name.to_path_buf(), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// The values of an attribute, wherever it stands.
fn attributes<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let mark = format!(" {name}=\"");
    let pieces: Vec<&str> = html.split(mark.as_str()).skip(1).collect();
    pieces
        .into_iter()
        .filter_map(|piece| piece.split('"').next())
}

fn leads_somewhere(
    book: &Path,
    page: &Path,
    target: &str,
    ids: &BTreeMap<&PathBuf, BTreeSet<&str>>,
) -> bool {
    let is_elsewhere = ["http:", "https:", "mailto:", "data:"]
        .iter()
        .any(|scheme| target.starts_with(scheme));
    if is_elsewhere || target.is_empty() {
        return true;
    }
    let (file, place) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() {
        page.to_path_buf()
    } else {
        joined(page, file)
    };
    if place.is_empty() {
        return book.join(&file).exists();
    }
    ids.get(&file).is_some_and(|ids| ids.contains(place))
}

/// A link's file, from the root of the book.
fn joined(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_to_page_and_place() {
        let book = std::env::temp_dir().join(format!("counterfoil-links-{}", std::process::id()));
        fs::create_dir_all(book.join("admin")).unwrap();
        fs::write(
            book.join("index.html"),
            "<h1 id=\"top\">A</h1><a class=\"x\" href=\"admin/run.html#logs\">",
        )
        .unwrap();
        let run = "<h2 id=\"logs\">L</h2><a href=\"../index.html#top\"><a href=\"../gone.html\"><a href=\"#log\">\
            <a href=\"https://example.net/\"><a href=\"../index.html#bottom\">";
        fs::write(book.join("admin/run.html"), run).unwrap();
        let found = broken(&book).unwrap();
        fs::remove_dir_all(&book).unwrap();
        assert_eq!(
            found,
            [
                "admin/run.html: #log",
                "admin/run.html: ../gone.html",
                "admin/run.html: ../index.html#bottom"
            ]
        );
    }
}
