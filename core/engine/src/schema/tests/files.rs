//! The files of the repository against the schema that each of them names.

use std::path::{Path, PathBuf};

use super::{as_an_editor_sees, complaints, repository, validator};
use crate::config::Document;
use crate::schema::published;

/// The schema that the head of a file names: `#:schema ../../schemas/rules.schema.json`.
fn named(path: &Path, text: &str) -> String {
    let head = text.lines().next().unwrap_or_default();
    let schema = head
        .strip_prefix("#:schema ")
        .unwrap_or_else(|| panic!("{} names no schema in its first line", path.display()));
    let file = path.parent().unwrap().join(schema);
    assert!(
        file.is_file(),
        "{} names {schema}, which is not there",
        path.display()
    );
    let name = file.file_name().unwrap().to_string_lossy();
    name.trim_end_matches(".schema.json").to_owned()
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(toml_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_examples_keep_to_the_schemas_that_they_name() {
    let files = toml_files(&repository().join("examples"));
    assert!(files.len() >= 8, "{files:?}");
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let schema = named(&path, &text);
        let found = complaints(&validator(&schema), &as_an_editor_sees(&text));
        assert!(
            found.is_empty(),
            "{} by {schema}: {found:#?}",
            path.display()
        );
    }
}

/// What the parser sees is not what an editor sees: the files are joined, decimals are text.
#[test]
fn the_joined_examples_keep_to_the_schema() {
    let validator = validator("counterfoil");
    for example in ["colocation", "nautobot-to-odoo"] {
        let path = repository()
            .join("examples")
            .join(example)
            .join("counterfoil.toml");
        let (document, problems) = Document::read(&path);
        assert!(problems.is_empty(), "{problems:?}");
        let found = complaints(&validator, &document.value());
        assert!(found.is_empty(), "{example}: {found:#?}");
    }
}

#[test]
fn the_connectors_keep_to_the_schema_of_manifests() {
    let validator = validator("connector");
    let mut manifests = toml_files(&repository().join("plugins"));
    manifests.retain(|path| path.ends_with("connector.toml"));
    assert!(manifests.len() >= 4, "{manifests:?}");
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap();
        let found = complaints(&validator, &as_an_editor_sees(&text));
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
}

#[test]
fn a_mistake_in_a_file_is_seen() {
    let found = |name: &str, text: &str| complaints(&validator(name), &as_an_editor_sees(text));
    let rules =
        "[[pipeline.north.rule]]\nwhen = { kind = \"disk\" }\nset = { custommer = \"acme\" }";
    assert!(found("rules", rules)[0].contains("custommer"));
    let book = "[[price_book.standard.item]]\nname = \"vcpu\"\nmodel = \"grad\"";
    let problems = found("price-book", book);
    assert!(
        problems.iter().any(|problem| problem.contains("grad")),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|problem| problem.contains("unit")),
        "{problems:?}"
    );
    assert!(published("prices").is_none());
}
