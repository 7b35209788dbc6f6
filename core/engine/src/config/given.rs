//! Files that are handed over by themselves and hold a part of the configuration: TOML with or without the table's name, or
//! a table of its rows. Must not know what the part means.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{ConfigProblem, Document};

const TABLES: [&str; 4] = ["csv", "tsv", "txt", "xlsx"];

/// How a part of the configuration may be handed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    /// Where a part without its name is put.
    pub(super) below: [&'a str; 2],
    /// The keys by which one without its name is known.
    pub(super) own_keys: &'a [&'a str],
    /// Under which key a table of rows is named.
    pub(super) table: &'a str,
    /// What the file holds, for people.
    pub(super) holds: &'a str,
}

/// The file of a name that may say a sheet of it.
pub(crate) fn file_of(path: &Path) -> PathBuf {
    let name = path.to_string_lossy();
    PathBuf::from(name.split_once('#').map_or(&*name, |(file, _)| file))
}

/// The file as if it were a configuration; tables are named in it and not read yet.
pub(super) fn document(
    path: &Path,
    form: Form<'_>,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Document> {
    let (name, file) = (path.to_string_lossy(), file_of(path));
    if !file.is_file() {
        let problem = ConfigProblem::of(path, "there is no such file");
        let hint = format!("name a TOML, CSV or XLSX file that holds {}", form.holds);
        problems.push(problem.with_hint(hint));
        return None;
    }
    let ending = file.extension().unwrap_or_default();
    let ending = ending.to_string_lossy().to_lowercase();
    let [outer, inner] = form.below;
    if TABLES.contains(&ending.as_str()) {
        let root = json!({ (outer): { (inner): { (form.table): name } } });
        let mut document = Document::default();
        document.root = root.as_object().cloned().unwrap_or_default();
        return Some(document);
    }
    let (mut document, found) = Document::read(path);
    problems.extend(found);
    if form
        .own_keys
        .iter()
        .any(|key| document.root.contains_key(*key))
    {
        document.nest(&[outer, inner]);
    }
    Some(document)
}
